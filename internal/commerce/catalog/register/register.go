// Package register reads a shop's goods whole and by many filters, as programs ask for them: products with everything about
// them, and their variants as a list of stock.
//
// It guarantees that a page of a list is a bounded number of statements, whatever it holds, and that only what is asked for is
// read. It refuses to change anything. The stock tables, which it reads beside the catalogue's own, are inventory's.
package register

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
)

// A Display is who sees a product, with its state.
type Display struct {
	Members catalog.Members
	Hidden  bool // from everyone
}

// A Range bounds a sum or a time; nil is no bound. Both ends are in it.
type Range struct{ Min, Max *int64 }

// A Query chooses products. What is empty chooses all.
type Query struct {
	IDs        []int64
	Within     [][]id.Category // in one of each list
	Groups     []int64         // in any
	Model      string          // part of the product's or a variant's
	Name       string          // part of it
	JAN        string          // of a variant
	Display    *Display
	MostStock  *int64 // counted, and no more than these in all
	Counted    *bool
	RecentZero *bool // sold out since Since
	Since      int64
	Made       Range // milliseconds
	Updated    Range
	Base       Range
	List       Range
	Member     Range
	Sort       []Order
	Limit      int
	Offset     int
}

// A Key is what products are sorted by.
type Key string

// The keys.
const (
	ByMade   Key = "p.made_ms"
	ByUpdate Key = "p.updated_ms"
	ByBase   Key = "p.base_price"
	ByList   Key = "p.list_price"
	ByMember Key = "p.member_price"
)

// An Order is one key of a sorting. What has no such value comes last, up or down.
type Order struct {
	Key  Key
	Down bool
}

// Parts are what is read of products beside their own fields.
type Parts struct{ Options, Variants, Images, Categories, Groups, Picks bool }

// Whole are all parts.
func Whole() Parts { return Parts{true, true, true, true, true, true} }

// An Entry is a product with everything about it.
type Entry struct {
	catalog.Product
	OnHand []int64 // of each of the Variants
	Groups []id.Group
	Picks  []catalog.Pick
}

// Total is how many pieces there are of all variants.
func (e Entry) Total() (n int64) {
	for _, v := range e.OnHand {
		n += v
	}
	return n
}

// A Service reads.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// List reads a page of products, and how many there are in all.
func (s *Service) List(ctx context.Context, r db.Reader, q Query, parts Parts) ([]Entry, int64, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return nil, 0, err
	}
	w := q.where(r.Shop(), productStock, productZero)
	total, err := db.One(ctx, r, scanInt, sqlCount+w.Text(), w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("count products: %w", err)
	}
	text := sqlProducts + w.Text() + q.order() + ` LIMIT ` + w.Arg(q.Limit) + ` + 0 OFFSET ` + w.Arg(q.Offset) + ` + 0`
	products, err := db.All(ctx, r, catalog.ScanProduct, text, w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("list products: %w", err)
	}
	out, err := whole(ctx, r, products, parts)
	return out, total, err
}

// Get reads one product.
func (s *Service) Get(ctx context.Context, r db.Reader, product id.Product) (Entry, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return Entry{}, err
	}
	w := db.NewWhere("p.shop_id = ? AND p.id = ?", r.Shop(), product)
	p, err := db.One(ctx, r, catalog.ScanProduct, sqlProducts+w.Text(), w.Args()...)
	if errors.Is(err, db.ErrNone) {
		return Entry{}, catalog.ErrMissing
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read product: %w", err)
	}
	all, err := whole(ctx, r, []catalog.Product{p}, Whole())
	if err != nil {
		return Entry{}, err
	}
	return all[0], nil
}

// A Line is one variant in the list of stock.
type Line struct {
	Entry   // without Variants
	Variant catalog.Variant
	Count   int64
}

// Stock reads a page of variants with their products, and how many there are in all. Sort, Groups and ranges do not matter.
func (s *Service) Stock(ctx context.Context, r db.Reader, q Query, parts Parts) ([]Line, int64, error) {
	right := actor.ViewCatalog
	if r.Actor().Kind == actor.App {
		right = actor.BrowseShop // the contract gives every token the stock
	}
	if err := r.Allow(right); err != nil {
		return nil, 0, err
	}
	w := q.where(r.Shop(), variantStock, variantZero)
	total, err := db.One(ctx, r, scanInt, sqlCountStock+w.Text(), w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("count stock: %w", err)
	}
	text := sqlStock + w.Text() + sqlStockOrder + w.Arg(q.Limit) + ` + 0 OFFSET ` + w.Arg(q.Offset) + ` + 0`
	rows, err := db.All(ctx, r, scanCounted, text, w.Args()...)
	if err != nil || len(rows) == 0 {
		return nil, total, err
	}
	var ids []int64
	for _, v := range rows {
		ids = append(ids, int64(v.variant.Product))
	}
	w = db.In(db.NewWhere("p.shop_id = ?", r.Shop()), "p.id", ids)
	products, err := db.All(ctx, r, catalog.ScanProduct, sqlProducts+w.Text(), w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("list products of stock: %w", err)
	}
	parts.Variants = false
	entries, err := whole(ctx, r, products, parts)
	if err != nil {
		return nil, 0, err
	}
	by := make(map[id.Product]Entry, len(entries))
	for _, e := range entries {
		by[e.ID] = e
	}
	out := make([]Line, len(rows))
	for i, v := range rows {
		out[i] = Line{by[v.variant.Product], v.variant, v.onHand}
	}
	return out, total, nil
}

// whole reads the parts of products, a statement each.
func whole(ctx context.Context, r db.Reader, products []catalog.Product, parts Parts) ([]Entry, error) {
	out := make([]Entry, len(products))
	ids := make([]id.Product, len(products))
	at := make(map[id.Product]*Entry, len(products))
	for i, p := range products {
		out[i].Product, ids[i] = p, p.ID
		at[p.ID] = &out[i]
	}
	if len(products) == 0 {
		return out, nil
	}
	if parts.Options || parts.Variants {
		options, err := catalog.OptionsOf(ctx, r, ids)
		if err != nil {
			return nil, err
		}
		for p, o := range options {
			at[p].Options = o
		}
	}
	for _, part := range []struct {
		wanted bool
		read   func() error
	}{
		{parts.Variants, func() error {
			return each(ctx, r, scanCounted, sqlVariants, "v.product_id", sqlVariantsOrder, ids, func(v counted) {
				e := at[v.variant.Product]
				e.Variants, e.OnHand = append(e.Variants, v.variant), append(e.OnHand, v.onHand)
			})
		}},
		{parts.Images, func() error {
			return each(ctx, r, scanImage, sqlImages, "i.product_id", sqlImagesOrder, ids, func(v owned[catalog.Image]) {
				at[v.product].Images = append(at[v.product].Images, v.thing)
			})
		}},
		{parts.Categories, func() error {
			return each(ctx, r, scanOwned[id.Category], sqlCategories, "c.product_id", sqlCategoriesOrder, ids, func(v owned[id.Category]) {
				at[v.product].Categories = append(at[v.product].Categories, v.thing)
			})
		}},
		{parts.Groups, func() error {
			return each(ctx, r, scanOwned[id.Group], sqlGroups, "g.product_id", sqlGroupsOrder, ids, func(v owned[id.Group]) {
				at[v.product].Groups = append(at[v.product].Groups, v.thing)
			})
		}},
		{parts.Picks, func() error {
			return each(ctx, r, catalog.ScanPick, sqlPicks, "k.product_id", sqlPicksOrder, ids, func(v catalog.Pick) {
				at[v.Product].Picks = append(at[v.Product].Picks, v)
			})
		}},
	} {
		if !part.wanted {
			continue
		}
		if err := part.read(); err != nil {
			return nil, fmt.Errorf("read parts of products: %w", err)
		}
	}
	return out, nil
}

// each reads what belongs to the products and hands it on, in the statement's order.
func each[T any](ctx context.Context, r db.Reader, scan func(db.Row) (T, error), text, column, order string, ids []id.Product,
	take func(T)) error {
	w := db.In(db.NewWhere(column[:1]+".shop_id = ?", r.Shop()), column, ids)
	rows, err := db.All(ctx, r, scan, text+w.Text()+order, w.Args()...)
	for _, v := range rows {
		take(v)
	}
	return err
}
