package simulator

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// signature is the header that notices are signed in: "t=1763800000,v1=…".
const signature = "Paysim-Signature"

// tolerance is how old, or how early, a notice may be.
const tolerance = 5 * time.Minute

// words is a notice's body.
type words struct {
	ID   string `json:"id"`
	Ref  string `json:"ref"`
	Kind string `json:"kind"`
	At   int64  `json:"at"` // ms
}

// Notice checks news against the account's notice secret.
func (p *Provider) Notice(header func(name string) string, body []byte, now time.Time) (provider.Notice, error) {
	at, sig, ok := signed(header(signature))
	if !ok || !p.account.Notices.Signed(sig, []byte(strconv.FormatInt(at, 10)), []byte("."), body) {
		return provider.Notice{}, provider.ErrForged
	}
	if d := now.Sub(time.Unix(at, 0)); d > tolerance || d < -tolerance {
		return provider.Notice{}, provider.ErrForged
	}
	var w words
	if err := read(body, &w); err != nil || w.ID == "" {
		return provider.Notice{}, provider.ErrForged
	}
	return provider.Notice{ID: w.ID, Ref: w.Ref, Kind: w.Kind, At: time.UnixMilli(w.At)}, nil
}

// signed reads the header.
func signed(h string) (at int64, sig []byte, ok bool) {
	t, v, found := strings.Cut(h, ",")
	t, isT := strings.CutPrefix(t, "t=")
	v, isV := strings.CutPrefix(v, "v1=")
	if !found || !isT || !isV || len(h) > 200 {
		return 0, nil, false
	}
	at, err := strconv.ParseInt(t, 10, 64)
	if err != nil || at < 0 || strconv.FormatInt(at, 10) != t {
		return 0, nil, false
	}
	sig, err = hex.DecodeString(v)
	return at, sig, err == nil
}
