package tenant

import (
	_ "embed" // the hosts
	"strings"
	"sync"
)

//go:embed freemail.txt
var freemailFile string

var freemail = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(freemailFile) {
		if !strings.HasPrefix(line, "#") {
			for h := range strings.FieldsSeq(line) {
				m[h] = true
			}
		}
	}
	return m
})

// Freemail says that anyone gets an address at the domain.
func Freemail(domain string) bool { return freemail()[strings.ToLower(domain)] }
