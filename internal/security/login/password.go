// Package login verifies what people show to prove who they are: passwords, one-time codes, passkeys.
//
// It guarantees argon2id with bounded memory in use at once, that a verification of an unknown account takes as long
// as of
// a known one, that a one-time code counts once, and that a passkey answers only to the page it was made for. It keeps
// nothing: the vault stores what it returns. It refuses passwords that are short, common, or hold the log-in id.
package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Cost is argon2id's.
type Cost struct {
	MemoryKiB uint32
	Time      uint32
	Threads   uint8
}

// DefaultCost is 19 MiB, two passes, one lane (some 50 ms).
func DefaultCost() Cost { return Cost{19 << 10, 2, 1} }

const (
	saltSize = 16
	hashSize = 32
)

// A Hasher makes and checks password verifiers, a few at a time.
type Hasher struct {
	cost  Cost
	slots chan struct{}
	dummy string
}

// NewHasher bounds how many verifications run at once, and so their memory.
func NewHasher(cost Cost, atOnce int) (*Hasher, error) {
	h := &Hasher{cost: cost, slots: make(chan struct{}, atOnce)}
	salt := make([]byte, saltSize)
	rand.Read(salt)
	h.dummy = h.format(salt, make([]byte, hashSize)) // whose password nobody can find
	if _, _, _, err := parseVerifier(h.dummy); err != nil {
		return nil, fmt.Errorf("password cost out of range: %w", err)
	}
	return h, nil
}

// Hash makes a verifier in PHC form.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	key, err := h.derive(ctx, password, salt, h.cost)
	if err != nil {
		return "", err
	}
	return h.format(salt, key), nil
}

func (h *Hasher) format(salt, key []byte) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.cost.MemoryKiB, h.cost.Time, h.cost.Threads, enc.EncodeToString(salt), enc.EncodeToString(key))
}

func (h *Hasher) derive(ctx context.Context, password string, salt []byte, c Cost) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), salt, c.Time, c.MemoryKiB, c.Threads, hashSize), nil
}

// Verify checks a password. With an empty verifier (no such account) it does the same work and says no.
func (h *Hasher) Verify(ctx context.Context, verifier, password string) (bool, error) {
	known := verifier != ""
	if !known {
		verifier = h.dummy
	}
	cost, salt, want, err := parseVerifier(verifier)
	if err != nil {
		return false, err
	}
	got, err := h.derive(ctx, password, salt, cost)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

// Stale says whether a verifier was made at another cost and should be made anew at the next log-in.
func (h *Hasher) Stale(verifier string) bool {
	cost, _, _, err := parseVerifier(verifier)
	return err != nil || cost != h.cost
}

var errVerifier = errors.New("malformed password verifier")

func parseVerifier(s string) (c Cost, salt, key []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return c, nil, nil, errVerifier
	}
	var v int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &v); err != nil || v != argon2.Version {
		return c, nil, nil, errVerifier
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Time, &c.Threads); err != nil {
		return c, nil, nil, errVerifier
	}
	if c.MemoryKiB < 8 || c.MemoryKiB > 1<<20 || c.Time == 0 || c.Time > 16 || c.Threads == 0 || c.Threads > 8 {
		return c, nil, nil, errVerifier
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(salt) != saltSize {
		return c, nil, nil, errVerifier
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(key) != hashSize {
		return c, nil, nil, errVerifier
	}
	return c, salt, key, nil
}

// The rules' codes, for which the client has texts.
const (
	TooShort  = "password short"
	TooLong   = "password long"
	TooCommon = "password common"
	HoldsName = "password login"
)

// Rule names the rule that a new password breaks, or gives "".
func Rule(password, loginID string) string {
	if utf8.RuneCountInString(password) < 10 {
		return TooShort
	}
	if len(password) > 1024 {
		return TooLong
	}
	low := strings.ToLower(password)
	if isCommon(low) {
		return TooCommon
	}
	name, _, _ := strings.Cut(strings.ToLower(loginID), "@")
	if len(name) >= 4 && strings.Contains(low, name) {
		return HoldsName
	}
	return ""
}

// isCommon knows runs, repetitions and the words that lists of leaked passwords begin with, alone or with digits
// around.
func isCommon(low string) bool {
	distinct := map[rune]bool{}
	for _, r := range low {
		distinct[r] = true
	}
	if len(distinct) < 4 {
		return true
	}
	for _, run := range []string{"01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm",
		"1qaz2wsx3edc4rfv5tgb6yhn", "1q2w3e4r5t6y7u8i9o0p"} {
		if strings.Contains(run, low) {
			return true
		}
	}
	core := strings.Trim(low, "0123456789!@#$%&*._- ")
	for _, word := range strings.Fields(commonWords) {
		if core == word || core == word+word {
			return true
		}
	}
	return false
}

const commonWords = `password passw0rd pass admin administrator welcome letmein qwerty qwertyuiop iloveyou sunshine princess
	football baseball monkey dragon master shadow superman batman trustno1 login secret changeme default guest test testtest
	abc abcd abcde abcdef abc123 asdf asdfgh asdfghjkl zxcvbn zxcvbnm sakura doraemon pokemon nintendo arashi takahashi
	yamada tanaka suzuki sato watanabe hello helloworld whatever computer internet google michael jennifer jordan summer
	winter spring autumn january february tokyo osaka kyoto japan nihon noren onlineshop mypassword passwordpassword`
