package grant

import (
	"fmt"
	"strings"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

func (v *View) chosenOption() service.Option {
	if v.started || v.state.org.Option == service.OptionNone {
		return v.option
	}
	return v.state.org.Option
}

func syncWords(p service.SyncProgress) (title, words string) {
	part := func(one, more string) string {
		if p.Total > 0 {
			return fmt.Sprintf("%s of %s", ui.Number(p.Done), ui.Counted(p.Total, one, more))
		}
		return ui.Counted(p.Done, one, more)
	}
	switch p.Phase {
	case service.SyncGroups:
		return "Synchronizes groups", part("group", "groups") + "."
	case service.SyncMailboxes:
		return "Asks for the kinds of mailboxes", part("person", "people") + "."
	case service.SyncDrives:
		return "Asks who has a OneDrive", part("person", "people") + "."
	case service.SyncCheck:
		if p.Service.CoversSites() {
			return "Checks the first site", ui.Counted(p.Done, "site is a target.", "sites are targets.")
		}
		return "Checks the first " + thing(p.Service), ui.Counted(p.Done, "person is a target.", "people are targets.")
	case service.SyncUsers:
		if p.Done > 0 {
			return "Synchronizes users", part("person", "people") + "."
		}
	case service.SyncSites:
		if p.Done > 0 {
			return "Synchronizes sites", part("site", "sites") + "."
		}
		return "Begins to synchronize", "Asks Microsoft 365 which sites there are."
	case service.SyncIdle, service.SyncDone, service.SyncFailed:
	}
	return "Begins to synchronize", "Asks Microsoft 365 who there is."
}

// thing is what a target has, or is.
func thing(s service.Service) string {
	switch s {
	case service.SharePointOnline:
		return "site"
	case service.OneDrive:
		return "OneDrive"
	case service.ExchangeOnline:
	}
	return "mailbox"
}

// leftOutWords says who is not protected where everyone is synchronized.
func leftOutWords(s service.Service) string {
	switch s {
	case service.SharePointOnline:
		return "The sites of people's OneDrive are listed, with the reason, and are not protected here: OneDrive is granted by itself."
	case service.OneDrive:
		return "People without a OneDrive and guests are listed, with the reason, and are not protected. Who opens OneDrive for the first time is found within a week."
	case service.ExchangeOnline:
	}
	return "People without a mailbox and guests are listed, with the reason, and are not protected. Rooms and equipment are off unless they are chosen."
}

// choiceNote is step 2 in one line.
func choiceNote(s service.Service) string {
	if s.CoversSites() {
		return "All sites, or up to 100 selected sites."
	}
	return "All users and groups, or up to 100 selected users."
}

// lockWords says why the choice can't be changed.
func (v *View) lockWords() string {
	words := "The same option holds for " + v.c.Service.Name() + " as for " + v.state.other.Name() + ": it is the organization's."
	if v.option == service.OptionSelected {
		words += " To protect all targets, extend: Notifications leads there."
	}
	return words
}

func countWords(s service.Service, o service.Option, c service.TargetCounts) string {
	switch {
	case o == service.OptionSelected && s.CoversSites():
		return ui.Counted(c.Protected, "selected site is covered.", "selected sites are covered.")
	case o == service.OptionSelected:
		return ui.Counted(c.Protected, "selected user is covered.", "selected users are covered.")
	}
	words := ""
	add := func(n int, one, more string) {
		if n > 0 {
			words += " " + ui.Counted(n, one, more)
		}
	}
	if s.CoversSites() {
		words = fmt.Sprintf("%s of %s covered.", ui.Number(c.Protected), ui.Counted(c.Collections, "site is", "sites are"))
		add(c.Subsites, "subsite lies beneath.", "subsites lie beneath.")
		add(c.Personal, "is someone's OneDrive.", "are people's OneDrive.")
		return words
	}
	words = fmt.Sprintf("%s of %s covered.", ui.Number(c.Protected), ui.Counted(c.People, "person is", "people are"))
	add(c.NoMailbox, "has no mailbox.", "have no mailbox.")
	add(c.NoDrive, "has no OneDrive.", "have no OneDrive.")
	add(c.Guests, "is a guest.", "are guests.")
	add(c.Resources, "is a room or equipment.", "are rooms or equipment.")
	if s == service.OneDrive {
		add(c.Unknown, "may have a OneDrive: not known yet.", "may have a OneDrive: not known yet.")
	} else {
		add(c.Unknown, "has a mailbox whose kind is not known yet.", "have mailboxes whose kind is not known yet.")
	}
	return words
}

// optionWords is step 2 in one line of result.
func (v *View) optionWords() string {
	switch sites := v.c.Service.CoversSites(); {
	case v.chosenOption() == service.OptionSelected && sites:
		return ui.Counted(v.picker.Count(), "selected site", "selected sites")
	case v.chosenOption() == service.OptionSelected:
		return ui.Counted(v.picker.Count(), "selected user", "selected users")
	case sites:
		return "all sites"
	default:
		return "all users and groups"
	}
}

func (v *View) grantedBy() string {
	a := v.state.account
	if a.GrantedAt.IsZero() {
		return ""
	}
	at := lower(ui.Moment(a.GrantedAt, v.c.Now()))
	if a.GrantedBy == "" {
		return at
	}
	return "by " + a.GrantedBy + ", " + at
}

// lower begins with a small letter what stands inside a sentence: "today 14:12". Names of days keep theirs.
func lower(moment string) string {
	if rest, ok := strings.CutPrefix(moment, "Today"); ok {
		return "today" + rest
	}
	return moment
}

func otherNames(s service.Service) string {
	var names []string
	for _, o := range service.Services() {
		if o != s {
			names = append(names, o.Name())
		}
	}
	return strings.Join(names, " and ")
}

func sentence(e *service.Error) string {
	if e.Help == "" {
		return e.Message
	}
	return e.Message + " " + e.Help
}
