// Package clamav asks a ClamAV daemon (clamd) about a file, over TCP or a Unix
// socket. It is an adapter: whoever inspects is given it, and does without it
// where no address is set.
package clamav

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Finding is what the daemon said of a file.
type Finding struct {
	Infected  bool
	Signature string // the name of what was found; empty if nothing was
}

// What a scan can end with beside a finding. None of them means clean.
var (
	// ErrUnavailable is a daemon that can't be reached, or that stopped answering.
	ErrUnavailable = errors.New("clamav: the daemon can't be reached")
	// ErrTooLarge is a file beyond what the daemon takes (its StreamMaxLength).
	ErrTooLarge = errors.New("clamav: the file is larger than the daemon takes")
	// ErrRefused is an answer that is no finding.
	ErrRefused = errors.New("clamav: the daemon could not scan the file")
)

// Scanner asks one daemon. It is safe for concurrent use: each scan has a
// connection of its own.
type Scanner struct {
	network, address string
	timeout          time.Duration // of a whole scan, beside the context's
}

// timeout is how long one file may take; clamd's own limit is two minutes.
const timeout = 130 * time.Second

// New takes "host:port", "unix:/run/clamav/clamd.ctl" or a path. It doesn't
// connect.
func New(address string) (*Scanner, error) {
	s := &Scanner{network: "tcp", address: strings.TrimPrefix(address, "tcp://"), timeout: timeout}
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		s.network, s.address = "unix", strings.TrimPrefix(path, "//")
	} else if strings.HasPrefix(address, "/") {
		s.network, s.address = "unix", address
	}
	if s.network == "tcp" {
		if _, _, err := net.SplitHostPort(s.address); err != nil {
			return nil, fmt.Errorf("%q is no address of clamd: write host:port, or unix: and the path of its socket", address)
		}
	}
	return s, nil
}

// Ping says whether the daemon answers.
func (s *Scanner) Ping(ctx context.Context) error {
	answer, err := s.ask(ctx, "zPING\x00", nil)
	if err == nil && answer != "PONG" {
		err = ErrRefused
	}
	return err
}

// Scan sends r to the daemon (INSTREAM) and gives what it found. An error is
// never "clean": it is one of this package's, of r, or of ctx. See
// https://docs.clamav.net/manual/Usage/Scanning.html#clamd
func (s *Scanner) Scan(ctx context.Context, r io.Reader) (Finding, error) {
	answer, err := s.ask(ctx, "zINSTREAM\x00", r)
	if err != nil {
		return Finding{}, err
	}
	answer = strings.TrimPrefix(answer, "stream: ")
	switch {
	case answer == "OK":
		return Finding{}, nil
	case strings.HasSuffix(answer, " FOUND"):
		return Finding{Infected: true, Signature: strings.TrimSuffix(answer, " FOUND")}, nil
	case strings.Contains(answer, "size limit exceeded"):
		return Finding{}, ErrTooLarge
	default:
		return Finding{}, ErrRefused
	}
}

// ask sends a command, and a file if there is one, and reads the answer.
func (s *Scanner) ask(ctx context.Context, command string, r io.Reader) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, s.network, s.address)
	if err != nil {
		return "", unavailable(ctx, err)
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(conn, command); err != nil {
		return "", unavailable(ctx, err)
	}
	sent := error(nil)
	if r != nil {
		if sent, err = send(conn, r); err != nil {
			return "", err // of what is read, not of the daemon
		}
	}
	answer, err := bufio.NewReader(conn).ReadString(0)
	if err != nil && !(errors.Is(err, io.EOF) && answer != "") {
		if sent != nil {
			err = sent
		}
		return "", unavailable(ctx, err)
	}
	return strings.TrimRight(answer, "\x00\n"), nil
}

// send writes r in chunks, each with its length before it, and a zero at the
// end. The daemon closes once a file is too large: what it said before that is
// still read, so a failed writing comes back on its own.
func send(conn io.Writer, r io.Reader) (sent, failed error) {
	buf := make([]byte, 4+64<<10)
	for {
		n, err := io.ReadFull(r, buf[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n))
			if _, e := conn.Write(buf[:4+n]); e != nil {
				return e, nil
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			_, e := conn.Write([]byte{0, 0, 0, 0})
			return e, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// unavailable tells a daemon that can't be reached from a caller who gave up.
func unavailable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.Join(ErrUnavailable, ctx.Err())
	}
	return errors.Join(ErrUnavailable, err)
}
