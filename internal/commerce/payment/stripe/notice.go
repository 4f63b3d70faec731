package stripe

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// Tolerance is how far a notice's time may be from ours.
const Tolerance = 5 * time.Minute

// Notice checks the Stripe-Signature header: t=SECONDS,v1=HEX[,v1=HEX…] over "SECONDS.BODY". While a secret is being replaced Stripe
// signs with both, so one that holds is enough. Schemes other than v1 are not looked at.
func (c *Client) Notice(header func(name string) string, body []byte, now time.Time) (provider.Notice, error) {
	at, sigs, err := signature(header("Stripe-Signature"))
	if err != nil {
		return provider.Notice{}, provider.ErrForged.Because(err)
	}
	good := false
	for _, sig := range sigs {
		good = c.account.Notices.Signed(sig, []byte(at), []byte("."), body) || good
	}
	if !good {
		return provider.Notice{}, provider.ErrForged.Because(fmt.Errorf("none of %d signatures holds", len(sigs)))
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > Tolerance {
		return provider.Notice{}, provider.ErrForged.Because(fmt.Errorf("the notice's time is not now"))
	}
	return read(body)
}

func signature(header string) (at string, sigs [][]byte, err error) {
	if len(header) > 4096 {
		return "", nil, fmt.Errorf("signature header of %d bytes", len(header))
	}
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			if at != "" {
				return "", nil, fmt.Errorf("two times")
			}
			at = value
		case "v1":
			if sig, err := hex.DecodeString(value); err == nil {
				sigs = append(sigs, sig)
			}
		}
	}
	if at == "" || len(sigs) == 0 {
		return "", nil, fmt.Errorf("no time or no signature")
	}
	return at, sigs, nil
}

// read takes from an event which charge it is about. The rest is Look's to say.
func read(body []byte) (provider.Notice, error) {
	var e struct {
		ID      string `json:"id"`
		Type    string `json:"type"`
		Created int64  `json:"created"`
		Data    struct {
			Object struct {
				ID     string            `json:"id"`
				Object string            `json:"object"`
				Meta   map[string]string `json:"metadata"`
				Intent expandable[none]  `json:"payment_intent"`
			} `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil || e.ID == "" {
		return provider.Notice{}, provider.ErrForged.Because(fmt.Errorf("no event of Stripe's: %w", err))
	}
	n := provider.Notice{ID: e.ID, Kind: e.Type, At: time.Unix(e.Created, 0)}
	switch o := e.Data.Object; o.Object {
	case "checkout.session", "payment_intent":
		n.Ref, n.Key = o.ID, o.Meta[metaKey]
	case "charge", "refund", "dispute":
		n.Ref, n.Key = o.Intent.ID, o.Meta[metaKey]
	}
	return n, nil
}
