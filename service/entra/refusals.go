package entra

import (
	"errors"
	"strconv"

	"cloudappsecurity/service"
)

// refusal is a failure in words for people: what happened, whether anything was
// lost, and what to do.
type refusal struct {
	code    service.Code
	message string
	help    string
}

func (r refusal) error(cause error) *service.Error {
	e := &service.Error{Code: r.code, Message: r.message, Help: r.help, Cause: cause}
	if f, ok := errors.AsType[*Failure](cause); ok && f.AADSTS != 0 {
		e.AADSTS = "AADSTS" + strconv.Itoa(f.AADSTS)
	}
	return e
}

// Failures which no code of Microsoft's names.
var (
	canceled = refusal{service.CodeCanceled,
		"Canceled.",
		"Nothing is lost. Start again when you are ready."}
	tooLong = refusal{service.CodeTimeout,
		"It takes too long.",
		"Nothing is lost. Try again."}
	offline = refusal{service.CodeOffline,
		"Microsoft can't be reached from this computer. Nothing is lost.",
		"Check the network connection, then try again."}
	noName = refusal{service.CodeOffline,
		"The network does not find Microsoft's sign-in service. Nothing is lost.",
		"Check the network connection and its DNS settings, then try again."}
	notTrusted = refusal{service.CodeOffline,
		"The connection to Microsoft can't be trusted: another certificate answers. Nothing was sent.",
		"A proxy or security program may inspect this connection. Let it trust Microsoft's sign-in service, or use another network, then try again."}
	strangerAnswers = refusal{service.CodeOffline,
		"Something in the network answers in Microsoft's place, such as a proxy or the sign-in page of a guest network. Nothing is lost.",
		"Sign in to the network, or let login.microsoftonline.com through its proxy, then try again."}
	noAnswer = refusal{service.CodeUnavailable,
		"Microsoft's sign-in service does not answer in time. Nothing is lost.",
		"Try again in a few minutes."}
	cutOff = refusal{service.CodeUnavailable,
		"The connection to Microsoft was cut in the middle. Nothing is lost.",
		"Try again."}
	throttled = refusal{service.CodeThrottled,
		"Microsoft asks to wait: there were too many requests. Nothing is lost.",
		"Wait a minute, then try again."}
	unavailable = refusal{service.CodeUnavailable,
		"Microsoft's sign-in service has a disruption. Nothing is lost.",
		"Try again in a few minutes. status.cloud.microsoft tells about disruptions."}
	unexpected = refusal{service.CodeInternal,
		"Something unexpected happened. Nothing is lost.",
		"Try again; the log in the data folder says more."}
	answerInvalid = refusal{service.CodeUnavailable,
		"Microsoft's answer can't be understood. Nothing is lost.",
		"Try again. If it stays, the log in the data folder says more."}
	signInAnswerInvalid = refusal{service.CodeSignInFailed,
		"The answer to the sign-in is not the one that this sign-in waits for, so it is not used. Nothing is lost.",
		"Start the sign-in again and finish it in the browser tab that opens."}
	signInRefused = refusal{service.CodeSignInFailed,
		"Microsoft refuses the sign-in. Nothing is lost.",
		"Start the step again. If it stays, look for the sign-in in Entra under Sign-in logs."}
	appRefused = refusal{service.CodeUnauthorized,
		"Microsoft refuses the application of Cloud App Security. Nothing is lost.",
		"Grant access again. If it stays, look for the application in Entra under Sign-in logs."}
	scopesMissing = refusal{service.CodeConsentMissing,
		"The sign-in did not bring every permission that preparing the application needs. Nothing is changed in the tenant.",
		"Start the step again and accept both permissions on the first of Microsoft's screens."}
	credentialUnusable = refusal{service.CodeInternal,
		"The certificate of this computer and its private key can't be used. Nothing else is lost.",
		"Grant access again: it makes a new certificate."}
)

// Failures which Microsoft's codes name.
var (
	declined = refusal{service.CodeDeclined,
		"The permissions were not accepted on Microsoft's screen. Nothing is lost.",
		"Start the step again and press Accept."}
	consentMissing = refusal{service.CodeConsentMissing,
		"The tenant has not consented to the permissions that Cloud App Security needs. Nothing is lost.",
		"Grant access again and press Accept on both of Microsoft's screens."}
	notAdministrator = refusal{service.CodeNotAdministrator,
		"This account may not accept the permissions for the organization. Nothing is changed in the tenant.",
		"Start the step again and sign in as a Global Administrator."}
	wrongTenant = refusal{service.CodeWrongTenant,
		"The account belongs to another organization. Nothing is changed in either.",
		"Start the step again and sign in with a Global Administrator of your own organization."}
	notAssigned = refusal{service.CodeNotAssigned,
		"The sign-in application is only for assigned people, and this account is not among them. Nothing is lost.",
		"Assign the account in Entra under Enterprise applications > Users and groups, or sign in with another Global Administrator."}
	multiFactor = refusal{service.CodeMultiFactor,
		"The organization asks for multifactor authentication, which was not finished. Nothing is lost.",
		"Start the step again and finish the second factor; an account that has none yet is asked to register one."}
	conditionalAccess = refusal{service.CodeConditionalAccess,
		"A Conditional Access policy of the organization blocks this sign-in. Nothing is lost.",
		"Adjust the policy in Entra, or sign in with a Global Administrator whom it exempts."}
	securityDefaults = refusal{service.CodeConditionalAccess,
		"The security defaults of the organization block this sign-in. Nothing is lost.",
		"Sign in with multifactor authentication from a current browser, or with another Global Administrator."}
	device = refusal{service.CodeConditionalAccess,
		"A Conditional Access policy of the organization wants a device that it manages. Nothing is lost.",
		"Use a computer that the organization manages, adjust the policy in Entra, or sign in with a Global Administrator whom it exempts."}
	signInExpired = refusal{service.CodeSignInExpired,
		"The sign-in has expired or was revoked. Nothing is lost.",
		"Sign in again."}
	codeUsed = refusal{service.CodeSignInExpired,
		"The answer of this sign-in was used before. Nothing is lost.",
		"Sign in again."}
	signInFrequency = refusal{service.CodeSignInExpired,
		"The organization asks to sign in again after a set time, which has passed. Nothing is lost.",
		"Sign in again."}
	accountBlocked = refusal{service.CodeSignInFailed,
		"The account is disabled, locked, or its password has expired. Nothing is lost.",
		"Sign in with another Global Administrator, or enable the account in Entra."}
	unknownTenant = refusal{service.CodeUnknownTenant,
		"Microsoft does not know this organization. Nothing is lost.",
		"Check the domain of the account. An account of a national cloud needs the address of that cloud."}
	signInAppInvalid = refusal{service.CodeSignInAppInvalid,
		"The sign-in application set in Settings can't be used. Nothing is lost.",
		"Check its application ID in Settings, or clear it to use Microsoft Graph Command Line Tools."}
	signInAppRedirect = refusal{service.CodeSignInAppInvalid,
		"The sign-in application does not return to this computer. Nothing is lost.",
		"Register http://localhost in Entra under its Authentication > Mobile and desktop applications, or clear the sign-in application in Settings."}
	signInAppPublic = refusal{service.CodeSignInAppInvalid,
		"The sign-in application is not registered as a desktop application. Nothing is lost.",
		"Register http://localhost in Entra under its Authentication > Mobile and desktop applications, not under Web, or clear the sign-in application in Settings."}
	signInAppSingleTenant = refusal{service.CodeSignInAppInvalid,
		"The sign-in application is registered for one organization only, while the sign-in is open to any. Nothing is lost.",
		"Set its supported accounts in Entra to any organizational directory, or clear the sign-in application in Settings."}
	signInAppFirstParty = refusal{service.CodeSignInAppInvalid,
		"The sign-in application is one of Microsoft's own that may not prepare applications. Nothing is lost.",
		"Clear the sign-in application in Settings to use Microsoft Graph Command Line Tools, or register an own one."}
	signInAppMissing = refusal{service.CodeSignInAppInvalid,
		"The sign-in application is not in this organization. Nothing is lost.",
		"Check its application ID in Settings, or clear it to use Microsoft Graph Command Line Tools."}
	signInAppDisabled = refusal{service.CodeSignInAppInvalid,
		"The sign-in application is disabled in this organization. Nothing is lost.",
		"Enable it in Entra under Enterprise applications > Properties, or set another one in Settings."}
	appMissing = refusal{service.CodeAppMissing,
		"The application of Cloud App Security is not in the tenant: it was removed, or the tenant does not show it yet. The data on this computer is kept.",
		"If it was made just now, wait two minutes and try again. If not, grant access again: it prepares the application again."}
	appDisabled = refusal{service.CodeAppDisabled,
		"The application of Cloud App Security is disabled in the tenant. The data on this computer is kept.",
		"Enable it in Entra under Enterprise applications > Properties > Enabled for users to sign in, then try again."}
	principalMissing = refusal{service.CodePrincipalMissing,
		"The application of Cloud App Security has no service principal in the tenant. The data on this computer is kept.",
		"Grant access again: it makes the service principal again and asks for consent."}
	clockIsOff = refusal{service.CodeClock,
		"This computer's clock is off, so Microsoft's answers do not fit the time. Nothing is lost.",
		"Set date, time and time zone of this computer, then try again."}
	certificateRefused = refusal{service.CodeCertificate,
		"Microsoft does not accept the certificate of this computer: the tenant does not show it yet, or it was removed. The data on this computer is kept.",
		"If it was made just now, wait two minutes and try again. If not, grant access again: it registers a new certificate."}
	credentialExpired = refusal{service.CodeCertificate,
		"The credential of the application has expired or is not the right one. The data on this computer is kept.",
		"Grant access again: it registers a new certificate."}
	replication = refusal{service.CodeReplication,
		"The tenant is still setting up the application. Nothing is lost.",
		"Wait two minutes, then try again."}
	graphMissing = refusal{service.CodeReplication,
		"The organization does not show Microsoft Graph to the application yet. Nothing is lost.",
		"Wait two minutes, then try again. If it stays, the organization may have no Microsoft 365 subscription."}
)

// refusals are Microsoft's codes, by number:
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
// Not in that list, but seen in answers: 700024, 7000229, 650051 and 9002327.
var refusals = map[int]refusal{
	65004: declined,

	65001:  consentMissing,
	650056: consentMissing,
	90008:  consentMissing,

	90093: notAdministrator,
	90094: notAdministrator,
	90095: notAdministrator,

	50020:  wrongTenant,
	50034:  wrongTenant, // the account is not in this directory
	51004:  wrongTenant,
	90072:  wrongTenant,
	500208: wrongTenant, // a personal account

	50105: notAssigned,

	50072: multiFactor, // has to register
	50074: multiFactor,
	50076: multiFactor,
	50078: multiFactor, // has expired
	50079: multiFactor,
	53004: multiFactor,
	50158: multiFactor, // that of another provider

	53000:  device,
	53001:  device,
	50097:  device,
	53002:  conditionalAccess,
	53003:  conditionalAccess,
	50131:  conditionalAccess,
	530032: conditionalAccess,
	530035: securityDefaults,

	50173:  signInExpired,
	70008:  signInExpired,
	700082: signInExpired,
	50089:  signInExpired,
	54005:  codeUsed,
	70043:  signInFrequency,

	50053: accountBlocked,
	50055: accountBlocked,
	50057: accountBlocked,
	50144: accountBlocked,

	90002: unknownTenant,
	90038: unknownTenant, // it is in a national cloud

	65002: signInAppFirstParty,
	50194: signInAppSingleTenant,

	700016:  appMissing,
	700011:  appMissing,
	7000229: principalMissing,
	7000112: appDisabled,
	70001:   appDisabled,

	700024:  clockIsOff, // the assertion is outside its lifetime
	700027:  certificateRefused,
	50012:   certificateRefused,
	700030:  certificateRefused,
	7000222: credentialExpired,
	7000215: credentialExpired,

	// The application or its address has not reached the consent page yet.
	650051: replication,
	50011:  replication,
	500011: graphMissing,
	650052: graphMissing,

	50033: unavailable,
	90006: unavailable,
	90012: unavailable,
	90024: unavailable,
	90033: unavailable,
	90090: unavailable,
	50196: throttled, // too many of the same request
	90055: throttled,
}

// refusalsOf are codes which mean something else in one operation.
var refusalsOf = map[operation]map[int]refusal{
	// While signing in, "the application" is the sign-in application.
	opSignIn: {
		65001:   scopesMissing,
		700016:  signInAppMissing,
		700011:  signInAppMissing,
		7000229: signInAppMissing,
		70001:   signInAppDisabled,
		7000112: signInAppDisabled,
		50011:   signInAppRedirect,
		501481:  signInAnswerInvalid, // another verifier
		700005:  signInAnswerInvalid, // another tenant's code
		7000218: signInAppPublic,     // wants a secret: not a public client
		9002327: signInAppPublic,     // redeems for single-page applications only
	},
}

// oauthRefusals are the errors of RFC 6749 (sections 4.1.2.1 and 5.2) and
// OpenID Connect Core (section 3.1.2.6) for codes that are not in the table.
var oauthRefusals = map[string]refusal{
	"access_denied":              declined,
	"consent_required":           consentMissing,
	"interaction_required":       multiFactor,
	"login_required":             signInExpired,
	"invalid_tenant":             unknownTenant,
	"temporarily_unavailable":    unavailable,
	"server_error":               unavailable,
	"account_selection_required": signInExpired,
}

var oauthRefusalsOf = map[operation]map[string]refusal{
	opSignIn: {
		"invalid_grant":       signInExpired,
		"invalid_client":      signInAppInvalid,
		"unauthorized_client": signInAppInvalid,
	},
	opApp: {
		"invalid_client":      certificateRefused,
		"unauthorized_client": appMissing,
		"access_denied":       conditionalAccess, // of workload identities
	},
}
