package learn

import (
	_ "embed" // the rule
	"fmt"
	"math"
	"sync"

	"cloudappsecurity/service/inspect/rule"
)

//go:embed rules.toml
var rulesFile []byte

// Rules gives the family's only rule, with the most that it weighs.
var Rules = sync.OnceValue(func() *rule.Set {
	s, err := rule.Load(rulesFile)
	if err != nil {
		panic(err) // a test loads the same file
	}
	return s
})

// Hit gives what the message's words weigh as a rule that fired; false where
// they say next to nothing, or not enough was learned.
func (m *Model) Hit(t Text) (rule.Hit, bool) {
	score := math.Round(m.Score(t)*10) / 10
	if math.Abs(score) < 0.3 {
		return rule.Hit{}, false
	}
	harmless, threats, _ := m.Seen()
	h := Rules().Hit("learned", rule.Evidence{What: fmt.Sprintf("learned from %d threats and %d harmless messages", threats, harmless), Where: "subject and body"})
	h.Rule.Weight = score
	return h, true
}
