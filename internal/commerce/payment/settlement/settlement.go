// Package settlement compares what a provider says that it paid out with what a shop's charges say: every yen.
//
// It guarantees that each row of a day is matched, unknown or differing, that a charge which was paid out twice differs, and that what
// was taken and never paid out can be listed. It refuses to change a charge: the rows are the provider's word, the list is for people.
package settlement

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment/book"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// A Verdict of a row.
type Verdict string

// The verdicts.
const (
	Matched Verdict = "matched"
	Unknown Verdict = "unknown" // no charge of ours
	Differs Verdict = "differs" // another sum than ours, or once too often
	Other   Verdict = "other"   // a chargeback or a correction: for people to look at
)

// Label names the verdict.
func (v Verdict) Label(l i18n.Lang) string {
	switch v {
	case Unknown:
		return l.Pick("該当する注文がありません", "No order of ours")
	case Differs:
		return l.Pick("金額が一致しません", "The sums differ")
	case Other:
		return l.Pick("要確認(チャージバックなど)", "To be looked at (chargeback or correction)")
	}
	return l.Pick("一致", "Matches")
}

// A Row is what a provider paid out, and what of ours it is.
type Row struct {
	Provider provider.Name
	No       int64
	provider.Settled
	Charge   id.Charge
	Order    id.Order
	Verdict  Verdict
	Expected int64
}

// Ours is what is known of the charge that a row names.
type Ours struct {
	Charge   id.Charge
	Order    id.Order
	Captured int64
	Refunded int64
	PaidOut  int64 // by rows of other days
	Back     int64 // by rows of other days, positive
}

// Judge compares rows with what is known of their charges. The charge of a row is ours(row), nil where there is none.
func Judge(rows []provider.Settled, ours func(provider.Settled) *Ours) []Row {
	out := make([]Row, len(rows))
	for i, r := range rows {
		row := Row{No: int64(i + 1), Settled: r, Verdict: Matched}
		o := ours(r)
		if o != nil {
			row.Charge, row.Order = o.Charge, o.Order
		}
		switch {
		case r.Kind == provider.SettledChargeback, r.Kind == provider.SettledOther:
			row.Verdict = Other
		case o == nil:
			row.Verdict = Unknown
		case r.Kind == provider.SettledCharge:
			row.Expected = o.Captured - o.PaidOut
			o.PaidOut += r.Amount
		case r.Kind == provider.SettledRefund:
			// Refunds come one by one: none may go beyond what was given back.
			row.Expected = max(r.Amount, -(o.Refunded - o.Back))
			o.Back -= r.Amount
		}
		if o != nil && row.Verdict == Matched && row.Expected != r.Amount {
			row.Verdict = Differs
		}
		out[i] = row
	}
	return out
}

// A Run is one day's comparison.
type Run struct {
	Provider provider.Name
	Day      string
	Rows     int64
	Wrong    int64
	Amount   int64
	Fees     int64
	At       int64 // milliseconds
}

// A Service keeps the comparisons.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// Ours finds what is known of a row's charge; nil: nothing.
func (s *Service) Ours(ctx context.Context, r db.Reader, name provider.Name, row provider.Settled, day string) (*Ours, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	o, err := db.One(ctx, r, scanOurs, selectOurs, r.Shop(), string(name), row.Ref, row.Key, day)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find settled charge: %w", err)
	}
	return &o, nil
}

// Save stores a day's rows in place of what an earlier run of that day stored, and enters the difference in the journal of money.
func (s *Service) Save(ctx context.Context, tx *db.Tx, name provider.Name, day string, rows []Row) (Run, error) {
	run := Run{Provider: name, Day: day, Rows: int64(len(rows)), At: tx.NowMS()}
	if err := tx.Allow(actor.EditOrders); err != nil {
		return run, err
	}
	old, err := db.All(ctx, tx, scanRow, selectDay, tx.Shop(), string(name), day)
	if err != nil {
		return run, fmt.Errorf("read settlement: %w", err)
	}
	moved := map[id.Charge]*sums{}
	for _, r := range old {
		add(moved, r, -1)
	}
	if err := tx.Queue(deleteDay, tx.Shop(), string(name), day); err != nil {
		return run, fmt.Errorf("delete settlement: %w", err)
	}
	for _, r := range rows {
		add(moved, r, 1)
		run.Amount, run.Fees = run.Amount+r.Amount, run.Fees+r.Fee
		if r.Verdict != Matched {
			run.Wrong++
		}
		if err := tx.Queue(insertRow, tx.Shop(), string(name), day, r.No, r.Ref, string(r.Kind), r.Amount, r.Fee, r.Payout, r.Charge,
			r.Order, string(r.Verdict), r.Expected); err != nil {
			return run, fmt.Errorf("insert settlement: %w", err)
		}
	}
	for c, m := range moved {
		if err := book.Enter(tx,
			book.Entry{Order: m.order, Kind: book.PaidOut, Cause: int64(c), No: run.At, Debit: book.Bank, Credit: book.Provider,
				Amount: m.paid - m.fee},
			book.Entry{Order: m.order, Kind: book.FeeKept, Cause: int64(c), No: run.At, Debit: book.Fees, Credit: book.Provider,
				Amount: m.fee},
			book.Entry{Order: m.order, Kind: book.Chargeback, Cause: int64(c), No: run.At, Debit: book.Bank, Credit: book.Purchaser,
				Amount: m.chargeback}); err != nil {
			return run, err
		}
	}
	if _, err := tx.Exec(ctx, putRun, tx.Shop(), string(name), day, run.Rows, run.Wrong, run.Amount, run.Fees, run.At); err != nil {
		return run, fmt.Errorf("write settlement's run: %w", err)
	}
	return run, nil
}

// sums are what moved of one charge.
type sums struct {
	order                 id.Order
	paid, fee, chargeback int64
}

func add(to map[id.Charge]*sums, r Row, sign int64) {
	if r.Charge == 0 {
		return
	}
	m := to[r.Charge]
	if m == nil {
		m = &sums{order: r.Order}
		to[r.Charge] = m
	}
	m.fee += sign * r.Fee
	if r.Kind == provider.SettledChargeback {
		m.chargeback += sign * r.Amount
		m.paid += sign * r.Fee // its fee is kept from another payout
		return
	}
	m.paid += sign * r.Amount
}

// Runs are the newest comparisons.
func (s *Service) Runs(ctx context.Context, r db.Reader, limit int) ([]Run, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r, scanRun, selectRuns, r.Shop(), limit)
	if err != nil {
		return nil, fmt.Errorf("read settlement's runs: %w", err)
	}
	return list, nil
}

// Day is one day's rows.
func (s *Service) Day(ctx context.Context, r db.Reader, name provider.Name, day string) ([]Row, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r, scanRow, selectDay, r.Shop(), string(name), day)
	if err != nil {
		return nil, fmt.Errorf("read settlement: %w", err)
	}
	return list, nil
}

// A Missing charge was taken and is in no row.
type Missing struct {
	Charge   id.Charge
	Order    id.Order
	Provider provider.Name
	Captured int64
	Secured  int64 // milliseconds
}

// Missing lists charges that were secured before a moment and have not been paid out.
func (s *Service) Missing(ctx context.Context, r db.Reader, before int64, limit int) ([]Missing, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r, scanMissing, selectMissing, r.Shop(), before, limit)
	if err != nil {
		return nil, fmt.Errorf("read charges that were not paid out: %w", err)
	}
	return list, nil
}
