package loopback

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"cloudappsecurity/resources"
	"cloudappsecurity/resources/pages"
	"cloudappsecurity/service"
)

// model is what a page is filled with.
type model struct {
	Template, Title, Layout string
	Nonce                   string
	Style                   template.CSS
	Favicon                 template.URL
	Follow                  bool // an open page follows what the program shows
	State, Script, Action   string
	Version, Step           int

	Service, ApplicationName, Granted string
	SignInAppName, SignInHost         string
	DefaultSignInApp                  bool
	Permissions, SignInPermissions    []service.Permission
	Waiting, Question, Go, Code       string
	Content, EverySite                string
	ConsentAhead, Retry               bool
	Removes                           string // the application ID, on the pages of a removal
	Removed, LiveOn                   string
	Removal                           []service.RemovalStep
	Err                               *service.Error
}

var steps = []string{
	"Read and grant",
	"Sign in at Microsoft as Global Administrator",
	"Two screens of Microsoft: press Accept on both",
	"Back to the program",
}

var removalSteps = []string{
	"Read and confirm",
	"Sign in at Microsoft as Global Administrator",
	"Removed step by step",
	"Back to the program",
}

var permissionIcons = map[string]string{
	"Mail.ReadWrite":            "mail",
	"User.Read.All":             "people",
	"GroupMember.Read.All":      "building",
	"MailboxSettings.Read":      "settings",
	"Sites.ReadWrite.All":       "globe",
	"Files.ReadWrite.All":       "cloud",
	"Application.ReadWrite.All": "key",
	"User.Read":                 "person",
}

var removalIcons = map[service.RemovalStep]string{
	service.RemovalPrincipal:   "shield_error-filled",
	service.RemovalApplication: "window",
	service.RemovalPurge:       "delete",
	service.RemovalHere:        "desktop",
}

// removalWhat is what a step of a removal means, for the page.
func removalWhat(step service.RemovalStep, m model) string {
	switch step {
	case service.RemovalPrincipal:
		return "It is what holds the permissions in your tenant. Without it no new token is issued."
	case service.RemovalApplication:
		return `"` + m.ApplicationName + `", application ID ` + m.Removes + ", with its certificate."
	case service.RemovalPurge:
		return "Deleted, it would stay restorable for 30 days."
	case service.RemovalHere:
		return "The private key, the service account, the list of targets and how far their synchronization is. What another service needs stays."
	case service.RemovalBegun, service.RemovalSignIn:
	}
	return ""
}

// everySite is the permission of s which reaches every site collection: the page
// says so.
// https://learn.microsoft.com/graph/permissions-reference#filesreadwriteall
func everySite(s service.Service) string {
	for _, p := range s.Permissions() {
		if strings.HasPrefix(p.Value, "Sites.") || strings.HasPrefix(p.Value, "Files.") {
			return p.Value
		}
	}
	return ""
}

func parse() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"icon": icon,
		"inc":  func(i int) int { return i + 1 },
		"steps": func(m model) []string {
			if m.Removes != "" {
				return removalSteps
			}
			return steps
		},
		"removalIcon": func(step service.RemovalStep) string { return removalIcons[step] },
		"removalWhat": removalWhat,
		"permissionIcon": func(value string) string {
			if name, ok := permissionIcons[value]; ok {
				return name
			}
			return "key"
		},
	}).ParseFS(pages.Files, "*.html")
}

// icon is one of our own icons, to stand in line. Its colour is that of the text.
func icon(name, class string) (template.HTML, error) {
	b, err := resources.Icon(name)
	if err != nil {
		return "", err
	}
	svg := strings.Replace(string(b), "<svg ", `<svg class="`+template.HTMLEscapeString(strings.TrimSpace("i "+class))+`" aria-hidden="true" focusable="false" `, 1)
	return template.HTML(svg), nil //nolint:gosec // a file of the program
}

// waiting is what the preparing page waits for, under mu.
func (h *handoff) waiting() string {
	if h.page.Kind != service.HandoffPreparing {
		return ""
	}
	if h.page.Waiting == "" && h.config.Removes != "" {
		return "Removes the application from your tenant."
	}
	if h.page.Waiting == "" {
		return "Prepares the application in your tenant."
	}
	return h.page.Waiting
}

// model fills the page that is shown, under mu.
func (h *handoff) model() model {
	s := h.config.Service
	m := model{
		Version:           h.version,
		State:             h.base + "state",
		Script:            h.base + "follow.js",
		Action:            h.base + string(s),
		Service:           s.Name(),
		Content:           s.Content(),
		EverySite:         everySite(s),
		ApplicationName:   s.ApplicationName(),
		Granted:           service.GrantedText(s),
		SignInAppName:     h.config.SignInAppName,
		SignInHost:        h.config.SignInHost,
		DefaultSignInApp:  h.config.SignInAppID == service.DefaultSignInAppID,
		Permissions:       s.Permissions(),
		SignInPermissions: service.SignInPermissions(),
		Removes:           h.config.Removes,
		Removed:           service.RemovedText(s),
		LiveOn:            service.TokensLiveOn,
		Removal:           service.RemovalSteps()[1:],
		Layout:            "narrow",
		Follow:            true,
		Step:              2,
	}
	h.fill(&m)
	if title := removalTitles[m.Template]; m.Removes != "" && title != "" {
		m.Title = title
	}
	return m
}

// removalTitles are the titles of the pages of a removal, where they differ from
// those of a grant.
var removalTitles = map[string]string{
	"remove.html":    "Remove a service: Cloud App Security",
	"move.html":      "Remove it all the same? Cloud App Security",
	"failed.html":    "The removal is not finished: Cloud App Security",
	"preparing.html": "Removing: Cloud App Security",
}

// fill fills in what depends on the page that is shown, under mu.
func (h *handoff) fill(m *model) {
	switch p := h.page; p.Kind {
	case service.HandoffStart:
		m.Template, m.Title, m.Layout, m.Step = "start.html", "Grant permission: Cloud App Security", "wide", 0
		if m.Removes != "" {
			m.Template = "remove.html"
		}
	case kindSignIn:
		m.Template, m.Title, m.Step, m.Go = "signin.html", "Waiting for your sign-in: Cloud App Security", 1, h.signInURL()
	case service.HandoffMove:
		m.Template, m.Title = "move.html", "Move protection? Cloud App Security"
		if p.Move != nil && m.Removes != "" {
			m.Question = p.Move.OtherText()
		} else if p.Move != nil {
			m.Question = p.Move.Text()
		}
	case service.HandoffConsent:
		m.Template, m.Title, m.Go = "consent.html", "Waiting for Accept: Cloud App Security", p.Consent.URL
	case service.HandoffDone:
		m.Template, m.Title, m.Step, m.Follow = "done.html", "Return to Cloud App Security", 3, false
	case service.HandoffFailedPage:
		m.Template, m.Title, m.Follow, m.Retry = "failed.html", "Access was not granted: Cloud App Security", p.Retry, p.Retry
		m.Err = p.Err
		if m.Err == nil {
			m.Err = service.AsError(fmt.Errorf("failed page without an error"))
		}
		if m.Code = m.Err.AADSTS; m.Code == "" && m.Err.Code == service.CodeInternal {
			m.Code = string(m.Err.Code)
		}
	case kindCanceled:
		m.Template, m.Title, m.Follow = "canceled.html", "Canceled: Cloud App Security", false
	default:
		m.Template, m.Title, m.Waiting, m.ConsentAhead = "preparing.html", "Preparing: Cloud App Security", h.waiting(), len(h.consents) == 0
	}
}

// render writes the page that is shown; false if it could not be made.
func (h *handoff) render(w http.ResponseWriter, m model) bool {
	var b bytes.Buffer
	style, err := pages.Files.ReadFile("style.css")
	if err == nil {
		m.Style = template.CSS(style) //nolint:gosec // a file of the program
		m.Favicon, err = favicon()
	}
	if err == nil {
		err = h.views.ExecuteTemplate(&b, m.Template, m)
	}
	if err != nil {
		h.Log.Error("a page could not be made", "page", m.Template, "err", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return false
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err = w.Write(b.Bytes())
	return err == nil
}

// favicon is the program's mark as a data address: the shield on its tile.
func favicon() (template.URL, error) {
	b, err := resources.Icon("shield_checkmark-filled")
	if err != nil {
		return "", err
	}
	shield := string(b)
	if i := strings.Index(shield, "<path"); i >= 0 {
		shield = strings.TrimSuffix(shield[i:], "</svg>")
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1F5FCC"/><g transform="translate(6 6)" fill="#fff">` + shield + `</g></svg>`
	return template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(svg))), nil //nolint:gosec // a file of the program
}
