// Package secret holds values that must not be seen: tokens, passwords, digests of tokens.
//
// It guarantees that they print, log and marshal as a mask and compare in constant time, and that tokens come from the
// operating system's randomness. It refuses short tokens.
package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql/driver"
	"encoding/base64"
	"fmt"
	"log/slog"
)

const mask = "•••"

// A Text is a secret that a person typed: a password, a one-time code.
type Text struct{ s string }

// NewText wraps what was typed.
func NewText(s string) Text { return Text{s} }

// Reveal gives the bytes to the one owner that checks them.
func (t Text) Reveal() string { return t.s }

// Len counts bytes, for rules on length.
func (t Text) Len() int { return len(t.s) }

// Format prints a mask for every verb.
func (t Text) Format(f fmt.State, _ rune) { fmt.Fprint(f, mask) }

// MarshalText writes a mask.
func (t Text) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue logs a mask.
func (t Text) LogValue() slog.Value { return slog.StringValue(mask) }

// A Token is a random credential of 256 bits: a session, a reset link, a hand-over.
type Token struct{ s string }

// NewToken makes one.
func NewToken() Token {
	var b [32]byte
	rand.Read(b[:]) // never fails, by its documentation
	return Token{base64.RawURLEncoding.EncodeToString(b[:])}
}

// ParseToken takes what a client sent. Anything that is not a token becomes the empty one, which matches nothing.
func ParseToken(s string) Token {
	if b, err := base64.RawURLEncoding.DecodeString(s); err != nil || len(b) != 32 {
		return Token{}
	}
	return Token{s}
}

// Reveal gives the text for a cookie, a link or the vault's socket.
func (t Token) Reveal() string { return t.s }

// IsZero says that there is no token.
func (t Token) IsZero() bool { return t.s == "" }

// Digest is what may be stored of a token.
func (t Token) Digest() Digest {
	if t.s == "" {
		return Digest{}
	}
	return Digest(sha256.Sum256([]byte(t.s)))
}

// Cover hides another token under this one, so that what is stored of both (t's Digest and the cover) is useless without t.
// t must be new and be used for one cover only: it is a one-time pad.
func (t Token) Cover(other Token) []byte {
	b, err := base64.RawURLEncoding.DecodeString(other.s)
	if err != nil || len(b) != sha256.Size || t.s == "" {
		return nil
	}
	return t.pad(b)
}

// Uncover gives the token that Cover hid; the empty one for what is no cover.
func (t Token) Uncover(cover []byte) Token {
	if len(cover) != sha256.Size || t.s == "" {
		return Token{}
	}
	return Token{base64.RawURLEncoding.EncodeToString(t.pad(cover))}
}

func (t Token) pad(b []byte) []byte {
	p := sha256.Sum256([]byte("noren cover\x00" + t.s)) // not Digest, which is stored
	out := make([]byte, len(p))
	subtle.XORBytes(out, b, p[:])
	return out
}

// Format prints a mask for every verb.
func (t Token) Format(f fmt.State, _ rune) { fmt.Fprint(f, mask) }

// MarshalText writes a mask.
func (t Token) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue logs a mask.
func (t Token) LogValue() slog.Value { return slog.StringValue(mask) }

// A Digest is the SHA-256 of a token: enough to recognise it, useless to present.
type Digest [sha256.Size]byte

// IsZero says that there is no digest.
func (d Digest) IsZero() bool { return d == Digest{} }

// Equal compares in constant time; two zero digests are not equal.
func (d Digest) Equal(e Digest) bool {
	return !d.IsZero() && subtle.ConstantTimeCompare(d[:], e[:]) == 1
}

// Value stores it as bytes.
func (d Digest) Value() (driver.Value, error) { return d[:], nil }

// Scan reads it from bytes.
func (d *Digest) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(d) {
		return fmt.Errorf("scan digest: %T", src)
	}
	copy(d[:], b)
	return nil
}
