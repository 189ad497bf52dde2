package identity

import (
	"net/http"

	"cloudappsecurity/service/m365sim/tenant"
)

// The steps which can be refused although nothing is wrong with them.
const (
	atSignIn  = "sign_in"
	atRedeem  = "redeem"
	atConsent = "consent"
	atApp     = "app"
)

// early reports whether Entra refuses with a code as soon as an address is
// opened: before it asks who the person is.
func early(code int) bool {
	switch code {
	case 50011, 650051, 650056, 700016, 7000112, 70001:
		return true
	}
	return false
}

// refuseByFault refuses a flow whose person is known. What a person decided is
// told to the program; a policy of the organization shows on Entra's own page,
// from where nothing leads back. f.fault is not 0. s.mu is held.
func (s *Server) refuseByFault(r *http.Request, f *flow) *ending {
	why := s.refusalOf(f.fault, f.app, s.directoryName(f))
	switch f.fault {
	case 65004:
		return s.goBack(r, f, why)
	case 90094, 90095:
		f.step, f.refusal = stepApproval, s.report(r, why)
		return nil
	}
	return s.refuse(r, f, why)
}

// refusalOf words a refusal that was switched on.
func (s *Server) refusalOf(code int, app tenant.Application, directory string) *failure {
	switch code {
	case 65001:
		return consentMissing(app)
	case 65004:
		return declined()
	case 90002:
		return tenantNotFound(directory)
	case 700016:
		return applicationNotFound(app.AppID, directory)
	case 7000112:
		return s.applicationDisabled(app)
	}
	why, known := plainRefusals()[code]
	if !known {
		return fail(90033, "temporarily_unavailable", "A transient error has occurred. Please try again.")
	}
	why.code = code
	return &why
}

// plainRefusals are those whose words name nothing of the request.
func plainRefusals() map[int]failure {
	signIn := func(oauth, suberror, text string) failure {
		return failure{oauth: oauth, suberror: suberror, text: text}
	}
	return map[int]failure{
		650056: signIn(invalidClient, "", "Misconfigured application. This could be due to one of the following: the client has not listed any permissions in the requested permissions "+
			"in the client's application registration. Or, the admin has not consented in the tenant."),
		650051: signIn(invalidClient, "", "The service principal name is already present for the tenant. Please try again."),
		90094:  signIn(consentRequired, "", "The grant requires admin permission."),
		90095:  signIn(consentRequired, "", "Admin consent is required. A request was sent to the administrators of the organization."),
		50020: signIn(invalidGrant, "", "User account from another identity provider does not exist in the tenant and cannot access the application in that tenant. "+
			"The account needs to be added as an external user in the tenant first."),
		50105: signIn(invalidGrant, "", "Your administrator has configured the application to block users unless they are specifically granted ('assigned') access to the application."),
		50076: signIn(invalidGrant, "basic_action", "Due to a configuration change made by your administrator, or because you moved to a new location, "+
			"you must use multi-factor authentication to access the resource."),
		50079: signIn(invalidGrant, "basic_action", "Due to a configuration change made by your administrator, or because you moved to a new location, "+
			"you must enroll in multi-factor authentication to access the resource."),
		53003: signIn(invalidGrant, "message_only", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
		530035: signIn(invalidGrant, "message_only", "Access has been blocked by security defaults. This is due to the request using legacy auth or being deemed unsafe "+
			"by security defaults policies."),
		50011:   signIn(invalidRequest, "", "The redirect URI specified in the request does not match the redirect URIs configured for the application."),
		7000229: signIn(unauthorizedClient, "", "The client application is missing service principal in the tenant. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119"),
		70001:   signIn(unauthorizedClient, "", "The application is disabled."),
		700024:  signIn(invalidClient, "", "Client assertion is not within its valid time range."),
		700027:  signIn(invalidClient, "", "Client assertion failed signature validation. [Reason - The key was not found.]"),
		7000222: signIn(invalidClient, "", "The provided client secret keys for the app are expired."),
		7000215: signIn(invalidClient, "", "Invalid client secret provided."),
		50173:   signIn(invalidGrant, "bad_token", "The provided grant has expired due to it being revoked, a fresh auth token is needed."),
		700082:  signIn(invalidGrant, "bad_token", "The refresh token has expired due to inactivity."),
		70043:   signIn(invalidGrant, "bad_token", "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access."),
	}
}
