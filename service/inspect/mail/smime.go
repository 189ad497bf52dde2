package mail

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"strings"

	"cloudappsecurity/service/inspect/budget"
)

// isPKCS7 says whether a media type is a message within a signature or a
// cipher (RFC 8551).
func isPKCS7(kind string) bool {
	return kind == "application/pkcs7-mime" || kind == "application/x-pkcs7-mime"
}

// smime looks into a signed or compressed message, whose content mail programs
// show as the message itself. An encrypted one is a problem.
func (r *reader) smime(p *part, at place) error {
	s, err := r.hold(p.source())
	if err != nil {
		if r.b.Time() != nil {
			return err
		}
		var limit *budget.Error
		if !errors.As(err, &limit) {
			return err
		}
		r.problem(limit.Reason, p.where, "The signed message is too large to be read.")
		r.add(p)
		return nil
	}
	raw, err := s.head(s.size())
	if err != nil {
		return err
	}
	kind, inner := openCMS(raw)
	switch kind {
	case cmsSigned, cmsCompressed:
		if kind == cmsCompressed {
			if inner, err = r.inflate(inner); err != nil {
				return r.pass(err, p.where)
			}
		}
		if len(inner) == 0 { // certificates only
			break
		}
		return r.inner(held(inner), at)
	case cmsEnveloped:
		r.problem(budget.Encrypted, p.where, "The message is encrypted. It can only be read with the recipient's key.")
	default:
		r.problem(budget.Damaged, p.where, "The signed message could not be read.")
	}
	r.add(p)
	return nil
}

// inner reads what was signed as if it stood in the message itself.
func (r *reader) inner(s section, at place) error {
	h, err := readHeader(s)
	if err != nil {
		return err
	}
	at.level++
	return r.entity(&h, s.sub(s.off+h.length, s.end), at)
}

// inflate unpacks a compressed message into memory, while there is room.
func (r *reader) inflate(packed []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	room := r.b.Limits().Memory - *r.held
	out, err := io.ReadAll(io.LimitReader(z, room+1))
	if err != nil && len(out) == 0 {
		return nil, err
	}
	if int64(len(out)) > room {
		return nil, &budget.Error{Reason: budget.TooLarge}
	}
	*r.held += int64(len(out))
	if err := r.b.Expand(int64(len(packed)), int64(len(out))); err != nil {
		return nil, err
	}
	return out, r.b.Take(int64(len(out)))
}

type cmsKind uint8

const (
	cmsUnknown cmsKind = iota
	cmsSigned
	cmsEnveloped
	cmsCompressed
)

// The content types of RFC 5652, RFC 5083 and RFC 3274, as they are encoded.
const (
	oidSigned        = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
	oidEnveloped     = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
	oidBoth          = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x04"
	oidEncrypted     = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06"
	oidAuthEnveloped = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"
	oidCompressed    = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09"
)

// openCMS gives what a cryptographic message holds. Signatures aren't checked:
// whoever signed it, its content is inspected.
func openCMS(raw []byte) (cmsKind, []byte) {
	outer, ok := element(raw, 0x30)
	if !ok {
		return cmsUnknown, nil
	}
	kind, rest, ok := next(outer, 0)
	if !ok || kind.tag != 0x06 {
		return cmsUnknown, nil
	}
	body, ok := element(rest, 0xa0)
	if !ok {
		return cmsUnknown, nil
	}
	switch string(kind.content) {
	case oidEnveloped, oidBoth, oidEncrypted, oidAuthEnveloped:
		return cmsEnveloped, nil
	case oidSigned, oidCompressed:
	default:
		return cmsUnknown, nil
	}
	if body, ok = element(body, 0x30); !ok {
		return cmsUnknown, nil
	}
	// Behind a version and the algorithms the encapsulated content.
	for range 2 {
		if _, body, ok = next(body, 0); !ok {
			return cmsUnknown, nil
		}
	}
	content, ok := element(body, 0x30)
	if !ok {
		return cmsUnknown, nil
	}
	if _, content, ok = next(content, 0); !ok {
		return cmsUnknown, nil
	}
	found := cmsSigned
	if string(kind.content) == oidCompressed {
		found = cmsCompressed
	}
	content, ok = element(content, 0xa0)
	if !ok {
		return found, nil
	}
	text, _, ok := next(content, 0)
	if !ok {
		return found, nil
	}
	return found, octets(text, 0)
}

// tlv is one element of ASN.1's basic encoding.
type tlv struct {
	tag     byte
	content []byte
}

// mostNesting is how deep elements without a length are followed.
const mostNesting = 16

// next reads the element that b begins with; what is cut off counts as far as
// it is there.
func next(b []byte, depth int) (e tlv, rest []byte, ok bool) {
	if len(b) < 2 || b[0]&0x1f == 0x1f || depth > mostNesting {
		return tlv{}, nil, false
	}
	e.tag = b[0]
	n, b := int(b[1]), b[2:]
	switch {
	case n == 0x80: // up to an end mark
		if e.tag&0x20 == 0 {
			return tlv{}, nil, false
		}
		all := b
		for len(b) > 0 {
			if len(b) >= 2 && b[0] == 0 && b[1] == 0 {
				e.content = all[:len(all)-len(b)]
				return e, b[2:], true
			}
			if _, b, ok = next(b, depth+1); !ok {
				return tlv{}, nil, false
			}
		}
		e.content = all
		return e, nil, true
	case n > 0x80:
		size := n & 0x7f
		if size > 4 || size > len(b) {
			return tlv{}, nil, false
		}
		n = 0
		for _, c := range b[:size] {
			n = n<<8 | int(c)
		}
		b = b[size:]
	}
	n = min(n, len(b))
	e.content = b[:n]
	return e, b[n:], true
}

// element gives the content of the first element if it has that tag.
func element(b []byte, tag byte) ([]byte, bool) {
	e, _, ok := next(b, 0)
	return e.content, ok && e.tag == tag
}

// octets gives an octet string, put together where it comes in pieces.
func octets(e tlv, depth int) []byte {
	if e.tag == 0x04 {
		return e.content
	}
	if e.tag != 0x24 || depth > mostNesting {
		return nil
	}
	var out []byte
	for b := e.content; len(b) > 0; {
		piece, rest, ok := next(b, 0)
		if !ok {
			break
		}
		out = append(out, octets(piece, depth+1)...)
		b = rest
	}
	return out
}

// armoredPGP says whether a text is an encrypted message of OpenPGP.
func armoredPGP(text string) bool { return strings.Contains(text, "-----BEGIN PGP MESSAGE-----") }
