package secret

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Sign is the HMAC-SHA256 of the parts, joined, under this secret: how payment providers and webhooks sign what they send.
func (t Text) Sign(parts ...[]byte) []byte {
	m := hmac.New(sha256.New, []byte(t.s))
	for _, p := range parts {
		m.Write(p)
	}
	return m.Sum(nil)
}

// Signed says in constant time whether sig is Sign of the parts. An empty secret signs nothing.
func (t Text) Signed(sig []byte, parts ...[]byte) bool {
	return t.s != "" && hmac.Equal(sig, t.Sign(parts...))
}
