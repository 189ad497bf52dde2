package service

import "time"

// PolicyKind is what a policy is about.
type PolicyKind string

// The kinds of policies. Each service has a list of each.
const (
	ThreatProtection   PolicyKind = "atp" // Advanced Threat Protection
	DataLossPrevention PolicyKind = "dlp"
)

// Name is the kind's full name.
func (k PolicyKind) Name() string {
	if k == DataLossPrevention {
		return "Data Loss Prevention"
	}
	return "Advanced Threat Protection"
}

// Policy says what happens to whom. Of the policies of one kind and service the
// one with the lowest Priority which is on and matches a target applies.
type Policy struct {
	ID          int64
	Service     Service
	Kind        PolicyKind
	Name        string
	Description string
	On          bool
	Priority    int  // from 1, without gaps within kind and service
	Default     bool // one of the two defaults: all targets, always last, can't be deleted
	MonitorOnly bool // of the defaults: only logs
	Everyone    bool // all targets; else those listed
	Targets     []PolicyTarget
	Exclusions  []PolicyTarget
	Version     int64 // counts the changes of all but the priority: part of the key of an action
	ChangedAt   time.Time
}

// PolicyTargetKind is what a policy names.
type PolicyTargetKind string

// The kinds of targets of a policy.
const (
	TargetUser  PolicyTargetKind = "user"
	TargetGroup PolicyTargetKind = "group" // its members, nested ones included
	TargetSite  PolicyTargetKind = "site"  // a site collection with its subsites
)

// PolicyTarget is one user, group or site that a policy names.
type PolicyTarget struct {
	Kind PolicyTargetKind
	ID   string // object ID, or the site's ID
	Name string // as shown when it was chosen
}

// Match is which policy applies to a target, and why.
type Match struct {
	Policy Policy
	Found  bool         // false: no policy that is on matches
	By     PolicyTarget // what of the policy matched; zero for one of all targets
	Passed []Passed     // those of higher priority which don't apply, in order
}

// Passed is a policy which does not apply to a target.
type Passed struct {
	Policy   Policy
	Off      bool         // it is off
	Excluded PolicyTarget // what excludes the target; zero if it isn't named at all
}

// Empty says that t names nothing.
func (t PolicyTarget) Empty() bool { return t == PolicyTarget{} }

// Text is t within a sentence, such as "the group Bakers".
func (t PolicyTarget) Text() string {
	switch t.Kind {
	case TargetGroup:
		return "the group " + t.Name
	case TargetSite:
		return "the site " + t.Name
	default:
		return t.Name
	}
}

// Reason is why the policy applies, or why none does, in one sentence.
func (m Match) Reason() string {
	switch {
	case !m.Found:
		return "No policy that is on matches."
	case m.By.Empty() && m.Policy.Everyone:
		return "It is on and is meant for all targets."
	case m.By.Kind == TargetGroup:
		return "It is on and names " + m.By.Text() + ", directly or through a group within it."
	default:
		return "It is on and names " + m.By.Text() + "."
	}
}

// Reason is why the policy does not apply, in one sentence.
func (p Passed) Reason() string {
	switch {
	case p.Off:
		return "It is off."
	case !p.Excluded.Empty():
		return "It excludes " + p.Excluded.Text() + "."
	default:
		return "It does not name this target."
	}
}

// NeverApplies says by which policy of higher priority p is kept from everyone:
// one that is on, meant for all and excludes nobody. all are by priority.
func NeverApplies(all []Policy, p Policy) (by Policy, never bool) {
	for _, higher := range all {
		if higher.Priority >= p.Priority {
			break
		}
		if higher.On && higher.Everyone && len(higher.Exclusions) == 0 {
			return higher, true
		}
	}
	return Policy{}, false
}
