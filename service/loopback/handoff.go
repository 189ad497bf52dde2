package loopback

import (
	"context"
	"crypto/subtle"
	"html/template"
	"net"
	"net/http"
	"sync"
	"time"

	"cloudappsecurity/service"
)

const (
	// beginTimeout is how long a press on "Grant Permission" waits for the address of the sign-in.
	beginTimeout = 30 * time.Second
	// shutdownTimeout is how long Close waits for answers that are being written.
	shutdownTimeout = time.Second
	// present is how recently a tab must have asked to be taken as open. An open page asks every second.
	present = 3 * time.Second
)

// Kinds of pages which only this package sets.
const (
	kindSignIn   service.HandoffPageKind = "sign_in"  // Grant Permission was pressed; Microsoft has the tab
	kindCanceled service.HandoffPageKind = "canceled" // Cancel was pressed
)

// page is what the tab shows.
type page struct {
	service.HandoffPage
	visited bool // with HandoffConsent: the tab was sent to Microsoft, and is not sent there again by itself
}

// last says whether nothing follows the page.
func (p page) last() bool {
	return p.Kind == service.HandoffDone || p.Kind == service.HandoffFailedPage && !p.Retry || p.Kind == kindCanceled
}

// attempt is one state that was handed to Microsoft. It counts once.
type attempt struct {
	state  string
	signIn service.SignIn
	used   bool
}

// handoff is one permission page. What the browser may do depends on the page that is shown:
//
//	start ─permit→ sign-in ─callback→ preparing ─Show→ move, consent ─callback→ preparing ─Show→ done
//	  └─cancel→ canceled                └─Show→ failed ─again→ start
type handoff struct {
	Config
	config service.HandoffConfig
	views  *template.Template
	host   string // the only Host that is answered
	secret string
	base   string // "/grant/SECRET/" or "/remove/SECRET/"
	server *http.Server

	permit sync.Mutex // held while a press on "Grant Permission" is carried out: a second one waits and joins it

	mu        sync.Mutex
	page      page
	version   int // of the page; an open tab reloads when it changes
	delivered chan struct{}
	seen      time.Time // when a tab last asked
	opened    bool      // HandoffOpened was sent for this start page
	signIns   []*attempt
	consents  []*attempt

	sending sync.RWMutex // held for reading while an event is sent, for writing while events is closed
	events  chan service.HandoffEvent
	closing chan struct{}
	once    sync.Once
	closed  chan struct{}
	serving sync.WaitGroup
}

func (h *handoff) URL() string { return "http://" + h.host + h.base + string(h.config.Service) }

func (h *handoff) SignInRedirectURI() string { return "http://" + h.host }

func (h *handoff) ConsentRedirectURI() string { return "http://" + h.host + "/consent" }

func (h *handoff) Events() <-chan service.HandoffEvent { return h.events }

// Show sets what the tab shows from now on.
func (h *handoff) Show(p service.HandoffPage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.Kind == service.HandoffFailedPage && h.page.Kind == kindCanceled {
		return // the tab says already what its own button did
	}
	if p.Kind == service.HandoffFailedPage && p.Err != nil && p.Err.Code == service.CodeCanceled && !p.Retry {
		p = service.HandoffPage{Kind: kindCanceled}
	}
	if p.Kind == service.HandoffConsent {
		if h.page.Kind == service.HandoffConsent && h.page.Consent == p.Consent {
			return
		}
		if find(h.consents, p.Consent.State) == nil {
			h.consents = append(h.consents, &attempt{state: p.Consent.State})
		}
	}
	if p.Kind == service.HandoffPreparing && h.page.Kind == service.HandoffPreparing {
		h.page.Waiting = p.Waiting // an open page takes it over without being loaded again
		return
	}
	h.set(p)
}

// set changes the page under mu.
func (h *handoff) set(p service.HandoffPage) {
	h.page = page{HandoffPage: p}
	h.version++
	h.delivered = nil
	if h.page.last() {
		h.delivered = make(chan struct{})
	}
	if p.Kind == service.HandoffStart {
		h.opened = false
	}
}

// wait shows that the program works on what the browser brought, until Show says more.
func (h *handoff) wait(sentence string) {
	h.set(service.HandoffPage{Kind: service.HandoffPreparing, Waiting: sentence})
}

// find compares state with every known one in constant time. An empty state is never known.
func find(attempts []*attempt, state string) *attempt {
	var found *attempt
	for _, a := range attempts {
		if a.state != "" && subtle.ConstantTimeCompare([]byte(a.state), []byte(state)) == 1 {
			found = a
		}
	}
	return found
}

// emit hands e to whoever reads Events. From the beginning of Close on events are dropped.
func (h *handoff) emit(e service.HandoffEvent) {
	h.Log.Debug("the browser did something", "service", h.config.Service, "event", e.Kind)
	h.sending.RLock()
	defer h.sending.RUnlock()
	select {
	case <-h.closing:
		return
	default:
	}
	select {
	case h.events <- e:
	case <-h.closing:
	}
}

func (h *handoff) serve(listeners []net.Listener) {
	for _, l := range listeners {
		h.serving.Go(func() {
			_ = h.server.Serve(l) // ends with http.ErrServerClosed
		})
	}
}

// Close stops listening. If a tab is open, it is given a moment to fetch the last page.
func (h *handoff) Close(ctx context.Context) error {
	h.once.Do(func() {
		close(h.closing)
		h.linger(ctx)
		ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
		defer cancel()
		if h.server.Shutdown(ctx) != nil {
			_ = h.server.Close()
		}
		h.serving.Wait()
		h.sending.Lock()
		close(h.events)
		h.sending.Unlock()
		close(h.closed)
	})
	<-h.closed
	return nil
}

func (h *handoff) linger(ctx context.Context) {
	h.mu.Lock()
	delivered, open := h.delivered, h.Now().Sub(h.seen) < present
	if h.page.Kind == service.HandoffDone {
		// The token came before the tab: Microsoft is about to send it back.
		for _, c := range h.consents {
			open = open || !c.used
		}
	}
	h.mu.Unlock()
	if delivered == nil || !open {
		return
	}
	t := time.NewTimer(h.Grace)
	defer t.Stop()
	select {
	case <-delivered:
	case <-t.C:
	case <-ctx.Done():
	}
}
