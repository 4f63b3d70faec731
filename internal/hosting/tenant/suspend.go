package tenant

import (
	"context"
	"errors"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

// Suspend stops the shop's sales and keeps everything; it returns the state before. An owner cannot end it.
func (s *Service) Suspend(ctx context.Context, tx *db.Tx) (before State, err error) {
	if err := tx.Allow(actor.SuspendShops); err != nil {
		return "", err
	}
	shop, err := selectShop(ctx, tx)
	if err != nil || shop.State == Suspended {
		return shop.State, err
	}
	before, shop.State = shop.State, Suspended
	_, err = s.save(ctx, tx, shop.Version, shop)
	return before, err
}

// Resume gives a suspended shop its state back.
func (s *Service) Resume(ctx context.Context, tx *db.Tx, to State) error {
	if err := tx.Allow(actor.SuspendShops); err != nil {
		return err
	}
	shop, err := selectShop(ctx, tx)
	if err != nil || shop.State != Suspended {
		return err
	}
	shop.State = to
	_, err = s.save(ctx, tx, shop.Version, shop)
	return err
}

// LegalOwner is whose name a shop's particulars are sealed as, in the platform's scope; 0 where there are none.
func (s *Service) LegalOwner(ctx context.Context, r db.Reader, of id.Shop) (id.Account, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return 0, err
	}
	row, err := selectLegal(ctx, r, of)
	if errors.Is(err, db.ErrNone) {
		return 0, nil
	}
	return row.owner, err
}
