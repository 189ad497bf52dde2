package phish

import (
	"fmt"
	"strings"

	"cloudappsecurity/service"
	"cloudappsecurity/service/inspect/fold"
)

// MaxSenders is how many entries each list of senders has at most.
const MaxSenders = 1024

// Config is what a tenant sets: addresses, "*@example.com" for a domain,
// "name@*.com" for a name at whatever lies beneath an ending.
type Config struct {
	Approved []string `json:"approved_senders"`
	Blocked  []string `json:"blocked_senders"`
}

// senders is a list made ready.
type senders struct {
	exact    map[string]bool
	patterns [][2]string // local part and domain, each with "*" for anything
}

func newSenders(list string, entries []string) (senders, error) {
	s := senders{exact: map[string]bool{}}
	if len(entries) > MaxSenders {
		return s, &service.Error{Code: service.CodeInvalidPolicy, Message: fmt.Sprintf("The list of %s senders has %d entries; %d are possible.", list, len(entries), MaxSenders),
			Help: "Write one entry for a whole domain, such as *@example.com."}
	}
	for i, e := range entries {
		e = strings.ToLower(strings.TrimSpace(e))
		if e == "" {
			continue
		}
		local, domain, wrong := splitSender(e)
		if wrong == "" && list == "approved" && endingOnly(local, domain) {
			wrong = "would approve every sender of a whole ending"
		}
		if wrong != "" {
			return s, &service.Error{Code: service.CodeInvalidPolicy, Message: fmt.Sprintf("Entry %d of the %s senders %s.", i+1, list, wrong),
				Help: "Write an address such as name@example.com, *@example.com for a whole domain, or name@*.com."}
		}
		if strings.Contains(e, "*") {
			s.patterns = append(s.patterns, [2]string{local, domain})
		} else {
			s.exact[e] = true
		}
	}
	return s, nil
}

// splitSender parts an entry, or says what is wrong with it.
func splitSender(e string) (local, domain, wrong string) {
	local, domain, ok := strings.Cut(e, "@")
	domain = fold.Domain(domain)
	switch {
	case strings.ContainsAny(e, " ,;<>\""):
		return "", "", "holds more than one address"
	case !ok || local == "" || domain == "" || strings.Contains(domain, "@"):
		return "", "", "is no address"
	case strings.Trim(local, "*") == "" && strings.Trim(domain, "*.") == "":
		return "", "", "would stand for every sender there is"
	case !strings.Contains(domain, "."):
		return "", "", "has no domain such as example.com"
	}
	return local, domain, ""
}

// endingOnly says that an entry names no more than an ending: "*@*.com".
func endingOnly(local, domain string) bool {
	rest, ok := strings.CutPrefix(domain, "*.")
	return ok && strings.Trim(local, "*") == "" && !strings.Contains(rest, ".")
}

func (s *senders) has(address string) bool {
	address = strings.ToLower(address)
	if address == "" {
		return false
	}
	if s.exact[address] {
		return true
	}
	local, domain, _ := strings.Cut(address, "@")
	domain = fold.Domain(domain)
	for _, p := range s.patterns {
		if wild(p[0], local) && wild(p[1], domain) {
			return true
		}
	}
	return false
}

// wild compares with a pattern in which "*" stands for anything.
func wild(pattern, s string) bool {
	first, rest, ok := strings.Cut(pattern, "*")
	if !ok {
		return pattern == s
	}
	if !strings.HasPrefix(s, first) {
		return false
	}
	s = s[len(first):]
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], after
	}
}
