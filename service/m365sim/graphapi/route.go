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
	units   int      // what it costs of SharePoint's resource units
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
	segments = joinSitePath(segments)
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

// joinSitePath makes one segment of what addresses a site by its path:
// "sites/host:/a/b" is the site, "sites/host:/a/b:/drive" something of it.
// https://learn.microsoft.com/graph/api/site-getbypath
func joinSitePath(segments []string) []string {
	if len(segments) < 3 || !strings.EqualFold(segments[0], "sites") || !strings.HasSuffix(segments[1], ":") {
		return segments
	}
	key := segments[1]
	for i, segment := range segments[2:] {
		name, ends := strings.CutSuffix(segment, ":")
		key += "/" + name
		if ends {
			return append([]string{segments[0], key}, segments[i+3:]...)
		}
	}
	return []string{segments[0], key}
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
