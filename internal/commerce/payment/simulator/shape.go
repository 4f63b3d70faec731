package simulator

import (
	"time"

	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// order is what a charge is asked for with.
type order struct {
	Key      string `json:"key"`
	Amount   int64  `json:"amount"`
	Means    string `json:"means"`
	Order    string `json:"order"`
	Shop     string `json:"shop"`
	Lang     string `json:"lang"`
	Capture  bool   `json:"capture"`
	Return   string `json:"return"`
	Frame    string `json:"frame,omitempty"` // the origin that may show the hosted page in a frame
	Deadline int64  `json:"deadline"`        // ms
	Saved    string `json:"saved"`
	Save     bool   `json:"save"`
	Holder   string `json:"holder"`
	Absent   bool   `json:"absent,omitempty"` // a saved card under a standing agreement: charged at once
}

// act is what is done to a charge.
type act struct {
	Key    string `json:"key"`
	Amount int64  `json:"amount,omitempty"`
}

// charge is the simulator's answer: all that it knows.
type charge struct {
	order
	Account  string   `json:"account"`
	Ref      string   `json:"ref"`
	URL      string   `json:"url"`
	State    string   `json:"state"`
	Reason   string   `json:"reason"`
	ThreeDS  string   `json:"three_ds"`
	Captured int64    `json:"captured"`
	Refunded int64    `json:"refunded"`
	Disputed int64    `json:"disputed"`
	Created  int64    `json:"created"`
	Card     card     `json:"card"`
	Slip     slip     `json:"slip"`
	Refunds  []refund `json:"refunds"`
}

type card struct {
	Brand       string `json:"brand"`
	Last4       string `json:"last4"`
	Expires     string `json:"expires"`
	Fingerprint string `json:"fingerprint"`
}

type slip struct {
	Store  string `json:"store"`
	Number string `json:"number"`
	Until  int64  `json:"until"`
	Paid   int64  `json:"paid"`
}

type refund struct {
	Ref    string `json:"ref"`
	Key    string `json:"key"`
	Amount int64  `json:"amount"`
	State  string `json:"state"`
	Due    int64  `json:"due"`
	Fails  bool   `json:"fails"`
}

// plain is the charge in the trade's words.
func (c charge) plain() provider.Charge {
	out := provider.Charge{Ref: c.Ref, Key: c.Key, State: provider.State(c.State), Means: provider.Means(c.Means), Amount: c.Amount,
		Captured: c.Captured, Refunded: c.Refunded, Reason: c.Reason, ThreeDS: provider.ThreeDS(c.ThreeDS),
		Card:  provider.CardDisplay{Brand: c.Card.Brand, Last4: c.Card.Last4, Expires: c.Card.Expires, Fingerprint: c.Card.Fingerprint},
		Saved: c.Saved, Holder: c.Holder}
	if out.State == provider.Open || out.State == provider.Declined {
		out.Saved = "" // asked for, and not kept yet
	}
	if c.Slip.Number != "" {
		out.Slip = provider.Slip{Store: c.Slip.Store, Number: c.Slip.Number, Until: time.UnixMilli(c.Slip.Until), Details: c.URL}
	}
	for _, r := range c.Refunds {
		out.Refunds = append(out.Refunds, provider.Refund{Ref: r.Ref, Key: r.Key, Amount: r.Amount, State: provider.RefundState(r.State)})
	}
	return out
}

// row is a row of the settlement.
type row struct {
	Account string `json:"account"`
	Ref     string `json:"ref"`
	Order   string `json:"order"`
	Kind    string `json:"kind"`
	Amount  int64  `json:"amount"`
	Fee     int64  `json:"fee"`
	Day     string `json:"day"`
	Payout  string `json:"payout"`
}

func (r row) plain() provider.Settled {
	kind := provider.SettledKind(r.Kind)
	switch kind {
	case provider.SettledCharge, provider.SettledRefund, provider.SettledChargeback:
	default:
		kind = provider.SettledOther
	}
	return provider.Settled{Ref: r.Ref, Kind: kind, Amount: r.Amount, Fee: r.Fee, Day: r.Day, Payout: r.Payout}
}
