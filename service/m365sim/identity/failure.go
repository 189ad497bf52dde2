package identity

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The values of OAuth's "error" which Entra uses.
const (
	accessDenied       = "access_denied"
	consentRequired    = "consent_required"
	interactionNeeded  = "interaction_required"
	invalidClient      = "invalid_client"
	invalidGrant       = "invalid_grant"
	invalidRequest     = "invalid_request"
	invalidResource    = "invalid_resource"
	invalidScope       = "invalid_scope"
	invalidTenant      = "invalid_tenant"
	loginRequired      = "login_required"
	unauthorizedClient = "unauthorized_client"
	unsupportedGrant   = "unsupported_grant_type"
	unsupportedType    = "unsupported_response_type"
)

// failure is a refusal of Entra: the number of its AADSTS code, OAuth's error
// and a sentence.
type failure struct {
	code     int
	oauth    string
	text     string
	suberror string
}

func fail(code int, oauth, format string, args ...any) *failure {
	return &failure{code: code, oauth: oauth, text: fmt.Sprintf(format, args...)}
}

func (f *failure) Error() string { return fmt.Sprintf("AADSTS%d: %s", f.code, f.text) }

// status is the HTTP status that goes with the refusal at the token endpoint.
func (f *failure) status() int {
	if f.oauth == invalidClient {
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}

func applicationNotFound(clientID, directory string) *failure {
	return fail(700016, unauthorizedClient, "Application with identifier '%s' was not found in the directory '%s'. "+
		"This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "+
		"You may have sent your authentication request to the wrong tenant.", clientID, directory)
}

func tenantNotFound(name string) *failure {
	return fail(90002, invalidTenant, "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. "+
		"Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", name)
}

func parameterMissing(name string) *failure {
	return fail(900144, invalidRequest, "The request body must contain the following parameter: '%s'.", name)
}

// report is a failure as it is told: with the ids to trace it by.
type report struct {
	*failure
	trace, correlation string
	at                 time.Time
}

func (s *Server) report(r *http.Request, f *failure) report {
	correlation := r.Header.Get("client-request-id")
	if correlation == "" {
		correlation = r.URL.Query().Get("client-request-id")
	}
	if len(correlation) != len("00000000-0000-0000-0000-000000000000") {
		correlation = s.guid()
	}
	return report{f, s.guid(), correlation, s.now().UTC()}
}

func (r report) timestamp() string { return r.at.Format("2006-01-02 15:04:05Z") }

// description is error_description: in redirects Entra writes line breaks, in
// JSON spaces.
func (r report) description(lines bool) string {
	text := fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", r.code, r.text, r.trace, r.correlation, r.timestamp())
	if lines {
		for _, label := range []string{"Trace ID:", "Correlation ID:", "Timestamp:"} {
			text = strings.Replace(text, " "+label, "\r\n"+label, 1)
		}
	}
	return text
}

// failJSON answers with a refusal in Entra's own form.
func (s *Server) failJSON(w http.ResponseWriter, r *http.Request, f *failure) {
	told := s.report(r, f)
	body := map[string]any{
		"error":             f.oauth,
		"error_description": told.description(false),
		"error_codes":       []int{f.code},
		"timestamp":         told.timestamp(),
		"trace_id":          told.trace,
		"correlation_id":    told.correlation,
		"error_uri":         s.errorURI(f.code),
	}
	if f.suberror != "" {
		body["suberror"] = f.suberror
	}
	s.log.Debug("sign-in refused", "code", f.code, "error", f.oauth)
	w.Header().Set("x-ms-request-id", told.trace)
	s.writeJSON(w, f.status(), body)
}

func (s *Server) writeJSON(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		s.log.Error("answer not written", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set("Pragma", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}
