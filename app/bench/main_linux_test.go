package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"cloudappsecurity/app/realparts"
)

// The environment of a process that plays a part.
const (
	envPart = "CAS_BENCH_PART" // service or client
	envPlan = "CAS_BENCH_PLAN" // the part's plan, as JSON
)

func TestMain(m *testing.M) {
	switch os.Getenv(envPart) {
	case "service":
		os.Exit(play(serve))
	case "client":
		os.Exit(play(measure))
	}
	code := m.Run()
	realparts.Clean()
	os.Exit(code)
}

// play runs one part until it ends or is told to.
func play[Plan any](part func(context.Context, Plan) error) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var plan Plan
	err := json.Unmarshal([]byte(os.Getenv(envPlan)), &plan)
	if err == nil {
		err = part(ctx, plan)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// start starts a part and reads its first line, which is JSON.
func start(b *testing.B, part string, plan, line any) *realparts.Process {
	b.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		b.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	p := realparts.Start(b, append(os.Environ(), envPart+"="+part, envPlan+"="+string(text)), program)
	said, ok := p.LineWithin(patience)
	if !ok {
		b.Fatalf("the %s said nothing: %s", part, p.Stderr())
	}
	if err := json.Unmarshal([]byte(said), line); err != nil {
		b.Fatalf("the %s said %q: %v", part, said, err)
	}
	return p
}
