package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"cloudappsecurity/service/inspect/block"
	"cloudappsecurity/service/inspect/dlp"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/phish"
)

// Policy says what is looked for. Its JSON is what "casctl scan --policy" reads;
// what isn't named there is as in Strictest.
type Policy struct {
	AdvancedSpam  SpamPolicy    `json:"advanced_spam_protection"`
	WebReputation LinkPolicy    `json:"web_reputation"`
	Malware       MalwarePolicy `json:"malware_scanning"`
	FileBlocking  BlockPolicy   `json:"file_blocking"`
	DataLoss      DataPolicy    `json:"data_loss_prevention"`
}

// SpamPolicy is Advanced Spam Protection.
type SpamPolicy struct {
	On bool `json:"on"`
	phish.Config
}

// LinkPolicy is Web Reputation.
type LinkPolicy struct {
	On bool `json:"on"`
	link.Config
}

// MalwarePolicy is Malware Scanning.
type MalwarePolicy struct {
	On bool `json:"on"`
}

// BlockPolicy is File Blocking.
type BlockPolicy struct {
	On bool `json:"on"`
	block.Config
}

// DataPolicy is Data Loss Prevention: the templates, by name, which a message
// must not violate, and the tenant's own identifiers and templates.
type DataPolicy struct {
	On          bool           `json:"on"`
	Templates   []string       `json:"templates"` // null: all that are built in
	Identifiers []dlp.Custom   `json:"identifiers"`
	Own         []dlp.Template `json:"own_templates"`
}

// Strictest is the policy where none is named: everything is on.
func Strictest() Policy {
	return Policy{
		AdvancedSpam:  SpamPolicy{On: true},
		WebReputation: LinkPolicy{On: true},
		Malware:       MalwarePolicy{On: true},
		FileBlocking:  BlockPolicy{On: true, Config: block.Default()},
		DataLoss:      DataPolicy{On: true},
	}
}

// ParsePolicy reads the JSON of a policy. An unknown key is an error: a word
// that is misspelt must not leave something unprotected.
func ParsePolicy(data []byte) (Policy, error) {
	p := Strictest()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		if errors.Is(err, io.EOF) {
			return p, errors.New("the policy is empty; {} is the strictest")
		}
		return p, fmt.Errorf("the policy is not valid: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if dec.More() {
		return p, errors.New("something follows the policy")
	}
	return p, nil
}
