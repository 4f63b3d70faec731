package pay

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
)

const (
	sweepShops = 1000
	sweepSlice = 200
)

// Sweep finds, shop by shop, unpaid orders whose time is over, charges to look at without news, and letters that are due. It
// only adds jobs: each order is then settled by itself.
func (s *Service) Sweep(ctx context.Context) error {
	due := map[id.Shop]bool{}
	err := s.Store.Across("which shops have payments to sweep").Read(ctx, self(id.Platform), func(r db.Reader) error {
		clear(due)
		ending, err := s.Payment.ShopsDue(ctx, r, sweepShops)
		if err != nil {
			return err
		}
		looking, err := s.Charges.ShopsToLook(ctx, r, sweepShops)
		for _, shop := range append(ending, looking...) {
			due[shop] = true
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("find payments to sweep: %w", err)
	}
	for _, shop := range slices.Sorted(maps.Keys(due)) {
		if err := s.Store.Write(ctx, self(shop), func(tx *db.Tx) error { return s.sweep(ctx, tx) }); err != nil {
			return fmt.Errorf("sweep payments: %w", err)
		}
	}
	return nil
}

func (s *Service) sweep(ctx context.Context, tx *db.Tx) error {
	ending, err := s.Payment.Ending(ctx, tx, sweepSlice)
	if err != nil {
		return err
	}
	looking, err := s.Charges.ToLook(ctx, tx, sweepSlice)
	if err != nil {
		return err
	}
	for _, o := range append(ending, looking...) {
		if err := charge.Wake(ctx, tx, o); err != nil {
			return err
		}
	}
	remind, err := s.Payment.ToRemind(ctx, tx, sweepSlice)
	if err != nil {
		return err
	}
	for _, o := range remind {
		p, err := s.Payment.Get(ctx, tx, o)
		if err != nil {
			return err
		}
		if err := s.Payment.Reminded(ctx, tx, p); err != nil {
			return err
		}
		if err := s.Orders.Write(ctx, tx, o, order.MailReminder); err != nil {
			return err
		}
		if err := publish(tx, payment.WasReminded, o, payment.Fact{State: p.State, Amount: p.Amount}); err != nil {
			return err
		}
	}
	return nil
}
