package mail

import (
	"slices"
	"strconv"
	"strings"
)

// noSCL is the SCL of a message without one.
const noSCL = -2

// readAuth reads what Microsoft's servers wrote of the message. The forms are
// those of https://learn.microsoft.com/defender-office-365/message-headers-eop-mdo.
//
// Exchange Online writes no authserv-id, so anybody could write the same. But
// each server adds its fields above those that are there: the topmost
// Authentication-Results is the receiving server's if nothing but Microsoft's
// hops stands above it, and directly below it the hop at which Microsoft's edge
// took the message over. A sender's own would stand below that hop, and one
// that a relay let through would have the relay's hop above it.
func readAuth(fields []Field) Auth {
	a := Auth{SCL: noSCL}
	at := slices.IndexFunc(fields, func(f Field) bool { return equalFold(f.Name, "Authentication-Results") })
	if at < 0 || !receivedByMicrosoft(fields, at) || !a.results(fields[at].Value) {
		return Auth{SCL: noSCL}
	}
	a.Trusted = true
	a.report(fields)
	return a
}

func receivedByMicrosoft(fields []Field, at int) bool {
	above := 0
	for i, f := range fields {
		if !equalFold(f.Name, "Received") {
			continue
		}
		by := receivedBy(f.Value)
		if i > at {
			// The edge, and its own hop: frontends of Exchange Online take
			// mail from outside as *.protection.outlook.com only.
			return within(by, "protection.outlook.com") && (above > 0 || strings.Contains(f.Value, "Microsoft SMTP Server"))
		}
		if above++; !within(by, "outlook.com") && !within(by, "office365.com") && !within(by, "exchangelabs.com") {
			return false
		}
	}
	return false
}

// receivedBy gives the server that wrote a Received field; "" if that isn't
// plain, as where a sender greeted with a name that holds a "by".
func receivedBy(v string) string {
	_, host, ok := strings.Cut(" "+strings.ToLower(stripComments(v)), " by ")
	if !ok || strings.Contains(host, " by ") {
		return ""
	}
	host, _, _ = strings.Cut(strings.TrimLeft(host, " "), " ")
	return strings.TrimRight(host, ".;")
}

func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// results reads the fields' value; false if another's authserv-id is there.
func (a *Auth) results(v string) bool {
	for i, one := range strings.Split(stripComments(v), ";") {
		words := strings.Fields(one)
		if len(words) == 0 {
			continue
		}
		method, result, ok := strings.Cut(words[0], "=")
		if !ok {
			if i == 0 && within(strings.ToLower(words[0]), "protection.outlook.com") {
				continue
			}
			return false
		}
		a.method(strings.ToLower(method), strings.ToLower(result), words[1:])
	}
	return true
}

func (a *Auth) method(method, result string, rest []string) {
	property := func(name string) string {
		for _, w := range rest {
			if k, v, ok := strings.Cut(w, "="); ok && strings.EqualFold(k, name) {
				return strings.ToLower(strings.Trim(v, `"`))
			}
		}
		return ""
	}
	proved := func(domain string) {
		if i := strings.LastIndexByte(domain, '@'); i >= 0 {
			domain = domain[i+1:]
		}
		if domain = strings.TrimRight(domain, "."); result == "pass" && strings.Contains(domain, ".") && !slices.Contains(a.Aligned, domain) {
			a.Aligned = append(a.Aligned, domain)
		}
	}
	switch method {
	case "spf":
		if a.SPF == "" {
			a.SPF = result
			proved(property("smtp.mailfrom"))
		}
	case "dkim":
		if a.DKIM == "" || result == "pass" {
			a.DKIM = result
		}
		proved(property("header.d"))
	case "dmarc":
		if a.DMARC == "" {
			a.DMARC = result
		}
	case "compauth":
		if a.CompAuth == "" {
			a.CompAuth, a.Reason = result, property("reason")
		}
	}
}

// report reads X-Forefront-Antispam-Report, unless it is there twice with
// different content: then somebody else wrote one of them.
func (a *Auth) report(fields []Field) {
	value, found := "", false
	for _, f := range fields {
		if !equalFold(f.Name, "X-Forefront-Antispam-Report") {
			continue
		}
		if found && f.Value != value {
			return
		}
		value, found = f.Value, true
	}
	for one := range strings.SplitSeq(value, ";") {
		name, v, _ := strings.Cut(strings.TrimSpace(one), ":")
		switch strings.ToUpper(name) {
		case "SCL":
			if n, err := strconv.Atoi(v); err == nil && n >= -1 && n <= 9 {
				a.SCL = n
			}
		case "CAT":
			a.CAT = strings.ToUpper(v)
		case "SFV":
			a.SFV = strings.ToUpper(v)
		case "SFTY":
			a.SFTY = v
		}
	}
}
