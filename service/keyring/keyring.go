// Package keyring seals private keys under the key of this computer: 32 random
// bytes which only the keyring of the operating system holds. It is the only
// package that imports go-keyring.
//
// The keyring holds no more than that key, because Windows refuses entries of
// more than 2,560 bytes and macOS of about 3,000, less than an RSA key. There
// is no fallback: without a keyring nothing is sealed, least of all in plain
// text.
package keyring

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	gokeyring "github.com/zalando/go-keyring"

	"cloudappsecurity/service"
)

// ErrNotFound is what a Backend gives for an entry that is not there.
var ErrNotFound = gokeyring.ErrNotFound

// Backend is the keyring of an operating system. Its calls may take as long as
// a person takes to type a password, or for ever.
type Backend interface {
	Get(service, account string) (string, error)
	Set(service, account, secret string) error
	Delete(service, account string) error
}

// Config is where a Vault keeps its key.
type Config struct {
	// ServiceName and Account name the entry. The account is one data folder's,
	// so that the demo and a real organization never share a key.
	ServiceName string
	Account     string
	// Timeout is how long one call of the Vault waits for the keyring, which may
	// ask for its password meanwhile; one minute if zero.
	Timeout time.Duration
	Backend Backend   // the keyring of the operating system if nil
	Rand    io.Reader // crypto/rand if nil
}

const defaultTimeout = time.Minute

// A sealed text is
//
//	version (1) | key ID (8) | nonce (12) | ciphertext and tag
//
// where the key ID is the beginning of the key's SHA-256, which tells a lost key
// from a damaged text. Version and key ID are authenticated with the caller's
// additional data.
const (
	version   = 1
	keySize   = 32 // AES-256
	keyIDSize = 8
	nonceSize = 12 // of GCM, https://doi.org/10.6028/NIST.SP.800-38D section 8.2.2
	header    = 1 + keyIDSize
)

// Vault implements service.Vault. It may be used by many goroutines at once.
type Vault struct {
	serviceName string
	account     string
	timeout     time.Duration
	backend     Backend
	rand        io.Reader

	// turn is held while the keyring works, also by a call whose caller has gone:
	// a second question never stands behind a first that nobody answered.
	turn chan struct{}
	// busy is held for one whole operation, and guards key.
	busy chan struct{}
	key  []byte // after the first success; nil before and after Close
}

var _ service.Vault = (*Vault)(nil)

// New makes a Vault. It asks the keyring nothing.
func New(c Config) (*Vault, error) {
	if c.ServiceName == "" || c.Account == "" {
		return nil, errors.New("keyring: the entry has no name")
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Backend == nil {
		c.Backend = system{}
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return &Vault{
		serviceName: c.ServiceName,
		account:     c.Account,
		timeout:     c.Timeout,
		backend:     c.Backend,
		rand:        c.Rand,
		turn:        make(chan struct{}, 1),
		busy:        make(chan struct{}, 1),
	}, nil
}

// Seal implements service.Vault. It asks the keyring each time, so that nothing
// is sealed under a key which the keyring lost meanwhile. It makes the key only
// if the keyring says that there is none, and never replaces one.
func (v *Vault) Seal(ctx context.Context, plain, aad []byte) ([]byte, error) {
	ctx, done, err := v.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	key, err := v.read(ctx)
	if errors.Is(err, ErrNotFound) {
		key, err = v.create(ctx)
	}
	if err != nil {
		return nil, explain(runtime.GOOS, err)
	}
	v.keep(key)
	nonce := make([]byte, nonceSize)
	if _, err := io.ReadFull(v.rand, nonce); err != nil {
		return nil, service.AsError(fmt.Errorf("keyring: nonce: %w", err))
	}
	gcm, err := newGCM(v.key)
	if err != nil {
		return nil, service.AsError(err)
	}
	sealed := make([]byte, 0, header+nonceSize+len(plain)+gcm.Overhead())
	sealed = append(sealed, version)
	sealed = append(sealed, keyID(v.key)...)
	bound := bind(sealed[:header], aad)
	sealed = append(sealed, nonce...)
	return gcm.Seal(sealed, nonce, plain, bound), nil
}

// Open implements service.Vault. A key that is gone is CodeKeyLost, and stays
// untouched: the keyring may bring it back.
func (v *Vault) Open(ctx context.Context, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < header+nonceSize+16 || sealed[0] != version {
		return nil, damaged(errors.New("keyring: not a sealed text of this version"))
	}
	ctx, done, err := v.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	id := sealed[1:header]
	if v.key == nil || !bytes.Equal(keyID(v.key), id) {
		key, err := v.read(ctx)
		if errors.Is(err, ErrNotFound) {
			return nil, keyLost(err)
		}
		if err != nil {
			return nil, explain(runtime.GOOS, err)
		}
		if !bytes.Equal(keyID(key), id) {
			clear(key)
			return nil, keyLost(errors.New("keyring: sealed under another key"))
		}
		v.keep(key)
	}
	gcm, err := newGCM(v.key)
	if err != nil {
		return nil, service.AsError(err)
	}
	plain, err := gcm.Open(nil, sealed[header:header+nonceSize], sealed[header+nonceSize:], bind(sealed[:header], aad))
	if err != nil {
		return nil, damaged(errors.New("keyring: the sealed text or what it is bound to was changed"))
	}
	return plain, nil
}

// Check implements service.Vault. Where there is no key yet it writes, reads and
// removes an entry beside it: that the keyring can be read does not prove that
// it keeps anything.
func (v *Vault) Check(ctx context.Context) error {
	ctx, done, err := v.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	key, err := v.read(ctx)
	if err == nil {
		v.keep(key)
		return nil
	}
	if !errors.Is(err, ErrNotFound) {
		return explain(runtime.GOOS, err)
	}
	const probe = "Cloud App Security looks whether this keyring keeps an entry."
	account := v.account + ".check"
	if err := v.set(ctx, account, probe); err != nil {
		return explain(runtime.GOOS, err)
	}
	got, err := v.get(ctx, account)
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && got != probe:
		return explain(runtime.GOOS, errNotKept)
	case err != nil:
		return explain(runtime.GOOS, err)
	}
	// What stays of the probe harms nobody.
	_ = v.call(ctx, func() error { return v.backend.Delete(v.serviceName, account) })
	return nil
}

// Remove takes the key out of the keyring: nothing that was sealed under it opens
// any more. It is no error if there is none.
func (v *Vault) Remove(ctx context.Context) error {
	ctx, done, err := v.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	clear(v.key)
	v.key = nil
	err = v.call(ctx, func() error { return v.backend.Delete(v.serviceName, v.account) })
	if err != nil && !errors.Is(err, ErrNotFound) {
		return explain(runtime.GOOS, err)
	}
	return nil
}

// Close forgets the key. The Vault can be used again, and then asks the keyring.
func (v *Vault) Close() {
	v.busy <- struct{}{}
	clear(v.key)
	v.key = nil
	<-v.busy
}

// keep remembers the key, which is the Vault's from now on.
func (v *Vault) keep(key []byte) {
	clear(v.key)
	v.key = key
}

// begin waits for the Vault and limits the operation.
func (v *Vault) begin(ctx context.Context) (context.Context, func(), error) {
	ctx, cancel := context.WithTimeoutCause(ctx, v.timeout, errNoAnswer)
	select {
	case v.busy <- struct{}{}:
		return ctx, func() { <-v.busy; cancel() }, nil
	case <-ctx.Done():
		defer cancel()
		return nil, nil, explain(runtime.GOOS, context.Cause(ctx))
	}
}

var (
	errNoAnswer  = errors.New("keyring: no answer in time")
	errNotKept   = errors.New("keyring: an entry was written, but is not there")
	errMalformed = errors.New("keyring: the entry is not a key")
	errPanicked  = errors.New("keyring: the keyring's client failed")
)

// read gives the key in the keyring, or ErrNotFound.
func (v *Vault) read(ctx context.Context) ([]byte, error) {
	text, err := v.get(ctx, v.account)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != keySize {
		return nil, errMalformed // without err, which quotes
	}
	return key, nil
}

// create puts a key into the keyring where there is none. The key which the
// Vault remembers, if it has one, is put back rather than replaced: it opens
// what was sealed before the entry went away. What counts is what the keyring
// gives back: where a prompt is dismissed go-keyring reports success, though
// nothing is kept.
func (v *Vault) create(ctx context.Context) ([]byte, error) {
	key := make([]byte, keySize)
	if v.key != nil {
		copy(key, v.key)
	} else if _, err := io.ReadFull(v.rand, key); err != nil {
		return nil, fmt.Errorf("keyring: make a key: %w", err)
	}
	if err := v.set(ctx, v.account, base64.StdEncoding.EncodeToString(key)); err != nil {
		clear(key)
		return nil, err
	}
	kept, err := v.read(ctx)
	if errors.Is(err, ErrNotFound) || err == nil && !bytes.Equal(kept, key) {
		err = errNotKept
	}
	clear(key)
	return kept, err
}

func (v *Vault) get(ctx context.Context, account string) (string, error) {
	var text string
	err := v.call(ctx, func() (err error) {
		got, err := v.backend.Get(v.serviceName, account)
		if err == nil {
			text = got
		}
		return err
	})
	if err != nil {
		return "", err // text may still be written to by a call that was left
	}
	return text, nil
}

func (v *Vault) set(ctx context.Context, account, text string) error {
	return v.call(ctx, func() error { return v.backend.Set(v.serviceName, account, text) })
}

// call runs one call of the keyring until it answers or the context ends. A
// call that is left goes on by itself, since the keyring can't be told to stop;
// the next one waits for it.
func (v *Vault) call(ctx context.Context, f func() error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case v.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	answer := make(chan error, 1)
	go func() {
		defer func() { <-v.turn }()
		defer func() {
			// go-keyring waits for a signal of D-Bus and reads it also when the
			// connection was closed instead.
			if recover() != nil {
				answer <- errPanicked
			}
		}()
		answer <- f()
	}()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// system is the keyring of the operating system.
type system struct{}

func (system) Get(service, account string) (string, error) { return gokeyring.Get(service, account) }
func (system) Set(service, account, secret string) error {
	return gokeyring.Set(service, account, secret)
}
func (system) Delete(service, account string) error { return gokeyring.Delete(service, account) }

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return cipher.NewGCM(block)
}

func keyID(key []byte) []byte {
	sum := sha256.Sum256(key)
	return sum[:keyIDSize]
}

// bind is the additional data: header, then the caller's. The header has one
// length, so that no two pairs give the same bytes.
func bind(head, aad []byte) []byte {
	return append(bytes.Clone(head), aad...)
}
