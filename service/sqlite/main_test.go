package sqlite

import (
	"fmt"
	"os"
	"testing"
)

// mainDir is removed at the end of the tests.
var mainDir string

func TestMain(m *testing.M) {
	if code, ok := child(); ok {
		os.Exit(code)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sqlite-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	mainDir = dir
	return m.Run()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
