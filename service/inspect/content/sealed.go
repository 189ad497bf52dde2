package content

import (
	"bytes"
	"encoding/asn1"
	"encoding/pem"
	"errors"

	"cloudappsecurity/service/inspect/budget"
)

// The object identifiers of CMS content, see RFC 5652.
var (
	oidSigned    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidEnveloped = []byte("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03")
	oidAuthEnv   = []byte("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17")
	oidAnyCMS    = []byte("\x2A\x86\x48\x86\xF7\x0D\x01\x07")
)

// sealedType tells S/MIME and OpenPGP by their beginning.
func sealedType(head []byte) Type {
	start := head[:min(len(head), 64)]
	switch {
	case bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("-----BEGIN PGP MESSAGE")):
		return "pgp"
	case len(start) > 20 && start[0] == 0x30 && (bytes.Contains(start, oidAnyCMS) || bytes.Contains(start, oidAuthEnv)):
		return "p7m"
	case bytes.HasPrefix(head, []byte("-----BEGIN PKCS7")):
		return "p7m"
	}
	return ""
}

// pgp is a message that only its recipient can read.
func pgp(w *work) error {
	w.encrypted()
	return nil
}

// sealed is S/MIME in one piece: encrypted, or signed with the message within.
func sealed(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	if block, _ := pem.Decode(data); block != nil {
		data = block.Bytes
	}
	start := data[:min(len(data), 64)]
	if bytes.Contains(start, oidEnveloped) || bytes.Contains(start, oidAuthEnv) {
		w.encrypted()
		return nil
	}
	inner, err := signedContent(data)
	switch {
	case errors.Is(err, errNotSigned):
		return nil // certificates, or another kind of no concern
	case err != nil:
		w.report(budget.Unknown, "It is signed in a way that can't be read.")
		return nil //nolint:nilerr // it stands in the problems
	case len(inner) == 0:
		return nil // a signature alone: what it signs lies beside it
	}
	return limitOf(w.child(Bytes(inner), "signed.eml", "message/rfc822", nil))
}

var errNotSigned = errors.New("content: no signed data")

// signedContent gives what a SignedData holds; nil if it is only a signature.
// What follows the content (certificates, signers) isn't read.
func signedContent(der []byte) ([]byte, error) {
	info, _, err := value(der)
	if err != nil {
		return nil, err
	}
	var kind asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(info, &kind)
	if err != nil {
		return nil, err
	}
	if !kind.Equal(oidSigned) {
		return nil, errNotSigned
	}
	signed, _, err := value(rest) // [0]
	if err == nil {
		signed, _, err = value(signed) // the sequence within
	}
	for range 2 { // the version, the digests
		if err == nil {
			_, signed, err = value(signed)
		}
	}
	var inner []byte
	if err == nil {
		inner, _, err = value(signed)
	}
	if err == nil {
		_, inner, err = value(inner) // its type
	}
	if err != nil || len(inner) == 0 {
		return nil, err
	}
	if inner, _, err = value(inner); err == nil { // [0]
		inner, _, err = value(inner) // the octets
	}
	return inner, err
}

// value gives what is within the first value, and what follows it.
func value(der []byte) (within, rest []byte, err error) {
	var v asn1.RawValue
	rest, err = asn1.Unmarshal(der, &v)
	return v.Bytes, rest, err
}
