// Package keys holds the keys above all others: the one that wraps shops' keys, and the one that signs checkpoints.
//
// It guarantees that a wrapped key opens only with the label under which it was wrapped, that old wrappings open
// after a
// rotation until they are wrapped anew, and that a key file is of a regular file that only its owner may read. It
// refuses
// key files that others can read. The wrapping key may lie elsewhere: a Wrapper has the shape of an outside service.
package keys

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// A Wrapper wraps keys. An outside service (Vault transit, a cloud's KMS) fits it: what is wrapped names its key's
// version.
type Wrapper interface {
	// Wrap encrypts a key under the newest version. The label is bound to it.
	Wrap(ctx context.Context, key []byte, label string) ([]byte, error)
	// Unwrap decrypts what any version still held has wrapped.
	Unwrap(ctx context.Context, wrapped []byte, label string) ([]byte, error)
	// Current says whether the newest version wrapped it; if not, it should be wrapped anew.
	Current(wrapped []byte) bool
}

// ErrUnwrap is every reason for which a wrapped key does not open.
var ErrUnwrap = errors.New("wrapped key does not open")

// Ring is a Wrapper whose keys are in memory: from a file, or made for a test.
type Ring struct{ versions map[uint32]version }

type version struct {
	secret []byte
	aead   cipher.AEAD
}

const keySize = 32

// NewRing makes a ring of one fresh key.
func NewRing() (*Ring, error) {
	r := &Ring{map[uint32]version{}}
	return r, r.Rotate()
}

// Rotate adds a fresh key, which wraps from now on.
func (r *Ring) Rotate() error {
	b := make([]byte, keySize)
	rand.Read(b)
	return r.add(r.newest()+1, b)
}

func (r *Ring) newest() uint32 {
	n := uint32(0)
	for v := range r.versions {
		n = max(n, v)
	}
	return n
}

func (r *Ring) add(no uint32, secret []byte) error {
	if len(secret) != keySize || r.versions[no].aead != nil || no == 0 {
		return errors.New("key ring: malformed or repeated key")
	}
	sub, err := hkdf.Key(sha256.New, secret, nil, "noren wrap 1", keySize)
	if err != nil {
		return fmt.Errorf("derive wrapping key: %w", err)
	}
	block, err := aes.NewCipher(sub)
	if err != nil {
		return fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return fmt.Errorf("make cipher: %w", err)
	}
	r.versions[no] = version{secret, aead}
	return nil
}

// Wrap encrypts under the newest key: version (uint32) ‖ nonce ‖ ciphertext.
func (r *Ring) Wrap(_ context.Context, key []byte, label string) ([]byte, error) {
	no := r.newest()
	aead := r.versions[no].aead
	out := binary.BigEndian.AppendUint32(nil, no)
	out = append(out, make([]byte, aead.NonceSize())...)
	rand.Read(out[4:])
	return aead.Seal(out, out[4:], key, []byte(label)), nil
}

// Unwrap decrypts.
func (r *Ring) Unwrap(_ context.Context, wrapped []byte, label string) ([]byte, error) {
	if len(wrapped) < 4 {
		return nil, ErrUnwrap
	}
	v, ok := r.versions[binary.BigEndian.Uint32(wrapped)]
	if !ok || len(wrapped) < 4+v.aead.NonceSize() {
		return nil, ErrUnwrap
	}
	nonce := wrapped[4 : 4+v.aead.NonceSize()]
	key, err := v.aead.Open(nil, nonce, wrapped[4+len(nonce):], []byte(label))
	if err != nil {
		return nil, ErrUnwrap
	}
	return key, nil
}

// Current says whether the newest key wrapped it.
func (r *Ring) Current(wrapped []byte) bool {
	return len(wrapped) >= 4 && binary.BigEndian.Uint32(wrapped) == r.newest()
}

// Derive gives key material of one use (a MAC's, a pepper's) that depends on the oldest key, and so survives rotations.
func (r *Ring) Derive(use string, size int) ([]byte, error) {
	oldest := r.newest()
	for v := range r.versions {
		oldest = min(oldest, v)
	}
	return hkdf.Key(sha256.New, r.versions[oldest].secret, nil, "noren derive 1 "+use, size)
}

// A Signer signs checkpoints.
type Signer struct{ key ed25519.PrivateKey }

// NewSigner makes one.
func NewSigner() (*Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	return &Signer{key}, nil
}

// Public is the key that verifiers hold.
func (s *Signer) Public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

// Sign signs.
func (s *Signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.key, message), nil }
