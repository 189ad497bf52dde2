package m365sim

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"cloudappsecurity/service/m365sim/faults"
)

// failGraph lets faults answer in place of Graph.
func (s *Server) failGraph(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refusal, ok := s.faults.Refuse(r.URL.RequestURI())
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		code, message := "TooManyRequests", "Too many requests from the same client. Please retry after some time."
		if refusal.Status == http.StatusServiceUnavailable {
			code, message = "serviceNotAvailable", "The service is temporarily unavailable. Please try again later."
		}
		id := uuid.NewString()
		w.Header().Set("request-id", id)
		s.refuse(w, refusal, map[string]any{"error": map[string]any{
			"code": code, "message": message,
			"innerError": map[string]string{"date": s.now().UTC().Format("2006-01-02T15:04:05"), "request-id": id, "client-request-id": id},
		}})
	})
}

// failSignIn lets faults answer in place of the sign-in endpoints.
func (s *Server) failSignIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refusal, ok := s.faults.RefuseSignIn(r.URL.RequestURI())
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		s.refuse(w, refusal, map[string]any{
			"error": "temporarily_unavailable", "error_codes": []int{90033},
			"error_description": "AADSTS90033: A transient error has occurred. Please try again.",
			"timestamp":         s.now().UTC().Format("2006-01-02 15:04:05Z"), "trace_id": uuid.NewString(), "correlation_id": uuid.NewString(),
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
