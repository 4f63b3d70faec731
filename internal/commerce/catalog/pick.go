package catalog

import (
	"context"
	"errors"
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
	HandPicked  PickList = "pick"
)

// Valid says whether l is one of the lists.
func (l PickList) Valid() bool {
	return l == Recommended || l == BestSeller || l == NewArrival || l == HandPicked
}

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
	made, err := s.made(ctx, tx, l)
	if err != nil {
		return err
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
		since := made[p]
		if since == 0 {
			since = tx.NowMS()
		}
		n, err := tx.Exec(ctx, sqlPutPick, tx.Shop(), string(l), p, i, since, tx.NowMS())
		if err != nil {
			return fmt.Errorf("set picks: %w", err)
		}
		if n == 0 {
			return ErrMissing
		}
	}
	return s.raise(tx)
}

// made says since when products stand in a list.
func (s *Service) made(ctx context.Context, r db.Reader, l PickList) (map[id.Product]int64, error) {
	rows, err := db.All(ctx, r, func(row db.Row) (p Pick, err error) {
		err = row.Scan(&p.Product, &p.MadeMS)
		return p, err
	}, sqlMade, r.Shop(), string(l))
	if err != nil {
		return nil, fmt.Errorf("read picks: %w", err)
	}
	out := make(map[id.Product]int64, len(rows))
	for _, p := range rows {
		out[p.Product] = p.MadeMS
	}
	return out, nil
}

// A Pick is a product's place in a list.
type Pick struct {
	List     PickList
	Product  id.Product
	Position int64
	Since
}

// ErrNoPick is a product that does not stand in the list.
var ErrNoPick = fault.NotFound(fault.Text{Ja: "この商品はこのリストに入っていません。", En: "This product is not in this list."})

// Picked reads a product's place in a list.
func (s *Service) Picked(ctx context.Context, r db.Reader, l PickList, product id.Product) (Pick, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return Pick{}, err
	}
	p, err := db.One(ctx, r, ScanPick, sqlPicked, r.Shop(), product, string(l))
	if errors.Is(err, db.ErrNone) {
		return p, ErrNoPick
	}
	return p, err
}

// PutPick gives a product a place in a list, or another one.
func (s *Service) PutPick(ctx context.Context, tx *db.Tx, l PickList, product id.Product, position int64) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	if !l.Valid() {
		return ErrNoPick
	}
	if f := between("position", position, MaxPosition); f != nil {
		return f
	}
	made, err := s.made(ctx, tx, l)
	if err != nil {
		return err
	}
	if _, in := made[product]; !in && len(made) >= MaxPicks {
		return fault.Invalid("picks", fault.Text{Ja: "1つのリストには100商品まで選べます。", En: "A list holds at most 100 products."})
	}
	n, err := tx.Exec(ctx, sqlPutPick, tx.Shop(), string(l), product, position, tx.NowMS(), tx.NowMS())
	if err != nil {
		return fmt.Errorf("pick product: %w", err)
	}
	if n == 0 {
		return ErrMissing
	}
	return s.raise(tx)
}

// Unpick takes a product off a list.
func (s *Service) Unpick(ctx context.Context, tx *db.Tx, l PickList, product id.Product) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlUnpick, tx.Shop(), string(l), product)
	if err != nil {
		return fmt.Errorf("take product off list: %w", err)
	}
	if n == 0 {
		return ErrNoPick
	}
	return s.raise(tx)
}

// ScanPick reads list, product_id, position, made_ms and updated_ms.
func ScanPick(row db.Row) (p Pick, err error) {
	err = row.Scan(&p.List, &p.Product, &p.Position, &p.MadeMS, &p.UpdatedMS)
	return p, err
}
