package amsi

import (
	"errors"
	"runtime"
	"testing"
)

func TestFinding(t *testing.T) {
	t.Parallel()
	for result, want := range map[uint32]Finding{0: {}, 1: {}, 0x3FFF: {}, 0x4000: {Blocked: true}, 0x4FFF: {Blocked: true}, 0x5000: {}, 0x8000: {Infected: true}, 0x8123: {Infected: true}} {
		if got := finding(result); got != want {
			t.Errorf("%#x: %+v", result, got)
		}
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	s, err := New("Cloud App Security")
	if runtime.GOOS != "windows" && !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if err == nil {
		defer s.Close()
		if f, err := s.Scan([]byte("a letter"), "letter.txt"); err != nil && !errors.Is(err, ErrUnavailable) || f.Infected {
			t.Errorf("%+v, %v", f, err)
		}
	}
}
