package link

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"cloudappsecurity/service"
	"cloudappsecurity/service/inspect/fold"
)

// MaxList is how many entries a list has at most.
const MaxList = 10_000

// Config is what a tenant sets: "example.com" and what lies beneath, or a whole
// address, which stands for all that begin with it.
type Config struct {
	Block []string `json:"block"`
	Allow []string `json:"allow"`
}

// matchList is a list made ready.
type matchList struct {
	hosts    map[string]bool
	prefixes map[string][]string // by host
}

func newList(name string, entries []string) (matchList, error) {
	m := matchList{hosts: map[string]bool{}, prefixes: map[string][]string{}}
	if len(entries) > MaxList {
		return m, invalid(fmt.Sprintf("The %s list has %d entries, more than %d.", name, len(entries), MaxList), "Name whole domains instead of pages.")
	}
	for i, e := range entries {
		e = strings.TrimSpace(e)
		if e == "" || strings.HasPrefix(e, "#") {
			continue
		}
		host, rest, err := parseEntry(e)
		if err != "" {
			return m, invalid(fmt.Sprintf("Line %d of the %s list %s.", i+1, name, err), "Write a domain such as example.com, or a whole address such as https://example.com/page.")
		}
		if rest == "" || rest == "/" {
			m.hosts[host] = true
		} else {
			m.prefixes[host] = append(m.prefixes[host], rest)
		}
	}
	return m, nil
}

func invalid(message, help string) error {
	return &service.Error{Code: service.CodeInvalidPolicy, Message: message, Help: help}
}

// parseEntry gives the host and what follows it, or what is wrong.
func parseEntry(e string) (host, rest, wrong string) {
	if strings.Contains(e, "://") {
		t := Parse(e)
		if !t.Web() || t.Host == "" {
			return "", "", "is no web address"
		}
		rest := t.Path
		if t.Query != "" {
			rest += "?" + t.Query
		}
		return t.Host, rest, ""
	}
	host, rest, _ = strings.Cut(strings.TrimPrefix(e, "*."), "/")
	host = fold.Domain(host)
	t := Parse("https://" + host)
	switch {
	case strings.Contains(host, "*"):
		return "", "", "has a \"*\" where none helps: a domain stands for all beneath it"
	case t.Host == "" || strings.ContainsAny(host, " @:"):
		return "", "", "is neither a domain nor a web address"
	case !strings.Contains(host, ".") || !t.IP.IsValid() && t.Org == t.Host && Organization("x."+t.Host) != t.Host:
		return "", "", "names an ending which belongs to everybody"
	}
	if rest != "" {
		rest = "/" + rest
	}
	return t.Host, rest, ""
}

func (m *matchList) has(t *Target) bool {
	if !t.Web() || len(m.hosts)+len(m.prefixes) == 0 {
		return false
	}
	for h := t.Host; h != ""; {
		if m.hosts[h] {
			return true
		}
		_, h, _ = strings.Cut(h, ".")
	}
	page := t.Path
	if t.Query != "" {
		page += "?" + t.Query
	}
	for _, p := range m.prefixes[t.Host] {
		if strings.HasPrefix(page, p) {
			return true
		}
	}
	return false
}

// holds says that a part of a URL carries an address, as it is, encoded or in
// base64.
func holds(part, address string) bool {
	if len(part) < len(address) {
		return false
	}
	lower := strings.ToLower(part)
	if strings.Contains(lower, address) || strings.Contains(lower, strings.ReplaceAll(url.QueryEscape(address), "%40", "%40")) {
		return true
	}
	for word := range strings.FieldsFuncSeq(part, func(r rune) bool { return strings.ContainsRune("/?&=#.:;,", r) }) {
		word = strings.TrimRight(word, "=")
		if len(word) < 12 || len(word) > 400 {
			continue
		}
		b, err := base64.RawURLEncoding.DecodeString(word)
		if err != nil {
			b, err = base64.RawStdEncoding.DecodeString(word)
		}
		if err == nil && strings.Contains(strings.ToLower(string(b)), address) {
			return true
		}
	}
	return false
}
