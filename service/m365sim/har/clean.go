package har

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// cut stands where a secret stood.
const cut = "CUT"

// cleaner cuts secrets: parameters, fields and properties by their names,
// signatures by their form, and values it was told of wherever they are.
type cleaner struct {
	values []string
}

var (
	tokenPattern = regexp.MustCompile(`(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+`)
	fieldPattern = regexp.MustCompile(`(?is)<input\b[^>]*>`)
	namePattern  = regexp.MustCompile(`(?is)\sname\s*=\s*"([^"]*)"`)
	valuePattern = regexp.MustCompile(`(?is)(\svalue\s*=\s*)"[^"]*"`)
	linkPattern  = regexp.MustCompile(`(?is)\s(?:href|action|src)\s*=\s*"[^"]*"`)
)

const shortest = 10 // shorter values would cut ordinary text

func (c *cleaner) add(values ...string) {
	c.values = slices.Clone(c.values) // entries being written hold the old list
	for _, v := range values {
		if len(v) < shortest {
			continue
		}
		for _, form := range []string{v, url.QueryEscape(v), url.PathEscape(v), html.EscapeString(v), quoted(v)} {
			if !slices.Contains(c.values, form) {
				c.values = append(c.values, form)
			}
		}
	}
}

// quoted is the text as it stands within JSON.
func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		return text
	}
	return string(data[1 : len(data)-1])
}

// secretName reports whether a parameter or property of that name is secret.
// A "code" is secret as a parameter only: in JSON it is the code of an error.
func secretName(name string) bool {
	switch strings.ToLower(name) {
	case "access_token", "refresh_token", "id_token", "id_token_hint", "client_info", "client_assertion", "client_secret",
		"assertion", "code_verifier", "password", "passwd", "newpassword", "currentpassword", "secrettext", "proof",
		"flow", "csrf", "device_code", "user_code", "session", "tempauth", "@microsoft.graph.downloadurl":
		return true
	}
	return false
}

func secretParameter(name string) bool { return secretName(name) || strings.EqualFold(name, "code") }

// text cuts known values, and the signatures of tokens.
func (c cleaner) text(text string) string {
	for _, v := range c.values {
		text = strings.ReplaceAll(text, v, cut)
	}
	return tokenPattern.ReplaceAllString(text, "$1.")
}

// address cuts the parameters of an address, those in its fragment included,
// and those of an address that is a parameter itself.
func (c cleaner) address(address string) string {
	for _, mark := range []string{"#", "?"} {
		if before, after, ok := strings.Cut(address, mark); ok {
			if mark == "?" {
				query, fragment, hasFragment := strings.Cut(after, "#")
				after = c.parameters(query)
				if hasFragment {
					after += "#" + fragment
				}
			} else {
				after = c.parameters(after)
			}
			address = before + mark + after
		}
	}
	return c.text(address)
}

func (c cleaner) parameters(raw string) string {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil {
			plain = name
		}
		if secretParameter(plain) && value != "" {
			parts[i] = name + "=" + cut
			continue
		}
		if inner, err := url.QueryUnescape(value); err == nil && strings.Contains(inner, "://") && strings.ContainsAny(inner, "?#") {
			if cleaned := c.address(inner); cleaned != inner {
				parts[i] = name + "=" + url.QueryEscape(cleaned)
			}
		}
	}
	return strings.Join(parts, "&")
}

func (c cleaner) header(name, value string) string {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization":
		return bearer(value)
	case "cookie":
		var parts []string
		for part := range strings.SplitSeq(value, ";") {
			name, _, _ := strings.Cut(strings.TrimSpace(part), "=")
			parts = append(parts, name+"="+cut)
		}
		return strings.Join(parts, "; ")
	case "set-cookie":
		first, attributes, more := strings.Cut(value, ";")
		name, _, _ := strings.Cut(first, "=")
		if more {
			return name + "=" + cut + ";" + attributes
		}
		return name + "=" + cut
	case "location", "referer", "content-location":
		return c.address(value)
	}
	return c.text(value)
}

// bearer keeps header and payload of a token, with both dots.
func bearer(value string) string {
	scheme, token, _ := strings.Cut(value, " ")
	parts := strings.Split(token, ".")
	if !strings.EqualFold(scheme, "Bearer") || len(parts) != 3 {
		return scheme + " " + cut
	}
	return scheme + " " + parts[0] + "." + parts[1] + "."
}

func (c cleaner) body(mimeType, text string) string {
	kind, _, _ := strings.Cut(mimeType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	switch {
	case kind == "application/x-www-form-urlencoded":
		return c.text(c.parameters(text))
	case strings.HasSuffix(kind, "html"):
		return c.text(c.page(text))
	case strings.Contains(kind, "json"), kind == "" && strings.HasPrefix(strings.TrimSpace(text), "{"):
		return c.text(c.json(text))
	}
	return c.text(text)
}

// page cuts the values of secret fields, and the parameters of addresses.
func (c cleaner) page(text string) string {
	text = fieldPattern.ReplaceAllStringFunc(text, func(field string) string {
		if m := namePattern.FindStringSubmatch(field); m != nil && secretParameter(html.UnescapeString(m[1])) {
			return valuePattern.ReplaceAllString(field, `$1"`+cut+`"`)
		}
		return field
	})
	return linkPattern.ReplaceAllStringFunc(text, func(link string) string {
		before, address, _ := strings.Cut(strings.TrimSuffix(link, `"`), `"`)
		return before + `"` + html.EscapeString(c.address(html.UnescapeString(address))) + `"`
	})
}
