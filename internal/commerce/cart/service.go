package cart

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
)

// Variants is what the cart asks the catalogue.
type Variants interface {
	// OnSale says which of the variants are the reader's shop's and may be bought now.
	OnSale(ctx context.Context, r db.Reader, ids []id.Variant) (map[id.Variant]bool, error)
}

// A Service keeps carts. A Cart that is handed to a change was read in the same transaction.
type Service struct{ variants Variants }

// New makes the service.
func New(v Variants) *Service { return &Service{v} }

// Get is the cart of a cookie's secret, or ErrNone.
func (s *Service) Get(ctx context.Context, r db.Reader, tok secret.Token) (Cart, error) {
	if err := r.Allow(actor.FillCart); err != nil {
		return Cart{}, err
	}
	if tok.IsZero() {
		return Cart{}, ErrNone
	}
	return find(ctx, r, tok.Digest())
}

// Open is Get that makes a cart where there is none; the new cart's Token goes into the cookie.
func (s *Service) Open(ctx context.Context, tx *db.Tx, tok secret.Token, lang i18n.Lang) (Cart, error) {
	if err := tx.Allow(actor.FillCart); err != nil {
		return Cart{}, err
	}
	c, err := s.Get(ctx, tx, tok)
	if errors.Is(err, ErrNone) {
		return create(ctx, tx, lang)
	}
	return c, err
}

// Add puts more pieces of a variant into the cart; they join the line that is there.
func (s *Service) Add(ctx context.Context, tx *db.Tx, c Cart, l Line) (Cart, error) {
	if err := tx.Allow(actor.FillCart); err != nil {
		return c, err
	}
	if err := CheckQuantity("quantity", l.Quantity); err != nil {
		return c, err
	}
	l.Quantity += c.Of(l.Variant)
	return s.put(ctx, tx, c, l)
}

// Change sets a line's quantity.
func (s *Service) Change(ctx context.Context, tx *db.Tx, c Cart, l Line) (Cart, error) {
	if err := tx.Allow(actor.FillCart); err != nil {
		return c, err
	}
	return s.put(ctx, tx, c, l)
}

func (s *Service) put(ctx context.Context, tx *db.Tx, c Cart, l Line) (Cart, error) {
	if err := CheckQuantity("quantity", l.Quantity); err != nil {
		return c, err
	}
	ok, err := s.variants.OnSale(ctx, tx, []id.Variant{l.Variant})
	if err != nil {
		return c, err
	}
	if !ok[l.Variant] {
		return c, ErrNoVariant
	}
	at := slices.IndexFunc(c.Lines, func(have Line) bool { return have.Variant == l.Variant })
	lines := slices.Clone(c.Lines)
	switch {
	case at >= 0:
		lines[at] = l
	case len(lines) >= MaxLines:
		return c, ErrFull
	default:
		lines = append(lines, l)
	}
	if err := tx.Queue(putLine, tx.Shop(), c.ID, l.Variant, l.Quantity, tx.NowMS()); err != nil {
		return c, fmt.Errorf("write cart's line: %w", err)
	}
	return s.touch(tx, c, lines)
}

// Remove takes a line out; a line that is not there is taken out already.
func (s *Service) Remove(ctx context.Context, tx *db.Tx, c Cart, v id.Variant) (Cart, error) {
	if err := tx.Allow(actor.FillCart); err != nil {
		return c, err
	}
	if err := tx.Queue(deleteLine, tx.Shop(), c.ID, v); err != nil {
		return c, fmt.Errorf("delete cart's line: %w", err)
	}
	lines := slices.DeleteFunc(slices.Clone(c.Lines), func(l Line) bool { return l.Variant == v })
	return s.touch(tx, c, lines)
}

// Clear empties the cart.
func (s *Service) Clear(ctx context.Context, tx *db.Tx, c Cart) (Cart, error) {
	if err := tx.Allow(actor.FillCart); err != nil {
		return c, err
	}
	if err := tx.Queue(deleteLines, tx.Shop(), c.ID); err != nil {
		return c, fmt.Errorf("delete cart's lines: %w", err)
	}
	return s.touch(tx, c, nil)
}

// Merge moves the lines of another cart into this one and deletes the other: two devices, one purchaser. What is not on
// sale any more is left out, and a sum above the limit is the limit.
func (s *Service) Merge(ctx context.Context, tx *db.Tx, into, from Cart) (Cart, error) {
	if err := tx.Allow(actor.FillCart); err != nil {
		return into, err
	}
	if into.ID == from.ID {
		return into, nil
	}
	for _, l := range from.Lines {
		l.Quantity = min(l.Quantity+into.Of(l.Variant), MaxQuantity)
		next, err := s.put(ctx, tx, into, l)
		if err != nil && !errors.Is(err, ErrNoVariant) && !errors.Is(err, ErrFull) {
			return into, err
		}
		into = next
	}
	if err := tx.Queue(deleteLines, tx.Shop(), from.ID); err != nil {
		return into, fmt.Errorf("delete merged cart's lines: %w", err)
	}
	if err := tx.Queue(deleteCart, tx.Shop(), from.ID); err != nil {
		return into, fmt.Errorf("delete merged cart: %w", err)
	}
	return into, nil
}

// ShopsStale are shops with carts to sweep, read across shops.
func (s *Service) ShopsStale(ctx context.Context, r db.Reader, beforeMS int64, limit int) ([]id.Shop, error) {
	if err := r.Allow(actor.SweepShops); err != nil {
		return nil, err
	}
	shops, err := db.All(ctx, r, func(row db.Row) (v id.Shop, err error) {
		err = row.Scan(&v)
		return v, err
	}, selectStaleShops, beforeMS, limit)
	if err != nil {
		return nil, fmt.Errorf("list shops to sweep: %w", err)
	}
	return shops, nil
}

// Sweep deletes up to limit carts that nobody has touched since the moment, and says how many.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx, beforeMS int64, limit int) (int, error) {
	if err := tx.Allow(actor.SweepShops); err != nil {
		return 0, err
	}
	old, err := db.All(ctx, tx, scanID, selectStale, tx.Shop(), beforeMS, limit)
	if err != nil {
		return 0, fmt.Errorf("find stale carts: %w", err)
	}
	for _, n := range old {
		if err := tx.Queue(deleteLines, tx.Shop(), n); err != nil {
			return 0, fmt.Errorf("delete stale cart's lines: %w", err)
		}
		if err := tx.Queue(deleteCart, tx.Shop(), n); err != nil {
			return 0, fmt.Errorf("delete stale cart: %w", err)
		}
	}
	return len(old), nil
}

func (s *Service) touch(tx *db.Tx, c Cart, lines []Line) (Cart, error) {
	if err := tx.Queue(touchCart, tx.Shop(), c.ID, tx.NowMS()); err != nil {
		return c, fmt.Errorf("write cart: %w", err)
	}
	c.Lines = lines
	c.Version++
	c.Updated = tx.NowMS()
	return c, nil
}
