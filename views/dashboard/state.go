package dashboard

import (
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// face is what a card shows.
type face struct {
	tileTone    ui.Tone
	icon        string // "" is the turning ring
	color       fyne.ThemeColorName
	state       string
	figure      string // "" shows words alone
	words       string
	done, all   int
	barTone     ui.Tone
	caption     string
	synced      string // "" hides it
	scanned     string
	action      string // of the button; "" makes the card no target
	showsAction bool   // without hover or focus, too
}

// describe says how a service stands. It is the only place that decides a card's words.
func describe(s ServiceState, option service.Option, offline bool, dataOf, now time.Time) face {
	a := s.Account
	switch {
	case a.Problem != "":
		f := covered(s, option, now)
		f.tileTone, f.icon, f.color, f.state = ui.Bad, "error_circle-filled", ui.ColorDanger, "Action needed"
		if f.figure != "" {
			f.figure, f.done = "0", 0 // whoever is chosen: nothing works for them now
		}
		f.caption, f.action = a.ProblemText, "Grant access again" // shown on hover: the banner has the one primary button
		return offlineAction(f, offline)
	case a.State == service.StateRemoving:
		f := face{icon: "warning-filled", color: ui.ColorWarning, tileTone: ui.Warn, state: "Being removed", words: service.RemovedText(a.Service),
			caption: "Removal is not finished", action: "Continue removal", showsAction: true}
		if s.Removing {
			f.icon, f.color, f.caption, f.action = "", ui.ColorPrimary, "It is removed now: see Service Account", "Show removal"
		}
		return f
	case a.State == service.StateGranting || s.Running && !a.Granted():
		f := face{icon: "", color: ui.ColorPrimary, tileTone: ui.Info, state: "Granting", words: notScanned(a.Service),
			caption: "Waits for you in the wizard", action: "Continue", showsAction: true}
		return offlineAction(f, offline)
	case a.State == service.StateConsented:
		return face{icon: "checkmark_circle-filled", color: ui.ColorSuccess, tileTone: ui.Good, state: "Access granted",
			words: nothingChosen(a.Service), caption: "Granted by " + unknown(a.GrantedBy), action: "Choose whom to protect", showsAction: true}
	case a.State == service.StateSynchronizing:
		return synchronizing(s, offline)
	case a.State == service.StateGranted && runs(s.Sync):
		return synchronizing(s, offline)
	case a.State == service.StateGranted:
		f := covered(s, option, now)
		f.tileTone, f.icon, f.color, f.state = ui.Good, "checkmark_circle-filled", ui.ColorSuccess, "Access granted"
		if offline {
			f.tileTone, f.icon, f.color = ui.Neutral, "cloud_off", ui.ColorText2
			f.state = "Granted as of " + ui.ShortMoment(dataOf, now)
		}
		return f
	}
	f := face{icon: "circle", color: ui.ColorText3, state: "Not granted", words: notScanned(a.Service),
		caption: "Needs a Global Administrator and about five minutes", action: "Grant access"}
	return offlineAction(f, offline)
}

func offlineAction(f face, offline bool) face {
	if offline {
		f.action, f.showsAction = "", false
		f.caption = "Granting access needs a connection"
	}
	return f
}

func synchronizing(s ServiceState, offline bool) face {
	f := face{icon: "", color: ui.ColorPrimary, tileTone: ui.Info, state: "Access granted", barTone: ui.Info,
		words: "Synchronization begins.", caption: "It runs in the background"}
	p := s.Sync
	switch p.Phase {
	case service.SyncUsers:
		f.figure, f.words, f.caption = ui.Number(p.Done), "people synchronized", "Reading users"
	case service.SyncGroups:
		f.figure, f.words, f.caption = ui.Number(p.Done), "groups synchronized", "Reading groups and their members"
	case service.SyncMailboxes:
		f.figure, f.words, f.caption = ui.Number(p.Done), "mailboxes looked up", "Asking for the kinds of mailboxes"
	case service.SyncCheck:
		f.words, f.caption = firstCheck(s.Account.Service)
	case service.SyncDrives:
		f.figure, f.words, f.caption = ui.Number(p.Done), "people asked about", "Asking who has a OneDrive"
	case service.SyncSites:
		f.figure, f.words, f.caption = ui.Number(p.Done), "sites synchronized", "Reading sites and subsites"
	case service.SyncFailed:
		f.words = "Synchronization stopped."
		if p.Err != nil {
			f.caption = p.Err.Message
		}
	case service.SyncIdle, service.SyncDone:
	}
	if p.Total > 0 && f.figure != "" {
		f.done, f.all = p.Done, p.Total
		f.words = "of " + ui.Number(p.Total) + " " + f.words
	}
	if p.Waiting != "" {
		f.caption = p.Waiting
	}
	if offline {
		f.icon, f.color, f.tileTone, f.caption = "cloud_off", ui.ColorText2, ui.Neutral, "Goes on when the connection is back"
	}
	return f
}

// covered is the card of a service whose targets are stored.
func covered(s ServiceState, option service.Option, now time.Time) face {
	c := s.Counts
	all, what := c.Listed(), noun(s.Account.Service)
	f := face{figure: ui.Number(c.Protected), words: "of " + plural(all, "1 "+what.one, ui.Number(all)+" "+what.more) + " covered", done: c.Protected, all: all,
		barTone: ui.Good, caption: leftOut(s.Account.Service, c), synced: "Synchronized " + ui.ShortMoment(s.Account.SyncedAt, now), scanned: "Not scanned yet"}
	if option == service.OptionSelected {
		f.words, f.synced = plural(c.Protected, "selected "+what.user+" covered", "selected "+what.user+"s covered"), ""
		f.caption = "Others are not selected"
		if all > c.Protected {
			f.caption = fmt.Sprintf("%s of %s %s known are not selected", ui.Number(all-c.Protected), ui.Number(all), what.more)
		}
		f.all = max(all, c.Protected)
	}
	return f
}

// words are what a service's targets are called.
type words struct{ one, more, user string }

func noun(s service.Service) words {
	if s.CoversSites() {
		return words{"site", "sites", "site"}
	}
	return words{"person", "people", "user"}
}

func nothingChosen(s service.Service) string {
	if s.CoversSites() {
		return "No site is chosen yet."
	}
	return "Nobody is chosen yet."
}

func firstCheck(s service.Service) (words, caption string) {
	switch s {
	case service.SharePointOnline:
		return "First check of a site.", "Reads a document library, no file"
	case service.OneDrive:
		return "First check of a OneDrive.", "Reads its root folder, no file"
	case service.ExchangeOnline:
	}
	return "First check of a mailbox.", "Reads the list of folders, no message"
}

func leftOut(s service.Service, c service.TargetCounts) string {
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, ui.Counted(n, one, many))
		}
	}
	if s.CoversSites() {
		if c.Subsites > 0 {
			return "With " + ui.Counted(c.Subsites, "subsite", "subsites")
		}
		return "Every site"
	}
	add(c.NoMailbox, "without a mailbox", "without a mailbox")
	add(c.NoDrive, "without a OneDrive", "without a OneDrive")
	add(c.Guests, "guest", "guests")
	add(c.Resources, "room or device", "rooms or devices")
	add(c.Unknown, "not known yet", "not known yet")
	if len(parts) == 0 {
		if s == service.OneDrive {
			return "Everyone with a OneDrive"
		}
		return "Everyone with a mailbox"
	}
	return "Not covered: " + strings.Join(parts, ", ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func unknown(s string) string {
	if s == "" {
		return "Unknown"
	}
	return s
}

func notScanned(s service.Service) string {
	switch s {
	case service.SharePointOnline:
		return "Sites are not scanned."
	case service.OneDrive:
		return "Files are not scanned."
	case service.ExchangeOnline:
	}
	return "Mail is not scanned."
}

func serviceIcon(s service.Service) string {
	switch s {
	case service.SharePointOnline:
		return "globe"
	case service.OneDrive:
		return "cloud"
	case service.ExchangeOnline:
	}
	return "mail"
}
