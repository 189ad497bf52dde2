package graphapi

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cloudappsecurity/service/m365sim/tenant"
)

// maxBody bounds the bodies that are read.
const maxBody = 4 << 20

// readBody reads the properties of a JSON object.
func readBody(r *http.Request) (map[string]json.RawMessage, *failure) {
	content, failed := uncompressed(r)
	if failed != nil {
		return nil, failed
	}
	raw, err := io.ReadAll(io.LimitReader(content, maxBody+1))
	if err != nil {
		return nil, fail(http.StatusBadRequest, "RequestBodyRead", "The request body could not be read.")
	}
	if len(raw) > maxBody {
		return nil, fail(http.StatusRequestEntityTooLarge, "BadRequest", "The request body is too large.")
	}
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if len(raw) > 0 && !strings.EqualFold(strings.TrimSpace(media), "application/json") {
		return nil, fail(http.StatusUnsupportedMediaType, "RequestBodyRead", "A supported MIME type could not be found that matches the content type of the request: '%s'.", media)
	}
	var body map[string]json.RawMessage
	if json.Unmarshal(raw, &body) != nil || body == nil {
		return nil, badRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	for name := range body {
		if strings.HasPrefix(name, "@") || strings.Contains(name, "@odata.") {
			delete(body, name)
		}
	}
	return body, nil
}

// uncompressed reads a body which may be compressed, as its header says.
func uncompressed(r *http.Request) (io.Reader, *failure) {
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return r.Body, nil
	case "gzip":
		if z, err := gzip.NewReader(r.Body); err == nil {
			return z, nil
		}
	}
	return nil, fail(http.StatusBadRequest, "RequestBodyRead", "The request body is not encoded as its Content-Encoding says.")
}

// edit is what a request wants to change of an application. Its steps are
// checked and put together before anything is locked.
type edit struct {
	uniqueName string
	steps      []func(*tenant.Application) *failure
}

func (e *edit) apply(app *tenant.Application) error {
	for _, step := range e.steps {
		if failed := step(app); failed != nil {
			return failed
		}
	}
	return nil
}

// readApplication reads the body that creates or changes an application.
func (a *api) readApplication(r *request, create bool) (*edit, *failure) {
	body, failed := readBody(r.Request)
	if failed != nil {
		return nil, failed
	}
	e := &edit{}
	for name, raw := range body {
		if name == "keyCredentials" {
			step, failed := a.keyCredentials(raw)
			if failed != nil {
				return nil, failed
			}
			e.steps = append(e.steps, step)
			continue
		}
		step, failed := e.step(name, raw)
		if failed != nil {
			return nil, failed
		}
		e.steps = append(e.steps, step)
	}
	if _, named := body["displayName"]; create && !named {
		return nil, invalid("The request is missing the required property 'displayName'.")
	}
	return e, nil
}

// step reads one property.
func (e *edit) step(name string, raw json.RawMessage) (func(*tenant.Application) *failure, *failure) {
	switch name {
	case "displayName":
		s, failed := value[string](name, raw)
		if failed == nil && (strings.TrimSpace(s) == "" || len([]rune(s)) > 256) {
			failed = invalidValue(name)
		}
		return set(func(app *tenant.Application) { app.DisplayName = s }), failed
	case "uniqueName":
		s, failed := value[string](name, raw)
		e.uniqueName = s
		return func(app *tenant.Application) *failure {
			if app.UniqueName != s {
				return invalid("Property 'uniqueName' is read-only and cannot be set.")
			}
			return nil
		}, failed
	case "description":
		s, failed := value[string](name, raw)
		return set(func(app *tenant.Application) { app.Description = s }), failed
	case "notes":
		s, failed := value[string](name, raw)
		return set(func(app *tenant.Application) { app.Notes = s }), failed
	case "signInAudience":
		s, failed := value[string](name, raw)
		if failed == nil && !slices.Contains([]string{"AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"}, s) {
			failed = invalidValue(name)
		}
		return set(func(app *tenant.Application) { app.SignInAudience = s }), failed
	case "isFallbackPublicClient":
		b, failed := value[bool](name, raw)
		return set(func(app *tenant.Application) { app.FallbackPublic = b }), failed
	case "tags":
		l, failed := value[[]string](name, raw)
		return set(func(app *tenant.Application) { app.Tags = l }), failed
	case "web":
		return e.redirects(name, raw, func(app *tenant.Application) *[]string { return &app.WebRedirectURIs })
	case "publicClient":
		return e.redirects(name, raw, func(app *tenant.Application) *[]string { return &app.PublicRedirectURIs })
	case "requiredResourceAccess":
		l, failed := requiredResources(raw)
		return set(func(app *tenant.Application) { app.RequiredResources = l }), failed
	case "id", "appId", "createdDateTime", "deletedDateTime", "publisherDomain":
		return nil, invalid("Property '%s' is read-only and cannot be set.", name)
	}
	return nil, invalid("Property '%s' is invalid or not supported on resource 'Application'.", name)
}

func set(f func(*tenant.Application)) func(*tenant.Application) *failure {
	return func(app *tenant.Application) *failure {
		f(app)
		return nil
	}
}

// value reads a property of a type; null is its zero value.
func value[T any](name string, raw json.RawMessage) (v T, failed *failure) {
	if json.Unmarshal(raw, &v) != nil {
		return v, badRequest("Cannot convert the value of property '%s' to the expected type.", name)
	}
	return v, nil
}

func invalidValue(name string) *failure {
	return invalid("Invalid value specified for property '%s' of resource 'Application'.", name)
}

// redirects reads web or publicClient, of which only redirectUris is kept.
func (e *edit) redirects(name string, raw json.RawMessage, field func(*tenant.Application) *[]string) (func(*tenant.Application) *failure, *failure) {
	properties, failed := value[map[string]json.RawMessage](name, raw)
	if failed != nil {
		return nil, failed
	}
	uris, given := properties["redirectUris"]
	for property := range properties {
		if property != "redirectUris" && !strings.HasPrefix(property, "@") {
			return nil, invalid("Property '%s/%s' is invalid or not supported on resource 'Application'.", name, property)
		}
	}
	if !given {
		return set(func(*tenant.Application) {}), nil
	}
	l, failed := value[[]string](name+"/redirectUris", uris)
	if failed != nil {
		return nil, failed
	}
	for i, uri := range l {
		if !validRedirect(uri, name == "web") || slices.Contains(l[:i], uri) {
			return nil, invalidValue(name + "/redirectUris")
		}
	}
	return set(func(app *tenant.Application) { *field(app) = l }), nil
}

// validRedirect reports whether Entra takes a redirect address: https, or
// http on loopback; a public client may have a scheme of its own.
func validRedirect(uri string, web bool) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || u.Fragment != "" || len(uri) > 256 || strings.Contains(uri, "*") {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Host != ""
	case "http":
		return u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1"
	}
	return !web
}

func requiredResources(raw json.RawMessage) ([]tenant.RequiredResource, *failure) {
	const name = "requiredResourceAccess"
	l, failed := value[[]tenant.RequiredResource](name, raw)
	if failed != nil {
		return nil, failed
	}
	for _, r := range l {
		if checkID(r.ResourceAppID) != nil || len(r.ResourceAccess) == 0 {
			return nil, invalidValue(name)
		}
		for _, s := range r.ResourceAccess {
			if checkID(s.ID) != nil || s.Type != "Role" && s.Type != "Scope" {
				return nil, invalidValue(name)
			}
		}
	}
	return l, nil
}
