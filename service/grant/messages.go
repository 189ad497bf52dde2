package grant

import (
	"fmt"
	"strings"
	"time"

	"cloudappsecurity/service"
)

// The sentences for what can end a grant here. Those of Microsoft's answers
// stand where the answers are read, in the adapters.

// timedOut ends a grant that nobody finished. Once the page was opened,
// Microsoft may have shown an error there, of which nothing comes back here.
func timedOut(after time.Duration, opened bool) *service.Error {
	help := `Nothing was lost. Press "Click here" to open a new page.`
	if opened {
		help = "Nothing was lost. If Microsoft's page showed an error, mend first what it names. " + `Press "Click here" to open a new page.`
	}
	return &service.Error{Code: service.CodeTimeout,
		Message: "Nobody finished in the browser within " + inWords(after) + ", so the permission page was closed.", Help: help}
}

func preparingTooLong(after time.Duration) *service.Error {
	return &service.Error{Code: service.CodeReplication,
		Message: "Microsoft 365 did not finish preparing the application within " + inWords(after) + ".",
		Help:    "Nothing was lost. Try again in a few minutes: it goes on where it stood."}
}

func grantRuns(s service.Service) *service.Error {
	return &service.Error{Code: service.CodeLocked, Message: "A grant for " + s.Name() + " is running already.",
		Help: "Finish it in the browser, or cancel it first."}
}

func synchronizationRuns(s service.Service) *service.Error {
	return &service.Error{Code: service.CodeLocked, Message: "A synchronization of " + s.Name() + " is running already.",
		Help: "Wait until it ends, or cancel it."}
}

func canceled(cause error) *service.Error {
	return &service.Error{Code: service.CodeCanceled, Message: "The grant was canceled.",
		Help: "Nothing was lost. What was prepared in your tenant is used again next time.", Cause: cause}
}

func canceledInBrowser() *service.Error {
	return &service.Error{Code: service.CodeDeclined, Message: "Cancel was pressed on the permission page. No access was granted.",
		Help: "Nothing was changed. Open the page again when you are ready."}
}

func noBrowser(cause error) *service.Error {
	return &service.Error{Code: service.CodeNoBrowser, Message: "No browser could be opened.",
		Help: "Copy the address and open it in a browser on this computer.", Cause: cause}
}

func wrongTenant(org service.Organization) *service.Error {
	name := org.DisplayName
	if name == "" {
		name = "the organization that was granted before"
	}
	return &service.Error{Code: service.CodeWrongTenant,
		Message: "The account belongs to another organization than " + name + ". No access was granted.",
		Help:    "Sign in with a Global Administrator of " + name + "."}
}

func notMoved(q service.MoveQuestion) *service.Error {
	return &service.Error{Code: service.CodeMoveRequired,
		Message: "Protected from " + q.Computer + " since " + q.Since.Format("2 January 2006") + ". Protection stays there.",
		Help:    "Nothing was changed. To protect from this computer instead, grant again and choose to move protection."}
}

func rolesMissing(s service.Service, missing []string) *service.Error {
	return &service.Error{Code: service.CodeConsentMissing,
		Message: "Microsoft did not activate every permission for " + s.Name() + " in time. Still missing: " + strings.Join(missing, ", ") + ".",
		Help:    "Nothing was lost. Grant again, and press Accept on the second screen.", Cause: missingRoles(missing)}
}

func notGranted(s service.Service) *service.Error {
	return &service.Error{Code: service.CodeNotGranted, Message: "Access to " + s.Name() + " is not granted.",
		Help: "Grant access first."}
}

// optionLocked says why s can't be granted with another option: holder goes by
// the one that is stored.
func optionLocked(s, holder service.Service, o service.Option) *service.Error {
	e := &service.Error{Code: service.CodeOptionLocked}
	if s == holder {
		e.Message = "This organization's option is " + optionName(s, o) + ". Granting again can't change it."
		e.Help = "Nothing was changed. Grant again with the same option."
	} else {
		e.Message = "The same option holds for " + s.Name() + " as for " + holder.Name() + ": " + optionName(s, o) + "."
		e.Help = "Nothing was changed. Grant " + s.Name() + " with this option."
	}
	if o == service.OptionSelected {
		e.Help += " To protect all targets, extend: Notifications leads there."
	}
	return e
}

// optionName is how step 2 calls an option for s.
func optionName(s service.Service, o service.Option) string {
	if o == service.OptionSelected {
		return `"` + s.SelectedText() + `"`
	}
	return `"` + s.EveryoneText() + `"`
}

func nobodyToProtect(s service.Service) *service.Error {
	e := &service.Error{Code: service.CodeInvalidTargets}
	switch s {
	case service.SharePointOnline:
		e.Message = "The targets are stored, but there is no site among them that can be protected."
		e.Help = "Choose other sites, or try again when there are some."
	case service.OneDrive:
		e.Message = "The targets are stored, but none of them has a OneDrive that can be protected."
		e.Help = "Choose people who have opened their OneDrive once, or try again when some have."
	default:
		e.Message = "The targets are stored, but none of them has a mailbox that can be protected."
		e.Help = "Choose people with a mailbox, or assign licences and try again."
	}
	e.Help = s.Name() + " is not protected. " + e.Help
	return e
}

func keyLost(cause error) *service.Error {
	return &service.Error{Code: service.CodeKeyLost,
		Message: "The stored private key of this computer can't be opened.",
		Help:    "Grant access again: a new certificate is made. Nothing else was lost.", Cause: cause}
}

// inWords gives d in whole minutes or seconds.
func inWords(d time.Duration) string {
	n, unit := int(d.Round(time.Second)/time.Second), "second"
	if n >= 60 {
		n, unit = int(d.Round(time.Minute)/time.Minute), "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

func selectedStay() *service.Error {
	return &service.Error{Code: service.CodeOptionLocked, Message: "Selected targets are protected: they are never synchronized.",
		Help: "Nothing was changed. They stay as they were chosen; extend to all targets to have everyone synchronized."}
}

func notChosen(s service.Service) *service.Error {
	return &service.Error{Code: service.CodeNotGranted, Message: "The targets of " + s.Name() + " are not chosen yet.",
		Help: "Finish granting access first."}
}

func nothingToExtend() *service.Error {
	return &service.Error{Code: service.CodeNotGranted, Message: "There is nothing to extend: no targets are selected.",
		Help: "Grant access to a service first."}
}
