package register_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/group"
	"github.com/noren-shop/noren/internal/commerce/catalog/register"
	"github.com/noren-shop/noren/internal/commerce/catalog/sale"
	"github.com/noren-shop/noren/internal/commerce/catalog/shelf"
)

func yen(n int64) *int64 { return &n }

func staff(shop id.Shop) db.Scope {
	return db.Scope{Shop: shop, Actor: actor.Actor{Kind: actor.Staff}.With(actor.BrowseShop, actor.ViewCatalog, actor.EditCatalog)}
}

func write(t testing.TB, d *db.DB, shop id.Shop, f func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), staff(shop), func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func create(t testing.TB, d *db.DB, shop id.Shop, in catalog.In) (p id.Product) {
	t.Helper()
	write(t, d, shop, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = catalog.New().Create(ctx, tx, in)
		return err
	})
	return p
}

func get(t testing.TB, d *db.DB, shop id.Shop, p id.Product) (e register.Entry, err error) {
	t.Helper()
	err = d.Read(t.Context(), staff(shop), func(r db.Reader) (err error) {
		e, err = register.New().Get(t.Context(), r, p)
		return err
	})
	return e, err
}

func one(name string, price int64, terms catalog.Terms) catalog.In {
	return catalog.In{Name: name, State: catalog.Showing, Variants: []catalog.VariantIn{{Price: price}}, Terms: terms}
}

func TestTermsReadBackAsTheyWereSaved(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		want := catalog.Terms{ListPrice: yen(-5), MemberPrice: yen(900), Cost: yen(0), Few: yen(2), MinQuantity: 2, MaxQuantity: 5, SaleFrom: 7, SaleUntil: 9,
			Unit: "個", Memo: "棚\n3", Summary: "短い", SmallText: "小", Members: catalog.MembersBuy, HideSoldOut: true, Unlisted: true, Uncounted: true}
		p := create(t, d, 1, one("皿", 1_000, want))
		e, err := get(t, d, 1, p)
		want.Base = yen(1_000)
		if err != nil || !reflect.DeepEqual(e.Terms, want) {
			t.Errorf("%+v, %v", e.Terms, err)
		}
		if _, err := get(t, d, 2, p); !errors.Is(err, catalog.ErrMissing) {
			t.Errorf("another shop: %v", err)
		}
	})
}

func TestTermsAreBounded(t *testing.T) {
	t.Parallel()
	for field, terms := range map[string]catalog.Terms{"member_price": {MemberPrice: yen(-1)}, "cost": {Cost: yen(100_000_000)},
		"list_price": {ListPrice: yen(-100_000_000)}, "max_quantity": {MinQuantity: 3, MaxQuantity: 2}, "sale_until": {SaleFrom: 5, SaleUntil: 5},
		"members": {Members: "x"}, "few": {Few: yen(-1)}, "summary": {Summary: strings.Repeat("あ", 256)}} {
		in := one("皿", 1, terms)
		fs, ok := fault.Of(in.Clean())
		if !ok || fs[0].Field != field {
			t.Errorf("%s: %v", field, fs)
		}
	}
}

// TestVariantsFollowTheProductsPrice: a variant follows the product's price until it has one of its own.
func TestVariantsFollowTheProductsPrice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		in := catalog.In{Name: "シャツ", Options: []catalog.OptionIn{{Name: "色", Values: []catalog.ValueIn{{Name: "白"}, {Name: "赤"}, {Name: "藍"}}}}}
		in.Variants = catalog.Combinations(in.Options, catalog.VariantIn{Price: 500})
		in.Variants[2].Price = 700
		p := create(t, d, 1, in)
		prices := func() string {
			e, err := get(t, d, 1, p)
			if err != nil {
				t.Fatal(err)
			}
			out := ""
			for _, v := range e.Variants {
				out += fmt.Sprint(v.Price, v.Follows, " ")
			}
			return out
		}
		change := func(do func(*catalog.In)) {
			write(t, d, 1, func(ctx context.Context, tx *db.Tx) error {
				e, err := register.New().Get(ctx, tx, p)
				if err != nil {
					return err
				}
				in := e.In()
				do(&in)
				return catalog.New().Change(ctx, tx, p, e.Version, in)
			})
		}
		for _, step := range []struct {
			do   func(*catalog.In)
			want string
		}{
			{func(*catalog.In) {}, "500 true 500 true 700 false "},
			{func(in *catalog.In) { in.Reprice(yen(600)) }, "600 true 600 true 700 false "},
			{func(in *catalog.In) { in.Variants[1].Price = 650 }, "600 true 650 false 700 false "},
			{func(in *catalog.In) { in.Reprice(nil) }, "0 true 650 false 700 false "},
		} {
			change(step.do)
			if got := prices(); got != step.want {
				t.Errorf("%q, want %q", got, step.want)
			}
		}
	})
}

// TestWhatIsNotSoldIsNotShown: the shelf and the cart know the period, the members, what is unlisted and what has no price.
func TestWhatIsNotSoldIsNotShown(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := d.Now().UnixMilli()
		unpriced := one("e", 0, catalog.Terms{})
		unpriced.Variants[0].Follows = true
		made := map[string]id.Product{}
		for _, in := range []catalog.In{
			one("a", 100, catalog.Terms{SaleFrom: now - 60_000, SaleUntil: now + 60_000}), one("b", 100, catalog.Terms{SaleFrom: now + 60_000}),
			one("c", 100, catalog.Terms{SaleUntil: now - 60_000}), one("d", 100, catalog.Terms{Unlisted: true}), unpriced,
			one("f", 100, catalog.Terms{Members: catalog.MembersSee}), one("g", 100, catalog.Terms{Members: catalog.MembersBuy, MemberPrice: yen(80)}),
			one("h", 100, catalog.Terms{HideSoldOut: true}), one("i", 100, catalog.Terms{HideSoldOut: true, Uncounted: true}),
		} {
			made[in.Name] = create(t, d, 1, in)
		}
		variants := map[string]id.Variant{}
		for name, p := range made {
			e, err := get(t, d, 1, p)
			if err != nil {
				t.Fatal(err)
			}
			variants[name] = e.Variants[0].ID
		}
		for kind, want := range map[actor.Kind][2]string{actor.Visitor: {"a g i", "a100 d100 g100 h100 i100"}, actor.Member: {"a g i", "a100 d100 f100 g80 h100 i100"}} {
			scope := db.Scope{Shop: 1, Actor: actor.Actor{Kind: kind}.With()}
			var listed, sold []string
			err := d.Read(t.Context(), scope, func(r db.Reader) error {
				listed, sold = nil, nil
				cards, _, err := shelf.New().List(t.Context(), r, shelf.Query{})
				if err != nil {
					return err
				}
				names := map[string]bool{}
				for _, c := range cards {
					names[c.Name] = true
				}
				for _, name := range strings.Split("a b c d e f g h i", " ") {
					if names[name] {
						listed = append(listed, name)
					}
					items, err := sale.Items(t.Context(), r, "ja", []id.Variant{variants[name]})
					if err != nil {
						return err
					}
					if it := items[variants[name]]; it.OnSale {
						sold = append(sold, fmt.Sprint(name, it.Price))
					}
				}
				return nil
			})
			if got := strings.Join(listed, " "); err != nil || got != want[0] {
				t.Errorf("%s sees %q, %v", kind, got, err)
			}
			if got := strings.Join(sold, " "); got != want[1] {
				t.Errorf("%s buys %q", kind, got)
			}
		}
	})
}

func TestGroupsHoldProductsOfTheirShop(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, p := group.New(), create(t, d, 1, one("皿", 100, catalog.Terms{}))
		var a, b id.Group
		write(t, d, 1, func(ctx context.Context, tx *db.Tx) (err error) {
			if a, err = s.Create(ctx, tx, group.Group{Name: "春"}); err != nil {
				return err
			}
			if b, err = s.Create(ctx, tx, group.Group{Name: "桜", Parent: a}); err != nil {
				return err
			}
			return s.Put(ctx, tx, p, []id.Group{b, a, b})
		})
		if e, err := get(t, d, 1, p); err != nil || len(e.Groups) != 2 {
			t.Errorf("%v, %v", e.Groups, err)
		}
		for name, bad := range map[string]struct {
			shop id.Shop
			do   func(ctx context.Context, tx *db.Tx) error
		}{
			"a ring": {1, func(ctx context.Context, tx *db.Tx) error {
				return s.Change(ctx, tx, group.Group{ID: a, Name: "春", Parent: b})
			}},
			"no name":         {1, func(ctx context.Context, tx *db.Tx) error { return s.Change(ctx, tx, group.Group{ID: a}) }},
			"another's group": {2, func(ctx context.Context, tx *db.Tx) error { return s.Change(ctx, tx, group.Group{ID: a, Name: "取"}) }},
			"another's parent": {2, func(ctx context.Context, tx *db.Tx) error {
				_, err := s.Create(ctx, tx, group.Group{Name: "x", Parent: a})
				return err
			}},
			"another's product": {2, func(ctx context.Context, tx *db.Tx) error { return s.Put(ctx, tx, p, []id.Group{a}) }},
		} {
			err := d.Write(t.Context(), staff(bad.shop), func(tx *db.Tx) error { return bad.do(t.Context(), tx) })
			if _, ok := fault.Of(err); !ok {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// BenchmarkList compares a page of ten products with everything with the bare statement for their rows.
func BenchmarkList(b *testing.B) {
	d := dbtest.New(b)
	for i := range 1000 {
		in := one(fmt.Sprint("皿", i), 100+int64(i), catalog.Terms{})
		in.Options = []catalog.OptionIn{{Name: "色", Values: []catalog.ValueIn{{Name: "白"}, {Name: "赤"}}}}
		in.Variants = catalog.Combinations(in.Options, catalog.VariantIn{Price: 100})
		create(b, d, 1, in)
	}
	read := func(b *testing.B, f func(ctx context.Context, r db.Reader) error) {
		for b.Loop() {
			if err := d.Read(b.Context(), staff(1), func(r db.Reader) error { return f(b.Context(), r) }); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("whole", func(b *testing.B) {
		read(b, func(ctx context.Context, r db.Reader) error {
			_, _, err := register.New().List(ctx, r, register.Query{Limit: 10}, register.Whole())
			return err
		})
	})
	b.Run("fields", func(b *testing.B) {
		read(b, func(ctx context.Context, r db.Reader) error {
			_, _, err := register.New().List(ctx, r, register.Query{Limit: 10}, register.Parts{})
			return err
		})
	})
	b.Run("bare", func(b *testing.B) {
		read(b, func(ctx context.Context, r db.Reader) error {
			_, err := db.All(ctx, r, catalog.ScanProduct, `SELECT `+catalog.ProductColumns+`
				FROM product p WHERE p.shop_id = $1 ORDER BY p.made_ms DESC, p.id DESC LIMIT 10`, 1)
			return err
		})
	})
}
