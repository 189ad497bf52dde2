// Package block finds files that a policy doesn't let in: by true type, by
// extension, by name and by digest, inside archives as well.
package block

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/rule"
)

//go:embed rules.toml
var data []byte

// Rules gives the family's rules; it panics where the embedded file is wrong,
// which a test rules out.
var Rules = sync.OnceValue(func() *rule.Set {
	s, err := rule.Load(data)
	if err != nil {
		panic(err)
	}
	return s
})

// Config is what a policy blocks.
type Config struct {
	Types      []content.Type `json:"types"`      // true types: "exe", "lnk", "iso"
	Extensions []string       `json:"extensions"` // without a dot, case ignored
	Names      []string       `json:"names"`      // patterns: * stands for any letters, ? for one; case ignored
	Hashes     []string       `json:"hashes"`     // SHA-256 in hexadecimal
	Archives   bool           `json:"archives"`   // inside archives, documents and messages as well
}

// Default is the strictest list: what Windows runs when it is opened, or mounts,
// and what it takes settings from, see
// https://support.microsoft.com/topic/60343058-66f2-4548-b978-e484e13abe89
// Left out is what people send each other and what harms by where it leads at
// most: sources of programs, certificates, databases. Internet shortcuts are
// judged by the link in them.
func Default() Config {
	return Config{
		Types: []content.Type{"exe", "dll", "xll", "dos", "ne", "com", "elf", "macho", "class", "jar", "apk", "msi", "msp", "mst", "msix", "appinstaller", "lnk", "hta", "wsf", "wsc", "vbe", "jse",
			"js", "vbs", "bat", "ps1", "reg", "jnlp", "chm", "scf", "msc", "settingcontent-ms", "library-ms", "search-ms", "searchconnector-ms", "application", "appref-ms", "iso", "img", "vhd", "vhdx", "udf", "diagcab", "theme", "au3", "ahk"},
		Extensions: strings.Fields(extensions),
		Archives:   true,
	}
}

const extensions = `appcontent-ms appinstaller application appref-ms appx appxbundle bat chm cmd com cpl diagcab drv exe gadget hpj hta img inf iqy iso jar jnlp js jse
library-ms lnk msc msh msh1 msh1xml msh2 msh2xml mshxml msi msix msixbundle msp mst msu ocx osd pif ppkg printerexport ps1 ps2 psc1 psc2 psdm1 pyw pyz
pyzw rdp reg scf scr sct search-ms searchconnector-ms settingcontent-ms shb shs slk sys theme vb vbe vbp vbs vhd vhdx vsmacros vsw website wsb wsc wsf
wsh xbap xll xnk`

// List is a Config made ready.
type List struct {
	types      map[content.Type]bool
	extensions map[string]bool
	names      []pattern
	hashes     map[string]bool
	archives   bool
}

type pattern struct {
	text string
	re   *regexp.Regexp
}

// Most of what a policy may hold.
const (
	mostNames  = 1024
	mostHashes = 100_000
)

// New makes a Config ready. The error says what is wrong with it, for people.
func New(c Config) (*List, error) {
	l := &List{types: map[content.Type]bool{}, extensions: map[string]bool{}, hashes: map[string]bool{}, archives: c.Archives}
	for _, t := range c.Types {
		l.types[content.Type(strings.ToLower(string(t)))] = true
	}
	for _, e := range c.Extensions {
		e = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(e)), ".")
		e = strings.TrimPrefix(e, "*.")
		if e == "" || strings.ContainsAny(e, `*?/\ `) {
			return nil, fmt.Errorf("%q is no extension: write it as exe, without a dot", e)
		}
		l.extensions[e] = true
	}
	if len(c.Names) > mostNames || len(c.Hashes) > mostHashes {
		return nil, fmt.Errorf("at most %d names and %d digests can be blocked", mostNames, mostHashes)
	}
	for _, n := range c.Names {
		if strings.Trim(n, "*?. ") == "" {
			return nil, fmt.Errorf("the name %q would block every file", n)
		}
		re := regexp.QuoteMeta(n)
		re = strings.ReplaceAll(strings.ReplaceAll(re, `\*`, `.*`), `\?`, `.`)
		compiled, err := regexp.Compile(`(?is)^` + re + `$`)
		if err != nil {
			return nil, fmt.Errorf("the name %q can't be used: %w", n, err)
		}
		l.names = append(l.names, pattern{n, compiled})
	}
	for _, h := range c.Hashes {
		h = strings.ToLower(strings.TrimSpace(h))
		if len(h) != 64 || strings.Trim(h, "0123456789abcdef") != "" {
			return nil, fmt.Errorf("%q is no SHA-256: that has 64 hexadecimal digits", h)
		}
		l.hashes[h] = true
	}
	return l, nil
}

// Inspect gives the rules that fired.
func (l *List) Inspect(items []*content.Item) []rule.Hit {
	evidence := map[string][]rule.Evidence{}
	found := func(name, what string, i *content.Item) {
		const most = 8
		if e := (rule.Evidence{What: what, Where: i.Path}); len(evidence[name]) < most && !slices.Contains(evidence[name], e) {
			evidence[name] = append(evidence[name], e)
		}
	}
	look := func(i *content.Item) {
		if l.types[i.Type] {
			found("blocked_type", string(i.Type), i)
		}
		if e := content.Extension(i.Name); l.extensions[e] {
			found("blocked_extension", "."+e, i)
		}
		base := i.Name[strings.LastIndexAny(i.Name, `/\`)+1:]
		for _, n := range l.names {
			if n.re.MatchString(base) {
				found("blocked_name", n.text, i)
			}
		}
		if l.hashes[i.SHA256] {
			found("blocked_hash", i.SHA256, i)
		}
	}
	if l.archives {
		content.Walk(items, look)
	} else {
		for _, i := range items {
			look(i)
		}
	}
	var hits []rule.Hit
	for _, r := range Rules().Rules() {
		if e := evidence[r.Name]; len(e) > 0 {
			hits = append(hits, Rules().Hit(r.Name, e...))
		}
	}
	return hits
}
