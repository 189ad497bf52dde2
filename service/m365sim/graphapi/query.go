package graphapi

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// query are the options of a request.
type query struct {
	values      map[string]string // by lower-case name
	selected    []string          // nil: the default properties
	top         int               // 0: not given
	count       bool
	eventual    bool // the header ConsistencyLevel
	maxPageSize int  // the preference odata.maxpagesize
	immutable   bool // the preference IdType
}

// known are the query options of OData, which a route may refuse.
func knownOptions() []string {
	return []string{"$select", "$top", "$filter", "$count", "$skiptoken", "$deltatoken", "$orderby", "$expand", "$search", "$skip", "$format"}
}

// parseQuery reads the options and refuses those which the route does not
// take.
func parseQuery(r *http.Request, route *route) (query, *failure) {
	q := query{values: map[string]string{}, eventual: strings.EqualFold(r.Header.Get("ConsistencyLevel"), "eventual")}
	q.readPreferences(r.Header.Values("Prefer"))
	parsed, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, badRequest("The query is not properly encoded.")
	}
	for name, values := range parsed {
		lower := strings.ToLower(name)
		switch {
		case len(values) > 1 || has(q.values, lower):
			return q, badRequest("Query option '%s' was specified more than once, but it must be specified at most once.", name)
		case !slices.Contains(route.options, lower) && slices.Contains(knownOptions(), lower):
			if route.access.mail {
				return q, fail(http.StatusBadRequest, "ErrorInvalidUrlQueryFilter", "The query option '%s' is not supported here.", name)
			}
			return q, unsupportedQuery("The query option '%s' is not supported here.", name)
		case !slices.Contains(route.options, lower):
			return q, badRequest("The query parameter '%s' is not supported.", name)
		}
		q.values[lower] = values[0]
	}
	return q, q.read()
}

func has(m map[string]string, name string) bool {
	_, is := m[name]
	return is
}

func (q *query) read() *failure {
	if s, given := q.values["$select"]; given {
		q.selected = []string{}
		for name := range strings.SplitSeq(s, ",") {
			if name = strings.TrimSpace(name); name == "" {
				return badRequest("Parsing OData Select and Expand failed: Term '%s' is not valid in a $select or $expand expression.", s)
			}
			q.selected = append(q.selected, name)
		}
	}
	if s, given := q.values["$top"]; given {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return badRequest("Invalid value '%s' for $top query option found. The $top query option requires a positive integer value.", s)
		}
		q.top = n
	}
	switch s, given := q.values["$count"]; {
	case given && s != "true" && s != "false":
		return badRequest("Invalid value '%s' for $count query option found.", s)
	default:
		q.count = s == "true"
	}
	return nil
}

func (q *query) readPreferences(headers []string) {
	for _, line := range headers {
		for p := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
			value = strings.Trim(value, `" `)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "odata.maxpagesize", "maxpagesize":
				if n, err := strconv.Atoi(value); err == nil && n > 0 {
					q.maxPageSize = n
				}
			case "idtype":
				q.immutable = strings.EqualFold(value, "ImmutableId")
			}
		}
	}
}

// The most and the usual number of objects on a page of the directory.
const (
	mostOnPage  = 999
	usualOnPage = 100
)

// pageSize is how many objects a page of the directory has.
func (q *query) pageSize() (int, *failure) {
	size := usualOnPage
	if q.top > 0 {
		size = q.top
	}
	if size > mostOnPage {
		return 0, invalid("Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", size, mostOnPage)
	}
	if q.maxPageSize > 0 {
		size = min(q.maxPageSize, mostOnPage)
	}
	return size, nil
}

// filter is what a $filter asks for: one comparison.
type filter struct {
	function string // eq or startswith
	property string
	value    string
}

var (
	equals     = regexp.MustCompile(`^\s*(\w+)\s+(?i:eq)\s+'((?:[^']|'')*)'\s*$`)
	startsWith = regexp.MustCompile(`^\s*(?i:startswith)\s*\(\s*(\w+)\s*,\s*'((?:[^']|'')*)'\s*\)\s*$`)
	advanced   = regexp.MustCompile(`(?i)\b(ne|not|endswith)\b`)
	comparison = regexp.MustCompile(`(?i)^\s*(?:not\s+)?[\w(][\w/(,: ]*\b(eq|ne|gt|ge|lt|le|in)\b|^\s*(?:not\s*\(?\s*)?\w+\s*\(`)
)

// filter reads $filter, as far as the simulation understands it. supported
// says of "function property" whether the resource can be searched so.
func (q *query) filter(resource string, supported ...string) (*filter, *failure) {
	s, given := q.values["$filter"]
	if !given {
		return nil, nil
	}
	f := &filter{function: "eq"}
	parts := equals.FindStringSubmatch(s)
	if parts == nil {
		f.function, parts = "startswith", startsWith.FindStringSubmatch(s)
	}
	if parts == nil {
		switch {
		case strings.Count(s, "'")%2 != 0: // a quote that isn't doubled
		case advanced.MatchString(s) && !(q.eventual && q.count):
			return nil, unsupportedQuery("The specified filter to the reference property query is currently not supported.")
		case comparison.MatchString(s):
			return nil, unsupportedQuery("Unsupported or invalid query filter clause specified for resource '%s'.", resource)
		}
		return nil, badRequest("Invalid filter clause: syntax error at position %d in '%s'.", utf8.RuneCountInString(s), s)
	}
	f.property, f.value = parts[1], strings.ReplaceAll(parts[2], "''", "'")
	for _, name := range supported {
		if strings.EqualFold(name, f.function+" "+f.property) {
			f.property = strings.Fields(name)[1]
			return f, nil
		}
	}
	return nil, unsupportedQuery("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", f.property, resource)
}

// pageToken is what a $skiptoken of a list says.
type pageToken struct {
	From int `json:"f"`
}

// from reads $skiptoken of a list: where the page begins.
func (q *query) from() (int, *failure) {
	s, given := q.values["$skiptoken"]
	if !given {
		return 0, nil
	}
	var t pageToken
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(raw, &t) != nil || t.From <= 0 {
		return 0, fail(http.StatusBadRequest, "Directory_ExpiredPageToken",
			"The specified page token value has expired and can no longer be included in your request.")
	}
	return t.From, nil
}

// nextLink is the address of the next page of a list.
func (a *api) nextLink(r *request, from int) string {
	raw, err := json.Marshal(pageToken{From: from})
	if err != nil { // never: a number
		return ""
	}
	values := url.Values{}
	for name, value := range r.query.values {
		values.Set(name, value)
	}
	values.Set("$skiptoken", base64.RawURLEncoding.EncodeToString(raw))
	return a.BaseURL() + r.URL.EscapedPath() + "?" + encode(values)
}

// encode writes query options as Graph does, with a readable $.
func encode(values url.Values) string { return strings.ReplaceAll(values.Encode(), "%24", "$") }
