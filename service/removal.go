package service

import (
	"context"
	"slices"
	"time"
)

// RemovalStep is one step of a removal, as screens and casctl list it. Its text
// is stored: it never changes.
type RemovalStep string

// The steps, in their order.
const (
	RemovalBegun       RemovalStep = ""                    // nothing was removed yet
	RemovalSignIn      RemovalStep = "sign_in"             // the administrator signs in; this is never kept
	RemovalPrincipal   RemovalStep = "service_principal"   // and with it the consent
	RemovalApplication RemovalStep = "application"         // which stays restorable
	RemovalPurge       RemovalStep = "deleted_application" // for good
	RemovalHere        RemovalStep = "stored"              // what is stored on this computer
)

// RemovalSteps lists the steps in their order.
func RemovalSteps() []RemovalStep {
	return []RemovalStep{RemovalSignIn, RemovalPrincipal, RemovalApplication, RemovalPurge, RemovalHere}
}

// Text is what the step does, such as "Remove the application".
func (s RemovalStep) Text() string {
	switch s {
	case RemovalSignIn:
		return "Sign in at Microsoft as Global Administrator"
	case RemovalPrincipal:
		return "Remove the service principal, and with it the consent"
	case RemovalApplication:
		return "Remove the application"
	case RemovalPurge:
		return "Remove the deleted application for good"
	case RemovalHere:
		return "Remove what is stored on this computer"
	case RemovalBegun:
	}
	return ""
}

// AccountRemoval is the removal of one service account, as it is stored from the
// administrator's confirmation on until the last step.
type AccountRemoval struct {
	Service Service
	BegunAt time.Time
	Done    RemovalStep // the latest step whose outcome is stored
	By      string      // display name of who signed in for it; empty before
	// Agreed is that the administrator knows of another computer which protects
	// the service, and wants to remove it all the same.
	Agreed bool
}

// InTenant says whether something is left to remove in the tenant, for which an
// administrator has to sign in.
func (r AccountRemoval) InTenant() bool { return r.Done != RemovalPurge }

// RemovalProgress is a removal as screens and casctl show it.
type RemovalProgress struct {
	Service Service
	Stored  AccountRemoval // its zero value while none is begun
	Running bool           // it is walked now
	Step    RemovalStep    // the step which is walked, or was when it stopped
	// The following are of the walk that runs, or ran last.
	URL      string        // of the page in the browser, while it is served
	Deadline time.Time     // when the page gives up if nobody signs in
	Waiting  string        // what is waited for, in a sentence; may be empty
	Other    *MoveQuestion // asks whether to stop the protection by another computer, too
	Err      *Error        // how it stopped
	// Refused is that the tenant refuses a step: it has to be done by hand, and
	// only what is stored here can be removed.
	Refused bool
	// Finished is the sentence at the end; "" before. It is kept until the next
	// removal or grant of the service.
	Finished string
}

// Past says whether the outcome of s is stored already.
func (r AccountRemoval) Past(s RemovalStep) bool {
	return slices.Index(RemovalSteps(), s) <= slices.Index(RemovalSteps(), r.Done)
}

// State says how far a step is: done, being done now, or neither yet. Who signed
// in for a walk that ended has to do it again.
func (p RemovalProgress) State(s RemovalStep) (done, now bool) {
	steps := RemovalSteps()
	switch {
	case p.Finished != "":
		return true, false
	case s == RemovalSignIn:
		done = !p.Stored.InTenant() || p.Running && slices.Index(steps, p.Step) > 0
	default:
		done = p.Stored.Past(s)
	}
	return done, !done && p.Running && s == p.Step
}

// OtherText asks before a removal stops what another computer does.
func (q MoveQuestion) OtherText() string {
	return "Protected from " + q.Computer + " since " + q.Since.Format("2 January 2006") + ". Removing the application stops the protection there, too. Remove it?"
}

// TokensLiveOn is what no removal can change.
// https://learn.microsoft.com/entra/identity-platform/configurable-token-lifetimes
const TokensLiveOn = "An access token that was issued before is accepted by Microsoft 365 until it expires, up to 90 minutes later."

// RemovedText is the sentence once a service account was removed.
func RemovedText(s Service) string { return s.Name() + " is no longer protected." }

// RemovedFuture is the sentence which warns of it before.
func RemovedFuture(s Service) string { return s.Name() + " will no longer be protected." }

// ByHand says how to remove in Microsoft Entra what is left there of a after the
// step done, as a sentence without its full stop; "" if nothing is.
// https://learn.microsoft.com/entra/identity/enterprise-apps/delete-application-portal
// https://learn.microsoft.com/entra/identity-platform/howto-restore-app
func ByHand(a Account, done RemovalStep) string {
	app := `"` + a.Service.ApplicationName() + `" (application ID ` + a.AppID + ")"
	const deleted = "App registrations > Deleted applications, select it and press Delete permanently"
	switch done {
	case RemovalApplication:
		return "In the Microsoft Entra admin center (entra.microsoft.com), for " + app + ": open " + deleted
	case RemovalPurge, RemovalHere:
		return ""
	case RemovalBegun, RemovalSignIn, RemovalPrincipal:
	}
	return "In the Microsoft Entra admin center (entra.microsoft.com), for " + app +
		": open App registrations > All applications, select it and press Delete, which removes its enterprise application, too; then " + deleted
}

// RemovalStore keeps removals, and forgets what belongs to a removed service.
type RemovalStore interface {
	// Removal gives the removal of s that isn't finished; CodeNotFound if there
	// is none.
	Removal(ctx context.Context, s Service) (AccountRemoval, error)
	// BeginRemoval stores durably that s is being removed, in one transaction:
	// its account is in StateRemoving from then on, without a problem. One that
	// was begun stays as it is. CodeNotGranted if s has no account.
	BeginRemoval(ctx context.Context, s Service, now time.Time) (AccountRemoval, error)
	// SaveRemoval stores how far a begun removal is, durably.
	SaveRemoval(ctx context.Context, r AccountRemoval) error
	// Forget removes all that is stored for s in one durable transaction: account
	// with sealed key, removal, cursors, coverage, daily state, extension,
	// notifications and the given settings. People, groups and sites which
	// another service covers or synchronized stay. Without any granted service
	// left the organization's option is free again. The notifications given are
	// stored in the same transaction.
	Forget(ctx context.Context, s Service, settings []string, n ...Notification) error
}
