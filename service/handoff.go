package service

import "context"

// Handoff is the page on this computer on which the administrator's browser
// begins and ends a grant: one tab from "Grant Permission" to "Return to Cloud
// App Security". It listens on loopback only.
type Handoff interface {
	// URL is the address of the permission page, with a one-time secret in it.
	URL() string
	// SignInRedirectURI is "http://localhost:PORT".
	SignInRedirectURI() string
	// ConsentRedirectURI is "http://localhost:PORT/consent".
	ConsentRedirectURI() string
	// Events gives what the browser did. It is closed by Close.
	Events() <-chan HandoffEvent
	// Show sets what the tab shows from now on. A page that is open follows
	// within two seconds.
	Show(HandoffPage)
	Close(ctx context.Context) error
}

// HandoffConfig is what a permission page is made for.
type HandoffConfig struct {
	Service       Service
	SignInAppID   string
	SignInAppName string // shown on the page, such as "Microsoft Graph Command Line Tools"
	SignInHost    string // shown on the page if known, such as "login.microsoftonline.com"
	// Removes is the ID of the application which is going to be removed: then the
	// page asks for a sign-in for that, and for no consent. Empty for a grant.
	Removes string
	// BeginSignIn is called when "Grant Permission" was pressed, and gives the
	// attempt to which the tab is redirected.
	BeginSignIn func(ctx context.Context, redirectURI string) (SignIn, error)
}

// HandoffEvent is something that the browser did.
type HandoffEvent struct {
	Kind HandoffEventKind
	// SignIn and Code come with HandoffSignedIn.
	SignIn SignIn
	Code   Secret
	// Tenant comes with HandoffConsented. It is never used to authenticate.
	Tenant string
	// ErrorCode and ErrorDescription come with HandoffSignInFailed and
	// HandoffConsentFailed: Microsoft's parameters, untranslated.
	ErrorCode        string
	ErrorDescription string
	// Err comes with HandoffSignInFailed if the failure is our own.
	Err error
	// Yes comes with HandoffMoveAnswered.
	Yes bool
}

// HandoffEventKind is the kind of a HandoffEvent.
type HandoffEventKind string

// The kinds.
const (
	HandoffOpened        HandoffEventKind = "opened"         // the permission page was loaded
	HandoffPermitted     HandoffEventKind = "permitted"      // "Grant Permission" was pressed
	HandoffSignedIn      HandoffEventKind = "signed_in"      // the sign-in came back with a code
	HandoffSignInFailed  HandoffEventKind = "sign_in_failed" // the sign-in came back with an error
	HandoffConsented     HandoffEventKind = "consented"      // the consent came back
	HandoffConsentFailed HandoffEventKind = "consent_failed" // the consent came back with an error
	HandoffMoveAnswered  HandoffEventKind = "move_answered"  // the question on the page was answered
	HandoffCanceled      HandoffEventKind = "canceled"       // "Cancel" on the permission page
)

// HandoffPage is what the tab shows.
type HandoffPage struct {
	Kind    HandoffPageKind
	Waiting string        // with HandoffPreparing: what is waited for
	Consent Consent       // with HandoffConsent: where the tab goes; its state is awaited once
	Move    *MoveQuestion // with HandoffMove
	Err     *Error        // with HandoffFailedPage; CodeCanceled shows that it was canceled
	Retry   bool          // with HandoffFailedPage: "Try again" leads back to the permission page
}

// HandoffPageKind is the kind of a HandoffPage.
type HandoffPageKind string

// The kinds.
const (
	HandoffStart      HandoffPageKind = "start"     // the permission page; may be reloaded until "Grant Permission"
	HandoffPreparing  HandoffPageKind = "preparing" // after the sign-in, with progress
	HandoffMove       HandoffPageKind = "move"      // the question about another computer
	HandoffConsent    HandoffPageKind = "consent"   // goes on to Microsoft's consent page
	HandoffDone       HandoffPageKind = "done"      // "Return to Cloud App Security"
	HandoffFailedPage HandoffPageKind = "failed"    // what happened and what to do
)

// Handoffs opens permission pages.
type Handoffs interface {
	Open(ctx context.Context, c HandoffConfig) (Handoff, error)
}
