package policy

import (
	"fmt"
	"strings"

	"cloudappsecurity/service"
)

// kinds are what the targets of s are called.
func kinds(s service.Service) (all, one string) {
	if s.CoversSites() {
		return "sites", "a site"
	}
	return "users and groups", "a user or group"
}

// whom says in a few words whom p is for.
func whom(p service.Policy) string {
	text := "All"
	if !p.Everyone {
		text = listed(p.Targets)
	}
	if len(p.Exclusions) > 0 {
		text += ", except " + listed(p.Exclusions)
	}
	return text
}

// listed names what a policy names; of many the first two.
func listed(list []service.PolicyTarget) string {
	var names []string
	for i, t := range list {
		if i == 2 && len(list) > 3 {
			names = append(names, fmt.Sprintf("%d more", len(list)-2))
			break
		}
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}

func sentence(err error) string {
	e := service.AsError(err)
	if e.Help == "" {
		return e.Message
	}
	return e.Message + " " + e.Help
}

// syncWords say how far a synchronization has come.
func syncWords(p service.SyncProgress) string {
	what := map[service.SyncPhase]string{service.SyncUsers: "people", service.SyncGroups: "groups", service.SyncMailboxes: "mailboxes",
		service.SyncDrives: "people asked about", service.SyncSites: "sites"}[p.Phase]
	switch {
	case what == "" && p.Phase == service.SyncCheck:
		return "First check"
	case what == "":
		return string(p.Phase)
	case p.Total > 0:
		return fmt.Sprintf("%d of %d %s", min(p.Done, p.Total), p.Total, what)
	default:
		return fmt.Sprintf("%d %s", p.Done, what)
	}
}

func syncRuns(p service.SyncProgress) bool {
	return p.Phase != service.SyncIdle && p.Phase != service.SyncDone && p.Phase != service.SyncFailed
}
