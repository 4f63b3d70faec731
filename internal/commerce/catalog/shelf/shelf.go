// Package shelf reads what shoppers see of a shop: products that are showing, with their first picture, their prices, and
// whether there are any left.
//
// It guarantees that nothing is shown but what is showing, that a list is one statement, that it tells no more of a count
// than a shopper may see (a few left, or none), and that Version changes whenever one of its answers could. It refuses to
// write, and to count: the stock table, which it reads beside the catalogue's own, is inventory's.
package shelf

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
)

// FewLeft is the count from which a page says how many are left. It is inventory's; a test compares the two.
const FewLeft = 5

// A Card is a product in a list.
type Card struct {
	ID       id.Product
	Handle   string
	Name     string
	NameEn   string
	Tax      tax.Class
	Position int64
	PriceMin int64
	PriceMax int64
	SoldOut  bool          // of every variant
	Image    catalog.Image // its ID is 0 where there is none
}

// A Sort is an order of a list.
type Sort string

// The orders. In each, the newer of two equals comes first.
const (
	AsPlaced  Sort = ""       // by the owner's positions
	Newest    Sort = "new"    //
	PriceLow  Sort = "price"  // the cheapest first
	PriceHigh Sort = "-price" // the dearest first
)

// ParseSort reads an order from an address; what it does not know is AsPlaced.
func ParseSort(s string) Sort {
	switch k := Sort(s); k {
	case Newest, PriceLow, PriceHigh:
		return k
	}
	return AsPlaced
}

// A Query chooses what to list.
type Query struct {
	Text       string        // part of a name, a reading, a model number or a JAN code
	Group      id.Group      // 0: in any or none
	Categories []id.Category // in any of these: catalog.Tree.Under gives a category with those below it
	Sort       Sort
	After      page.Cursor
	Limit      int
}

// A Page is one product as shoppers see it.
type Page struct {
	catalog.Product
	Left []int64 // of each of the Variants, at most FewLeft + 1
}

// Few is the count from which the page says how many are left of the variant.
func (p Page) Few(i int) int64 {
	switch few, own := p.Terms.Few, p.Variants[i].Few; {
	case own != nil:
		return min(*own, FewLeft)
	case few != nil:
		return min(*few, FewLeft)
	}
	return FewLeft
}

// SoldOut says that nothing of the product is left.
func (p Page) SoldOut() bool {
	for _, n := range p.Left {
		if n > 0 {
			return false
		}
	}
	return true
}

// A Service reads shelves.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// List reads one page of products.
func (s *Service) List(ctx context.Context, r db.Reader, q Query) ([]Card, page.Cursor, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, page.Cursor{}, err
	}
	q.Limit = catalog.Limit(q.Limit)
	text, args := listSQL(r.Shop(), r.Now().UnixMilli(), q)
	cards, err := db.All(ctx, r, scanCard, text, args...)
	if err != nil {
		return nil, page.Cursor{}, fmt.Errorf("list products on sale: %w", err)
	}
	cards, next := page.Cut(cards, q.Limit, q.Sort.place)
	return cards, next, nil
}

func (k Sort) place(c Card) page.Cursor {
	switch k {
	case AsPlaced:
		return page.Cursor{Key: c.Position, ID: int64(c.ID)}
	case PriceLow, PriceHigh:
		return page.Cursor{Key: c.PriceMin, ID: int64(c.ID)}
	}
	return page.Cursor{ID: int64(c.ID)}
}

// Picks reads one of the owner's lists, in the owner's order.
func (s *Service) Picks(ctx context.Context, r db.Reader, l catalog.PickList, limit int) ([]Card, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	cards, err := db.All(ctx, r, scanCard, sqlPicks, r.Shop(), string(l), catalog.Limit(limit), r.Now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list picked products: %w", err)
	}
	return cards, nil
}

// Get reads a product by its address; what is not showing, not yet or no longer sold, or for members' eyes is not found.
func (s *Service) Get(ctx context.Context, r db.Reader, handle string) (Page, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return Page{}, err
	}
	p, err := db.One(ctx, r, catalog.ScanProduct, sqlProduct, r.Shop(), handle)
	if errors.Is(err, db.ErrNone) {
		return Page{}, catalog.ErrMissing
	}
	if err != nil {
		return Page{}, fmt.Errorf("read product: %w", err)
	}
	if !p.OnSaleAt(r.Now().UnixMilli()) || p.Members == catalog.MembersSee || (p.Base == nil && p.PriceMax == 0) {
		return Page{}, catalog.ErrMissing
	}
	out := Page{Product: p}
	if out.Options, err = catalog.Options(ctx, r, p.ID); err != nil {
		return Page{}, err
	}
	variants, err := db.All(ctx, r, scanVariant, sqlVariants, r.Shop(), p.ID)
	if err != nil {
		return Page{}, fmt.Errorf("read variants: %w", err)
	}
	for _, v := range variants {
		left := min(max(v.left, 0), FewLeft+1)
		switch {
		case !p.Priced(v.variant.VariantTerms):
			left = 0
		case p.Uncounted:
			left = FewLeft + 1
		}
		out.Variants = append(out.Variants, v.variant)
		out.Left = append(out.Left, left)
	}
	if out.Images, err = db.All(ctx, r, scanImage, sqlImages, r.Shop(), p.ID); err != nil {
		return Page{}, fmt.Errorf("read images: %w", err)
	}
	if out.Categories, err = db.All(ctx, r, scanCategory, sqlCategories, r.Shop(), p.ID); err != nil {
		return Page{}, fmt.Errorf("read product's categories: %w", err)
	}
	return out, nil
}

// Images reads pictures by their ids, for a cart.
func (s *Service) Images(ctx context.Context, r db.Reader, ids []id.Image) (map[id.Image]catalog.Image, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	w := db.In(db.NewWhere("shop_id = ?", r.Shop()), "id", ids)
	list, err := db.All(ctx, r, scanImage, sqlImagesByID+w.Text(), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read images: %w", err)
	}
	out := make(map[id.Image]catalog.Image, len(list))
	for _, i := range list {
		out[i.ID] = i
	}
	return out, nil
}

// Version grows whenever the shop's pages could show something else of catalogue or stock: pages that were made under one
// version may be kept while it stands.
func (s *Service) Version(ctx context.Context, r db.Reader) (int64, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return 0, err
	}
	v, err := db.One(ctx, r, scanInt, sqlVersion, r.Shop(), r.Now().UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("read shelf's version: %w", err)
	}
	return v, nil
}
