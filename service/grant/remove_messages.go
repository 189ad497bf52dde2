package grant

import (
	"errors"
	"time"

	"cloudappsecurity/service"
)

// The sentences for what can stop a removal here.

// removalGoesOn ends each of them: what is stored lets the next walk go on.
const removalGoesOn = "What was removed stays removed. Continue the removal when you are ready: it goes on where it stood."

func nothingToRemove(s service.Service) *service.Error {
	return &service.Error{Code: service.CodeNotGranted, Message: "There is no service account of " + s.Name() + " to remove.",
		Help: "Nothing was changed."}
}

func removalRuns(s service.Service) *service.Error {
	return &service.Error{Code: service.CodeLocked, Message: "The removal of " + s.Name() + " is running already.",
		Help: "Finish it in the browser, or cancel it first."}
}

// removing refuses whatever needs the service while its removal isn't finished.
func removing(s service.Service) *service.Error {
	return &service.Error{Code: service.CodeRemoving, Message: "The removal of " + s.Name() + " is not finished.",
		Help: "Nothing was changed. Continue the removal (Administration > Service Account, or casctl remove), then grant access again."}
}

// notGrantedNow says why a can't be used.
func notGrantedNow(a service.Account) *service.Error {
	if a.State == service.StateRemoving {
		return removing(a.Service)
	}
	return notGranted(a.Service)
}

func removalCanceled(cause error) *service.Error {
	return &service.Error{Code: service.CodeCanceled, Message: "The removal was paused.", Help: removalGoesOn, Cause: cause}
}

func removalDeclined() *service.Error {
	return &service.Error{Code: service.CodeDeclined, Message: "Cancel was pressed on the page in the browser, so the removal was paused.", Help: removalGoesOn}
}

func removalTimedOut(after time.Duration) *service.Error {
	return &service.Error{Code: service.CodeTimeout,
		Message: "Nobody signed in or answered within " + inWords(after) + ", so the page was closed and the removal paused.",
		Help:    "If Microsoft's page showed an error, mend first what it names. " + removalGoesOn}
}

func removalWrongTenant(org service.Organization) *service.Error {
	name := org.DisplayName
	if name == "" {
		name = "the organization whose application it is"
	}
	return &service.Error{Code: service.CodeWrongTenant,
		Message: "The account belongs to another organization than " + name + ". Nothing was removed with it.",
		Help:    "Continue the removal, and sign in with a Global Administrator of " + name + "."}
}

func otherKept(q service.MoveQuestion) *service.Error {
	return &service.Error{Code: service.CodeMoveRequired,
		Message: "Protected from " + q.Computer + " since " + q.Since.Format("2 January 2006") + ". Protection goes on there: the application was not removed.",
		Help:    "To end it on this computer alone, remove it from this computer only. The application and the other computer stay as they are."}
}

// refusal is what the tenant refused to remove.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// codeRefused is the code of err if the tenant refused to remove something, or
// another computer keeps it.
func codeRefused(err error) service.Code {
	if _, refused := errors.AsType[refusal](err); refused || service.CodeOf(err) == service.CodeMoveRequired {
		return service.CodeOf(err)
	}
	return "none"
}

// notRemoved says what step could not remove, by name, and how to do it by hand.
// What can pass is only told with where it stands.
func (r *removal) notRemoved(step service.RemovalStep, err error) error {
	e := service.AsError(err)
	switch e.Code {
	case service.CodeForbidden, service.CodeNotAdministrator, service.CodeInternal, service.CodeUnsupported, service.CodeNotFound:
	case service.CodeUnauthorized:
		return &service.Error{Code: e.Code, Message: "The sign-in ended before the removal did.", Help: removalGoesOn, Cause: err}
	default:
		return &service.Error{Code: e.Code, Message: e.Message, Help: removalGoesOn, AADSTS: e.AADSTS, Cause: err}
	}
	what := map[service.RemovalStep]string{
		service.RemovalPrincipal:   "the service principal of the application",
		service.RemovalApplication: "the application",
		service.RemovalPurge:       "the deleted application",
	}[step]
	help := service.ByHand(r.account, r.stored.Done) + "."
	if e.Code == service.CodeNotAdministrator {
		help = "Continue the removal, and sign in as a Global Administrator. Or do it by hand. " + help
	}
	return &service.Error{Code: e.Code, AADSTS: e.AADSTS, Cause: refusal{err},
		Message: "Microsoft 365 did not remove " + what + ` "` + r.service.ApplicationName() + `" (application ID ` + r.account.AppID + "): " + lower(e.Message),
		Help:    help + " Then remove it from this computer only."}
}

// lower begins a sentence that stands within another one.
func lower(sentence string) string {
	if len(sentence) > 1 && sentence[0] == 'T' && sentence[1] == 'h' {
		return "t" + sentence[1:]
	}
	return sentence
}
