// Package bank brings the money that a bank's file tells of to the orders that wait for it.
//
// It guarantees that a file may be imported again and adds nothing; that purchasers' names are opened only to be compared, a
// bounded number at once, for that purpose and with an entry in the ledger; that nothing is paid before a member of staff says
// so; and that a deposit and its orders move in one transaction, forth and back. It refuses to pay an order twice, and to pay
// one by transfer that is paid another way.
package bank

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/bankfile"
	"github.com/noren-shop/noren/internal/commerce/payment/deposit"
)

// A Store opens transactions: *db.DB.
type Store interface {
	Read(ctx context.Context, s db.Scope, f func(db.Reader) error) error
	Write(ctx context.Context, s db.Scope, f func(*db.Tx) error) error
}

// A Mover moves an order with its payment, from the version that was seen.
type Mover func(ctx context.Context, tx *db.Tx, o id.Order, version int64) error

// Config is what the flow joins.
type Config struct {
	Store    Store
	Deposits *deposit.Service
	Orders   *order.Service
	Payment  *payment.Service
	Paid     Mover
	Unpaid   Mover
}

// A Flow is the use case.
type Flow struct{ Config }

// New makes the flow.
func New(c Config) *Flow { return &Flow{c} }

// The bounds of one matching. The vault's budget allows one member of staff 200 persons a minute.
const (
	maxWaiting = 500 // orders that are looked at, newest first
	maxNames   = 100 // of them whose names are compared
	maxOpen    = 80  // deposits whose payers are compared again
	tries      = 3   // when somebody imports at the same time
)

// A Result is what an import brought.
type Result struct {
	File    deposit.File
	Known   int  // rows that were there already
	Other   int  // rows that are not money in
	Unnamed bool // the names could not be compared: the vault is away, or said stop
	Counts  map[deposit.Verdict]int
}

// errMoved is an import at the same time.
var errMoved = fault.Conflict(fault.Text{
	Ja: "ほかの人が同時に取り込んでいます。少し待ってから、もう一度お試しください。",
	En: "Someone else is importing at the same time. Please wait a moment and try again.",
})

// Import reads a bank's file and stores what is new in it, with what each row seems to be for.
func (f *Flow) Import(ctx context.Context, s db.Scope, file io.Reader, c bankfile.Columns) (Result, error) {
	if !s.Actor.May(actor.EditOrders) {
		return Result{}, fault.Denied(fault.Text{Ja: "この操作をする権限がありません。", En: "You may not do this."})
	}
	var today time.Time
	if err := f.Store.Read(ctx, s, func(r db.Reader) error { today = i18n.Time(r.Now().UnixMilli()); return nil }); err != nil {
		return Result{}, err
	}
	read, err := bankfile.Read(file, today, c)
	if err != nil {
		return Result{}, err
	}
	for range tries {
		out, err := f.store(ctx, s, read)
		if err != errMoved {
			return out, err
		}
	}
	return Result{}, errMoved
}

// store looks up what is known, matches the rest, and writes it, if nobody has written in between.
func (f *Flow) store(ctx context.Context, s db.Scope, read bankfile.File) (Result, error) {
	keys := make([]deposit.Key32, len(read.Deposits))
	for i, d := range read.Deposits {
		keys[i] = deposit.KeyOf(d)
	}
	var known map[deposit.Key32][]deposit.Deposit
	apart := map[id.Order]bool{} // other deposits are thought to be for them
	err := f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		if known, err = f.Deposits.Known(ctx, r, keys); err != nil {
			return err
		}
		open, _, err := f.Deposits.List(ctx, r, deposit.Filter{States: []deposit.State{deposit.Open}, Limit: page.MaxLimit})
		for _, d := range open {
			for _, o := range d.Orders {
				apart[o] = true
			}
		}
		return err
	})
	if err != nil {
		return Result{}, err
	}
	fresh, err := f.fresh(ctx, s, read.Deposits, keys, known)
	if err != nil {
		return Result{}, err
	}
	out := Result{Known: len(read.Deposits) - len(fresh), Other: read.Other, Counts: map[deposit.Verdict]int{}}
	money := make([]deposit.Money, len(fresh))
	for i, d := range fresh {
		money[i] = deposit.Money{Amount: d.Amount, Payer: d.Payer}
	}
	waiting, unnamed, err := f.waiting(ctx, s, money, apart)
	if err != nil {
		return Result{}, err
	}
	out.Unnamed = unnamed
	rows := make([]deposit.Row, len(fresh))
	for i, found := range deposit.Match(money, waiting) {
		rows[i] = deposit.Row{Deposit: fresh[i], Found: found}
		out.Counts[found.Verdict]++
	}
	return out, f.Store.Write(ctx, s, func(tx *db.Tx) error {
		again, err := f.Deposits.Known(ctx, tx, keys)
		if err != nil {
			return err
		}
		for k := range again {
			if len(again[k]) != len(known[k]) {
				return errMoved
			}
		}
		out.File, err = f.Deposits.Import(ctx, tx, read, rows)
		return err
	})
}

// fresh are the rows that are not stored. Where some of the rows with one key are stored and some are not, the payers' names
// tell which: a bank without numbers or balances in its file leaves nothing else.
func (f *Flow) fresh(
	ctx context.Context, s db.Scope, rows []bankfile.Deposit, keys []deposit.Key32, known map[deposit.Key32][]deposit.Deposit,
) ([]bankfile.Deposit, error) {
	same := map[deposit.Key32][]bankfile.Deposit{}
	for i, d := range rows {
		same[keys[i]] = append(same[keys[i]], d)
	}
	var out []bankfile.Deposit
	var unclear []deposit.Deposit
	for k, list := range same {
		switch stored := known[k]; {
		case len(stored) == 0:
			out = append(out, list...)
		case len(stored) < len(list):
			unclear = append(unclear, stored...)
		}
	}
	if len(unclear) > 0 {
		var names map[id.Deposit]string
		err := f.Store.Read(ctx, s, func(r db.Reader) (err error) {
			names, err = f.Deposits.Payers(ctx, r, unclear)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("compare with known deposits: %w", err)
		}
		for k, list := range same {
			if stored := known[k]; len(stored) > 0 && len(stored) < len(list) {
				out = append(out, without(list, stored, names)...)
			}
		}
	}
	slices.SortFunc(out, func(a, b bankfile.Deposit) int { return a.Line - b.Line })
	return out, nil
}

// without leaves out as many rows of each name as are stored under it.
func without(list []bankfile.Deposit, stored []deposit.Deposit, names map[id.Deposit]string) (out []bankfile.Deposit) {
	have := map[string]int{}
	for _, d := range stored {
		have[names[d.ID]]++
	}
	for _, d := range list {
		if have[d.Payer] > 0 {
			have[d.Payer]--
			continue
		}
		out = append(out, d)
	}
	return out
}

// waiting are the orders that wait for a transfer, oldest first, with the names that are to be compared. apart are orders
// that other deposits were found for and that are not to be found again.
func (f *Flow) waiting(
	ctx context.Context, s db.Scope, money []deposit.Money, apart map[id.Order]bool,
) (_ []deposit.Waiting, unnamed bool, err error) {
	if len(money) == 0 {
		return nil, false, nil
	}
	var heads []order.Head
	err = f.Store.Read(ctx, s, func(r db.Reader) error {
		heads, err = f.heads(ctx, r, apart)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	out := make([]deposit.Waiting, len(heads))
	for i, h := range heads {
		out[i] = deposit.Waiting{Order: h.ID, Number: h.Number, Total: h.Total}
	}
	pick := choose(money, out)
	var names map[id.Order]order.Reading
	err = f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		names, err = f.Orders.Readings(ctx, r, pick)
		return err
	})
	if fault.Is(err, fault.KindUnavailable) || fault.Is(err, fault.KindTooMany) {
		return out, true, nil
	}
	for i := range out {
		n := names[out[i].Order]
		out[i].Name, out[i].Reading = n.Name, n.Furigana
	}
	return out, false, err
}

// heads are the waiting orders, oldest first.
func (f *Flow) heads(ctx context.Context, r db.Reader, apart map[id.Order]bool) (out []order.Head, err error) {
	filter := order.Filter{Queue: order.ToPay, Limit: page.MaxLimit}
	for seen := 0; seen < maxWaiting; {
		list, next, err := f.Orders.List(ctx, r, filter)
		if err != nil {
			return nil, err
		}
		for _, h := range list {
			if h.Payment == string(payment.BankTransfer) && !apart[h.ID] {
				out = append(out, h)
			}
		}
		if seen += len(list); next.IsZero() {
			break
		}
		filter.After = next
	}
	slices.Reverse(out)
	return out, nil
}

// choose says whose names are to be compared: orders of a sum that came first, then the newest.
func choose(money []deposit.Money, waiting []deposit.Waiting) (pick []id.Order) {
	sums := map[int64]bool{}
	for _, m := range money {
		sums[m.Amount] = true
	}
	for _, equal := range []bool{true, false} {
		for i := len(waiting) - 1; i >= 0 && len(pick) < maxNames; i-- {
			if sums[waiting[i].Total] == equal {
				pick = append(pick, waiting[i].Order)
			}
		}
	}
	return pick
}
