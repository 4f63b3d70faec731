package billing

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
)

// maxAsks bounds an owner's tries at one invoice in a day.
const maxAsks = 5

// Charges are the attempts at an invoice.
func (s *Service) Charges(ctx context.Context, r db.Reader, document int64) ([]Charge, error) {
	if err := r.Allow(actor.PayBills); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanCharge, sqlCharges, r.Shop(), document)
}

// PendingCharges are the attempts whose end is not known, over all shops: a process died, or the provider was away.
func (s *Service) PendingCharges(ctx context.Context, r db.Reader) ([]Place, error) {
	if err := r.Allow(actor.RunBilling); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanPlace, sqlPending)
}

// BeginCharge says which attempt at an invoice to ask the provider for: the one whose end is not known yet, or a new one. There
// is never more than one at a time, so that nobody is charged twice.
func (s *Service) BeginCharge(ctx context.Context, tx *db.Tx, document int64, why Why) (Charge, error) {
	if err := tx.Allow(actor.PayBills); err != nil {
		return Charge{}, err
	}
	d, err := selectDocument(ctx, tx, document)
	if err != nil {
		return Charge{}, err
	}
	list, err := db.All(ctx, tx, scanCharge, sqlCharges, tx.Shop(), document)
	if err != nil {
		return Charge{}, fmt.Errorf("read charges: %w", err)
	}
	asks := 0
	for _, c := range list {
		if c.State == Pending {
			return c, nil
		}
		if c.Why == Asked && c.Made > tx.NowMS()-dayMS {
			asks++
		}
	}
	a, err := s.account(ctx, tx)
	if err != nil {
		return Charge{}, err
	}
	switch {
	case d.Kind != Invoice || d.State != Open || d.ToPay() <= 0:
		return Charge{}, ErrSettled
	case !a.HasCard():
		return Charge{}, ErrNoCard
	case why == Asked && asks >= maxAsks:
		return Charge{}, ErrAsks
	case why == Scheduled && (d.Next == 0 || d.Next > tx.NowMS()):
		return Charge{}, ErrNotDue
	}
	c := Charge{Document: document, Attempt: int64(len(list)) + 1, Why: why, Amount: d.ToPay(), Saved: a.Saved, Holder: a.Holder,
		State: Pending, Made: tx.NowMS()}
	v, err := db.Insert(tx, func(v id.Job) (int64, error) {
		return tx.Exec(ctx, sqlPutCharge, tx.Shop(), v, document, c.Attempt, string(why), c.Amount, c.Saved, c.Holder, c.Made)
	})
	c.ID = int64(v)
	return c, err
}

// The ends of BeginCharge that callers branch on.
var (
	ErrNoCard = errors.New("no card to charge")
	ErrNotDue = errors.New("not due yet")
)

// A Result is what the provider said of an attempt.
type Result struct {
	State  ChargeState // Captured or Declined
	Ref    string
	Reason string
}

// EndCharge enters an attempt's result, once. suspend says that it was the schedule's last.
func (s *Service) EndCharge(ctx context.Context, tx *db.Tx, charge int64, res Result) (suspend bool, err error) {
	if err := tx.Allow(actor.RunBilling); err != nil {
		return false, err
	}
	c, err := db.One(ctx, tx, scanCharge, sqlCharge, tx.Shop(), charge)
	if err != nil {
		return false, fmt.Errorf("read charge: %w", err)
	}
	n, err := tx.Exec(ctx, sqlDone, tx.Shop(), charge, string(res.State), res.Ref, res.Reason, tx.NowMS())
	if err != nil || n == 0 {
		return false, err
	}
	d, err := selectDocument(ctx, tx, c.Document)
	if err != nil {
		return false, err
	}
	if res.State == Captured {
		return false, s.receive(ctx, tx, d, ByCard, c.Amount, "charge:"+strconv.FormatInt(charge, 10))
	}
	if c.Why == Asked {
		return false, outbox.Publish(tx, WasDeclined, d.ID, Fact{Code: d.Code, Total: d.ToPay(), Step: -1, By: res.Reason})
	}
	suspend, err = s.advance(ctx, tx, &d)
	if err != nil {
		return false, err
	}
	return suspend, outbox.Publish(tx, WasDeclined, d.ID, Fact{Code: d.Code, Total: d.ToPay(), Step: d.Step, Next: d.Next, By: res.Reason})
}

// receive enters money that came for an invoice.
func (s *Service) receive(ctx context.Context, tx *db.Tx, d Document, account string, amount int64, cause string) error {
	n, err := enter(ctx, tx, Entry{Cause: cause, Debit: account, Credit: Receivable, Amount: amount, Document: d.ID})
	if err != nil || n == 0 {
		return err
	}
	d.Paid += amount
	if done(&d, tx.NowMS()) {
		if err := outbox.Publish(tx, WasPaid, d.ID, Fact{Code: d.Code, Total: d.Total, By: account}); err != nil {
			return err
		}
	}
	return updateDocument(ctx, tx, d)
}

// advance moves an unpaid invoice to its next step, and says when there is none left.
func (s *Service) advance(ctx context.Context, tx *db.Tx, d *Document) (last bool, err error) {
	steps := Steps()
	if d.Base == 0 {
		d.Base = tx.NowMS()
	}
	d.Step++
	d.Next = 0
	if d.Step < int64(len(steps)) {
		d.Next = max(d.Base+steps[d.Step]*dayMS, tx.NowMS()+int64(time.Minute/time.Millisecond))
	}
	return d.Next == 0, updateDocument(ctx, tx, *d)
}

// Remind goes the next step with an invoice that is paid by transfer: a letter, or, after the last, suspension. One that is not
// due yet, because its shop has turned from card to transfer, waits for its date.
func (s *Service) Remind(ctx context.Context, tx *db.Tx, document int64) (suspend bool, err error) {
	if err := tx.Allow(actor.RunBilling); err != nil {
		return false, err
	}
	d, err := selectDocument(ctx, tx, document)
	if err != nil || d.State != Open || d.Next == 0 || d.Next > tx.NowMS() {
		return false, err
	}
	if due := dueOf(Transfer, time.UnixMilli(d.Made)); d.Step == 0 && tx.NowMS() <= due {
		d.Due, d.Next = due, due+1+reminding
		return false, updateDocument(ctx, tx, d)
	}
	suspend, err = s.advance(ctx, tx, &d)
	if err != nil {
		return false, err
	}
	return suspend, outbox.Publish(tx, WasReminded, d.ID, Fact{Code: d.Code, Total: d.ToPay(), Step: d.Step, Next: d.Next})
}

// Received enters a transfer that the operator found at the bank. While a card is being charged it is refused.
func (s *Service) Received(ctx context.Context, tx *db.Tx, document int64) error {
	if err := tx.Allow(actor.OperateShops); err != nil {
		return err
	}
	d, err := selectDocument(ctx, tx, document)
	if err != nil {
		return err
	}
	if d.Kind != Invoice || d.State != Open || d.ToPay() <= 0 {
		return ErrSettled
	}
	list, err := db.All(ctx, tx, scanCharge, sqlCharges, tx.Shop(), document)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.State == Pending {
			return ErrBusy
		}
	}
	return s.receive(ctx, tx, d, ByTransfer, d.ToPay(), "transfer:"+strconv.FormatInt(document, 10))
}
