package m365sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const portsFile = "ports.json"

// ports are those of the last start, to be taken again.
type ports struct {
	Authority int `json:"authority"`
	Browser   int `json:"browser"`
	Graph     int `json:"graph"`
	Control   int `json:"control"`
}

func (s *Server) readPorts() (p ports) {
	data, err := os.ReadFile(filepath.Join(s.dir, portsFile))
	if err != nil || json.Unmarshal(data, &p) != nil {
		return ports{}
	}
	return p
}

func (s *Server) writePorts(p ports) error {
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("ports: %w", err)
	}
	return writeFile(filepath.Join(s.dir, portsFile), data, 0o600)
}

// place is one port of the loopback addresses.
type place struct {
	port      int
	listeners []net.Listener
}

const attempts = 20

// listen takes a port on 127.0.0.1, and on ::1 where there is one: the wanted
// one if it is free.
func listen(ctx context.Context, wanted int) (place, error) {
	var err error
	for range attempts {
		var p place
		if p, err = listenBoth(ctx, wanted); err == nil {
			return p, nil
		}
		wanted = 0
	}
	return place{}, err
}

func listenBoth(ctx context.Context, port int) (place, error) {
	var config net.ListenConfig
	four, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return place{}, fmt.Errorf("listening: %w", err)
	}
	address, ok := four.Addr().(*net.TCPAddr)
	if !ok {
		return place{}, errors.Join(errors.New("listening: no TCP address"), four.Close())
	}
	p := place{address.Port, []net.Listener{four}}
	if !hasIPv6(ctx) {
		return p, nil
	}
	six, err := config.Listen(ctx, "tcp6", net.JoinHostPort("::1", strconv.Itoa(p.port)))
	if err != nil { // somebody else would answer there
		return place{}, errors.Join(fmt.Errorf("listening: %w", err), four.Close())
	}
	p.listeners = append(p.listeners, six)
	return p, nil
}

func hasIPv6(ctx context.Context) bool {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

func (p place) address(scheme string) string { return scheme + "://localhost:" + strconv.Itoa(p.port) }

// onlyHere refuses requests that name another host: those of a page elsewhere
// whose name was made to point here.
func (p place) onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, port, err := net.SplitHostPort(strings.ToLower(r.Host))
		ip := net.ParseIP(host)
		if err != nil || port != strconv.Itoa(p.port) || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "This address is for this computer only.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
