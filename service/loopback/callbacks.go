package loopback

import (
	"net/http"
	"net/url"
	"strings"

	"cloudappsecurity/service"
)

// signedIn takes the form_post of the sign-in. It comes from Microsoft's page, so its state is what binds it.
func (h *handoff) signedIn(w http.ResponseWriter, r *http.Request) {
	form, ok := h.form(w, r)
	if !ok {
		return
	}
	code, failure := form.Get("code"), form.Get("error")
	h.mu.Lock()
	a := find(h.signIns, single(form, "state"))
	if a == nil || code == "" && failure == "" {
		h.mu.Unlock()
		notFound(w)
		return
	}
	h.seen = h.Now()
	// An attempt counts while it is the latest and its page is shown: an older one was given up.
	counts := !a.used && h.page.Kind == kindSignIn && a == h.signIns[len(h.signIns)-1]
	a.used = true
	if counts {
		h.wait("Reads Microsoft's answer.")
	}
	h.mu.Unlock()
	if counts && failure != "" {
		h.emit(service.HandoffEvent{Kind: service.HandoffSignInFailed, SignIn: a.signIn, ErrorCode: cut(failure), ErrorDescription: cut(form.Get("error_description"))})
	} else if counts {
		h.emit(service.HandoffEvent{Kind: service.HandoffSignedIn, SignIn: a.signIn, Code: service.Secret(code)})
	}
	seeOther(w, h.URL())
}

// consented takes the redirect of the admin consent. Any error is a failure, even beside admin_consent=True.
func (h *handoff) consented(w http.ResponseWriter, r *http.Request) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		notFound(w)
		return
	}
	failure := q.Get("error")
	ok := failure == "" && strings.EqualFold(q.Get("admin_consent"), "true")
	h.mu.Lock()
	a := find(h.consents, single(q, "state"))
	if a == nil {
		h.mu.Unlock()
		notFound(w)
		return
	}
	h.seen = h.Now()
	// A page that was shown meanwhile says more than the callback does.
	counts := !a.used && !h.page.last()
	a.used = true
	if counts && h.page.Kind == service.HandoffConsent {
		if ok {
			h.wait("Checks the permissions.")
		} else {
			h.wait("Reads Microsoft's answer.")
		}
	}
	h.mu.Unlock()
	if counts && ok {
		h.emit(service.HandoffEvent{Kind: service.HandoffConsented, Tenant: cut(q.Get("tenant"))})
	} else if counts {
		h.emit(service.HandoffEvent{Kind: service.HandoffConsentFailed, ErrorCode: cut(failure), ErrorDescription: cut(q.Get("error_description"))})
	}
	seeOther(w, h.URL())
}
