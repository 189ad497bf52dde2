package content

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strings"

	"cloudappsecurity/service/inspect/content/shell"
)

var errDamaged = errors.New("content: damaged")

// decodeBase64 reads base64 with anything else than its letters left out.
func decodeBase64(s string) ([]byte, error) {
	clean := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			clean = append(clean, c)
		case c == '-':
			clean = append(clean, '+')
		case c == '_':
			clean = append(clean, '/')
		}
	}
	if len(clean)%4 == 1 {
		clean = clean[:len(clean)-1]
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, err := base64.RawStdEncoding.Decode(out, clean)
	return out[:n], err
}

var scriptCalls = regexp.MustCompile(`(?i)\b(wscript\.shell|shell\.application|activexobject|createobject|getobject|adodb\.stream|msxml2\.\w+|winhttp\.winhttprequest(?:\.5\.1)?|scripting\.filesystemobject|invoke-expression|iex|invoke-webrequest|iwr|downloadstring|downloadfile|net\.webclient|start-bitstransfer|` +
	`frombase64string|-enc(?:odedcommand)?|powershell(?:\.exe)?|cmd(?:\.exe)?\s+/[ck]|mshta(?:\.exe)?|rundll32(?:\.exe)?|regsvr32(?:\.exe)?|certutil(?:\.exe)?|bitsadmin(?:\.exe)?|curl(?:\.exe)?|wmic|schtasks|reg\s+add|msiexec(?:\.exe)?|eval)\b`)

// script looks into a script: what it calls, and where it leads.
func script(w *work) error {
	text, _ := w.someText()
	w.addText(text)
	seen := map[string]bool{}
	for _, call := range scriptCalls.FindAllString(text, 500) {
		call = strings.ToLower(strings.Join(strings.Fields(call), " "))
		if !seen[call] && len(seen) < 8 {
			seen[call] = true
			w.fact(ScriptObject, call)
		}
	}
	for _, url := range address.FindAllString(text, 500) {
		w.link(url, "", "")
	}
	return nil
}

// shortcut looks into a Windows shortcut.
func shortcut(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	l, err := shell.Shortcut(data)
	if err != nil {
		return err
	}
	w.fact(ShortcutTarget, l.Target)
	if l.Arguments != "" {
		w.fact(ShortcutCommand, l.Arguments)
	}
	for _, url := range address.FindAllString(l.Target+" "+l.Arguments, 50) {
		w.link(url, "", "")
	}
	if strings.HasPrefix(l.Target, `\\`) {
		w.fact(ShortcutRemote, l.Target)
	}
	return nil
}

var (
	urlLine    = regexp.MustCompile(`(?im)^\s*(?:base)?(?:url|iconfile|workingdirectory|exec|url\[\$e\])\s*=\s*(.+?)\s*$`)
	plistURL   = regexp.MustCompile(`(?is)<string>\s*([^<]+?)\s*</string>`)
	xmlTargets = regexp.MustCompile(`(?is)<(?:url|simpleLocation|domain|locationProvider|codebase|includeInStartMenuScope)[^>]*>\s*([^<]*?(?:https?:|\\\\|file:|ftp:)[^<]*?)\s*<|\b(?:codebase|href|url)\s*=\s*["']((?:https?:|\\\\|file:)[^"']+)["']`)
	commands   = regexp.MustCompile(`(?is)<(?:deeplink|command|commandline|exec|string)\b[^>]*>\s*([^<]*?\.(?:exe|cmd|bat|dll|vbs|js|hta|ps1)\b[^<]*?)\s*<|\b(?:command|commandline|exec|scrnsave\.exe)\s*=\s*["']?([^"'\r\n]+)`)
)

// setting looks into what leads to something else: internet shortcuts, search
// connectors, settings, consoles.
func setting(w *work) error {
	text, _ := w.someText()
	w.addText(text)
	var targets []string
	for _, p := range []*regexp.Regexp{urlLine, xmlTargets} {
		for _, m := range p.FindAllStringSubmatch(text, 100) {
			targets = append(targets, strings.Join(m[1:], ""))
		}
	}
	if w.Type == "webloc" {
		for _, m := range plistURL.FindAllStringSubmatch(text, 20) {
			targets = append(targets, m[1])
		}
	}
	for _, t := range targets {
		t = strings.ReplaceAll(strings.TrimSpace(t), "&amp;", "&")
		w.fact(ShortcutRemote, t)
		w.link(t, "", "")
	}
	for _, m := range commands.FindAllStringSubmatch(text, 20) {
		w.fact(SettingsCommand, strings.Join(m[1:], ""))
	}
	for _, url := range address.FindAllString(text, 200) {
		w.link(url, "", "")
	}
	if w.Type == "msc" && strings.Contains(strings.ToLower(text), "apds.dll") {
		w.fact(SettingsCommand, "a console that runs a script (apds.dll)")
	}
	return nil
}
