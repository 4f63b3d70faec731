package book

import (
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
)

// A Row is money that moved: what the settlement lists.
type Row struct {
	Account string `json:"account"`
	Ref     string `json:"ref"`
	Order   string `json:"order"`
	Kind    string `json:"kind"`   // charge, refund, chargeback
	Amount  int64  `json:"amount"` // yen, positive to the merchant
	Fee     int64  `json:"fee"`    // what the company keeps
	Day     string `json:"day"`    // JST
	Payout  string `json:"payout"` // empty until it is paid out
}

// Day is a moment's day in Japan.
func Day(t time.Time) string { return t.In(i18n.Zone()).Format(time.DateOnly) }

// book writes a row.
func (b *Book) book(c *Charge, kind string, amount, fee int64) {
	r := &Row{Account: c.Account, Ref: c.Ref, Order: c.Order, Kind: kind, Amount: amount, Fee: fee, Day: Day(b.now())}
	b.rows = append(b.rows, r)
	b.save(entry{Row: r})
}

// Settle pays out what is not paid out yet, today's too: one payout for each account and day. It says how many rows that were.
func (b *Book) Settle() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settle(Day(b.now()))
}

// settle pays out up to that day.
func (b *Book) settle(upTo string) int {
	n := 0
	made := map[string]string{}
	for i, r := range b.rows {
		if r.Payout != "" || r.Day > upTo {
			continue
		}
		k := r.Account + r.Day
		if made[k] == "" {
			made[k] = "po_" + strings.ReplaceAll(r.Day, "-", "") + "_" + name("")[1:7]
		}
		r.Payout = made[k]
		n++
		b.save(entry{Paid: &paid{i, r.Payout}})
	}
	return n
}

// Settlement lists an account's rows of a day that were paid out. A day that is over is paid out by itself.
func (b *Book) Settlement(account, of string) ([]Row, error) {
	if _, err := time.Parse(time.DateOnly, of); err != nil {
		return nil, fault.Invalid("day", fault.Text{Ja: "日付は2026-11-22の形です。", En: "A day looks like 2026-11-22."})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.sorted {
		if c.waits() {
			b.advance(c)
		}
	}
	b.settle(Day(b.now().AddDate(0, 0, -1)))
	out := []Row{}
	for _, r := range b.rows {
		if r.Account == account && r.Day == of && r.Payout != "" {
			out = append(out, *r)
		}
	}
	return out, nil
}

// Rows lists every account's newest rows, for the dashboard.
func (b *Book) Rows(limit int) []Row {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Row{}
	for i := len(b.rows) - 1; i >= 0 && len(out) < limit; i-- {
		out = append(out, *b.rows[i])
	}
	return out
}
