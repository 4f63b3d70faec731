package secret

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
)

// A Pepper turns network addresses, cards' fingerprints and the like into digests that can be compared and counted, and that
// say nothing to who has the store without the pepper.
type Pepper struct{ key []byte }

// NewPepper takes the key that all nodes share: the vault's.
func NewPepper(key []byte) Pepper { return Pepper{append([]byte(nil), key...)} }

// RandomPepper is one of this process only, for what is never stored.
func RandomPepper() Pepper {
	key := make([]byte, sha256.Size)
	rand.Read(key) // never fails, by its documentation
	return Pepper{key}
}

// IsZero says that there is no key yet.
func (p Pepper) IsZero() bool { return len(p.key) == 0 }

// Digest is the keyed digest of a text, 24 hexadecimal digits; "" for no text or no key. what keeps kinds of texts apart.
func (p Pepper) Digest(what, text string) string {
	if text == "" || p.IsZero() {
		return ""
	}
	m := hmac.New(sha256.New, p.key)
	m.Write([]byte(what + "\x00" + text))
	return hex.EncodeToString(m.Sum(nil)[:12])
}

// Format prints a mask for every verb.
func (p Pepper) Format(f fmt.State, _ rune) { fmt.Fprint(f, mask) }

// LogValue logs a mask.
func (p Pepper) LogValue() slog.Value { return slog.StringValue(mask) }
