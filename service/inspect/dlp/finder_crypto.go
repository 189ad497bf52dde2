package dlp

import (
	"crypto/sha256"
	"math/big"
	"strings"

	"golang.org/x/crypto/sha3"
)

// findCrypto finds addresses of Bitcoin and Ethereum with their check.
func findCrypto(text string) (found []candidate) {
	for i := 0; i < len(text) && len(found) < maxMatches; {
		if !isDigit(text[i]) && !isLetter(text[i]) {
			i++
			continue
		}
		run := i
		for i < len(text) && (isDigit(text[i]) || isLetter(text[i])) {
			i++
		}
		if n := i - run; n < 26 || n > 90 || !walletAddress(text[run:i]) {
			continue
		}
		found = append(found, candidate{start: run, end: i, confidence: High})
	}
	return found
}

func walletAddress(s string) bool {
	switch {
	case strings.HasPrefix(s, "0x"):
		return len(s) == 42 && ethereum(s[2:])
	case strings.HasPrefix(s, "bc1") || strings.HasPrefix(s, "BC1"):
		return bech32(s)
	case s[0] == '1' || s[0] == '3':
		return len(s) <= 35 && base58Check(s)
	}
	return false
}

// base58Check decodes an address of Bitcoin and compares the first bytes of the
// hash. https://en.bitcoin.it/wiki/Base58Check_encoding
func base58Check(s string) bool {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	n, base := new(big.Int), big.NewInt(58)
	for i := range len(s) {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return false
		}
		n.Add(n.Mul(n, base), big.NewInt(int64(v)))
	}
	if n.BitLen() > 200 {
		return false
	}
	var raw [25]byte // a version, twenty bytes, four of the check
	n.FillBytes(raw[:])
	first := sha256.Sum256(raw[:21])
	second := sha256.Sum256(first[:])
	return string(second[:4]) == string(raw[21:])
}

// bech32 checks an address of BIP 173 or, with another constant, BIP 350.
// https://github.com/bitcoin/bips/blob/master/bip-0350.mediawiki
func bech32(s string) bool {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	lower := strings.ToLower(s)
	if lower != s && strings.ToUpper(s) != s || len(s) < 14 {
		return false
	}
	check := uint32(1)
	take := func(v uint32) {
		top := check >> 25
		check = check&0x1ffffff<<5 ^ v
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				check ^= g
			}
		}
	}
	for _, v := range []uint32{'b' >> 5, 'c' >> 5, 0, 'b' & 31, 'c' & 31} {
		take(v)
	}
	for i := len("bc1"); i < len(lower); i++ {
		v := strings.IndexByte(alphabet, lower[i])
		if v < 0 {
			return false
		}
		take(uint32(v))
	}
	return check == 1 || check == 0x2bc830a3
}

// ethereum checks the capitals of an address.
// https://eips.ethereum.org/EIPS/eip-55
func ethereum(s string) bool {
	lower := strings.ToLower(s)
	if strings.Trim(lower, "0123456789abcdef") != "" {
		return false
	}
	h := sha3.NewLegacyKeccak256()
	h.Write([]byte(lower))
	sum := h.Sum(nil)
	for i := range len(s) {
		capital := sum[i/2]>>(4*(1-i%2))&8 != 0
		if isLetter(s[i]) && capital != isCapital(s[i]) {
			return false
		}
	}
	return true
}
