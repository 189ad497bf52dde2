package loopback

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cloudappsecurity/resources"
	"cloudappsecurity/resources/pages"
	"cloudappsecurity/service"
)

// maxBody is how much a form may hold. Microsoft's codes are one or two thousand characters long.
const maxBody = 64 << 10

// maxText is how much of Microsoft's description of an error is kept.
const maxText = 4 << 10

var fonts = map[string]string{
	"font/sans":     "IBMPlexSans-Regular",
	"font/semibold": "IBMPlexSans-SemiBold",
	"font/mono":     "IBMPlexMono-Regular",
}

// ServeHTTP answers. There is no ServeMux: it would redirect addresses that are not exactly ours.
func (h *handoff) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Frame-Options", "DENY")
	if !strings.EqualFold(r.Host, h.host) {
		http.Error(w, "This address is not served here.", http.StatusMisdirectedRequest)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	switch path := r.URL.EscapedPath(); path {
	case "/":
		if allow(w, r, http.MethodPost) {
			h.signedIn(w, r)
		}
	case "/consent":
		if allow(w, r, http.MethodGet) {
			h.consented(w, r)
		}
	default:
		name, ok := h.behindSecret(path)
		if !ok {
			notFound(w)
			return
		}
		h.grant(w, r, name)
	}
}

// behindSecret gives the name after "/grant/SECRET/" (or "/remove/SECRET/") of a path with the right secret.
func (h *handoff) behindSecret(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, prefix(h.config))
	if !ok {
		return "", false
	}
	secret, name, ok := strings.Cut(rest, "/")
	return name, subtle.ConstantTimeCompare([]byte(secret), []byte(h.secret)) == 1 && ok
}

func (h *handoff) grant(w http.ResponseWriter, r *http.Request, name string) {
	switch font := fonts[name]; {
	case name == string(h.config.Service) && r.Method == http.MethodPost:
		h.pressed(w, r)
	case name == string(h.config.Service):
		if allow(w, r, http.MethodGet, http.MethodPost) {
			h.shown(w)
		}
	case name == "state":
		if allow(w, r, http.MethodGet) {
			h.asked(w)
		}
	case name == "follow.js":
		if allow(w, r, http.MethodGet) {
			b, err := pages.Files.ReadFile("follow.js")
			send(w, "text/javascript; charset=utf-8", b, err)
		}
	case font != "":
		if allow(w, r, http.MethodGet) {
			w.Header().Set("Cache-Control", "private, max-age=3600") // or each page would blink
			b, err := resources.Font(font)
			send(w, "font/ttf", b, err)
		}
	default:
		notFound(w)
	}
}

// shown answers the one page of the tab.
func (h *handoff) shown(w http.ResponseWriter) {
	h.mu.Lock()
	h.seen = h.Now()
	if h.page.Kind == service.HandoffConsent && !h.page.visited {
		h.page.visited = true
		h.version++
		to := h.page.Consent.URL
		h.mu.Unlock()
		seeOther(w, to)
		return
	}
	first := h.page.Kind == service.HandoffStart && !h.opened
	h.opened = h.opened || first
	m := h.model()
	delivered := h.delivered
	nonce := make([]byte, 16)
	_, err := io.ReadFull(h.Rand, nonce)
	h.mu.Unlock()
	if err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	m.Nonce = base64.StdEncoding.EncodeToString(nonce)
	// form-action also holds for redirects after a form: "Grant Permission" leads to Microsoft, or to a simulated one here.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+m.Nonce+"'; script-src 'self'; connect-src 'self'; "+
		"font-src 'self'; img-src data:; form-action 'self' https: http://localhost:* http://127.0.0.1:*; frame-ancestors 'none'; base-uri 'none'")
	if !h.render(w, m) {
		return
	}
	if delivered != nil {
		h.mu.Lock()
		if h.delivered == delivered { // the page is still the last one
			h.delivered = nil
			close(delivered)
		}
		h.mu.Unlock()
	}
	if first {
		h.emit(service.HandoffEvent{Kind: service.HandoffOpened})
	}
}

// asked tells an open page whether it has changed.
func (h *handoff) asked(w http.ResponseWriter) {
	h.mu.Lock()
	h.seen = h.Now()
	state := struct {
		Version int    `json:"version"`
		Waiting string `json:"waiting"`
	}{h.version, h.waiting()}
	h.mu.Unlock()
	b, err := json.Marshal(state)
	send(w, "application/json", b, err)
}

// pressed carries out a button of our own pages.
func (h *handoff) pressed(w http.ResponseWriter, r *http.Request) {
	if !h.ownOrigin(r) {
		http.Error(w, "This must be pressed on the page itself.", http.StatusForbidden)
		return
	}
	form, ok := h.form(w, r)
	if !ok {
		return
	}
	switch form.Get("do") {
	case "permit":
		h.permitted(w, r)
		return
	case "cancel":
		h.press(func(p page) bool { return p.Kind == service.HandoffStart }, func() service.HandoffEvent {
			h.set(service.HandoffPage{Kind: kindCanceled})
			return service.HandoffEvent{Kind: service.HandoffCanceled}
		})
	case "again":
		h.press(func(p page) bool { return p.Kind == service.HandoffFailedPage && p.Retry }, func() service.HandoffEvent {
			h.set(service.HandoffPage{Kind: service.HandoffStart})
			return service.HandoffEvent{}
		})
	case "move", "keep":
		h.press(func(p page) bool { return p.Kind == service.HandoffMove }, func() service.HandoffEvent {
			yes := form.Get("do") == "move"
			if h.config.Removes != "" {
				h.wait("Goes on.")
			} else if yes {
				h.wait("Moves protection to this computer.")
			} else {
				h.wait("Leaves protection where it is.")
			}
			return service.HandoffEvent{Kind: service.HandoffMoveAnswered, Yes: yes}
		})
	default:
		http.Error(w, "This button is not known.", http.StatusBadRequest)
		return
	}
	seeOther(w, h.URL())
}

// press does what a button is for if the page that is shown has it: a second press changes nothing.
func (h *handoff) press(has func(page) bool, do func() service.HandoffEvent) {
	h.mu.Lock()
	var e service.HandoffEvent
	if has(h.page) {
		e = do()
	}
	h.mu.Unlock()
	if e.Kind != "" {
		h.emit(e)
	}
}

// permitted begins the sign-in, or goes on with the one that was begun.
func (h *handoff) permitted(w http.ResponseWriter, r *http.Request) {
	h.permit.Lock()
	defer h.permit.Unlock()
	h.mu.Lock()
	kind, to := h.page.Kind, h.signInURL()
	h.mu.Unlock()
	switch {
	case kind == kindSignIn:
		seeOther(w, to)
		return
	case kind != service.HandoffStart:
		seeOther(w, h.URL())
		return
	}
	h.emit(service.HandoffEvent{Kind: service.HandoffPermitted})
	signIn, err := h.begin(r.Context())
	h.mu.Lock()
	if h.page.Kind != service.HandoffStart { // the program has gone on meanwhile
		h.mu.Unlock()
		seeOther(w, h.URL())
		return
	}
	if err != nil {
		h.set(service.HandoffPage{Kind: service.HandoffFailedPage, Err: service.AsError(err), Retry: true})
		h.mu.Unlock()
		h.emit(service.HandoffEvent{Kind: service.HandoffSignInFailed, Err: err})
		seeOther(w, h.URL())
		return
	}
	h.signIns = append(h.signIns, &attempt{state: signIn.State, signIn: signIn})
	h.set(service.HandoffPage{Kind: kindSignIn})
	h.mu.Unlock()
	seeOther(w, signIn.URL)
}

// begin asks for the address of the sign-in. A browser that goes away does not end it: a double click does that.
func (h *handoff) begin(ctx context.Context) (service.SignIn, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), beginTimeout)
	defer cancel()
	go func() {
		select {
		case <-h.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	return h.config.BeginSignIn(ctx, h.SignInRedirectURI())
}

// signInURL is the address of the latest attempt, under mu.
func (h *handoff) signInURL() string {
	if len(h.signIns) == 0 {
		return ""
	}
	return h.signIns[len(h.signIns)-1].signIn.URL
}

// ownOrigin says whether r comes from our own page. With our Referrer-Policy browsers send "Origin: null" even from there;
// then Sec-Fetch-Site tells.
func (h *handoff) ownOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := r.Header.Get("Origin")
	return origin == "" || strings.EqualFold(origin, "http://"+h.host)
}

// form reads the body of r, which must be a form.
func (h *handoff) form(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		http.Error(w, "This must be a form.", http.StatusUnsupportedMediaType)
		return nil, false
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "This form is too large.", http.StatusRequestEntityTooLarge)
		return nil, false
	}
	form, err := url.ParseQuery(string(b))
	if err != nil {
		http.Error(w, "This form can't be read.", http.StatusBadRequest)
		return nil, false
	}
	return form, true
}

// single gives a parameter that stands there once, otherwise "".
func single(v url.Values, name string) string {
	if len(v[name]) != 1 {
		return ""
	}
	return v[name][0]
}

func cut(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "")
}

func allow(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	http.Error(w, "This can't be done here.", http.StatusMethodNotAllowed)
	return false
}

// notFound is the one answer for another path, a wrong secret and a wrong state.
func notFound(w http.ResponseWriter) { http.Error(w, "Not found.", http.StatusNotFound) }

func seeOther(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

func send(w http.ResponseWriter, kind string, b []byte, err error) {
	if err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(b)
}
