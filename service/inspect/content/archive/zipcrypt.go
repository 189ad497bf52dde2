package archive

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // the format names it: HMAC-SHA1 authenticates, and derives the key
	"encoding/binary"
	"hash/crc32"
	"io"
)

// zipHeader is what a zip says of an entry.
type zipHeader struct {
	method, flags, time uint16
	crc                 uint32
	packed              int64
	extra               []byte
}

// field gives an extra field's data, nil if there is none.
func (h zipHeader) field(id uint16) []byte {
	for x := h.extra; len(x) >= 4; {
		n := int(binary.LittleEndian.Uint16(x[2:]))
		if len(x) < 4+n {
			return nil
		}
		if binary.LittleEndian.Uint16(x) == id {
			return x[4 : 4+n]
		}
		x = x[4+n:]
	}
	return nil
}

// unlock sets how e is opened: with the first password that fits, or not at all.
func (h zipHeader) unlock(e *Entry, raw func() (io.Reader, error), o Options) {
	e.Open = func() (io.Reader, error) { return nil, ErrEncrypted }
	for _, password := range o.Passwords {
		method, plain, err := h.decrypt(raw, password)
		if err != nil {
			continue
		}
		r, err := inflate(method, plain, o)
		if err != nil || !h.fits(r, method, plain) {
			continue
		}
		e.Unlocked = true
		e.Open = func() (io.Reader, error) {
			method, plain, err := h.decrypt(raw, password)
			if err != nil {
				return nil, err
			}
			return inflate(method, plain, o)
		}
		return
	}
}

// mostTried is how much of an entry is unpacked to see whether a password fits.
// The old encryption lets one wrong password in 256 pass its own check.
const mostTried = 4 << 20

// fits says whether what a password gave is what was packed. Of AES the two
// bytes of the password's check were right already; one in 65,536 is wrong.
func (h zipHeader) fits(r io.Reader, method uint16, plain io.Reader) bool {
	sum := crc32.NewIEEE()
	n, err := io.Copy(sum, io.LimitReader(r, mostTried))
	switch {
	case err != nil:
		return false
	case n == mostTried:
		return method != stored // a wrong one would have broken the compression long since
	case h.field(0x9901) != nil:
		_, err := io.Copy(io.Discard, plain)
		return err == nil
	default:
		return sum.Sum32() == h.crc
	}
}

// decrypt begins to read with a password. It is an error where the format's
// own check of it fails.
func (h zipHeader) decrypt(raw func() (io.Reader, error), password string) (uint16, io.Reader, error) {
	r, err := raw()
	if err != nil {
		return 0, nil, err
	}
	if h.method == aesMethod {
		return h.decryptAES(r, password)
	}
	k := newZipKeys(password)
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, ErrDamaged
	}
	k.decrypt(head[:])
	check := byte(h.crc >> 24)
	if h.flags&8 != 0 {
		check = byte(h.time >> 8)
	}
	if head[11] != check {
		return 0, nil, ErrEncrypted
	}
	return h.method, &zipCrypto{r, k}, nil
}

// zipKeys are the keys of the traditional encryption, see 6.1 of
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
type zipKeys [3]uint32

func newZipKeys(password string) *zipKeys {
	k := &zipKeys{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		k.update(password[i])
	}
	return k
}

func (k *zipKeys) update(b byte) {
	k[0] = crc32.IEEETable[byte(k[0])^b] ^ k[0]>>8
	k[1] = (k[1]+k[0]&0xFF)*134775813 + 1
	k[2] = crc32.IEEETable[byte(k[2])^byte(k[1]>>24)] ^ k[2]>>8
}

func (k *zipKeys) next() byte {
	t := k[2] | 2
	return byte(t * (t ^ 1) >> 8)
}

func (k *zipKeys) decrypt(p []byte) {
	for i := range p {
		p[i] ^= k.next()
		k.update(p[i])
	}
}

type zipCrypto struct {
	r io.Reader
	k *zipKeys
}

func (z *zipCrypto) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	z.k.decrypt(p[:n])
	return n, err
}

// decryptAES reads WinZip's AES encryption, AE-1 and AE-2, see
// https://www.winzip.com/en/support/aes-encryption/
func (h zipHeader) decryptAES(r io.Reader, password string) (uint16, io.Reader, error) {
	f := h.field(0x9901)
	if len(f) < 7 || f[4] < 1 || f[4] > 3 {
		return 0, nil, ErrUnsupported
	}
	keyLen := 8 + 8*int(f[4])
	salt := make([]byte, keyLen/2+2)
	if _, err := io.ReadFull(r, salt); err != nil {
		return 0, nil, ErrDamaged
	}
	verifier := salt[keyLen/2:]
	keys, err := pbkdf2.Key(sha1.New, password, salt[:keyLen/2], 1000, 2*keyLen+2)
	if err != nil {
		return 0, nil, err
	}
	if keys[2*keyLen] != verifier[0] || keys[2*keyLen+1] != verifier[1] {
		return 0, nil, ErrEncrypted
	}
	block, err := aes.NewCipher(keys[:keyLen])
	if err != nil {
		return 0, nil, err
	}
	const mac = 10
	n := h.packed - int64(len(salt)) - mac
	if n < 0 {
		return 0, nil, ErrDamaged
	}
	return binary.LittleEndian.Uint16(f[5:]), &zipAES{body: io.LimitReader(r, n), end: r, block: block,
		mac: hmac.New(sha1.New, keys[keyLen:2*keyLen])}, nil
}

// zipAES is counter mode with a counter that begins at 1 and counts from its
// lowest byte, which crypto/cipher's doesn't.
type zipAES struct {
	body, end io.Reader
	block     cipher.Block
	mac       io.Writer
	counter   [16]byte
	stream    [16]byte
	used      int // of stream; 0: a new block is due
}

func (z *zipAES) Read(p []byte) (int, error) {
	n, err := z.body.Read(p)
	_, _ = z.mac.Write(p[:n])
	for i := range p[:n] {
		if z.used == 0 {
			for j := range z.counter {
				z.counter[j]++
				if z.counter[j] != 0 {
					break
				}
			}
			z.block.Encrypt(z.stream[:], z.counter[:])
		}
		p[i] ^= z.stream[z.used]
		z.used = (z.used + 1) % 16
	}
	if n == 0 && err == io.EOF {
		if sum, ok := z.mac.(interface{ Sum([]byte) []byte }); ok {
			var want [10]byte
			if _, err := io.ReadFull(z.end, want[:]); err == nil && !hmac.Equal(want[:], sum.Sum(nil)[:10]) {
				return 0, ErrEncrypted
			}
		}
	}
	return n, err
}
