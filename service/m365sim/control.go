package m365sim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"cloudappsecurity/service/m365sim/tenant"
)

const maxMessage = 150 << 20 // Exchange's own limit

// control is for those who test. Its address holds a secret, so that no other
// program on this computer, and no page in a browser, changes anything.
//
//	GET, POST, DELETE  /faults    list, switch on, switch all off
//	POST               /deliver   ?to=UPN&folder=Inbox, a message/rfc822 body
//	GET                /mailbox   ?upn=UPN: folders and messages
//	GET                /stats     requests by method, path and status
func (s *Server) control(prefix string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/faults", func(w http.ResponseWriter, _ *http.Request) { s.answerFaults(w) })
	mux.HandleFunc("POST "+prefix+"/faults", s.setFaults)
	mux.HandleFunc("DELETE "+prefix+"/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.faults.Clear()
		s.answerFaults(w)
	})
	mux.HandleFunc("POST "+prefix+"/deliver", s.deliver)
	mux.HandleFunc("GET "+prefix+"/mailbox", s.mailbox)
	mux.HandleFunc("GET "+prefix+"/stats", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, http.StatusOK, map[string]any{"requests": s.stats.list()})
	})
	return mux
}

func (s *Server) answer(w http.ResponseWriter, status int, body any) {
	data, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		s.log.Error("answer not written", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n'))
}

func (s *Server) answerError(w http.ResponseWriter, status int, message string) {
	s.answer(w, status, map[string]string{"error": message})
}

func (s *Server) answerFaults(w http.ResponseWriter) {
	s.answer(w, http.StatusOK, map[string]any{"faults": s.faults.List()})
}

func (s *Server) setFaults(w http.ResponseWriter, r *http.Request) {
	var values map[string]json.RawMessage
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&values); err != nil {
		s.answerError(w, http.StatusBadRequest, `the body has to be a JSON object such as {"replication_delay": "8s"}: `+err.Error())
		return
	}
	if err := s.faults.Set(values); err != nil {
		s.answerError(w, http.StatusBadRequest, err.Error())
		return
	}
	s.answerFaults(w)
}

func (s *Server) deliver(w http.ResponseWriter, r *http.Request) {
	to, folder := r.URL.Query().Get("to"), r.URL.Query().Get("folder")
	if to == "" {
		s.answerError(w, http.StatusBadRequest, "the parameter 'to' names the mailbox")
		return
	}
	if folder == "" {
		folder = "Inbox"
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil {
		s.answerError(w, http.StatusRequestEntityTooLarge, err.Error())
		return
	}
	m, err := s.tenant.Deliver(to, folder, raw)
	if err != nil {
		s.answerError(w, statusOf(err), err.Error())
		return
	}
	s.answer(w, http.StatusCreated, map[string]any{
		"id": m.ID, "immutable_id": m.ImmutableID, "internet_message_id": m.Content.MessageID, "received": m.Received,
	})
}

func (s *Server) mailbox(w http.ResponseWriter, r *http.Request) {
	upn := r.URL.Query().Get("upn")
	if upn == "" {
		s.answerError(w, http.StatusBadRequest, "the parameter 'upn' names the mailbox")
		return
	}
	listing, err := s.tenant.Mailbox(upn)
	if err != nil {
		s.answerError(w, statusOf(err), err.Error())
		return
	}
	s.answer(w, http.StatusOK, listing)
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, tenant.ErrNotFound), errors.Is(err, tenant.ErrNoFolder), errors.Is(err, tenant.ErrNoMailbox):
		return http.StatusNotFound
	case errors.Is(err, tenant.ErrNotAMessage):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}
