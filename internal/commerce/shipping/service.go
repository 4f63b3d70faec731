package shipping

import (
	"context"
	"fmt"
	"slices"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/postal"
)

// ErrNone is a method that the shop does not have.
var ErrNone = fault.NotFound(fault.Text{
	Ja: "この配送方法は見つかりません。",
	En: "This delivery method cannot be found.",
})

// ErrChanged is a method that somebody else changed in the meantime.
var ErrChanged = fault.Conflict(fault.Text{
	Ja: "ほかの人がこの配送方法を変更しました。画面を読み込み直して、もう一度変更してください。",
	En: "Someone else has changed this delivery method. Reload the page and make your change again.",
})

// A Service keeps a shop's methods.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// List is the shop's methods in their order.
func (s *Service) List(ctx context.Context, r db.Reader) ([]Method, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	return list(ctx, r)
}

// Reaching is the shop's active methods that reach a prefecture, in their order, each with that prefecture's fee alone: what
// a checkout needs, in one query.
func (s *Service) Reaching(ctx context.Context, r db.Reader, p postal.Prefecture) ([]Method, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	if p < postal.Hokkaido || p > postal.Okinawa {
		return nil, ErrPrefecture
	}
	ms, err := reaching(ctx, r, p)
	return slices.DeleteFunc(ms, func(m Method) bool { return !m.Active }), err
}

// Get is one method.
func (s *Service) Get(ctx context.Context, r db.Reader, n MethodID) (Method, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return Method{}, err
	}
	return get(ctx, r, n)
}

// Create adds a method; its ID and Version are the service's to give.
func (s *Service) Create(ctx context.Context, tx *db.Tx, m Method) (Method, error) {
	if err := tx.Allow(actor.EditSettings); err != nil {
		return m, err
	}
	if err := m.Check(); err != nil {
		return m, err
	}
	_, err := db.Insert(tx, func(n MethodID) (int64, error) {
		m.ID, m.Version = n, 1
		return tx.Exec(ctx, insertMethod, m.columns(tx)...)
	})
	if err != nil {
		return m, fmt.Errorf("insert shipping method: %w", err)
	}
	return m, putFees(tx, m)
}

// Change writes a method that was read at its Version.
func (s *Service) Change(ctx context.Context, tx *db.Tx, m Method) (Method, error) {
	if err := tx.Allow(actor.EditSettings); err != nil {
		return m, err
	}
	if err := m.Check(); err != nil {
		return m, err
	}
	if _, err := get(ctx, tx, m.ID); err != nil {
		return m, err
	}
	n, err := tx.Exec(ctx, updateMethod, append(m.columns(tx), m.Version)...)
	if err != nil {
		return m, fmt.Errorf("update shipping method: %w", err)
	}
	if n == 0 {
		return m, ErrChanged
	}
	m.Version++
	return m, putFees(tx, m)
}
