package office

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" //nolint:gosec // Office 2007 encrypts with it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"hash"
	"unicode/utf16"
)

// The reasons why an encrypted package stays closed.
var (
	ErrPassword    = errors.New("office: none of the passwords opens it")
	ErrUnsupported = errors.New("office: it is encrypted in another way")
)

// Bounds: Office hashes a password 100,000 times, 50,000 before 2010.
const (
	mostSpins     = 1_000_000
	standardSpins = 50_000
	segment       = 4096
)

// Decrypt opens a package that Office has encrypted with a password (the streams
// EncryptionInfo and EncryptedPackage), and gives the password that fits. take is
// asked now and then whether to go on. Source: MS-OFFCRYPTO 2.3.4,
// https://learn.microsoft.com/openspecs/office_file_formats/ms-offcrypto
func Decrypt(info, encrypted []byte, passwords []string, take func() error) (plain []byte, password string, err error) {
	if len(info) < 12 || len(encrypted) < 8+aes.BlockSize {
		return nil, "", ErrUnsupported
	}
	var open func(password string) (cipher.Block, error)
	var decrypt func(key cipher.Block, p []byte)
	switch major, minor := binary.LittleEndian.Uint16(info), binary.LittleEndian.Uint16(info[2:]); {
	case major == 4 && minor == 4:
		a, err := readAgile(info[8:])
		if err != nil {
			return nil, "", err
		}
		open, decrypt = func(password string) (cipher.Block, error) { return a.open(password, take) }, a.decrypt
	case minor == 2 && major >= 2 && major <= 4:
		s, err := readStandard(info[8:])
		if err != nil {
			return nil, "", err
		}
		open, decrypt = func(password string) (cipher.Block, error) { return s.open(password, take) }, eachBlock
	default:
		return nil, "", ErrUnsupported
	}
	for _, password := range passwords {
		key, err := open(password)
		if errors.Is(err, ErrPassword) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		size := binary.LittleEndian.Uint64(encrypted)
		plain = bytes.Clone(encrypted[8:])
		plain = plain[:len(plain)/aes.BlockSize*aes.BlockSize]
		decrypt(key, plain)
		return plain[:min(size, uint64(len(plain)))], password, nil
	}
	return nil, "", ErrPassword
}

// agile is the encryption of Office 2010 and later: MS-OFFCRYPTO 2.3.4.10.
type agile struct {
	KeyData agileKey `xml:"keyData"`
	Keys    []struct {
		Key struct {
			agileKey
			Spins    int        `xml:"spinCount,attr"`
			Input    base64Text `xml:"encryptedVerifierHashInput,attr"`
			Value    base64Text `xml:"encryptedVerifierHashValue,attr"`
			KeyValue base64Text `xml:"encryptedKeyValue,attr"`
		} `xml:"encryptedKey"`
	} `xml:"keyEncryptors>keyEncryptor"`
}

type agileKey struct {
	Salt   base64Text `xml:"saltValue,attr"`
	Bits   int        `xml:"keyBits,attr"`
	Block  int        `xml:"blockSize,attr"`
	Hash   string     `xml:"hashAlgorithm,attr"`
	Cipher string     `xml:"cipherAlgorithm,attr"`
	Chain  string     `xml:"cipherChaining,attr"`
}

// base64Text is bytes that stand in an attribute.
type base64Text []byte

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *base64Text) UnmarshalText(text []byte) (err error) {
	*b, err = base64.StdEncoding.DecodeString(string(text))
	return err
}

// What each key is for: MS-OFFCRYPTO 2.3.4.13.
var (
	forInput = []byte{0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79}
	forValue = []byte{0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E}
	forKey   = []byte{0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6}
)

func readAgile(p []byte) (*agile, error) {
	var a agile
	if err := xml.Unmarshal(p, &a); err != nil || len(a.Keys) == 0 {
		return nil, ErrUnsupported
	}
	k := &a.Keys[0].Key
	for _, key := range []agileKey{a.KeyData, k.agileKey} {
		if key.Cipher != "AES" || key.Chain != "ChainingModeCBC" || key.Block != aes.BlockSize || hashOf(key.Hash) == nil || len(key.Salt) == 0 ||
			key.Bits != 128 && key.Bits != 192 && key.Bits != 256 {
			return nil, ErrUnsupported
		}
	}
	if k.Spins < 0 || k.Spins > mostSpins {
		return nil, ErrUnsupported
	}
	for _, p := range [][]byte{k.Input, k.Value, k.KeyValue} {
		if len(p) == 0 || len(p)%aes.BlockSize != 0 {
			return nil, ErrUnsupported
		}
	}
	return &a, nil
}

func hashOf(name string) func() hash.Hash {
	switch name {
	case "SHA1", "SHA-1":
		return sha1.New
	case "SHA256", "SHA-256":
		return sha256.New
	case "SHA384", "SHA-384":
		return sha512.New384
	case "SHA512", "SHA-512":
		return sha512.New
	}
	return nil
}

func (a *agile) open(password string, take func() error) (cipher.Block, error) {
	k := &a.Keys[0].Key
	h := hashOf(k.Hash)()
	sum, err := spin(h, k.Salt, password, k.Spins, take)
	if err != nil {
		return nil, err
	}
	unlock := func(purpose, p []byte) []byte {
		key, err := aes.NewCipher(fit(digest(h, sum, purpose), k.Bits/8))
		if err != nil {
			return nil // the sizes were looked at
		}
		out := bytes.Clone(p)
		cipher.NewCBCDecrypter(key, fit(k.Salt, aes.BlockSize)).CryptBlocks(out, out)
		return out
	}
	input, value := unlock(forInput, k.Input), unlock(forValue, k.Value)
	if want := digest(h, input[:min(len(input), len(k.Salt))]); len(value) < len(want) || !bytes.Equal(value[:len(want)], want) {
		return nil, ErrPassword
	}
	key := unlock(forKey, k.KeyValue)
	if len(key) < a.KeyData.Bits/8 {
		return nil, ErrUnsupported
	}
	return aes.NewCipher(key[:a.KeyData.Bits/8])
}

// decrypt decrypts the package, of which each segment begins anew.
func (a *agile) decrypt(key cipher.Block, p []byte) {
	h := hashOf(a.KeyData.Hash)()
	for i := 0; i*segment < len(p); i++ {
		part := p[i*segment : min(len(p), (i+1)*segment)]
		iv := fit(digest(h, a.KeyData.Salt, binary.LittleEndian.AppendUint32(nil, uint32(i))), aes.BlockSize)
		cipher.NewCBCDecrypter(key, iv).CryptBlocks(part, part)
	}
}

// standard is the encryption of Office 2007: MS-OFFCRYPTO 2.3.4.5.
type standard struct {
	bytes           int // of the key
	salt            []byte
	verifier, proof []byte
}

// The numbers of AES, and its flag: MS-OFFCRYPTO 2.3.1 and 2.3.2.
const (
	flagAES = 0x20
	aes128  = 0x660E
	aes256  = 0x6610
)

func readStandard(p []byte) (*standard, error) {
	size := int64(binary.LittleEndian.Uint32(p))
	if size < 32 || size > int64(len(p))-4-72 {
		return nil, ErrUnsupported
	}
	header, rest := p[4:4+size], p[4+size:]
	number := func(at int) uint32 { return binary.LittleEndian.Uint32(header[at:]) }
	algorithm, bits := number(8), number(16)
	if number(0)&flagAES == 0 || algorithm != 0 && (algorithm < aes128 || algorithm > aes256) || bits != 128 && bits != 192 && bits != 256 {
		return nil, ErrUnsupported
	}
	if binary.LittleEndian.Uint32(rest) != 16 {
		return nil, ErrUnsupported
	}
	return &standard{int(bits / 8), rest[4:20], rest[20:36], rest[40:72]}, nil
}

func (s *standard) open(password string, take func() error) (cipher.Block, error) {
	h := sha1.New() //nolint:gosec // as above
	sum, err := spin(h, s.salt, password, standardSpins, take)
	if err != nil {
		return nil, err
	}
	sum = digest(h, sum, make([]byte, 4))
	var key []byte
	for _, pad := range []byte{0x36, 0x5C} {
		p := bytes.Repeat([]byte{pad}, 64)
		for i, b := range sum {
			p[i] ^= b
		}
		key = append(key, digest(h, p)...)
	}
	block, err := aes.NewCipher(key[:s.bytes])
	if err != nil {
		return nil, err
	}
	verifier, proof := bytes.Clone(s.verifier), bytes.Clone(s.proof)
	eachBlock(block, verifier)
	eachBlock(block, proof)
	if want := digest(h, verifier); !bytes.Equal(proof[:len(want)], want) {
		return nil, ErrPassword
	}
	return block, nil
}

func eachBlock(key cipher.Block, p []byte) {
	for i := 0; i+aes.BlockSize <= len(p); i += aes.BlockSize {
		key.Decrypt(p[i:], p[i:])
	}
}

// spin hashes the password over and over: MS-OFFCRYPTO 2.3.4.7 and 2.3.4.11.
func spin(h hash.Hash, salt []byte, password string, times int, take func() error) ([]byte, error) {
	var wide []byte
	for _, u := range utf16.Encode([]rune(password)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	sum := digest(h, salt, wide)
	var count [4]byte
	for i := range times {
		if i%10_000 == 0 {
			if err := take(); err != nil {
				return nil, err
			}
		}
		binary.LittleEndian.PutUint32(count[:], uint32(i))
		h.Reset()
		h.Write(count[:])
		h.Write(sum)
		sum = h.Sum(sum[:0])
	}
	return sum, nil
}

func digest(h hash.Hash, parts ...[]byte) []byte {
	h.Reset()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// fit cuts or pads to n bytes: MS-OFFCRYPTO 2.3.4.11 and 2.3.4.12.
func fit(p []byte, n int) []byte {
	out := bytes.Repeat([]byte{0x36}, n)
	copy(out, p)
	return out
}
