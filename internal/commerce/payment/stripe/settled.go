package stripe

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// Settled lists every row of the automatic payouts that arrive on a day. Stripe does not say what is in a payout that someone made
// by hand, so the account's payouts must be automatic; a manual one is a row of its own, whole, of kind other.
func (c *Client) Settled(ctx context.Context, day string) ([]provider.Settled, error) {
	from, err := time.ParseInLocation("2006-01-02", day, i18n.Zone())
	if err != nil {
		return nil, fmt.Errorf("read day %q: %w", day, err)
	}
	q := url.Values{}
	q.Set("arrival_date[gte]", fmt.Sprint(from.Unix()))
	q.Set("arrival_date[lt]", fmt.Sprint(from.AddDate(0, 0, 1).Unix()))
	var payouts []payout
	if err := each(ctx, c, "/v1/payouts", q, 10, func(p payout) bool {
		if p.Status != "failed" && p.Status != "canceled" {
			payouts = append(payouts, p)
		}
		return true
	}); err != nil {
		return nil, fmt.Errorf("list payouts: %w", err)
	}
	var out []provider.Settled
	for _, p := range payouts {
		if !p.Automatic {
			out = append(out, provider.Settled{Kind: provider.SettledOther, Amount: p.Amount, Day: day, Payout: p.ID})
			continue
		}
		q := url.Values{"payout": {p.ID}, "expand[]": {"data.source"}}
		if err := each(ctx, c, "/v1/balance_transactions", q, 1000, func(t transaction) bool {
			if t.Type != "payout" { // the transfer itself
				out = append(out, row(t, p.ID))
			}
			return true
		}); err != nil {
			return nil, fmt.Errorf("list payout's rows: %w", err)
		}
	}
	return out, nil
}

func row(t transaction, payout string) provider.Settled {
	s := provider.Settled{Kind: kind(t), Amount: t.Amount, Fee: t.Fee, Day: time.Unix(t.Available, 0).In(i18n.Zone()).Format("2006-01-02"), Payout: payout}
	if src := t.Source.Obj; src != nil {
		s.Ref, s.Key = src.Intent.ID, src.Meta[metaKey]
		if ch := src.Charge.Obj; ch != nil && s.Ref == "" {
			s.Ref, s.Key = ch.Intent.ID, ch.Meta[metaKey]
		}
	}
	return s
}

// kind goes by Stripe's reporting categories. What an authorisation's uncaptured rest takes back belongs to its charge.
func kind(t transaction) provider.SettledKind {
	switch t.Category {
	case "charge", "partial_capture_reversal", "charge_failure":
		return provider.SettledCharge
	case "refund", "refund_failure":
		return provider.SettledRefund
	case "dispute", "dispute_reversal":
		return provider.SettledChargeback
	}
	return provider.SettledOther
}
