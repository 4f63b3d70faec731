package payment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment/book"
)

// ErrChanged is a setting that somebody else changed in the meantime.
var ErrChanged = fault.Conflict(fault.Text{
	Ja: "ほかの人がお支払い方法の設定を変更しました。画面を読み込み直して、もう一度変更してください。",
	En: "Someone else has changed this way to pay. Reload the page and make your change again.",
})

// ErrNoAccount is a way to pay through a provider, without an account there.
var ErrNoAccount = fault.Invalid("active", fault.Text{
	Ja: "先に決済会社のアカウントを登録してください。",
	En: "Enter the shop's account at a payment provider first.",
})

// A Service keeps a shop's ways to pay and its orders' payments.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// Settings, as purchasers are offered them, are the shop's ways to pay, active or not.
func (s *Service) Settings(ctx context.Context, r db.Reader) ([]Setting, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	list, err := settings(ctx, r)
	slices.SortStableFunc(list, func(a, b Setting) int { return slices.Index(Methods(), a.Method) - slices.Index(Methods(), b.Method) })
	return list, err
}

// Configure writes a setting: a new one has Version 0, a changed one the version at which it was read.
func (s *Service) Configure(ctx context.Context, tx *db.Tx, in Setting) (Setting, error) {
	if err := tx.Allow(actor.EditSettings); err != nil {
		return in, err
	}
	if err := in.Check(); err != nil {
		return in, err
	}
	if in.Active && in.Method.Rails() {
		var n int64
		if err := tx.QueryRow(ctx, selectAccount, tx.Shop()).Scan(&n); err != nil {
			return in, fmt.Errorf("read provider's account: %w", err)
		}
		if n == 0 {
			return in, ErrNoAccount
		}
	}
	active, inline := int64(0), int64(0)
	if in.Active {
		active = 1
	}
	if in.Inline {
		inline = 1
	}
	args := []any{tx.Shop(), string(in.Method), active, in.Account, in.DeadlineDays, string(in.Capture), inline, in.Flat,
		in.GraceDays, in.RemindDays, in.CancelDays, tx.NowMS()}
	text := insertSetting
	if in.Version > 0 {
		text, args = updateSetting, append(args, in.Version)
	}
	n, err := tx.Exec(ctx, text, args...)
	if err != nil {
		return in, fmt.Errorf("write payment method: %w", err)
	}
	if n == 0 {
		return in, ErrChanged
	}
	if in.Version++; in.Version == 1 {
		in.Made = tx.NowMS()
	}
	in.Updated = tx.NowMS()
	if err := tx.Queue(deleteBrackets, tx.Shop(), string(in.Method)); err != nil {
		return in, fmt.Errorf("delete payment brackets: %w", err)
	}
	for _, b := range in.Brackets {
		if err := tx.Queue(insertBracket, tx.Shop(), string(in.Method), b.Below, b.Fee); err != nil {
			return in, fmt.Errorf("insert payment bracket: %w", err)
		}
	}
	return in, nil
}

// Create opens an order's payment.
func (s *Service) Create(ctx context.Context, tx *db.Tx, o id.Order, how Setting, amount int64) (Payment, error) {
	if err := tx.Allow(actor.PlaceOrders); err != nil {
		return Payment{}, err
	}
	p := Payment{Order: o, Version: 1, Method: how.Method, State: Pending, Amount: amount, Account: how.Account,
		Due: how.Due(tx.Now()), End: how.End(tx.Now()), Remind: how.Remind(tx.Now())}
	err := tx.Queue(insertPayment, tx.Shop(), o, string(p.Method), string(p.State), p.Amount, p.Account, p.Due, p.End, p.Remind)
	if err != nil {
		return Payment{}, fmt.Errorf("insert payment: %w", err)
	}
	return p, journal(tx, p)
}

// Change has an order that nothing has come for be paid another way, from now.
func (s *Service) Change(ctx context.Context, tx *db.Tx, p Payment, how Setting) (Payment, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return p, err
	}
	if p.State != Pending {
		return p, ErrState
	}
	n, err := tx.Exec(ctx, updateMethod, tx.Shop(), p.Order, string(how.Method), how.Account, how.Due(tx.Now()), how.End(tx.Now()),
		how.Remind(tx.Now()), p.Version)
	if err != nil {
		return p, fmt.Errorf("update payment's method: %w", err)
	}
	if n == 0 {
		return p, ErrState
	}
	p.Method, p.Account, p.Version = how.Method, how.Account, p.Version+1
	p.Due, p.End, p.Remind = how.Due(tx.Now()), how.End(tx.Now()), how.Remind(tx.Now())
	return p, journal(tx, p)
}

// Get is an order's payment.
func (s *Service) Get(ctx context.Context, r db.Reader, o id.Order) (Payment, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return Payment{}, err
	}
	return get(ctx, r, o)
}

// Move does an act of the shop's on an order's payment, or returns ErrState. What a provider moves, nobody receives or
// refunds by hand: ErrRails.
func (s *Service) Move(ctx context.Context, tx *db.Tx, o id.Order, a Act) (Payment, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return Payment{}, err
	}
	p, err := get(ctx, tx, o)
	if err != nil {
		return p, err
	}
	if p.Method.Rails() && a != Cancel {
		return p, ErrRails
	}
	to, err := p.State.Next(a)
	if err != nil {
		return p, err
	}
	p.State = to
	if a == Receive {
		p.PaidAt = tx.NowMS()
	}
	if p, err = put(ctx, tx, p); err != nil { // first, since it is what a lost race shows at
		return p, err
	}
	switch a {
	case Receive:
		err = book.Enter(tx, book.Entry{Order: o, Kind: book.Taken, No: p.Version, Debit: p.Method.holds(), Credit: book.Purchaser,
			Amount: p.Amount})
	case Unreceive:
		if p.Method != BankTransfer {
			return p, ErrState
		}
		p.PaidAt = 0
		err = book.Enter(tx, book.Entry{Order: o, Kind: book.Taken, No: p.Version, Debit: book.Purchaser, Credit: p.Method.holds(),
			Amount: p.Amount})
	case Refund:
		err = book.Enter(tx, book.Entry{Order: o, Kind: book.GivenBack, No: p.Version, Debit: book.Purchaser, Credit: book.Bank,
			Amount: p.Kept()})
	}
	return p, err
}

// holds is where a method's money is when it has come.
func (m Method) holds() book.Account {
	switch m {
	case COD:
		return book.Carrier
	case BankTransfer:
		return book.Bank
	}
	return book.Provider
}

// Follow takes a payment to where its provider's charges say it is. A step that is not in the table is ours to explain.
func (s *Service) Follow(ctx context.Context, tx *db.Tx, p Payment, to State) (Payment, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return p, err
	}
	if !p.State.May(to) {
		return p, fmt.Errorf("follow provider: payment from %s to %s", p.State, to)
	}
	if p.PaidAt == 0 && to.Secured() {
		p.PaidAt = tx.NowMS()
	}
	p.State = to
	return put(ctx, tx, p)
}

// Promise writes that a part of a living order's sum goes back: back is all of it together.
func (s *Service) Promise(ctx context.Context, tx *db.Tx, p Payment, back int64) (Payment, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return p, err
	}
	if back < p.Back || back > p.Amount {
		return p, fmt.Errorf("promise refund: %d of %d", back, p.Amount)
	}
	p.Back = back
	if !p.Method.Rails() {
		if p.State = PartRefunded; p.Kept() == 0 {
			p.State = Refunded
		}
	}
	return put(ctx, tx, p)
}

// Wait gives an unpaid order more time.
func (s *Service) Wait(ctx context.Context, tx *db.Tx, p Payment, until time.Time) (Payment, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return p, err
	}
	if !p.State.Open() {
		return p, ErrState
	}
	p.Due = max(p.Due, until.UnixMilli())
	if p.End > 0 {
		p.End = max(p.End, p.Due)
	}
	return put(ctx, tx, p)
}

// Reminded writes that the letter about an unpaid order is on its way.
func (s *Service) Reminded(ctx context.Context, tx *db.Tx, p Payment) error {
	if err := tx.Allow(actor.SweepShops); err != nil {
		return err
	}
	p.Remind = 0
	_, err := put(ctx, tx, p)
	return err
}

// Ending are unpaid orders whose time is over.
func (s *Service) Ending(ctx context.Context, r db.Reader, limit int) ([]id.Order, error) {
	if err := r.Allow(actor.SweepShops); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r, scanOrder, selectEnding, r.Shop(), string(Pending), r.Now().UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("find payments that end: %w", err)
	}
	return list, nil
}

// ToRemind are unpaid orders about which a letter is due.
func (s *Service) ToRemind(ctx context.Context, r db.Reader, limit int) ([]id.Order, error) {
	if err := r.Allow(actor.SweepShops); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r, scanOrder, selectToRemind, r.Shop(), string(Pending), r.Now().UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("find payments to remind of: %w", err)
	}
	return list, nil
}

// ShopsDue are shops with payments that end or need a letter, for db.Across.
func (s *Service) ShopsDue(ctx context.Context, r db.Reader, limit int) ([]id.Shop, error) {
	if err := r.Allow(actor.SweepShops); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r, scanShop, selectShopsDue, string(Pending), r.Now().UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("find shops with payments due: %w", err)
	}
	return list, nil
}
