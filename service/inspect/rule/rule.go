// Package rule is the vocabulary of verdicts: what a rule is, what it says when
// it fires, and how rules that are data are read and combined.
//
// A rule stands in one place, the embedded rules.toml of its family, with its
// name, weight, reason and an example. Its condition is data there (phrases,
// composites of other rules), or code in the family's package under its name.
package rule

// Category is what a threat is.
type Category string

// The categories.
const (
	Phishing      Category = "phishing"
	BEC           Category = "business_email_compromise"
	Spoofing      Category = "spoofing"
	Spam          Category = "spam"
	Malware       Category = "malware"
	BlockedFile   Category = "blocked_file"
	MaliciousLink Category = "malicious_link"
	DataLoss      Category = "data_loss"
	NotInspected  Category = "not_inspected"
)

// Threats are the categories which make a message a threat, the gravest first.
func Threats() []Category {
	return []Category{Malware, BlockedFile, MaliciousLink, Phishing, BEC, Spoofing, Spam}
}

// Rule is one thing to look for.
type Rule struct {
	Name     string   `toml:"name"`     // snake_case, unique over all families
	Category Category `toml:"category"` // empty: it weighs for whatever the others say
	Weight   float64  `toml:"weight"`   // added to the score; 0 for a rule that only serves composites; negative where it speaks for the message
	Reason   string   `toml:"reason"`   // for people: what was seen and why it matters
}

// Evidence is what a rule saw, and where.
type Evidence struct {
	What  string // shortened, never more than MaxEvidence bytes
	Where string // for people: "subject", "sender", "body", "invoice.zip > invoice.docm"
}

// MaxEvidence is the most bytes that Evidence.What has.
const MaxEvidence = 200

// Hit is a rule that fired.
type Hit struct {
	Rule     Rule
	Evidence []Evidence // at least one, at most eight
}

// Threshold is the score from which on a message is a threat.
const Threshold = 5.0
