package service

import "time"

// GrantStep is where a grant in progress stands, as the wizard lists it.
type GrantStep string

// The steps, in their order.
const (
	GrantIdle      GrantStep = ""          // no grant runs
	GrantPage      GrantStep = "page"      // the permission page is served; nobody opened it yet
	GrantSignIn    GrantStep = "sign_in"   // the page was opened; Grant Permission and sign-in are next
	GrantPreparing GrantStep = "preparing" // the application is prepared in the tenant
	GrantConsent   GrantStep = "consent"   // the second screen waits for Accept
	GrantDone      GrantStep = "done"      // a token with every role was obtained
	GrantFailed    GrantStep = "failed"
)

// GrantProgress is a grant in progress as the wizard and casctl show it.
type GrantProgress struct {
	Service  Service
	Step     GrantStep
	URL      string    // of the permission page, while it is served
	Deadline time.Time // when the step gives up if nothing happens
	Waiting  string    // what is waited for, in a sentence; may be empty
	// ConsentSlow is set when the authorization screen has been open for 20 s:
	// it can be opened again.
	ConsentSlow bool
	// Accepted is set when the consent came back from the browser: nobody is
	// waited for there any more.
	Accepted  bool
	Move      *MoveQuestion           // asks before another computer's certificate is replaced
	Times     map[GrantStep]time.Time // when each step was reached
	GrantedBy string
	Err       *Error // with GrantFailed
}

// Running says whether the grant waits for the browser or the tenant now.
func (p GrantProgress) Running() bool {
	switch p.Step {
	case GrantPage, GrantSignIn, GrantPreparing, GrantConsent:
		return true
	default:
		return false
	}
}

// MoveQuestion asks whether protection moves to this computer.
type MoveQuestion struct {
	Computer string
	Since    time.Time
}

// Text is the question word for word.
func (q MoveQuestion) Text() string {
	return "Protected from " + q.Computer + " since " + q.Since.Format("2 January 2006") + ". Move protection to this computer?"
}

// SyncPhase is what a synchronization does now.
type SyncPhase string

// The phases.
const (
	SyncIdle      SyncPhase = ""
	SyncUsers     SyncPhase = "users"
	SyncGroups    SyncPhase = "groups"
	SyncMailboxes SyncPhase = "mailboxes" // asks Exchange for the kinds of mailboxes
	SyncDrives    SyncPhase = "drives"    // asks OneDrive for people's drives
	SyncSites     SyncPhase = "sites"
	SyncCheck     SyncPhase = "check" // first read of one mailbox, site or drive
	SyncDone      SyncPhase = "done"
	SyncFailed    SyncPhase = "failed"
)

// SyncProgress is a synchronization in progress. Total is 0 while unknown.
type SyncProgress struct {
	Service Service
	Phase   SyncPhase
	Done    int
	Total   int
	Waiting string // why it waits, such as throttling; may be empty
	Err     *Error // with SyncFailed
}
