package brand

import (
	"strings"

	"cloudappsecurity/service/inspect/alike"
	"cloudappsecurity/service/inspect/fold"
)

// Manner is how a domain imitates a brand's.
type Manner string

// The manners, the clearest first.
const (
	Glyphs    Manner = "letters that look the same"
	Typo      Manner = "one letter differs"
	Nested    Manner = "the brand's domain stands before another's"
	ExtraWord Manner = "the brand's name and a word more"
	Ending    Manner = "the brand's name under another ending"
	Subdomain Manner = "the brand's name stands before another's domain"
)

// Imitation says whether a host imitates a brand's that it doesn't belong to.
// The host is in lower case.
func (l *List) Imitation(host string) (id int, how Manner, ok bool) {
	if len(l.Owners(host)) > 0 {
		return 0, "", false
	}
	label, suffix, ok := registered(host)
	if !ok {
		return 0, "", false
	}
	switch id, kind := l.labels.Find(label); kind {
	case alike.Same:
		return id, Ending, true
	case alike.Glyph:
		return id, Glyphs, true
	case alike.Typo:
		return id, Typo, true
	}
	before := strings.TrimSuffix(strings.TrimSuffix(host, suffix), label+".")
	if id, how, ok := l.inSubdomain(strings.TrimSuffix(before, "."), label); ok {
		return id, how, true
	}
	return l.withWords(label)
}

// inSubdomain looks at what stands before the registered domain.
func (l *List) inSubdomain(before, label string) (int, Manner, bool) {
	if before == "" {
		return 0, "", false
	}
	parts := strings.Split(before, ".")
	for i, p := range parts {
		id, known := l.compact[fold.Label(p)]
		if !known {
			if id, _, ok := l.withWords(p); ok {
				return id, Subdomain, true
			}
			continue
		}
		next := label
		if i+1 < len(parts) {
			next = parts[i+1]
		}
		if next == "com" || strings.HasPrefix(next, "com-") || strings.HasPrefix(next, "co-") {
			return id, Nested, true
		}
		return id, Subdomain, true
	}
	return 0, "", false
}

// withWords finds a brand's name beside other words: "paypal-security",
// "loginmicrosoft". Without hyphens the rest has to be a word of service, or a
// longer word holds the name by chance.
func (l *List) withWords(label string) (int, Manner, bool) {
	label = fold.Domain(label)
	words := strings.FieldsFunc(label, func(r rune) bool { return r == '-' || r == '_' })
	if len(words) > 1 {
		for i, w := range words {
			if id, ok := l.compact[w]; ok {
				return id, ExtraWord, true
			}
			if i+1 < len(words) {
				if id, ok := l.compact[w+words[i+1]]; ok && len(words) > 2 {
					return id, ExtraWord, true
				}
			}
		}
		return 0, "", false
	}
	for s := range services {
		for _, rest := range []string{strings.TrimPrefix(label, s), strings.TrimSuffix(label, s)} {
			if id, ok := l.compact[rest]; ok && rest != label {
				return id, ExtraWord, true
			}
		}
	}
	return 0, "", false
}

// InPath says that a folder or a file of a URL's path is called like a brand.
func (l *List) InPath(path string) bool {
	for part := range strings.SplitSeq(strings.ToLower(path), "/") {
		if len(part) >= 3 && len(part) <= 30 {
			if _, ok := l.compact[fold.Label(part)]; ok {
				return true
			}
		}
	}
	return false
}

// IsService says that a folded word is one with which departments and notices
// call themselves: "support", "billing". Beside a brand's name it makes a
// sender of it.
func IsService(word string) bool { return services[word] }

var services = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`
		account accounts admin alert alerts assistance auth authentication bank banking billing care cards center centre client clients confirm
		customer customers delivery dept department desk help helpdesk id identity info invoice invoices kundenservice kundendienst konto login logon
		mail mailbox member members membership notice notification notifications notify noreply online order orders parcel pay payment payments portal
		meeting meetings invitation gift gifts giftcard survey winner club card visa express docs files share sign
		prime recovery refund renewal reward rewards safety secure security service services servicio sicherheit signin sso staff subscription support
		online direct group bank banca banco banque espana deutschland italia france nederland polska schweiz osterreich suisse belgique belgie portugal brasil mexico usa uk india japan
		team update updates user validation verification verify wallet web
		cliente clientes conta cuenta compte client suporte soporte assistenza servizio seguridad seguranca securite sicurezza klantenservice
		bezpieczenstwo obsluga konto rechnung facture fattura factura paket colis pacco paquete kunde kunden
		サポート カスタマーサポート カスタマーサービス センター カスタマーセンター 事務局 セキュリティ 通知 株式会社 お客様サービス 公式 soporte suporte`) {
		m[w] = true
	}
	return m
}()
