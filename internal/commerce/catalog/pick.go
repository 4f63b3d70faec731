package catalog

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// A PickList is a list of products that the owner picks by hand.
type PickList string

// The lists.
const (
	Recommended PickList = "recommended"
	BestSeller  PickList = "best"
	NewArrival  PickList = "new"
)

// Valid says whether l is one of the lists.
func (l PickList) Valid() bool { return l == Recommended || l == BestSeller || l == NewArrival }

// MaxPicks bounds a list.
const MaxPicks = 100

// Picks reads a list in its order, with products that are not on sale too.
func (s *Service) Picks(ctx context.Context, r db.Reader, l PickList) ([]id.Product, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return nil, err
	}
	out, err := db.All(ctx, r, scanID[id.Product], sqlPicks, r.Shop(), string(l))
	if err != nil {
		return nil, fmt.Errorf("list picks: %w", err)
	}
	return out, nil
}

// SetPicks replaces a list; a product that is named twice stands at its first place.
func (s *Service) SetPicks(ctx context.Context, tx *db.Tx, l PickList, products []id.Product) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	if !l.Valid() || len(products) > MaxPicks {
		return fault.Invalid("picks", fault.Text{
			Ja: "おすすめ・売れ筋・新着のリストに、それぞれ100商品まで選べます。",
			En: "Pick at most 100 products for each list: recommended, best sellers or new."})
	}
	if err := tx.Queue(sqlClearPicks, tx.Shop(), string(l)); err != nil {
		return err
	}
	seen := map[id.Product]bool{}
	for i, p := range products {
		if seen[p] {
			continue
		}
		seen[p] = true
		n, err := tx.Exec(ctx, sqlPutPick, tx.Shop(), string(l), p, i)
		if err != nil {
			return fmt.Errorf("set picks: %w", err)
		}
		if n == 0 {
			return ErrMissing
		}
	}
	return s.raise(tx)
}
