package inventory

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
)

// A Service counts shops' stock.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// Levels reads the counts of variants; one that was never counted has none.
func (s *Service) Levels(ctx context.Context, r db.Reader, variants []id.Variant) (map[id.Variant]Level, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return nil, err
	}
	return s.levels(ctx, r, variants)
}

// Left reads how many of each variant can still be sold; one that was never counted has none left.
func (s *Service) Left(ctx context.Context, r db.Reader, variants []id.Variant) (map[id.Variant]int64, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	levels, err := s.levels(ctx, r, variants)
	if err != nil {
		return nil, err
	}
	left := make(map[id.Variant]int64, len(levels))
	for v, l := range levels {
		left[v] = l.Left()
	}
	return left, nil
}

func (s *Service) levels(ctx context.Context, r db.Reader, variants []id.Variant) (map[id.Variant]Level, error) {
	out := make(map[id.Variant]Level, len(variants))
	if len(variants) == 0 {
		return out, nil
	}
	w := levelsWhere(r.Shop(), variants)
	rows, err := db.All(ctx, r, scanLevel, sqlLevels+w.Text(), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read stock: %w", err)
	}
	for _, l := range rows {
		out[l.Variant] = l
	}
	return out, nil
}

// Set makes the count what somebody counted.
func (s *Service) Set(ctx context.Context, tx *db.Tx, v id.Variant, count int64, why Reason) error {
	if err := tx.Allow(actor.EditStock); err != nil {
		return err
	}
	l, err := s.open(ctx, tx, v, why)
	if err != nil {
		return err
	}
	if count < 0 || count > MaxOnHand {
		return errCount("count")
	}
	return errHeld(s.move(ctx, tx, steps{v: {v, count - l.OnHand, 0}}, change{reason: why}))
}

// Adjust adds pieces to the count, or takes them from it.
func (s *Service) Adjust(ctx context.Context, tx *db.Tx, v id.Variant, delta int64, why Reason) error {
	if err := tx.Allow(actor.EditStock); err != nil {
		return err
	}
	l, err := s.open(ctx, tx, v, why)
	if err != nil {
		return err
	}
	if delta < -MaxOnHand || delta > MaxOnHand || l.OnHand+delta < 0 || l.OnHand+delta > MaxOnHand {
		return errCount("delta")
	}
	return errHeld(s.move(ctx, tx, steps{v: {v, delta, 0}}, change{reason: why}))
}

// open reads the count of a variant of this shop, which may be its first.
func (s *Service) open(ctx context.Context, tx *db.Tx, v id.Variant, why Reason) (Level, error) {
	if !why.ByHand() {
		return Level{}, fault.Invalid("reason", fault.Text{
			Ja: "在庫を変える理由を選んでください。", En: "Choose why the stock changes."})
	}
	if err := tx.Queue(sqlOpen, tx.Shop(), v); err != nil {
		return Level{}, err
	}
	l, err := db.One(ctx, tx, scanLevel, sqlLevel, tx.Shop(), v)
	if errors.Is(err, db.ErrNone) {
		return l, ErrMissing
	}
	if err != nil {
		return l, fmt.Errorf("read stock: %w", err)
	}
	return l, nil
}

func errCount(field string) error {
	return fault.Invalid(field, fault.Text{
		Ja: "在庫数が0以上99,999,999以下の整数になるようにしてください。",
		En: "The stock must come to a whole number from 0 to 99,999,999."})
}

// Movements lists why a variant's count changed, the newest first.
func (s *Service) Movements(
	ctx context.Context, r db.Reader, v id.Variant, after page.Cursor, limit int,
) ([]Movement, page.Cursor, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return nil, page.Cursor{}, err
	}
	if limit <= 0 {
		limit = page.DefaultLimit
	}
	limit = min(limit, page.MaxLimit)
	w := db.NewWhere("shop_id = ? AND variant_id = ?", r.Shop(), v)
	if !after.IsZero() {
		w.And("(at_ms, id) < (?, ?)", after.Key, after.ID)
	}
	most := w.Arg(limit+1) + " + 0" // a bare one makes SQLite plan anew each time
	rows, err := db.All(ctx, r, scanMovement, sqlMovements+w.Text()+sqlMovementOrder+most, w.Args()...)
	if err != nil {
		return nil, page.Cursor{}, fmt.Errorf("list movements: %w", err)
	}
	rows, next := page.Cut(rows, limit, func(m Movement) page.Cursor { return page.Cursor{Key: m.AtMS, ID: int64(m.ID)} })
	return rows, next, nil
}

// Version grows whenever a shopper could see that stock has changed; 0 before the first time.
func (s *Service) Version(ctx context.Context, r db.Reader) (int64, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return 0, err
	}
	v, err := db.One(ctx, r, scanInt[int64], sqlVersion, r.Shop())
	if errors.Is(err, db.ErrNone) {
		return 0, nil
	}
	return v, err
}

// Audit lists the variants whose count is not the sum of their movements, or whose holds are not those on record: none.
func (s *Service) Audit(ctx context.Context, r db.Reader) ([]Level, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return nil, err
	}
	bad, err := db.All(ctx, r, scanLevel, sqlAudit, r.Shop())
	if err != nil {
		return nil, fmt.Errorf("audit stock: %w", err)
	}
	return bad, nil
}
