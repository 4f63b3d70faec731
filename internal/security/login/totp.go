package login

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	totpPeriod = 30
	totpSkew   = 1
)

// NewTOTP makes an authenticator's secret, and its otpauth address.
func NewTOTP(issuer, label string) (key, address string) {
	b := make([]byte, 20)
	rand.Read(b)
	key = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
	q := url.Values{"secret": {key}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return key, "otpauth://totp/" + url.PathEscape(issuer+":"+label) + "?" + q.Encode()
}

// CheckTOTP says which time step a code belongs to. Steps up to last have been used, and do not count again.
func CheckTOTP(key, code string, now time.Time, last int64) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	current := now.Unix() / totpPeriod
	for s := current - totpSkew; s <= current+totpSkew; s++ {
		if s <= last {
			continue
		}
		want, err := hotp.GenerateCodeCustom(key, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return s, true
		}
	}
	return 0, false
}

// NewRecoveryCodes makes ten codes of 80 bits.
func NewRecoveryCodes() []string {
	out := make([]string, 10)
	for i := range out {
		b := make([]byte, 10)
		rand.Read(b)
		s := strings.ToLower(base32.StdEncoding.EncodeToString(b))
		out[i] = s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
	}
	return out
}

// FoldRecoveryCode is the code as it is compared, however it was typed.
func FoldRecoveryCode(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		if r >= 'a' && r <= 'z' || r >= '2' && r <= '7' {
			return r
		}
		return -1
	}, s)
}
