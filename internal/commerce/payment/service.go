package payment

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// ErrChanged is a setting that somebody else changed in the meantime.
var ErrChanged = fault.Conflict(fault.Text{
	Ja: "ほかの人がお支払い方法の設定を変更しました。画面を読み込み直して、もう一度変更してください。",
	En: "Someone else has changed this way to pay. Reload the page and make your change again.",
})

// A Service keeps a shop's ways to pay and its orders' payments.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// Settings are the shop's ways to pay, active or not.
func (s *Service) Settings(ctx context.Context, r db.Reader) ([]Setting, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	return settings(ctx, r)
}

// Configure writes a setting: a new one has Version 0, a changed one the version at which it was read.
func (s *Service) Configure(ctx context.Context, tx *db.Tx, in Setting) (Setting, error) {
	if err := tx.Allow(actor.EditSettings); err != nil {
		return in, err
	}
	if err := in.Check(); err != nil {
		return in, err
	}
	active := int64(0)
	if in.Active {
		active = 1
	}
	args := []any{tx.Shop(), string(in.Method), active, in.Account, in.DeadlineDays}
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
	in.Version++
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
		Due: how.Due(tx.Now())}
	err := tx.Queue(insertPayment, tx.Shop(), o, string(p.Method), string(p.State), p.Amount, p.Account, p.Due)
	if err != nil {
		return Payment{}, fmt.Errorf("insert payment: %w", err)
	}
	return p, journal(tx, p)
}

// Get is an order's payment.
func (s *Service) Get(ctx context.Context, r db.Reader, o id.Order) (Payment, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return Payment{}, err
	}
	return get(ctx, r, o)
}

// Move does an act on an order's payment, or returns ErrState.
func (s *Service) Move(ctx context.Context, tx *db.Tx, o id.Order, a Act) (Payment, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return Payment{}, err
	}
	p, err := get(ctx, tx, o)
	if err != nil {
		return p, err
	}
	to, err := p.State.Next(a)
	if err != nil {
		return p, err
	}
	p.State = to
	switch a {
	case Receive:
		p.PaidAt = tx.NowMS()
	case Unreceive:
		if p.Method != BankTransfer {
			return p, ErrState
		}
		p.PaidAt = 0
	}
	n, err := tx.Exec(ctx, updatePayment, tx.Shop(), o, string(p.State), p.PaidAt, p.Version)
	if err != nil {
		return p, fmt.Errorf("update payment: %w", err)
	}
	if n == 0 {
		return p, ErrState
	}
	p.Version++
	return p, journal(tx, p)
}
