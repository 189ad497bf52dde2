//go:build !windows

package amsi

// Scanner has no meaning here.
type Scanner struct{}

// New gives ErrUnavailable.
func New(string) (*Scanner, error) { return nil, ErrUnavailable }

// Scan gives ErrUnavailable.
func (*Scanner) Scan([]byte, string) (Finding, error) { return Finding{}, ErrUnavailable }

// Close does nothing.
func (*Scanner) Close() {}
