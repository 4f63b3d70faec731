// Package sheet reads stock as a list: every variant of a shop with its count, for people who count shelves.
//
// It guarantees that variants which were never counted stand in it with none, in the order of the products (the newest
// first) and of their variants, and that a page ends where the next begins. It refuses to change anything, and to name
// what it counts: names are the catalogue's.
package sheet

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/inventory"
)

// A Filter chooses variants by what is left of them.
type Filter string

// The filters.
const (
	All     Filter = ""
	Low     Filter = "low"  // some are left, at most inventory.FewLeft
	SoldOut Filter = "none" // none is left
)

// A Query chooses variants.
type Query struct {
	Filter  Filter
	Text    string     // part of a product's name, reading, model number or JAN code
	Product id.Product // 0: all
	After   page.Cursor
	Limit   int
}

// A Row is one variant.
type Row struct {
	inventory.Level
	Product  id.Product
	position int64
}

// List reads the shop's variants.
func List(ctx context.Context, r db.Reader, q Query) ([]Row, page.Cursor, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return nil, page.Cursor{}, err
	}
	if q.Limit <= 0 {
		q.Limit = page.DefaultLimit
	}
	q.Limit = min(q.Limit, page.MaxLimit)
	w := listWhere(r.Shop(), q)
	most := w.Arg(q.Limit+1) + " + 0" // a bare one makes SQLite plan anew each time
	rows, err := db.All(ctx, r, scanRow, sqlList+w.Text()+sqlOrder+most, w.Args()...)
	if err != nil {
		return nil, page.Cursor{}, fmt.Errorf("list stock: %w", err)
	}
	rows, next := page.Cut(rows, q.Limit, func(v Row) page.Cursor { return page.Cursor{Key: int64(v.Product), ID: v.position} })
	return rows, next, nil
}

// Totals adds up what there is of all variants of each product.
func Totals(ctx context.Context, r db.Reader, products []id.Product) (map[id.Product]inventory.Level, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return nil, err
	}
	out := make(map[id.Product]inventory.Level, len(products))
	if len(products) == 0 {
		return out, nil
	}
	w := db.In(db.NewWhere("v.shop_id = ?", r.Shop()), "v.product_id", products)
	rows, err := db.All(ctx, r, scanTotal, sqlTotals+w.Text()+sqlTotalsGroup, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("add up stock: %w", err)
	}
	for _, v := range rows {
		out[v.Product] = v.Level
	}
	return out, nil
}
