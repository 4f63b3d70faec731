package billing

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/tax"
)

// Settling is how long after a month's end it is closed, so that the facts of its last minutes are in.
const Settling = 3 * time.Hour

// Closes says whether a month may be closed at a moment.
func (m Month) Closes(now time.Time) bool {
	return now.UnixMilli() >= m.Next().First().MS()+Settling.Milliseconds()
}

// ToClose are shops whose month has ended, in the order of their ids after one of them, over all shops.
func (s *Service) ToClose(ctx context.Context, r db.Reader, after id.Shop) ([]id.Shop, error) {
	if err := r.Allow(actor.RunBilling); err != nil {
		return nil, err
	}
	ended := DayOf(r.Now().UnixMilli() - Settling.Milliseconds()).Month().Before()
	return db.All(ctx, r, scanShop, sqlToClose, after, ended)
}

// A Closing is what a month's closing is told.
type Closing struct {
	Month     Month
	Catalogue Catalogue
	Issuer    Issuer
	Rates     tax.Table
}

// Close ends the shop's month: what is not invoiced becomes an invoice, and fees of earlier invoices that were given back
// become a credit note, which is set off against what is open. It is done once; again, it does nothing.
func (s *Service) Close(ctx context.Context, tx *db.Tx, in Closing) error {
	if err := tx.Allow(actor.RunBilling); err != nil {
		return err
	}
	a, err := s.account(ctx, tx)
	if err != nil || a.NextMonth != in.Month || !in.Month.Closes(tx.Now()) || !in.Issuer.Ready() {
		return err
	}
	term, err := s.term(ctx, tx)
	if err != nil {
		return err
	}
	end := in.Month.Next().First()
	for i, st := range in.Catalogue.Stretches(in.Month, end, term) {
		_, err := enter(ctx, tx, Entry{Cause: "plan:" + strconv.FormatInt(int64(in.Month), 10) + ":" + strconv.Itoa(i), At: end.MS() - 1,
			Debit: Unbilled, Credit: Fees, Amount: st.Amount, Plan: st.Plan, From: st.From, Until: st.Until})
		if err != nil {
			return err
		}
	}
	loose, err := db.All(ctx, tx, scanEntry, sqlLoose, tx.Shop(), end.MS())
	if err != nil {
		return fmt.Errorf("read what is not invoiced: %w", err)
	}
	charges, returns := sort(loose)
	w := writer{s: s, a: &a, in: in, plan: Chosen(term.Choices, end-1), from: max(in.Month.First(), term.Started)}
	// The credit note comes first, so that what it gives back is set off against the new invoice, too.
	if err := w.credit(ctx, tx, returns); err != nil {
		return err
	}
	if err := w.invoice(ctx, tx, charges); err != nil {
		return err
	}
	if err := s.setOff(ctx, tx, nil); err != nil {
		return err
	}
	a.NextMonth = in.Month.Next()
	return s.save(ctx, tx, a)
}

// sort parts what is charged (with what was given back of it before it was ever invoiced) from what is given back of earlier
// invoices.
func sort(loose []Entry) (charges, returns []Entry) {
	here := map[int64]bool{}
	for _, e := range loose {
		if e.Debit == Unbilled {
			charges = append(charges, e)
			here[e.Subject] = e.Subject != 0
		}
	}
	for _, e := range loose {
		switch {
		case e.Debit == Unbilled:
		case here[e.Subject]:
			charges = append(charges, e)
		default:
			returns = append(returns, e)
		}
	}
	return charges, returns
}

// writer makes a closing's documents.
type writer struct {
	s    *Service
	a    *Account
	in   Closing
	plan string
	from Day
}

func (w *writer) document(tx *db.Tx, k Kind) Document {
	w.a.LastNumber++
	due := dueOf(w.a.Method, tx.Now())
	return Document{Number: w.a.LastNumber, Code: codeOf(tx.Shop(), w.a.LastNumber), Kind: k, Month: w.in.Month, Plan: w.plan,
		Made: tx.NowMS(), Due: due, State: Open,
		Body: Body{Issuer: w.in.Issuer, From: w.from, Until: w.in.Month.Next().First() - 1, Due: due, Method: w.a.Method}}
}

// dueOf is when an invoice is to be paid: at once by card, and by the end of its month by transfer.
func dueOf(m Method, now time.Time) int64 {
	if m == Card {
		return now.UnixMilli()
	}
	return DayOf(now.UnixMilli()).Month().Next().First().MS() - 1
}

// reminding is the hour of the day, in Japan, at which an unpaid invoice is looked at.
const reminding = 10 * int64(time.Hour/time.Millisecond)

func (w *writer) rates() tax.Rates {
	return w.in.Rates.On(i18n.Time(w.in.Month.Next().First().MS() - 1))
}

func (w *writer) invoice(ctx context.Context, tx *db.Tx, charges []Entry) error {
	lines := linesOf(w.in.Catalogue, charges)
	if len(lines) == 0 {
		return w.assign(ctx, tx, charges, -1) // all of it was given back: nothing to write, and done with
	}
	d := w.document(tx, Invoice)
	if err := d.Body.fill(lines, w.rates()); err != nil {
		return err
	}
	d.Next = d.Made
	if w.a.Method != Card {
		d.Next = d.Due + 1 + reminding
	}
	return w.write(ctx, tx, d, charges, Entry{Debit: Receivable, Credit: Unbilled})
}

func (w *writer) credit(ctx context.Context, tx *db.Tx, returns []Entry) error {
	if len(returns) == 0 {
		return nil
	}
	d := w.document(tx, CreditNote)
	turned := make([]Entry, len(returns))
	for i, e := range returns {
		e.Debit, e.Credit = e.Credit, e.Debit
		turned[i] = e
	}
	if err := d.Body.fill(linesOf(w.in.Catalogue, turned), w.rates()); err != nil {
		return err
	}
	var err error
	if d.Body.Corrects, err = w.s.corrects(ctx, tx, returns); err != nil {
		return err
	}
	return w.write(ctx, tx, d, returns, Entry{Debit: Unbilled, Credit: Receivable})
}

// corrects names the invoices that the fees stood on.
func (s *Service) corrects(ctx context.Context, tx *db.Tx, returns []Entry) (codes []string, err error) {
	seen := map[int64]bool{}
	for _, e := range returns {
		was, err := db.One(ctx, tx, scanEntry, sqlCause, tx.Shop(), "paid:"+strconv.FormatInt(e.Subject, 10))
		if err != nil {
			return nil, fmt.Errorf("find the fee that is given back: %w", err)
		}
		if was.Document <= 0 || seen[was.Document] {
			continue
		}
		seen[was.Document] = true
		d, err := selectDocument(ctx, tx, was.Document)
		if err != nil {
			return nil, err
		}
		codes = append(codes, d.Code+" ("+i18n.Time(d.Made).Format(time.DateOnly)+")")
	}
	return codes, nil
}

// write stores a document with its entry in the books, and says so.
func (w *writer) write(ctx context.Context, tx *db.Tx, d Document, of []Entry, move Entry) error {
	d.Total, d.Tax = d.Body.Statement.Total, d.Body.Statement.Tax
	d.ID = tx.NewID()
	if err := insertDocument(ctx, tx, d); err != nil {
		return fmt.Errorf("insert invoice: %w", err)
	}
	if err := w.assign(ctx, tx, of, d.ID); err != nil {
		return err
	}
	move.Cause, move.Amount, move.Document = "document:"+strconv.FormatInt(d.ID, 10), d.Total, d.ID
	if _, err := enter(ctx, tx, move); err != nil {
		return err
	}
	return outbox.Publish(tx, WasIssued, d.ID, Fact{Code: d.Code, Total: d.Total})
}

func (w *writer) assign(ctx context.Context, tx *db.Tx, of []Entry, document int64) error {
	for _, e := range of {
		if err := tx.Queue(sqlAssign, tx.Shop(), e.ID, document); err != nil {
			return err
		}
	}
	return nil
}

// setOff uses what the operator owes the shop for what the shop owes, oldest first. With a document, only for that one.
func (s *Service) setOff(ctx context.Context, tx *db.Tx, only *Document) error {
	open, err := db.All(ctx, tx, scanDocument, sqlOpen, tx.Shop())
	if err != nil {
		return fmt.Errorf("read open invoices: %w", err)
	}
	for i := range open {
		note := &open[i]
		if note.Kind != CreditNote {
			continue
		}
		for j := range open {
			bill := &open[j]
			if bill.Kind != Invoice || bill.State != Open || only != nil && only.ID != bill.ID {
				continue
			}
			n := min(note.Total-note.Applied, bill.ToPay())
			if n == 0 {
				continue
			}
			note.Applied, bill.Applied = note.Applied+n, bill.Applied+n
			for _, d := range []*Document{note, bill} {
				if done(d, tx.NowMS()) && d.Kind == Invoice {
					if err := outbox.Publish(tx, WasPaid, d.ID, Fact{Code: d.Code, Total: d.Total}); err != nil {
						return err
					}
				}
				if err := updateDocument(ctx, tx, *d); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// done marks a document as paid when nothing is left of it.
func done(d *Document, now int64) bool {
	left := d.ToPay()
	if d.Kind == CreditNote {
		left = d.Total - d.Applied
	}
	if left > 0 || d.State == Paid {
		return false
	}
	d.State, d.PaidAt, d.Next = Paid, now, 0
	return true
}
