package bank

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/deposit"
)

// An Item is a deposit as staff look at it.
type Item struct {
	deposit.Deposit
	Payer string // in the clear, for this one answer
	For   []order.Head
}

// Sum is what its orders come to.
func (i Item) Sum() (n int64) {
	for _, h := range i.For {
		n += h.Total
	}
	return n
}

// Items are deposits with their orders, and their payers, opened for the matching of payments. away says why there are no
// names.
func (f *Flow) Items(ctx context.Context, s db.Scope, filter deposit.Filter) (items []Item, next page.Cursor, away, err error) {
	var list []deposit.Deposit
	err = f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		if list, next, err = f.Deposits.List(ctx, r, filter); err != nil {
			return err
		}
		items, err = f.items(ctx, r, list)
		return err
	})
	if err != nil {
		return nil, next, nil, err
	}
	away, err = f.payers(ctx, s, items)
	return items, next, away, err
}

// Past are the deposits that were decided, with their orders and without names, newest first.
func (f *Flow) Past(ctx context.Context, s db.Scope, after page.Cursor) (items []Item, next page.Cursor, err error) {
	err = f.Store.Read(ctx, s, func(r db.Reader) error {
		var list []deposit.Deposit
		filter := deposit.Filter{States: []deposit.State{deposit.Applied, deposit.Ignored}, After: after}
		if list, next, err = f.Deposits.List(ctx, r, filter); err != nil {
			return err
		}
		items, err = f.items(ctx, r, list)
		return err
	})
	return items, next, err
}

// Item is one of them, with its history.
func (f *Flow) Item(ctx context.Context, s db.Scope, n id.Deposit) (item Item, history []deposit.Event, away, err error) {
	var items []Item
	err = f.Store.Read(ctx, s, func(r db.Reader) error {
		d, err := f.Deposits.Get(ctx, r, n)
		if err != nil {
			return err
		}
		if history, err = f.Deposits.History(ctx, r, n); err != nil {
			return err
		}
		items, err = f.items(ctx, r, []deposit.Deposit{d})
		return err
	})
	if err != nil {
		return Item{}, nil, nil, err
	}
	away, err = f.payers(ctx, s, items)
	return items[0], history, away, err
}

func (f *Flow) items(ctx context.Context, r db.Reader, list []deposit.Deposit) ([]Item, error) {
	items := make([]Item, len(list))
	for i, d := range list {
		items[i].Deposit = d
		for _, o := range d.Orders {
			found, err := f.Orders.Get(ctx, r, o)
			if err != nil {
				return nil, err
			}
			items[i].For = append(items[i].For, found.Head)
		}
	}
	return items, nil
}

func (f *Flow) payers(ctx context.Context, s db.Scope, items []Item) (away, err error) {
	list := make([]deposit.Deposit, len(items))
	for i, it := range items {
		list[i] = it.Deposit
	}
	if len(list) == 0 {
		return nil, nil
	}
	var names map[id.Deposit]string
	err = f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		names, err = f.Deposits.Payers(ctx, r, list)
		return err
	})
	if fault.Is(err, fault.KindUnavailable) || fault.Is(err, fault.KindTooMany) {
		return err, nil
	}
	for i := range items {
		items[i].Payer = names[items[i].ID]
	}
	return nil, err
}

// Again compares the newest open deposits once more with the orders that wait now.
func (f *Flow) Again(ctx context.Context, s db.Scope) error {
	items, _, away, err := f.Items(ctx, s, deposit.Filter{States: []deposit.State{deposit.Open}, Limit: maxOpen})
	if err != nil {
		return err
	}
	if away != nil {
		return away
	}
	money := make([]deposit.Money, len(items))
	for i, it := range items {
		money[len(items)-1-i] = deposit.Money{Amount: it.Amount, Payer: it.Payer} // oldest first
	}
	waiting, unnamed, err := f.waiting(ctx, s, money, nil)
	if err != nil {
		return err
	}
	if unnamed {
		return ErrUnnamed
	}
	found := deposit.Match(money, waiting)
	return f.Store.Write(ctx, s, func(tx *db.Tx) error {
		for i, it := range items {
			if err := f.Deposits.Propose(ctx, tx, it.ID, it.Version, found[len(items)-1-i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// The faults of decisions.
var (
	ErrUnnamed = fault.Unavailable(fault.Text{
		Ja: "ただいまお名前を照合できません（個人情報の保管庫に接続できないか、短い時間に多くの方の情報を開きました）。少し待ってから、もう一度お試しください。",
		En: "Names cannot be compared now: the store of personal data is away, or many persons were opened in a short time. Please try again a little later.",
	})
	ErrNotTransfer = fault.Invalid("number", fault.Text{
		Ja: "この注文は銀行振込ではありません。お支払い方法を確かめてください。",
		En: "This order is not paid by bank transfer. Please check how it is paid.",
	})
	ErrNumber = fault.Invalid("number", fault.Text{Ja: "この番号の注文は見つかりません。", En: "There is no order of this number."})
	ErrPaid   = fault.Conflict(fault.Text{
		Ja: "この注文はもう入金待ちではありません。注文のページで状態を確かめてください。",
		En: "This order does not wait to be paid any more. Please look at its page.",
	})
	ErrNoOrder = fault.Invalid("orders", fault.Text{Ja: "どの注文の入金かを選んでください。", En: "Choose the order that this is for."})
	ErrShipped = fault.Conflict(fault.Text{
		Ja: "この入金で支払われた注文は、すでに発送済みかキャンセル済みです。取り消せません。",
		En: "An order that this paid has been dispatched or cancelled. It cannot be undone.",
	})
)

// A Pick is a deposit as it was shown, with the orders that it is for; none are those that were proposed.
type Pick struct {
	Deposit id.Deposit
	Version int64
	Orders  []id.Order
}

// An Outcome says what became of a pick; Err is a fault, or nil.
type Outcome struct {
	Deposit id.Deposit
	Err     error
}

// Confirm pays the orders of each pick, each in a transaction of its own: one that somebody else was faster with holds up no
// other.
func (f *Flow) Confirm(ctx context.Context, s db.Scope, picks []Pick) ([]Outcome, error) {
	out := make([]Outcome, len(picks))
	for i, p := range picks {
		err := f.Store.Write(ctx, s, func(tx *db.Tx) error { return f.apply(ctx, tx, p) })
		if _, ok := fault.Of(err); err != nil && !ok {
			return out, err
		}
		out[i] = Outcome{p.Deposit, err}
	}
	return out, nil
}

func (f *Flow) apply(ctx context.Context, tx *db.Tx, p Pick) error {
	if len(p.Orders) == 0 {
		d, err := f.Deposits.Get(ctx, tx, p.Deposit)
		if err != nil {
			return err
		}
		p.Orders = d.Orders
	}
	if len(p.Orders) == 0 {
		return ErrNoOrder
	}
	if _, err := f.Deposits.Apply(ctx, tx, p.Deposit, p.Version, p.Orders); err != nil {
		return err
	}
	for _, n := range p.Orders {
		o, err := f.Orders.Get(ctx, tx, n)
		if err != nil {
			return err
		}
		if o.Payment != string(payment.BankTransfer) {
			return ErrNotTransfer
		}
		if o.Queue() != order.ToPay {
			return ErrPaid
		}
		if err := f.Paid(ctx, tx, n, o.Version); err != nil {
			return err
		}
	}
	return nil
}

// Number is the order of that number, for a pick.
func (f *Flow) Number(ctx context.Context, s db.Scope, number string) (h order.Head, err error) {
	err = f.Store.Read(ctx, s, func(r db.Reader) error {
		h, err = f.Orders.ByNumber(ctx, r, number)
		return err
	})
	if fault.Is(err, fault.KindNotFound) {
		return h, ErrNumber
	}
	return h, err
}

// Ignore says that a deposit is no order's payment.
func (f *Flow) Ignore(ctx context.Context, s db.Scope, n id.Deposit, version int64) error {
	return f.Store.Write(ctx, s, func(tx *db.Tx) error {
		_, err := f.Deposits.Ignore(ctx, tx, n, version)
		return err
	})
}

// Undo takes back what was decided: the orders wait for their money again, unless one has left or was cancelled.
func (f *Flow) Undo(ctx context.Context, s db.Scope, n id.Deposit, version int64) error {
	return f.Store.Write(ctx, s, func(tx *db.Tx) error {
		d, err := f.Deposits.Get(ctx, tx, n)
		if err != nil {
			return err
		}
		if _, err := f.Deposits.Reopen(ctx, tx, n, version); err != nil || d.State != deposit.Applied {
			return err
		}
		for _, paid := range d.Orders {
			o, err := f.Orders.Get(ctx, tx, paid)
			if err != nil {
				return err
			}
			if o.Status != order.Paid {
				return ErrShipped
			}
			if err := f.Unpaid(ctx, tx, paid, o.Version); err != nil {
				return err
			}
		}
		return nil
	})
}
