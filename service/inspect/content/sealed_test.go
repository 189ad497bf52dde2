package content_test

import (
	"encoding/asn1"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
)

func der(tag int, constructed bool, class int, parts ...[]byte) []byte {
	out, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: constructed, Bytes: slices.Concat(parts...)})
	if err != nil {
		panic(err)
	}
	return out
}

func oid(last int) []byte {
	out, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, last})
	if err != nil {
		panic(err)
	}
	return out
}

// TestSealed holds that what only its recipient can read is told, and that what
// is merely signed is looked into.
func TestSealed(t *testing.T) {
	t.Parallel()
	const sequence, set, octets, integer = 16, 17, 4, 2
	mail := []byte("From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\n\r\nhello\r\n")
	signed := func(inner ...[]byte) []byte {
		return der(sequence, true, 0, oid(2), der(0, true, 2, der(sequence, true, 0, der(integer, false, 0, []byte{1}), der(set, true, 0), der(sequence, true, 0, append([][]byte{oid(1)}, inner...)...), der(set, true, 0))))
	}
	for _, c := range []struct {
		name     string
		data     []byte
		types    []string
		problems []budget.Reason
	}{
		{"smime.p7m", signed(der(0, true, 2, der(octets, false, 0, mail))), []string{"p7m", "eml"}, nil},
		{"smime.p7s", signed(), []string{"p7m"}, nil},
		{"smime.p7m", der(sequence, true, 0, oid(3), der(0, true, 2, make([]byte, 40))), []string{"p7m"}, []budget.Reason{budget.Encrypted}},
		{"cut.p7m", signed(der(0, true, 2, der(octets, false, 0, mail)))[:60], []string{"p7m"}, []budget.Reason{budget.Unknown}},
		{"msg.asc", []byte("-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n"), []string{"pgp"}, []budget.Reason{budget.Encrypted}},
		{"sig.asc", []byte("-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"), []string{"txt"}, nil},
	} {
		item := content.Inspect(budget.New(t.Context(), budget.Default()), content.Bytes(c.data), content.Input{Name: c.name}, content.Options{Message: attached})
		if got := types(item); !slices.Equal(got, c.types) || !slices.Equal(problems(item), c.problems) {
			t.Errorf("%s: types %v, problems %v", c.name, got, problems(item))
		}
		if len(c.types) > 1 && !strings.Contains(item.Children[0].Text, "hello") {
			t.Errorf("%s: %q", c.name, item.Children[0].Text)
		}
	}
}
