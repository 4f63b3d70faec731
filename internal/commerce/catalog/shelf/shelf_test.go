package shelf_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/shelf"
	"github.com/noren-shop/noren/internal/commerce/inventory"
)

func owner(shop id.Shop) db.Scope {
	return db.Scope{Shop: shop, Actor: actor.Actor{Kind: actor.Staff, Role: actor.Owner}.With(actor.PlaceOrders)}
}

func visitor(shop id.Shop) db.Scope {
	return db.Scope{Shop: shop, Actor: actor.Actor{Kind: actor.Visitor}.With()}
}

func write(t testing.TB, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), owner(1), func(tx *db.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// put makes a product of two sizes and puts a picture and stock to it.
func put(t testing.TB, d *db.DB, in catalog.In, pieces ...int64) (p id.Product) {
	t.Helper()
	price := in.Position*100 + 100
	in.Options = []catalog.OptionIn{{Name: "サイズ", Values: []catalog.ValueIn{{Name: "S"}, {Name: "M", NameEn: "M"}}}}
	in.Variants = catalog.Combinations(in.Options, catalog.VariantIn{Price: price})
	in.Variants[1].Price += 50
	write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		s := catalog.New()
		if p, err = s.Create(ctx, tx, in); err != nil {
			return err
		}
		for _, digest := range []string{"first", "second"} {
			if _, err := s.AttachImage(ctx, tx, p, catalog.Image{Digest: digest, Width: 9, Height: 6, Alt: "茶",
				Files: []catalog.File{{Width: 3, Height: 2, Digest: digest, Type: "image/png"}}}); err != nil {
				return err
			}
		}
		full, err := s.Get(ctx, tx, p)
		if err != nil {
			return err
		}
		for i, n := range pieces {
			if err := inventory.New().Set(ctx, tx, full.Variants[i].ID, n, inventory.Counted); err != nil {
				return err
			}
		}
		return nil
	})
	return p
}

func list(t testing.TB, d *db.DB, q shelf.Query) (out []shelf.Card) {
	t.Helper()
	for range 20 {
		var cards []shelf.Card
		if err := d.Read(t.Context(), visitor(1), func(r db.Reader) (err error) {
			cards, q.After, err = shelf.New().List(t.Context(), r, q)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if out = append(out, cards...); q.After.IsZero() {
			return out
		}
	}
	t.Fatal("the list does not end")
	return nil
}

func names(cards []shelf.Card) string {
	var out []string
	for _, c := range cards {
		out = append(out, c.Name)
	}
	return fmt.Sprint(out)
}

func TestListShowsWhatIsShowing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		put(t, d, catalog.In{Name: "煎茶", State: catalog.Showing, Position: 2}, 0, 3)
		put(t, d, catalog.In{Name: "玉露", State: catalog.Showing, Position: 0}, 0, 0)
		put(t, d, catalog.In{Name: "番茶", State: catalog.Showing, Position: 1})
		put(t, d, catalog.In{Name: "下書き", State: catalog.Draft}, 9, 9)
		put(t, d, catalog.In{Name: "隠れ", State: catalog.Hidden}, 9, 9)
		for _, limit := range []int{1, 2, 50} {
			for sort, want := range map[shelf.Sort]string{shelf.AsPlaced: "[玉露 番茶 煎茶]", shelf.PriceLow: "[玉露 番茶 煎茶]", shelf.PriceHigh: "[煎茶 番茶 玉露]"} {
				if got := names(list(t, d, shelf.Query{Sort: sort, Limit: limit})); got != want {
					t.Errorf("%q by %d: %s, want %s", sort, limit, got, want)
				}
			}
			if got := list(t, d, shelf.Query{Sort: shelf.Newest, Limit: limit}); len(got) != 3 {
				t.Errorf("the newest by %d: %s", limit, names(got))
			}
		}
		cards := list(t, d, shelf.Query{})
		for i, sold := range []bool{true, true, false} {
			if cards[i].SoldOut != sold {
				t.Errorf("%s: sold out is %v", cards[i].Name, cards[i].SoldOut)
			}
		}
		c := cards[2]
		if c.PriceMin != 300 || c.PriceMax != 350 || c.Image.Digest != "first" || len(c.Image.Files) != 1 || c.Image.Files[0].Ext() != ".png" {
			t.Errorf("%+v", c)
		}
		if got := names(list(t, d, shelf.Query{Text: "茶"})); got != "[番茶 煎茶]" {
			t.Error(got)
		}
	})
}

func TestEqualPositionsAndPricesAreListedOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i := range 7 {
			put(t, d, catalog.In{Name: fmt.Sprint(i), State: catalog.Showing}, 1)
		}
		for _, sort := range []shelf.Sort{shelf.AsPlaced, shelf.Newest, shelf.PriceLow, shelf.PriceHigh} {
			seen := map[id.Product]bool{}
			for _, c := range list(t, d, shelf.Query{Sort: sort, Limit: 3}) {
				if seen[c.ID] {
					t.Errorf("%q shows %s twice", sort, c.Name)
				}
				seen[c.ID] = true
			}
			if len(seen) != 7 {
				t.Errorf("%q shows %d of 7", sort, len(seen))
			}
		}
	})
}

func TestCategoriesAndPicks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := catalog.New()
		a := put(t, d, catalog.In{Name: "煎茶", State: catalog.Showing, Position: 1}, 1)
		b := put(t, d, catalog.In{Name: "玉露", State: catalog.Showing, Position: 2}, 1)
		hidden := put(t, d, catalog.In{Name: "隠れ", State: catalog.Hidden}, 1)
		var top, sub id.Category
		write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			if top, err = s.CreateCategory(ctx, tx, catalog.Category{Name: "茶", NameEn: "Tea"}); err != nil {
				return err
			}
			if sub, err = s.CreateCategory(ctx, tx, catalog.Category{Name: "緑茶", Parent: top}); err != nil {
				return err
			}
			return errors.Join(s.SetCategories(ctx, tx, a, []id.Category{sub, top}), s.SetCategories(ctx, tx, b, []id.Category{top}),
				s.SetCategories(ctx, tx, hidden, []id.Category{top}),
				s.SetPicks(ctx, tx, catalog.BestSeller, []id.Product{b, hidden, a}))
		})
		for want, in := range map[string][]id.Category{"[煎茶 玉露]": {top, sub}, "[煎茶]": {sub}} {
			if got := names(list(t, d, shelf.Query{Categories: in})); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if err := d.Read(t.Context(), visitor(1), func(r db.Reader) error {
			cards, err := shelf.New().Picks(t.Context(), r, catalog.BestSeller, 10)
			if got := names(cards); got != "[玉露 煎茶]" {
				t.Error(got)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestProductPageTellsNoMoreThanAFewAreLeft(t *testing.T) {
	t.Parallel()
	if shelf.FewLeft != inventory.FewLeft {
		t.Fatal("pages and stock differ in what a few are")
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		put(t, d, catalog.In{Name: "煎茶", Handle: "sencha", State: catalog.Showing}, 5000, 3)
		put(t, d, catalog.In{Name: "下書き", Handle: "draft"}, 1)
		get := func(shop id.Shop, handle string) (p shelf.Page, err error) {
			err = d.Read(t.Context(), visitor(shop), func(r db.Reader) (err error) {
				p, err = shelf.New().Get(t.Context(), r, handle)
				return err
			})
			return p, err
		}
		p, err := get(1, "sencha")
		if err != nil || fmt.Sprint(p.Left) != "[6 3]" || p.SoldOut() || len(p.Images) != 2 || len(p.Variants) != 2 || p.Options[0].Values[1].NameEn != "M" {
			t.Errorf("%+v, %v", p, err)
		}
		for name, c := range map[string]struct {
			shop   id.Shop
			handle string
		}{"a draft": {1, "draft"}, "a neighbour's": {2, "sencha"}, "none": {1, "x"}} {
			if _, err := get(c.shop, c.handle); !fault.Is(err, fault.KindNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := d.Read(t.Context(), visitor(2), func(r db.Reader) error {
			cards, _, err := shelf.New().List(t.Context(), r, shelf.Query{})
			if len(cards) != 0 {
				t.Errorf("a neighbour sees %s", names(cards))
			}
			return err
		}); err != nil {
			t.Error(err)
		}
		nobody := db.Scope{Shop: 1}
		for name, ask := range map[string]func(db.Reader) error{
			"list": func(r db.Reader) error { _, _, err := shelf.New().List(t.Context(), r, shelf.Query{}); return err },
			"get":  func(r db.Reader) error { _, err := shelf.New().Get(t.Context(), r, "sencha"); return err },
			"picks": func(r db.Reader) error {
				_, err := shelf.New().Picks(t.Context(), r, catalog.BestSeller, 1)
				return err
			},
			"version": func(r db.Reader) error { _, err := shelf.New().Version(t.Context(), r); return err },
		} {
			if err := d.Read(t.Context(), nobody, ask); !fault.Is(err, fault.KindDenied) {
				t.Errorf("%s without the right: %v", name, err)
			}
		}
	})
}

func TestVersionCoversCatalogueAndStock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		last := int64(-1)
		rises := func(what string) {
			t.Helper()
			var v int64
			err := d.Read(t.Context(), visitor(1), func(r db.Reader) (err error) { v, err = shelf.New().Version(t.Context(), r); return err })
			if err != nil || v <= last {
				t.Errorf("%s: %d after %d, %v", what, v, last, err)
			}
			last = v
		}
		rises("nothing")
		p := put(t, d, catalog.In{Name: "煎茶", State: catalog.Showing}, 1)
		rises("a new product")
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			full, err := catalog.New().Get(ctx, tx, p)
			if err != nil {
				return err
			}
			return inventory.New().Hold(ctx, tx, inventory.Ref{Kind: inventory.Cart, ID: 1},
				[]inventory.Line{{Variant: full.Variants[0].ID, Quantity: 1}}, tx.Now().Add(time.Minute))
		})
		rises("the last piece held")
	})
}

func BenchmarkList(b *testing.B) {
	d := dbtest.New(b)
	for i := range 60 {
		put(b, d, catalog.In{Name: fmt.Sprint("煎茶", i), State: catalog.Showing, Position: int64(i)}, 4, 4)
	}
	for b.Loop() {
		if err := d.Read(b.Context(), visitor(1), func(r db.Reader) error {
			cards, _, err := shelf.New().List(b.Context(), r, shelf.Query{Limit: 24})
			if len(cards) != 24 {
				b.Fatal(len(cards))
			}
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
}
