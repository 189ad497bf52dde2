package realparts

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience is how long a test waits for a part before it fails.
const Patience = 3 * time.Minute

// Need skips the test if a part isn't installed. On Debian "make test" installs
// all of them, and counts a skip as a failure.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed", p)
		}
	}
}

// builds are the programs built by this test process, each once.
var builds struct {
	sync.Mutex
	dir  string
	done map[string]error
}

// Program builds cmd/NAME, once in a test process, with the flags of the tests,
// and gives its path.
func Program(t testing.TB, name string) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if builds.done == nil {
		dir, err := os.MkdirTemp("", "programs")
		if err != nil {
			t.Fatal(err)
		}
		builds.dir, builds.done = dir, map[string]error{}
	}
	path := filepath.Join(builds.dir, name)
	if err, ok := builds.done[name]; ok {
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	out, err := exec.Command("go", "build", race, "-o", path, "cloudappsecurity/cmd/"+name).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	builds.done[name] = err
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Clean removes what Program built. TestMain calls it.
func Clean() {
	builds.Lock()
	defer builds.Unlock()
	if builds.dir != "" {
		_ = os.RemoveAll(builds.dir)
	}
}

// Process is a running program.
type Process struct {
	t      testing.TB
	cmd    *exec.Cmd
	lines  chan string
	stderr *buffer
	ended  chan struct{}
	err    error
	mu     sync.Mutex
	out    []string
}

// Start starts a program. It is killed when the test ends.
func Start(t testing.TB, env []string, program string, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, cmd: exec.Command(program, args...), lines: make(chan string, 10000), stderr: &buffer{}, ended: make(chan struct{})}
	p.cmd.Env = env
	p.cmd.Stderr = p.stderr
	p.cmd.WaitDelay = 10 * time.Second
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		in := bufio.NewScanner(stdout)
		in.Buffer(nil, 64<<20)
		for in.Scan() {
			p.mu.Lock()
			p.out = append(p.out, in.Text())
			p.mu.Unlock()
			p.lines <- in.Text()
		}
		close(p.lines)
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.ended
		if t.Failed() {
			t.Logf("%s %v printed:\n%s\n%s", filepath.Base(program), args, p.Stdout(), p.stderr.String())
		}
	})
	return p
}

// Line gives the next line of stdout; false when there is none any more.
func (p *Process) Line() (string, bool) {
	p.t.Helper()
	return p.LineWithin(Patience)
}

// LineWithin is Line for a program that works for longer before it prints.
func (p *Process) LineWithin(patience time.Duration) (string, bool) {
	p.t.Helper()
	select {
	case l, ok := <-p.lines:
		return l, ok
	case <-time.After(patience):
		p.t.Fatalf("nothing was printed for %v", patience)
		return "", false
	}
}

// Wait waits for the end and gives the exit code.
func (p *Process) Wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(Patience):
		p.t.Fatalf("%s did not end", filepath.Base(p.cmd.Path))
	}
	if exit := (*exec.ExitError)(nil); errors.As(p.err, &exit) {
		return exit.ExitCode()
	}
	// With ErrWaitDelay it ended well, and what it started holds its output open:
	// Wine's server does.
	if p.err != nil && !errors.Is(p.err, exec.ErrWaitDelay) {
		p.t.Fatal(p.err)
	}
	return 0
}

// PID is the program's process ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Signal sends a signal.
func (p *Process) Signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// Stdout is what was printed so far.
func (p *Process) Stdout() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b bytes.Buffer
	for _, l := range p.out {
		fmt.Fprintln(&b, l)
	}
	return b.String()
}

// Stderr is what was printed there so far.
func (p *Process) Stderr() string { return p.stderr.String() }

type buffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

func (b *buffer) String() string {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.String()
}

// Simulation is the simulated Microsoft 365 as a process of its own.
type Simulation struct {
	*Process
	Authority   string `json:"authority"`
	Browser     string `json:"browser"`
	Graph       string `json:"graph"`
	CAFile      string `json:"ca_file"`
	Control     string `json:"control"`
	TenantID    string `json:"tenant_id"`
	SignInAppID string `json:"sign_in_app_id"`
	Admin       struct {
		Username string `json:"username"`
		Password string `json:"password"`
	} `json:"admin"`
}

// Simulate starts m365sim.
func Simulate(t testing.TB, args ...string) *Simulation {
	t.Helper()
	s := &Simulation{Process: Start(t, os.Environ(), Program(t, "m365sim"), args...)}
	line, ok := s.Line()
	if !ok {
		t.Fatalf("m365sim printed nothing: %s", s.Stderr())
	}
	if err := json.Unmarshal([]byte(line), s); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return s
}

// Env points a program at the simulation.
func (s *Simulation) Env() []string {
	return []string{"CAS_AUTHORITY=" + s.Authority, "CAS_GRAPH=" + s.Graph, "CAS_CA_FILE=" + s.CAFile}
}
