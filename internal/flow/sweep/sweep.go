// Package sweep ends what time has ended, shop by shop: holds on stock, forgotten carts.
//
// It guarantees that each shop is swept in its own transactions, in small slices, so that a rush in one shop is not held up
// by another's leftovers. It refuses to touch orders.
package sweep

import (
	"context"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/inventory"
)

const (
	slice    = 200                 // rows in one transaction
	shops    = 1000                // in one round
	cartLife = 30 * 24 * time.Hour // since it was last touched
)

// Flow sweeps.
type Flow struct {
	db    *db.DB
	stock *inventory.Service
	carts *cart.Service
}

// New makes the flow.
func New(d *db.DB, s *inventory.Service, c *cart.Service) *Flow { return &Flow{d, s, c} }

func scope(shop id.Shop) db.Scope {
	return db.Scope{Actor: actor.ForJob(actor.Sweep, secret.Token{}), Shop: shop, Request: "sweep"}
}

// Holds gives back what was held for carts that were not ordered in time.
func (f *Flow) Holds(ctx context.Context) error {
	due, err := f.due(ctx, func(r db.Reader) ([]id.Shop, error) { return f.stock.ShopsDue(ctx, r, shops) })
	if err != nil {
		return fmt.Errorf("find ended holds: %w", err)
	}
	return f.each(ctx, due, func(tx *db.Tx) (int, error) { return f.stock.Sweep(ctx, tx, slice) })
}

// Carts deletes carts that nobody has touched for a month.
func (f *Flow) Carts(ctx context.Context) error {
	before := f.db.Now().Add(-cartLife).UnixMilli()
	due, err := f.due(ctx, func(r db.Reader) ([]id.Shop, error) { return f.carts.ShopsStale(ctx, r, before, shops) })
	if err != nil {
		return fmt.Errorf("find forgotten carts: %w", err)
	}
	return f.each(ctx, due, func(tx *db.Tx) (int, error) { return f.carts.Sweep(ctx, tx, before, slice) })
}

func (f *Flow) due(ctx context.Context, find func(db.Reader) ([]id.Shop, error)) (due []id.Shop, err error) {
	err = f.db.Across("which shops have something to sweep").Read(ctx, scope(id.Platform), func(r db.Reader) error {
		due, err = find(r)
		return err
	})
	return due, err
}

func (f *Flow) each(ctx context.Context, due []id.Shop, sweep func(*db.Tx) (int, error)) error {
	for _, shop := range due {
		for n := slice; n == slice; {
			err := f.db.Write(ctx, scope(shop), func(tx *db.Tx) (err error) {
				n, err = sweep(tx)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
