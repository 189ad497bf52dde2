package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServes(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	path := filepath.Join(t.TempDir(), "x.har")
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"--seed", "3", "--users", "70", "--har", path, "--fault-replication_delay", "2s", "--fault-throttle_429=1"}, in, io.Discard)
	}()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var info map[string]any
	if err := json.Unmarshal(line, &info); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"authority", "browser", "graph", "ca_file", "control", "tenant_id", "sign_in_app_id", "admin"} {
		if info[name] == nil || info[name] == "" {
			t.Errorf("%s is missing: %s", name, line)
		}
	}
	interrupt()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d", code)
	}
	if data, err := os.ReadFile(path); err != nil || !json.Valid(data) {
		t.Errorf("the recording isn't whole: %v %s", err, data)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--help"}, 0, "-fault-throttle_429"},
		{[]string{"serve"}, exitUsage, `flags only, not "serve"`},
		{[]string{"--users", "-1"}, exitUsage, "negative"},
		{[]string{"--thunder"}, exitUsage, "thunder"},
		{[]string{"--fault-replication_delay", "soon"}, exitFailed, "not a duration"},
		{[]string{"--har", filepath.Join(t.TempDir(), "no", "x.har")}, exitFailed, "recording"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), c.args, &stdout, &stderr); code != c.code || !strings.Contains(stderr.String(), c.says) || stdout.Len() > 0 {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", c.args, code, &stdout, &stderr)
		}
	}
}
