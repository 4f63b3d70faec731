package goods

import (
	"context"
	"errors"
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// formView is the form's page.
type formView struct {
	draft
	errors   ui.Errors
	said     ui.Note // above the form
	base     string  // the address of the products
	action   string
	now      string // the address of the product as it is, after a conflict
	may      bool
	mayCount bool
	tree     catalog.Tree
	state    catalog.State // as saved; empty for a new one
	pictures []thumb
}

type thumb struct{ src, alt string }

// known is what the store has behind a form.
type known struct {
	product catalog.Product
	levels  map[id.Variant]inventory.Level
	tree    catalog.Tree
}

// look reads what stands behind the form; product 0 is a new one.
func (g *Goods) look(r *frame.Request, product id.Product) (k known, err error) {
	err = r.Read(func(rd db.Reader) (err error) {
		if k.tree, err = g.Catalog.Categories(r.Context(), rd); err != nil || product == 0 {
			return err
		}
		if k.product, err = g.Catalog.Get(r.Context(), rd, product); err != nil {
			return err
		}
		ids := make([]id.Variant, len(k.product.Variants))
		for i, v := range k.product.Variants {
			ids[i] = v.ID
		}
		k.levels, err = g.Stock.Levels(r.Context(), rd, ids)
		return err
	})
	return k, err
}

// page is the form with the draft in it.
func (g *Goods) page(r *frame.Request, k known, d draft, cause error, said ui.Note) (frame.Response, error) {
	title := r.Lang().Pick("商品を追加", "Add a product")
	v := formView{draft: d, errors: ui.ErrorsOf(r.Lang(), cause), said: said, base: g.URL(r, "/products"), tree: k.tree,
		may: r.Actor().May(actor.EditCatalog), mayCount: r.Actor().May(actor.EditStock), state: k.product.State}
	v.action = v.base + "/new"
	if d.product != 0 {
		v.action = v.base + "/" + id.String(d.product)
		title = r.Lang().Pick(k.product.Name, either(k.product.NameEn, k.product.Name))
	}
	if errors.Is(cause, catalog.ErrMoved) {
		v.now = v.action
	}
	a, err := g.Admin(r, title)
	if err != nil {
		return frame.Response{}, err
	}
	for _, img := range k.product.Images {
		v.pictures = append(v.pictures, thumb{g.Picture(r, img, 160), named(a.Page, img.Alt, img.AltEn)})
	}
	res := frame.Page(formPage(a, v))
	if cause != nil {
		res = res.Status(frame.StatusOf(cause))
	}
	return res, nil
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (g *Goods) showNew(r *frame.Request) (frame.Response, error) {
	k, err := g.look(r, 0)
	if err != nil {
		return frame.Response{}, err
	}
	d := draft{values: map[string]string{"state": string(catalog.Draft), "tax": "standard"}, variants: []variant{{on: true}}}
	return g.page(r, k, d, nil, ui.Note{})
}

func (g *Goods) show(r *frame.Request) (frame.Response, error) {
	product, err := frame.PathID[id.Product](r, "product")
	if err != nil {
		return frame.Response{}, err
	}
	k, err := g.look(r, product)
	if err != nil {
		return frame.Response{}, err
	}
	return g.page(r, k, shown(k.product, k.levels), nil, ui.Note{})
}

// newTable says that the table of variants is another than the one that was filled in.
func newTable(l i18n.Lang) ui.Note {
	return ui.Note{Tone: ui.Info, Text: l.Pick(
		"オプションに合わせて、バリエーションの表を作り直しました。価格と在庫を確かめて、保存してください。まだ保存されていません。",
		"The table of variants follows the options now. Check prices and stock, then save. Nothing is saved yet.")}
}

func (g *Goods) create(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	d := read(f)
	k, err := g.look(r, 0)
	if err != nil {
		return frame.Response{}, err
	}
	if d.optionFaults() == nil && (f.Has("table") || d.differs(f)) {
		return g.page(r, k, d, nil, newTable(r.Lang()))
	}
	in, stock, err := d.in(catalog.Product{})
	if err != nil {
		return g.page(r, k, d, err, ui.Note{})
	}
	var product id.Product
	err = r.Write(func(tx *db.Tx) (err error) {
		if product, err = g.Catalog.Create(r.Context(), tx, in); err != nil {
			return inRows(err, stock)
		}
		return g.rest(r.Context(), tx, product, d, stock)
	})
	if err != nil {
		return g.again(r, k, d, err)
	}
	r.SetFlash("saved")
	return frame.Redirect(g.URL(r, "/products/"+id.String(product)+"/pictures")), nil
}

func (g *Goods) change(r *frame.Request) (frame.Response, error) {
	product, err := frame.PathID[id.Product](r, "product")
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	k, err := g.look(r, product)
	if err != nil {
		return frame.Response{}, err
	}
	d := read(f)
	d.product = product
	if d.version != k.product.Version {
		d.follow(k)
		return g.page(r, k, d, catalog.ErrMoved, ui.Note{})
	}
	if d.optionFaults() == nil && (f.Has("table") || d.differs(f)) {
		return g.page(r, k, d, nil, newTable(r.Lang()))
	}
	in, stock, err := d.in(k.product)
	if err != nil {
		return g.page(r, k, d, err, ui.Note{})
	}
	err = r.Write(func(tx *db.Tx) error {
		if err := g.Catalog.Change(r.Context(), tx, product, d.version, in); err != nil {
			return inRows(err, stock)
		}
		return g.rest(r.Context(), tx, product, d, stock)
	})
	if err != nil {
		if errors.Is(err, catalog.ErrMoved) {
			if k, lookErr := g.look(r, product); lookErr == nil {
				d.follow(k)
				return g.page(r, k, d, err, ui.Note{})
			}
		}
		return g.again(r, k, d, err)
	}
	r.SetFlash("saved")
	return frame.Redirect(g.URL(r, "/products/"+id.String(product))), nil
}

// again shows a fault with the form; any other error is frame's.
func (g *Goods) again(r *frame.Request, k known, d draft, err error) (frame.Response, error) {
	if _, ok := fault.Of(err); !ok {
		return frame.Response{}, err
	}
	return g.page(r, k, d, err, ui.Note{})
}

// rest saves what stands beside the product's own fields: its categories and its stock.
func (g *Goods) rest(ctx context.Context, tx *db.Tx, product id.Product, d draft, stock []tally) error {
	var in []id.Category
	for c := range d.categories {
		in = append(in, c)
	}
	if err := g.Catalog.SetCategories(ctx, tx, product, in); err != nil {
		return err
	}
	p, err := g.Catalog.Get(ctx, tx, product)
	if err != nil {
		return err
	}
	for i, c := range stock {
		if !c.typed || i >= len(p.Variants) || c.n == c.was {
			continue
		}
		if err := g.count(ctx, tx, p.Variants[i].ID, c); err != nil {
			return atField(err, "variants."+strconv.Itoa(c.row)+".stock")
		}
	}
	return nil
}

// count sets one variant's stock, unless it has moved since the form was shown.
func (g *Goods) count(ctx context.Context, tx *db.Tx, v id.Variant, c tally) error {
	if c.was < 0 {
		if c.n == 0 {
			return nil
		}
		return g.Stock.Set(ctx, tx, v, c.n, inventory.Received)
	}
	levels, err := g.Stock.Levels(ctx, tx, []id.Variant{v})
	if err != nil {
		return err
	}
	if now := levels[v].OnHand; now != c.was {
		return fault.Conflict(fault.Text{
			Ja: "画面を開いたあとに在庫が変わりました（いまは" + i18n.Number(now) + "個）。在庫の画面で数え直してください。",
			En: "The stock has changed since you opened the page (it is " + i18n.Number(now) + " now). Please count it again on the stock page."})
	}
	return g.Stock.Set(ctx, tx, v, c.n, inventory.Counted)
}

// atField says at which field of the form a fault belongs.
func atField(err error, field string) error {
	fs, ok := fault.Of(err)
	if !ok {
		return err
	}
	c := *fs[0]
	c.Field = field
	return &c
}

// follow makes a draft start from the product as it is now, with everything that was typed.
func (d *draft) follow(k known) {
	d.version = k.product.Version
	have := map[id.Variant]bool{}
	for _, v := range k.product.Variants {
		have[v.ID] = true
	}
	for i := range d.variants {
		v := &d.variants[i]
		if !have[v.id] {
			v.id, v.was = 0, ""
			continue
		}
		now := strconv.FormatInt(k.levels[v.id].OnHand, 10)
		if v.stock == v.was {
			v.stock = now
		}
		v.was = now
	}
}

// differs says that the options make another table than the one which was sent.
func (d draft) differs(f frame.Form) bool {
	sent := readVariants(f)
	if len(d.axes) == 0 && len(sent) == 1 && len(sent[0].values) == 0 {
		return false
	}
	if len(sent) != len(d.variants) {
		return true
	}
	for i, v := range d.variants {
		if len(v.values) != len(sent[i].values) {
			return true
		}
		for k, a := range d.axes {
			if a.renamed(sent[i].values[k]) != v.values[k] {
				return true
			}
		}
	}
	return false
}

func (g *Goods) remove(r *frame.Request) (frame.Response, error) {
	return g.act(r, "removed", func(ctx context.Context, tx *db.Tx, p id.Product, version int64, _ frame.Form) error {
		return g.Catalog.Delete(ctx, tx, p, version)
	}, "/products")
}

func (g *Goods) setState(r *frame.Request) (frame.Response, error) {
	return g.act(r, "saved", func(ctx context.Context, tx *db.Tx, p id.Product, version int64, f frame.Form) error {
		return g.Catalog.SetState(ctx, tx, p, version, catalog.State(f.Get("state")))
	}, "/products/"+r.Path("product"))
}

// act does one thing to a product and goes on; a fault shows the product as it is, with the fault above.
func (g *Goods) act(r *frame.Request, code string,
	do func(context.Context, *db.Tx, id.Product, int64, frame.Form) error, to string) (frame.Response, error) {
	product, err := frame.PathID[id.Product](r, "product")
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	version, _ := strconv.ParseInt(f.Get("version"), 10, 64) // 0 is no product's version
	err = r.Write(func(tx *db.Tx) error { return do(r.Context(), tx, product, version, f) })
	if err == nil {
		r.SetFlash(code)
		return frame.Redirect(g.URL(r, to)), nil
	}
	if _, ok := fault.Of(err); !ok || fault.Is(err, fault.KindNotFound) {
		return frame.Response{}, err
	}
	k, lookErr := g.look(r, product)
	if lookErr != nil {
		return frame.Response{}, lookErr
	}
	return g.page(r, k, shown(k.product, k.levels), err, ui.Note{})
}
