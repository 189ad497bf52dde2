package identity

import "testing"

func TestMatchesRedirect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		registered, asked string
		want              bool
	}{
		{"http://localhost", "http://localhost:54321", true},
		{"http://localhost", "http://localhost:54321/", true},
		{"http://localhost/consent", "http://localhost:1/consent", true},
		{"http://127.0.0.1/x", "http://127.0.0.1:9/x", true},
		{"https://app.example/back", "https://app.example/back", true},
		{"http://localhost", "http://localhost:1/consent", false},
		{"http://localhost", "http://127.0.0.1:1", false},
		{"http://localhost", "https://localhost:1", false},
		{"http://localhost", "http://localhost.evil.example", false},
		{"http://localhost", "http://localhost@evil.example", false},
		{"http://localhost", "http://evil@localhost:1", false},
		{"http://localhost", "http://localhost:1?x=1", false},
		{"http://localhost", "http://localhost:1#x", false},
		{"https://app.example:1/back", "https://app.example:2/back", false},
		{"https://app.example/back", "https://app.example/Back", false},
	} {
		if got := matchesRedirect([]string{c.registered}, c.asked); got != c.want {
			t.Errorf("registered %s, asked %s: %v", c.registered, c.asked, got)
		}
	}
}
