package inventory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// Hold makes the lines, and nothing else, be held for the cart or order until then. It may be called again as the cart
// changes. Where pieces are missing it returns a *SoldOut, and what was held before stays held.
func (s *Service) Hold(ctx context.Context, tx *db.Tx, ref Ref, lines []Line, until time.Time) error {
	if err := tx.Allow(actor.PlaceOrders); err != nil {
		return err
	}
	want, err := merge(lines)
	if err != nil {
		return err
	}
	mine, before, err := s.takeHolds(ctx, tx, ref)
	if err != nil {
		return err
	}
	all := steps{}
	for v, n := range mine {
		all.add(v, 0, -n)
	}
	after := make([]kept, len(want))
	for i, l := range want {
		all.add(l.Variant, 0, l.Quantity)
		after[i] = kept{l, until.UnixMilli()}
	}
	if err := s.move(ctx, tx, all, change{ref: ref, mine: mine}); err != nil {
		return errors.Join(err, s.put(tx, ref, before))
	}
	return s.put(tx, ref, after)
}

// Extend moves the end of a hold. ErrHoldOver: there is none any more.
func (s *Service) Extend(ctx context.Context, tx *db.Tx, ref Ref, until time.Time) error {
	if err := tx.Allow(actor.PlaceOrders); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlExtendHold, tx.Shop(), ref.ID, string(ref.Kind), until.UnixMilli())
	if err != nil {
		return fmt.Errorf("extend hold: %w", err)
	}
	if n == 0 {
		return ErrHoldOver
	}
	return nil
}

// Release ends a hold. Ending what is not held is no fault.
func (s *Service) Release(ctx context.Context, tx *db.Tx, ref Ref) error {
	if err := tx.Allow(actor.PlaceOrders); err != nil {
		return err
	}
	mine, _, err := s.takeHolds(ctx, tx, ref)
	if err != nil {
		return err
	}
	all := steps{}
	for v, n := range mine {
		all.add(v, 0, -n)
	}
	return s.move(ctx, tx, all, change{ref: ref})
}

// Take sells the lines to the order: first what is held for ref, then what is free, so that a hold which ended a moment
// ago does no harm while there are enough. It ends the hold. Where pieces are missing it returns a *SoldOut, and the hold
// stays.
func (s *Service) Take(ctx context.Context, tx *db.Tx, ref, order Ref, lines []Line) error {
	if err := tx.Allow(actor.PlaceOrders); err != nil {
		return err
	}
	mine, before, err := s.takeHolds(ctx, tx, ref)
	if err != nil {
		return err
	}
	if err := s.sell(ctx, tx, order, lines, mine); err != nil {
		return errors.Join(err, s.put(tx, ref, before))
	}
	return nil
}

// Sell is Take for lines of which nothing is held: it reads no holds, so buyers of different things do not meet.
func (s *Service) Sell(ctx context.Context, tx *db.Tx, order Ref, lines []Line) error {
	if err := tx.Allow(actor.PlaceOrders); err != nil {
		return err
	}
	return s.sell(ctx, tx, order, lines, nil)
}

func (s *Service) sell(ctx context.Context, tx *db.Tx, order Ref, lines []Line, mine map[id.Variant]int64) error {
	if order.ID <= 0 { // could not be restored
		return errors.New("sell stock: no order")
	}
	want, err := merge(lines)
	if err != nil {
		return err
	}
	all := steps{}
	for v, n := range mine {
		all.add(v, 0, -n)
	}
	for _, l := range want {
		all.add(l.Variant, -l.Quantity, 0)
	}
	return s.move(ctx, tx, all, change{Sold, order, mine})
}

// Restore puts back what the order took and has not given back yet, so that a second call does nothing.
func (s *Service) Restore(ctx context.Context, tx *db.Tx, order Ref) error {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return err
	}
	taken, err := db.All(ctx, tx, scanLine, sqlTaken, tx.Shop(), order.ID, string(order.Kind))
	if err != nil {
		return fmt.Errorf("read what the order took: %w", err)
	}
	all := steps{}
	for _, l := range taken {
		all.add(l.Variant, l.Quantity, 0)
	}
	return s.move(ctx, tx, all, change{reason: Restored, ref: order})
}

// Sweep ends the shop's holds whose time is over, at most limit of their lines, and says how many lines it ended.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx, limit int) (int, error) {
	if err := tx.Allow(actor.SweepShops); err != nil {
		return 0, err
	}
	over, err := db.All(ctx, tx, scanHold, sqlTakeExpired, tx.Shop(), tx.NowMS(), limit)
	if err != nil {
		return 0, fmt.Errorf("list holds that are over: %w", err)
	}
	all := steps{}
	for _, h := range over {
		all.add(h.line.Variant, 0, -h.line.Quantity)
	}
	return len(over), s.move(ctx, tx, all, change{})
}

// ShopsDue are shops with holds whose time is over, read across shops; each is then swept in its own transaction.
func (s *Service) ShopsDue(ctx context.Context, r db.Reader, limit int) ([]id.Shop, error) {
	if err := r.Allow(actor.SweepShops); err != nil {
		return nil, err
	}
	shops, err := db.All(ctx, r, scanInt[id.Shop], sqlShopsDue, r.Now().UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("list shops to sweep: %w", err)
	}
	return shops, nil
}

// held is what the record holds.
func (s *Service) held(ctx context.Context, r db.Reader, ref Ref) (map[id.Variant]int64, error) {
	lines, err := db.All(ctx, r, scanLine, sqlHolds, r.Shop(), ref.ID, string(ref.Kind))
	if err != nil {
		return nil, fmt.Errorf("read holds: %w", err)
	}
	mine := make(map[id.Variant]int64, len(lines))
	for _, l := range lines {
		mine[l.Variant] = l.Quantity
	}
	return mine, nil
}

// takeHolds takes what the record holds away from it, for the transaction to end or to put back.
func (s *Service) takeHolds(ctx context.Context, tx *db.Tx, ref Ref) (mine map[id.Variant]int64, before []kept, err error) {
	before, err = db.All(ctx, tx, scanKept, sqlTakeHolds, tx.Shop(), ref.ID, string(ref.Kind))
	if err != nil {
		return nil, nil, fmt.Errorf("take holds: %w", err)
	}
	mine = make(map[id.Variant]int64, len(before))
	for _, k := range before {
		mine[k.Variant] = k.Quantity
	}
	return mine, before, nil
}

func (s *Service) put(tx *db.Tx, ref Ref, holds []kept) error {
	for _, k := range holds {
		if err := tx.Queue(sqlPutHold, tx.Shop(), string(ref.Kind), ref.ID, k.Variant, k.Quantity, k.until); err != nil {
			return err
		}
	}
	return nil
}

// held back by buyers who are paying: by hand it cannot be taken away.
func errHeld(err error) error {
	if _, ok := errors.AsType[*SoldOut](err); !ok {
		return err
	}
	return fault.Conflict(fault.Text{
		Ja: "お支払い手続き中のお客様に取り置いている分があるため、そこまで減らせません。しばらくしてから、もう一度お試しください。",
		En: "Some pieces are held for buyers who are paying, so the count cannot go that low. Please try again a little later."})
}
