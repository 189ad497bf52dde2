//go:build !windows

package datafolder

// makePrivate: the folder's mode does it.
func makePrivate(string) error { return nil }
