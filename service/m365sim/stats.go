package m365sim

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// stats counts requests.
type stats struct {
	mu     sync.Mutex
	counts map[countKey]int
}

type countKey struct {
	method, path string
	status       int
}

// Count is one line of the count.
type Count struct {
	Method string `json:"method"`
	Path   string `json:"path"` // with {id} in place of ids
	Status int    `json:"status"`
	Count  int    `json:"count"`
}

func newStats() *stats { return &stats{counts: map[countKey]int{}} }

func (s *stats) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted := &statusWriter{ResponseWriter: w}
		defer func() {
			if counted.status == 0 {
				counted.status = http.StatusOK
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.counts[countKey{r.Method, template(r.URL.Path), counted.status}]++
		}()
		next.ServeHTTP(counted, r)
	})
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// list returns the counts in the order of paths.
func (s *stats) list() []Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Count{}
	for k, n := range s.counts {
		list = append(list, Count{k.method, k.path, k.status, n})
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Status, b.Status))
	})
	return list
}

var keyPattern = regexp.MustCompile(`\((\w+=)?'(?:[^']|'')*'\)`)

// sitePattern matches a site that is named by its path, as in host:/sites/hr.
var sitePattern = regexp.MustCompile(`(/sites/)[^/:]+:/[^:]*:?`)

// template puts {id} in place of what names one object.
func template(path string) string {
	path = sitePattern.ReplaceAllString(path, "${1}{id}")
	parts := strings.Split(keyPattern.ReplaceAllString(path, "(${1}{id})"), "/")
	for i, part := range parts {
		switch {
		case i == 0 || part == "":
		case isID(part, parts[i-1]):
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// isID reports whether a part of a path names an object: it follows the name
// of a set, and is no word of the service.
func isID(part, before string) bool {
	if strings.HasPrefix(part, "$") || strings.HasPrefix(part, "microsoft.graph.") || strings.HasSuffix(part, "()") {
		return false
	}
	if len(part) == 36 && strings.Count(part, "-") == 4 || strings.Contains(part, "@") {
		return true
	}
	switch before {
	case "users", "groups", "applications", "servicePrincipals", "mailFolders", "childFolders", "messages", "attachments",
		"deletedItems", "directoryObjects", "organization", "drives", "sites", "items":
		return part != "delta" && part != "getAllSites" && part != "inbox" && part != "junkemail" && part != "deleteditems" && part != "sentitems" && part != "drafts" && part != "archive"
	}
	return false
}
