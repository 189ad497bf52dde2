package m365sim

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"cloudappsecurity/service/m365sim/faults"
)

// failGraph lets faults answer in place of Graph.
func (s *Server) failGraph(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refusal, ok := s.faults.Refuse(r.Method, r.URL.RequestURI())
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		code, message := "TooManyRequests", "Too many requests from the same client. Please retry after some time."
		switch refusal.Status {
		case http.StatusServiceUnavailable:
			code, message = "serviceNotAvailable", "The service is temporarily unavailable. Please try again later."
		case http.StatusInternalServerError:
			code, message = "InternalServerError", "An internal server error occurred. The operation failed."
		}
		id := uuid.NewString()
		w.Header().Set("request-id", id)
		s.refuse(w, refusal, map[string]any{"error": map[string]any{
			"code": code, "message": message,
			"innerError": map[string]string{"date": s.serviceNow().UTC().Format("2006-01-02T15:04:05"), "request-id": id, "client-request-id": id},
		}})
	})
}

// failSignIn lets faults answer in place of the sign-in endpoints.
func (s *Server) failSignIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refusal, ok := s.faults.RefuseSignIn(r.Method, r.URL.RequestURI())
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		s.refuse(w, refusal, map[string]any{
			"error": "temporarily_unavailable", "error_codes": []int{90033},
			"error_description": "AADSTS90033: A transient error has occurred. Please try again.",
			"timestamp":         s.serviceNow().UTC().Format("2006-01-02 15:04:05Z"), "trace_id": uuid.NewString(), "correlation_id": uuid.NewString(),
		})
	})
}

func (s *Server) refuse(w http.ResponseWriter, refusal faults.Refusal, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		s.log.Error("answer not written", "error", err)
	}
	if refusal.RetryAfter != nil {
		w.Header().Set("Retry-After", strconv.Itoa(*refusal.RetryAfter))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(refusal.Status)
	_, _ = w.Write(data)
}

// disturb holds back and cuts what next answers. It stands before the
// recording: what reaches the client is less than what was said.
func (s *Server) disturb(next http.Handler, cut func(method, uri string) faults.Cut) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uri := r.URL.RequestURI()
		delay, at := s.faults.Delay(uri), cut(r.Method, uri)
		if at == faults.CutBefore {
			panic(http.ErrAbortHandler) // closes the connection, or the stream
		}
		if delay == 0 && at == faults.NoCut {
			next.ServeHTTP(w, r)
			return
		}
		if !pause(r.Context(), delay) {
			return
		}
		held := &heldAnswer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(held, r)
		body := held.body.Bytes()
		if at == faults.CutWithin && len(body) == 0 {
			panic(http.ErrAbortHandler)
		}
		half := len(body) / 2
		if len(body) > 0 {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(held.status)
		_, _ = w.Write(body[:half])
		_ = http.NewResponseController(w).Flush()
		if at == faults.CutWithin {
			panic(http.ErrAbortHandler)
		}
		if pause(r.Context(), delay) {
			_, _ = w.Write(body[half:])
		}
	})
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// heldAnswer keeps an answer until it is whole.
type heldAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) WriteHeader(status int)         { h.status = status }
func (h *heldAnswer) Write(data []byte) (int, error) { return h.body.Write(data) }
