package catalog_test

import (
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
)

func owner(shop id.Shop) db.Scope {
	return db.Scope{Shop: shop, Actor: actor.Actor{Kind: actor.Staff, Role: actor.Owner, Account: 9}.With(actor.SweepShops)}
}

func visitor(shop id.Shop) db.Scope {
	return db.Scope{Shop: shop, Actor: actor.Actor{Kind: actor.Visitor}.With()}
}

func write(t *testing.T, d *db.DB, s db.Scope, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), s, fn); err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, d *db.DB, shop id.Shop, in catalog.In) (p id.Product) {
	t.Helper()
	write(t, d, owner(shop), func(tx *db.Tx) (err error) {
		p, err = catalog.New().Create(t.Context(), tx, in)
		return err
	})
	return p
}

func get(t *testing.T, d *db.DB, shop id.Shop, product id.Product) (p catalog.Product) {
	t.Helper()
	if err := d.Read(t.Context(), owner(shop), func(r db.Reader) (err error) {
		p, err = catalog.New().Get(t.Context(), r, product)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return p
}

func change(t *testing.T, d *db.DB, p catalog.Product, in catalog.In) error {
	t.Helper()
	return d.Write(t.Context(), owner(1), func(tx *db.Tx) error {
		return catalog.New().Change(t.Context(), tx, p.ID, p.Version, in)
	})
}

func axis(name string, values ...string) catalog.OptionIn {
	o := catalog.OptionIn{Name: name}
	for _, v := range values {
		o.Values = append(o.Values, catalog.ValueIn{Name: v})
	}
	return o
}

func shirt() catalog.In {
	in := catalog.In{Name: "リネンシャツ", NameEn: "Linen shirt", State: catalog.Showing,
		Options: []catalog.OptionIn{axis("サイズ", "S", "M"), axis("色", "白", "藍")}}
	in.Variants = catalog.Combinations(in.Options, catalog.VariantIn{Price: 12_000, WeightG: 240})
	in.Variants[3].Price = 13_500
	in.Variants[0].JAN, in.Variants[0].Model = "4901234567894", "LS-01"
	return in
}

func TestProductReadsBackAsItWasSaved(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := get(t, d, 1, create(t, d, 1, shirt()))
		if p.Handle != "linen-shirt" || p.PriceMin != 12_000 || p.PriceMax != 13_500 || p.Version != 1 || len(p.Variants) != 4 {
			t.Fatalf("%+v", p)
		}
		in := p.In()
		if err := change(t, d, p, in); err != nil {
			t.Fatal(err)
		}
		again := get(t, d, 1, p.ID)
		if !reflect.DeepEqual(again.In(), p.In()) {
			t.Errorf("saving what was read changes it:\n%+v\n%+v", p, again)
		}
	})
}

// label names a variant by its choices.
func labels(p catalog.Product) map[string]id.Variant {
	names := map[id.Value]string{}
	for _, o := range p.Options {
		for _, v := range o.Values {
			names[v.ID] = v.Name
		}
	}
	out := map[string]id.Variant{}
	for _, v := range p.Variants {
		var parts []string
		for i := range p.Options {
			parts = append(parts, names[v.Values[i]])
		}
		out[strings.Join(parts, "/")] = v.ID
	}
	return out
}

func TestVariantKeepsItsIdWhileAxesChange(t *testing.T) {
	t.Parallel()
	size, colour := axis("サイズ", "S", "M"), axis("色", "白", "藍")
	for name, c := range map[string]struct {
		from, to []catalog.OptionIn
		same     map[string]string // new label → old label, "" for a new one
	}{
		"an axis is added":         {[]catalog.OptionIn{size}, []catalog.OptionIn{size, colour}, map[string]string{"S/白": "S", "M/白": "M", "S/藍": "", "M/藍": ""}},
		"the first axis is added":  {nil, []catalog.OptionIn{size}, map[string]string{"S": "", "M": "new"}},
		"an axis goes":             {[]catalog.OptionIn{size, colour}, []catalog.OptionIn{colour}, map[string]string{"白": "S/白", "藍": "S/藍"}},
		"axes change places":       {[]catalog.OptionIn{size, colour}, []catalog.OptionIn{colour, size}, map[string]string{"白/S": "S/白", "藍/S": "S/藍", "白/M": "M/白", "藍/M": "M/藍"}},
		"a value comes, one goes":  {[]catalog.OptionIn{size}, []catalog.OptionIn{axis("サイズ", "L", "S")}, map[string]string{"S": "S", "L": ""}},
		"the only axis is another": {[]catalog.OptionIn{size}, []catalog.OptionIn{colour}, map[string]string{"白": "", "藍": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				in := catalog.In{Name: "皿", Options: c.from, Variants: catalog.Combinations(c.from, catalog.VariantIn{Price: 100})}
				p := get(t, d, 1, create(t, d, 1, in))
				in.Options, in.Variants = c.to, catalog.Combinations(c.to, catalog.VariantIn{Price: 100})
				if err := change(t, d, p, in); err != nil {
					t.Fatal(err)
				}
				was, is := labels(p), labels(get(t, d, 1, p.ID))
				if len(is) != len(c.same) {
					t.Fatalf("%v", is)
				}
				for now, before := range c.same {
					old, had := was[before]
					if had && is[now] != old {
						t.Errorf("%s is not %s any more", now, before)
					}
					for label, v := range was {
						if !had && v == is[now] {
							t.Errorf("%s is new, but has the id of %s", now, label)
						}
					}
				}
			})
		})
	}
}

func TestVariantsMayChangePlacesAndNames(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := get(t, d, 1, create(t, d, 1, shirt()))
		was := labels(p)
		in := p.In()
		in.Variants[0].Values, in.Variants[1].Values = in.Variants[1].Values, in.Variants[0].Values
		in.Options[0].Values[0].Name = "小"
		for i := range in.Variants {
			if in.Variants[i].Values[0] == "S" {
				in.Variants[i].Values[0] = "小"
			}
		}
		if err := change(t, d, p, in); err != nil {
			t.Fatal(err)
		}
		is := labels(get(t, d, 1, p.ID))
		if is["小/藍"] != was["S/白"] || is["小/白"] != was["S/藍"] || is["M/白"] != was["M/白"] {
			t.Errorf("%v became %v", was, is)
		}
	})
}

func TestSecondEditorIsToldAndChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := get(t, d, 1, create(t, d, 1, shirt()))
		first, second := p.In(), p.In()
		first.Name, second.Name = "一人目", "二人目"
		if err := change(t, d, p, first); err != nil {
			t.Fatal(err)
		}
		if err := change(t, d, p, second); !errors.Is(err, catalog.ErrMoved) {
			t.Fatalf("the second editor: %v", err)
		}
		err := d.Write(t.Context(), owner(1), func(tx *db.Tx) error {
			return catalog.New().Delete(t.Context(), tx, p.ID, p.Version)
		})
		if !errors.Is(err, catalog.ErrMoved) || get(t, d, 1, p.ID).Name != "一人目" {
			t.Fatalf("deleting what has moved on: %v", err)
		}
	})
}

func TestWrongFieldsAreNamedAllAtOnce(t *testing.T) {
	t.Parallel()
	for field, spoil := range map[string]func(*catalog.In){
		"name":              func(in *catalog.In) { in.Name = "　 " },
		"name ":             func(in *catalog.In) { in.Name = strings.Repeat("あ", 201) },
		"name  ":            func(in *catalog.In) { in.Name = "a\x00b" },
		"name   ":           func(in *catalog.In) { in.Name = "a\xffb" },
		"name    ":          func(in *catalog.In) { in.Name = "a\u202eb" },
		"name_en":           func(in *catalog.In) { in.NameEn = "two\nlines" },
		"handle":            func(in *catalog.In) { in.Handle = "あ" },
		"handle ":           func(in *catalog.In) { in.Handle = "-a" },
		"state":             func(in *catalog.In) { in.State = "sold" },
		"tax":               func(in *catalog.In) { in.Tax = "none" },
		"position":          func(in *catalog.In) { in.Position = -1 },
		"description":       func(in *catalog.In) { in.Description = strings.Repeat("あ", 20_001) },
		"options":           func(in *catalog.In) { in.Options = append(in.Options, axis("a", "1"), axis("b", "1")) },
		"options.0.values":  func(in *catalog.In) { in.Options[0] = axis("サイズ", "S", "S") },
		"options.1.name":    func(in *catalog.In) { in.Options[1].Name = "サイズ" },
		"variants":          func(in *catalog.In) { in.Variants = nil },
		"variants.1.price":  func(in *catalog.In) { in.Variants[1].Price = -1 },
		"variants.2.price":  func(in *catalog.In) { in.Variants[2].Price = 100_000_000 },
		"variants.0.jan":    func(in *catalog.In) { in.Variants[0].JAN = "4901234567895" },
		"variants.3.values": func(in *catalog.In) { in.Variants[3].Values = in.Variants[2].Values },
		"variants.0.values": func(in *catalog.In) { in.Variants[0].Values = []string{"S"} },
	} {
		in := shirt()
		spoil(&in)
		fs, _ := fault.Of(in.Clean())
		if len(fs) != 1 || fs[0].Field != strings.TrimSpace(field) || fs[0].Kind != fault.KindInvalid {
			t.Errorf("%s: %v", field, fs)
		}
	}
	two := catalog.In{Position: -1}
	if fs, _ := fault.Of(two.Clean()); len(fs) != 2 {
		t.Errorf("two wrong fields: %v", fs)
	}
}

func TestCheckDigitOfJAN(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"4901234567894": true, "4901234567890": false, "49968712": true, "49968713": false,
		"": false, "490123456789": false, "490123456789４": false, "49A1234567894": false} {
		if catalog.ValidJAN(s) != want {
			t.Errorf("ValidJAN(%q) = %v", s, !want)
		}
	}
}

func list(t *testing.T, d *db.DB, q catalog.Query) (names []string) {
	t.Helper()
	for range 20 {
		var rows []catalog.Row
		if err := d.Read(t.Context(), owner(1), func(r db.Reader) (err error) {
			rows, q.After, err = catalog.New().List(t.Context(), r, q)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			names = append(names, row.Name)
		}
		if q.After.IsZero() {
			return names
		}
	}
	t.Fatal("the list does not end")
	return nil
}

func TestSearchFindsPartsOfWordsInAnyWidthAndKana(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, n := range []string{"宇治抹茶", "カブの漬物", "100%ジュース", "1000ジュース", `C:\tea`} {
			create(t, d, 1, catalog.In{Name: n, Variants: []catalog.VariantIn{{Price: 1, Model: "M-" + n}}})
		}
		create(t, d, 2, catalog.In{Name: "抹茶", Variants: []catalog.VariantIn{{}}})
		for text, want := range map[string]string{"抹茶": "[宇治抹茶]", "ｶﾌﾞ": "[カブの漬物]", "かぶ": "[カブの漬物]", "100%": "[100%ジュース]",
			"_": "[]", `:\T`: `[C:\tea]`, "ない": "[]", "m-宇": "[宇治抹茶]", "' OR 1=1 --": "[]"} {
			if got := fmt.Sprint(list(t, d, catalog.Query{Text: text})); got != want {
				t.Errorf("%q finds %s, want %s", text, got, want)
			}
		}
		if got := list(t, d, catalog.Query{Limit: 2}); len(got) != 5 {
			t.Errorf("pages of two: %v", got)
		}
	})
}

func TestPicturesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), catalog.New()
		p := create(t, d, 1, shirt())
		var ids []id.Image
		write(t, d, owner(1), func(tx *db.Tx) error {
			ids = nil
			for _, digest := range []string{"aa", "bb", "cc"} {
				v, err := s.AttachImage(ctx, tx, p, catalog.Image{Digest: digest, Width: 800, Height: 600, Alt: "正面",
					Files: []catalog.File{{Width: 320, Height: 240, Digest: digest, Type: "image/jpeg"}}})
				if err != nil {
					return err
				}
				ids = append(ids, v)
			}
			return nil
		})
		write(t, d, owner(1), func(tx *db.Tx) error { return s.OrderImages(ctx, tx, p, []id.Image{ids[2], ids[0], ids[1]}) })
		write(t, d, owner(1), func(tx *db.Tx) error { return s.DescribeImage(ctx, tx, p, ids[0], "後ろ", "back") })
		write(t, d, owner(1), func(tx *db.Tx) error { return s.RemoveImage(ctx, tx, p, ids[2]) })
		err := d.Write(ctx, owner(1), func(tx *db.Tx) error { return s.OrderImages(ctx, tx, p, ids[:1]) })
		if !fault.Is(err, fault.KindConflict) {
			t.Errorf("an order that leaves one out: %v", err)
		}
		got := get(t, d, 1, p).Images
		if len(got) != 2 || got[0].ID != ids[0] || got[0].AltEn != "back" || got[1].Digest != "bb" || got[1].Files[0].Width != 320 {
			t.Errorf("%+v", got)
		}
		err = d.Read(ctx, owner(1), func(r db.Reader) error {
			rows, _, err := s.List(ctx, r, catalog.Query{})
			if err == nil && rows[0].Image.ID != ids[0] {
				t.Errorf("the list shows %+v", rows[0].Image)
			}
			used, _ := s.FileDigests(ctx, r)
			if len(used) != 2 || !used["aa"] || !used["bb"] {
				t.Errorf("files in use: %v", used)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestCategoriesStayATree(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), catalog.New()
		var ids []id.Category
		write(t, d, owner(1), func(tx *db.Tx) error {
			ids = []id.Category{0}
			for i := range catalog.MaxDepth {
				v, err := s.CreateCategory(ctx, tx, catalog.Category{Name: "茶", NameEn: fmt.Sprint("Tea ", i), Parent: ids[i]})
				if err != nil {
					return err
				}
				ids = append(ids, v)
			}
			return nil
		})
		for name, c := range map[string]catalog.Category{
			"too deep":     {Name: "x", Parent: ids[4]},
			"below itself": {ID: ids[1], Name: "x", Parent: ids[3]},
			"own parent":   {ID: ids[1], Name: "x", Parent: ids[1]},
			"no parent":    {Name: "x", Parent: 77},
			"slug taken":   {Name: "x", Slug: "tea-0"},
			"no name":      {Parent: ids[1]},
		} {
			err := d.Write(ctx, owner(1), func(tx *db.Tx) error {
				if c.ID != 0 {
					return s.ChangeCategory(ctx, tx, c)
				}
				_, err := s.CreateCategory(ctx, tx, c)
				return err
			})
			if !fault.Is(err, fault.KindInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		p := create(t, d, 1, shirt())
		write(t, d, owner(1), func(tx *db.Tx) error { return s.SetCategories(ctx, tx, p, []id.Category{ids[3], ids[3], ids[4]}) })
		write(t, d, owner(1), func(tx *db.Tx) error { return s.DeleteCategory(ctx, tx, ids[3]) })
		var tree catalog.Tree
		if err := d.Read(ctx, visitor(1), func(r db.Reader) (err error) { tree, err = s.Categories(ctx, r); return err }); err != nil {
			t.Fatal(err)
		}
		if path := tree.Path(ids[4]); len(path) != 3 || path[1].ID != ids[2] {
			t.Errorf("after deleting the one between: %+v", path)
		}
		if got := list(t, d, catalog.Query{Categories: tree.Under(ids[1])}); len(got) != 1 {
			t.Errorf("below the top: %v", got)
		}
		if got := get(t, d, 1, p).Categories; len(got) != 1 || got[0] != ids[4] {
			t.Errorf("the product's categories: %v", got)
		}
	})
}

func TestVersionRisesWithEachChange(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), catalog.New()
		last := int64(-1)
		rises := func(what string) {
			t.Helper()
			var v int64
			err := d.Read(ctx, visitor(1), func(r db.Reader) (err error) { v, err = s.Version(ctx, r); return err })
			if err != nil || v <= last {
				t.Errorf("%s: version %d after %d, %v", what, v, last, err)
			}
			last = v
		}
		rises("nothing")
		p := create(t, d, 1, shirt())
		rises("create")
		if err := change(t, d, get(t, d, 1, p), shirt()); err != nil {
			t.Fatal(err)
		}
		rises("change")
		write(t, d, owner(1), func(tx *db.Tx) error { return s.SetState(ctx, tx, p, 2, catalog.Hidden) })
		rises("hide")
		write(t, d, owner(1), func(tx *db.Tx) error { return s.SetPicks(ctx, tx, catalog.Recommended, []id.Product{p, p}) })
		rises("pick")
		write(t, d, owner(1), func(tx *db.Tx) error { return s.Delete(ctx, tx, p, 3) })
		rises("delete")
		if err := d.Read(ctx, owner(1), func(r db.Reader) error {
			picks, err := s.Picks(ctx, r, catalog.Recommended)
			if len(picks) != 0 {
				t.Errorf("a deleted product is picked: %v", picks)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestNeighbourSeesAndChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), catalog.New()
		p := create(t, d, 1, shirt())
		var img id.Image
		var cat id.Category
		write(t, d, owner(1), func(tx *db.Tx) (err error) {
			if img, err = s.AttachImage(ctx, tx, p, catalog.Image{Digest: "aa", Files: []catalog.File{{Digest: "aa"}}}); err != nil {
				return err
			}
			cat, err = s.CreateCategory(ctx, tx, catalog.Category{Name: "茶"})
			return err
		})
		before := get(t, d, 1, p)
		for name, act := range map[string]func(*db.Tx) error{
			"get":           func(tx *db.Tx) error { _, err := s.Get(ctx, tx, p); return err },
			"change":        func(tx *db.Tx) error { return s.Change(ctx, tx, p, 1, shirt()) },
			"state":         func(tx *db.Tx) error { return s.SetState(ctx, tx, p, 1, catalog.Hidden) },
			"delete":        func(tx *db.Tx) error { return s.Delete(ctx, tx, p, 1) },
			"attach":        func(tx *db.Tx) error { _, err := s.AttachImage(ctx, tx, p, before.Images[0]); return err },
			"describe":      func(tx *db.Tx) error { return s.DescribeImage(ctx, tx, p, img, "x", "x") },
			"remove":        func(tx *db.Tx) error { return s.RemoveImage(ctx, tx, p, img) },
			"order":         func(tx *db.Tx) error { return s.OrderImages(ctx, tx, p, []id.Image{img}) },
			"categories":    func(tx *db.Tx) error { return s.SetCategories(ctx, tx, p, nil) },
			"category":      func(tx *db.Tx) error { return s.ChangeCategory(ctx, tx, catalog.Category{ID: cat, Name: "x"}) },
			"drop category": func(tx *db.Tx) error { return s.DeleteCategory(ctx, tx, cat) },
			"picks":         func(tx *db.Tx) error { return s.SetPicks(ctx, tx, catalog.BestSeller, []id.Product{p}) },
		} {
			if err := d.Write(ctx, owner(2), func(tx *db.Tx) error { return act(tx) }); !fault.Is(err, fault.KindNotFound) {
				t.Errorf("%s by a neighbour: %v", name, err)
			}
			if err := d.Write(ctx, visitor(1), func(tx *db.Tx) error { return act(tx) }); !fault.Is(err, fault.KindDenied) {
				t.Errorf("%s by a visitor: %v", name, err)
			}
		}
		if after := get(t, d, 1, p); !reflect.DeepEqual(before, after) {
			t.Errorf("a neighbour changed it:\n%+v\n%+v", before, after)
		}
	})
}
