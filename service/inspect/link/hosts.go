package link

import (
	_ "embed" // the kinds of hosts
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed hosts.toml
var hostsFile string

// Class is a kind of host.
type Class string

// The classes of hosts.toml.
const (
	Shortener Class = "shortener"
	Hosting   Class = "hosting"
	FormHost  Class = "form"
	Storage   Class = "storage"
	IPFS      Class = "ipfs"
	Tunnel    Class = "tunnel"
	Dynamic   Class = "dynamic"
	Tracker   Class = "tracker"
	Common    Class = "common"
	Cheap     Class = "cheap" // of endings
)

var order = []Class{IPFS, Tunnel, Dynamic, FormHost, Shortener, Common, Storage, Hosting, Tracker}

type hostLists struct {
	byHost map[string][]entry
	cheap  map[string]bool
}

// entry is a class of a host; path narrows it.
type entry struct {
	class Class
	path  string
}

var hosts = sync.OnceValue(func() *hostLists {
	var f map[Class][]string
	if _, err := toml.Decode(hostsFile, &f); err != nil {
		panic(err) // a test loads the same file
	}
	l := &hostLists{byHost: map[string][]entry{}, cheap: map[string]bool{}}
	for _, c := range order {
		for _, h := range f[c] {
			host, path, _ := strings.Cut(h, "/")
			l.byHost[host] = append(l.byHost[host], entry{c, path})
		}
	}
	for _, h := range f[Cheap] {
		l.cheap[h] = true
	}
	return l
})

// classOf gives the class of the longest listed name to which a host belongs, ""
// if there is none.
func classOf(host, path string) Class {
	l := hosts()
	path = strings.TrimPrefix(path, "/")
	for h := host; h != ""; {
		for _, e := range l.byHost[h] {
			if strings.HasPrefix(path, e.path) {
				return e.class
			}
		}
		_, h, _ = strings.Cut(h, ".")
	}
	return ""
}

// CheapEnding says that a domain's ending is one where names cost next to nothing.
func CheapEnding(host string) bool {
	l := hosts()
	last := host[strings.LastIndexByte(host, '.')+1:]
	if l.cheap[last] {
		return true
	}
	rest := strings.TrimSuffix(host, "."+last)
	return l.cheap[rest[strings.LastIndexByte(rest, '.')+1:]+"."+last]
}

// FreeHost says that anyone can have a name such as host: it lies beneath a host
// that gives names to whoever asks, and isn't that host itself.
func FreeHost(host string) bool {
	switch classOf(host, "") {
	case Hosting, Tunnel, Dynamic, IPFS, Storage:
		return hosts().byHost[host] == nil && hosts().byHost[strings.TrimPrefix(host, "www.")] == nil
	}
	return false
}

// Counts says that the host sends mail for others, or counts who follows a link.
func Counts(host string) bool { return classOf(host, "") == Tracker }
