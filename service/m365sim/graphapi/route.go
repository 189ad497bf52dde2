package graphapi

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// route is one operation.
type route struct {
	method  string
	pattern string // "{}" stands for a variable, "(name)" for a key of that name
	access  access
	options []string // query options that work here
	handle  func(*request) (*reply, *failure)

	segments []string
}

// keyed matches applications(appId='…') and the like.
var keyed = regexp.MustCompile(`^(\w+)\((\w+)='((?:[^']|'')*)'\)$`)

// match finds the route of a path, which is still escaped. Literal segments
// are compared in any case.
func (a *api) match(method, path string) (*route, []string, *failure) {
	var segments []string
	for part := range strings.SplitSeq(path, "/") {
		segment, err := url.PathUnescape(part)
		if err != nil || segment == "" {
			return nil, nil, badRequest("Invalid path segment '%s'.", part)
		}
		segments = append(segments, segment)
	}
	longest, elsewhere := 0, false
	for i := range a.routes {
		r := &a.routes[i]
		vars, matched := r.matches(segments)
		if matched == len(segments) && len(segments) == len(r.segments) {
			if r.method == method {
				return r, vars, nil
			}
			elsewhere = true
		}
		longest = max(longest, matched)
	}
	if elsewhere {
		return nil, nil, fail(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
	}
	return nil, nil, badRequest("Resource not found for the segment '%s'.", segments[min(longest, len(segments)-1)])
}

// matches says how many segments fit.
func (r *route) matches(segments []string) (vars []string, matched int) {
	for i, segment := range segments {
		if i == len(r.segments) {
			return vars, matched
		}
		want := r.segments[i]
		switch {
		case want == "{}":
			if strings.HasPrefix(segment, "$") || strings.HasPrefix(segment, "microsoft.graph.") {
				return vars, matched
			}
			vars = append(vars, segment)
		case strings.HasSuffix(want, ")"):
			parts := keyed.FindStringSubmatch(segment)
			if parts == nil || !strings.EqualFold(parts[1]+"("+parts[2]+")", want) {
				return vars, matched
			}
			vars = append(vars, strings.ReplaceAll(parts[3], "''", "'"))
		case !sameName(segment, want):
			return vars, matched
		}
		matched++
	}
	return vars, matched
}

// sameName compares a segment with a name: functions may be called with "()"
// and qualified, types may be named by their alias.
func sameName(segment, want string) bool {
	segment = strings.ToLower(strings.TrimSuffix(segment, "()"))
	want = strings.ToLower(want)
	if rest, isType := strings.CutPrefix(want, "microsoft.graph."); isType {
		return segment == want || segment == "graph."+rest
	}
	return segment == want || want == "delta" && (segment == "microsoft.graph.delta" || segment == "graph.delta") ||
		want == "restore" && segment == "microsoft.graph.restore"
}
