package service

import "time"

// Severity says how much a notification matters.
type Severity string

// The severities.
const (
	SeverityInfo    Severity = "info"
	SeveritySuccess Severity = "success"
	SeverityWarning Severity = "warning"
	SeverityError   Severity = "error"
)

// Notification is one entry behind the bell. Its texts are fixed sentences with
// names of services and counts: never mail content.
type Notification struct {
	ID       int64
	Time     time.Time
	Severity Severity
	Service  Service // empty when it concerns none
	Text     string
	Detail   string // second line
	Read     bool
	// Key makes a notification unique: storing a second one with the same key
	// changes nothing. Empty means that it is always new.
	Key string
}

// ScanPending is the second line of "… protected." while this version has no
// scanner.
const ScanPending = "This version does not scan yet."

// ProtectedText is the sentence which is only ever said when it is true.
func ProtectedText(s Service) string { return s.Name() + " protected." }

// GrantedText is the sentence after consent.
func GrantedText(s Service) string { return "Access to " + s.Name() + " granted." }
