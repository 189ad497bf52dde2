package service

import "log/slog"

// Secret is a text which must not reach a log, an error or a notification:
// every way of printing it shows a placeholder. Reveal gives the text itself.
type Secret string

const cut = "[cut]"

// Reveal is the text, for the one place which sends it.
func (s Secret) Reveal() string { return string(s) }

// String hides the text from fmt.
func (Secret) String() string { return cut }

// GoString hides the text from %#v.
func (Secret) GoString() string { return cut }

// LogValue hides the text from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(cut) }

// MarshalText hides the text from encoding/json and its kin.
func (Secret) MarshalText() ([]byte, error) { return []byte(cut), nil }
