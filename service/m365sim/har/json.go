package har

import (
	"bytes"
	"encoding/json"
	"strings"
)

// json cuts the secret properties. What has none stays as it was, to the byte.
func (c cleaner) json(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return text
	}
	value, changed := c.value(value)
	if !changed {
		return text
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return cut
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func (c cleaner) value(value any) (any, bool) {
	changed := false
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			text, isText := inner.(string)
			switch {
			case isText && strings.EqualFold(name, "authorization"):
				v[name], changed = bearer(text), true
			case isText && text != "" && secretName(name):
				v[name], changed = cut, true
			case isText && strings.Contains(text, "://"):
				if cleaned := c.address(text); cleaned != text {
					v[name], changed = cleaned, true
				}
			default:
				if cleaned, yes := c.value(inner); yes {
					v[name], changed = cleaned, true
				}
			}
		}
	case []any:
		for i, inner := range v {
			if cleaned, yes := c.value(inner); yes {
				v[i], changed = cleaned, true
			}
		}
	}
	return value, changed
}
