//go:build !windows

package desktop

import "testing"

func TestFileURL(t *testing.T) {
	t.Parallel()
	const want = "file:///home/anna/a%20b%3F%23%25"
	if got := fileURL("/home/anna/a b?#%").String(); got != want {
		t.Errorf("it is %s, not %s", got, want)
	}
}
