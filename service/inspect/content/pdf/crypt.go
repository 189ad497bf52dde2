package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5" //nolint:gosec // the format names it
	"crypto/rc4" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

// crypt decrypts with the standard security handler, see 7.6 of ISO 32000-1 and
// 7.6.4 of ISO 32000-2.
type crypt struct {
	key             []byte
	strings, bodies method
}

type method int

const (
	identity method = iota
	useRC4
	useAES    // with a key for each object
	useAES256 // with the file's key
)

// padding fills up a password.
var padding = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// unlock tries no password, and then those of the options.
func (f *File) unlock(enc dict) bool {
	c := &crypt{}
	version := f.number(enc["V"])
	if f.resolve(enc["Filter"]) != any(name("Standard")) || !c.methods(f, enc, version) {
		return false
	}
	for i, password := range append([]string{""}, f.opt.Passwords...) {
		if f.opt.Take(0) != nil {
			return false
		}
		if c.key = f.fileKey(enc, password); c.key == nil {
			continue
		}
		f.crypt, f.Unlocked = c, i > 0
		for id, v := range f.objects {
			if s, ok := v.(*stream); ok {
				f.strings(s.dict, s.id, 0)
			} else {
				f.objects[id] = f.strings(v, ref{id: id}, 0)
			}
		}
		return true
	}
	return false
}

// methods says how texts and streams are encrypted.
func (c *crypt) methods(f *File, enc dict, version int) bool {
	switch version {
	case 1, 2:
		c.strings, c.bodies = useRC4, useRC4
		return true
	case 4, 5:
	default:
		return false
	}
	filters := f.dict(enc["CF"])
	of := func(key name) method {
		n, ok := f.resolve(enc[key]).(name)
		if !ok || n == "Identity" {
			return identity
		}
		switch f.resolve(f.dict(filters[n])["CFM"]) {
		case name("V2"):
			return useRC4
		case name("AESV2"):
			return useAES
		case name("AESV3"):
			return useAES256
		default:
			return identity
		}
	}
	c.strings, c.bodies = of("StrF"), of("StmF")
	return true
}

// fileKey gives the file's key if the user's password is this one, else nil.
func (f *File) fileKey(enc dict, password string) []byte {
	o, u := []byte(f.raw(enc["O"])), []byte(f.raw(enc["U"]))
	revision := f.number(enc["R"])
	if revision >= 5 {
		return f.fileKey256(enc, u, password, revision)
	}
	length := 5
	if revision >= 3 {
		if length = f.number(enc["Length"]) / 8; length == 0 {
			length = 16
			if f.number(enc["V"]) < 4 {
				length = 5
			}
		}
	}
	if length < 5 || length > 16 || len(o) < 32 || len(u) < 32 {
		return nil
	}
	h := md5.New() //nolint:gosec // the format names it
	h.Write(append([]byte(password), padding...)[:32])
	h.Write(o[:32])
	var p [4]byte
	binary.LittleEndian.PutUint32(p[:], uint32(int64(f.float(enc["P"]))))
	h.Write(p[:])
	if ids := f.list(f.trailer["ID"]); len(ids) > 0 {
		h.Write([]byte(f.raw(ids[0])))
	}
	if revision >= 4 && f.resolve(enc["EncryptMetadata"]) == any(keyword("false")) {
		h.Write([]byte{255, 255, 255, 255})
	}
	key := h.Sum(nil)
	if revision >= 3 {
		for range 50 {
			sum := md5.Sum(key[:length]) //nolint:gosec // likewise
			key = sum[:]
		}
	}
	key = key[:length]
	if !f.fits(key, u, revision) {
		return nil
	}
	return key
}

// fits checks the user's password.
func (f *File) fits(key, u []byte, revision int) bool {
	if revision == 2 {
		return bytes.Equal(rc4Of(key, padding), u[:32])
	}
	h := md5.New() //nolint:gosec // the format names it
	h.Write(padding)
	if ids := f.list(f.trailer["ID"]); len(ids) > 0 {
		h.Write([]byte(f.raw(ids[0])))
	}
	sum := h.Sum(nil)
	for i := range 20 {
		turned := make([]byte, len(key))
		for j := range key {
			turned[j] = key[j] ^ byte(i)
		}
		sum = rc4Of(turned, sum)
	}
	return bytes.Equal(sum, u[:16])
}

func rc4Of(key, p []byte) []byte {
	c, err := rc4.NewCipher(key) //nolint:gosec // the format names it
	if err != nil {
		return nil
	}
	out := make([]byte, len(p))
	c.XORKeyStream(out, p)
	return out
}

func (f *File) fileKey256(enc dict, u []byte, password string, revision int) []byte {
	ue := []byte(f.raw(enc["UE"]))
	if len(u) < 48 || len(ue) < 32 || len(password) > 127 {
		return nil
	}
	hash := func(salt []byte) []byte {
		if revision == 5 {
			sum := sha256.Sum256(append([]byte(password), salt...))
			return sum[:]
		}
		return hash2B([]byte(password), salt)
	}
	if !bytes.Equal(hash(u[32:40]), u[:32]) {
		return nil
	}
	block, err := aes.NewCipher(hash(u[40:48]))
	if err != nil {
		return nil
	}
	key := make([]byte, 32)
	cipher.NewCBCDecrypter(block, make([]byte, 16)).CryptBlocks(key, ue[:32])
	return key
}

// hash2B is algorithm 2.B of ISO 32000-2.
func hash2B(password, salt []byte) []byte {
	sum := sha256.Sum256(append(bytes.Clone(password), salt...))
	k := sum[:]
	for round := 0; ; round++ {
		k1 := bytes.Repeat(append(bytes.Clone(password), k...), 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		e := make([]byte, len(k1))
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, k1)
		mod := 0
		for _, c := range e[:16] {
			mod += int(c)
		}
		switch mod % 3 {
		case 0:
			s := sha256.Sum256(e)
			k = s[:]
		case 1:
			s := sha512.Sum384(e)
			k = s[:]
		default:
			s := sha512.Sum512(e)
			k = s[:]
		}
		if round >= 63 && int(e[len(e)-1]) <= round-31 {
			return k[:32]
		}
	}
}

func (f *File) raw(v any) string {
	s, _ := f.resolve(v).(text)
	return string(s)
}

func (f *File) float(v any) float64 {
	n, _ := f.resolve(v).(float64)
	return n
}

// strings decrypts the texts within an object.
func (f *File) strings(v any, id ref, depth int) any {
	if f.crypt.strings == identity || depth > mostDepth {
		return v
	}
	switch v := v.(type) {
	case text:
		return text(f.crypt.decrypt([]byte(v), id, f.crypt.strings))
	case array:
		for i := range v {
			v[i] = f.strings(v[i], id, depth+1)
		}
	case dict:
		for k := range v {
			v[k] = f.strings(v[k], id, depth+1)
		}
	}
	return v
}

// plain gives a stream's bytes decrypted.
func (f *File) plain(s *stream) []byte {
	if f.crypt == nil || s.id.id == 0 || s.dict["Type"] == name("XRef") {
		return s.raw
	}
	return f.crypt.decrypt(s.raw, s.id, f.crypt.bodies)
}

func (c *crypt) decrypt(p []byte, id ref, m method) []byte {
	key := c.key
	if m == useRC4 || m == useAES {
		seed := append(bytes.Clone(key), byte(id.id), byte(id.id>>8), byte(id.id>>16), byte(id.gen), byte(id.gen>>8))
		if m == useAES {
			seed = append(seed, "sAlT"...)
		}
		sum := md5.Sum(seed) //nolint:gosec // the format names it
		key = sum[:min(16, len(c.key)+5)]
	}
	switch m {
	case useRC4:
		return rc4Of(key, p)
	case useAES, useAES256:
		block, err := aes.NewCipher(key)
		if err != nil || len(p) < 32 {
			return nil
		}
		body := p[16 : len(p)-len(p)%16]
		out := make([]byte, len(body))
		cipher.NewCBCDecrypter(block, p[:16]).CryptBlocks(out, body)
		if n := int(out[len(out)-1]); n >= 1 && n <= 16 {
			out = out[:len(out)-n]
		}
		return out
	default:
		return p
	}
}
