package graphapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// failure is an error as Graph words it.
type failure struct {
	status  int
	code    string
	message string
	header  map[string]string
}

func fail(status int, code, format string, args ...any) *failure {
	return &failure{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func unauthenticated(e *AuthError) *failure {
	f := fail(http.StatusUnauthorized, "InvalidAuthenticationToken", "%s", e.Message)
	if e.Status != 0 {
		f.status = e.Status
	}
	if e.Code != "" {
		f.code = e.Code
	}
	if f.message == "" {
		f.message = "Access token validation failure."
	}
	f.header = map[string]string{"WWW-Authenticate": `Bearer realm="", client_id="` + graphClientID + `"`}
	return f
}

const graphClientID = "00000003-0000-0000-c000-000000000000"

// badRequest is what Graph's front end says of addresses and query options.
func badRequest(format string, args ...any) *failure {
	return fail(http.StatusBadRequest, "BadRequest", format, args...)
}

// invalid is what the directory says of values.
func invalid(format string, args ...any) *failure {
	return fail(http.StatusBadRequest, "Request_BadRequest", format, args...)
}

// unsupportedQuery is what the directory says of queries.
func unsupportedQuery(format string, args ...any) *failure {
	return fail(http.StatusBadRequest, "Request_UnsupportedQuery", format, args...)
}

func notFound(id string) *failure {
	return fail(http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)
}

func denied() *failure {
	return fail(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

func mailDenied() *failure {
	return fail(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
}

func (f *failure) write(w http.ResponseWriter, now time.Time, requestID, clientID string) {
	for name, value := range f.header {
		w.Header().Set(name, value)
	}
	body, err := json.Marshal(object{"error": object{
		"code": f.code, "message": f.message,
		"innerError": object{"date": now.UTC().Format("2006-01-02T15:04:05"), "request-id": requestID, "client-request-id": clientID},
	}})
	if err != nil { // never: only texts
		w.WriteHeader(f.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_, _ = w.Write(body)
}

// Error lets a failure pass through the tenant's methods.
func (f *failure) Error() string { return f.code + ": " + f.message }
