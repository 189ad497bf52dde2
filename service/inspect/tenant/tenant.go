// Package tenant is what an organization knows of itself: its domains, its
// people, and with whom they correspond. It makes the same message harmless for
// one organization and a forgery for another.
package tenant

import "time"

// Person is one of the organization's people.
type Person struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	VIP     bool   `json:"vip"`
}

// Context is what is known of the organization. The zero value knows nothing,
// which is no evidence against anybody.
type Context struct {
	Domains        []string  `json:"domains"`
	People         []Person  `json:"people"`
	Correspondents []string  `json:"correspondents"` // addresses, or domains
	Now            time.Time `json:"-"`              // the time of the inspection; zero: the message's own date
}
