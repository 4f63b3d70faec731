// Package drawer is where staff put the shop's goods in order: the tree of categories, and the lists that are picked by
// hand.
//
// It guarantees that a category which is moved takes along what is below it, and that a deleted one loses no product. It
// refuses nothing of its own: the catalogue's rules are answered at the form that broke them.
package drawer

import (
	"context"
	"slices"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Drawer are the pages.
type Drawer struct {
	*desk.Desk
	Catalog *catalog.Service
}

// Routes of the categories and the picks. Each page takes all its forms itself: "do" says which it was.
func (d *Drawer) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/{shop}/products/categories", Right: actor.ViewCatalog, Handler: d.showCategories},
		{Method: "POST", Pattern: "/{shop}/products/categories", Right: actor.EditCatalog, Handler: d.categories},
		{Method: "GET", Pattern: "/{shop}/products/picks", Right: actor.ViewCatalog, Handler: d.showPicks},
		{Method: "POST", Pattern: "/{shop}/products/picks", Right: actor.EditCatalog, Handler: d.picks},
	}
}

// treeView is the page of the categories.
type treeView struct {
	may    bool
	all    string // the products
	here   string
	rows   []drawerView
	errors ui.Errors
	fresh  form // the form for a new one
}

// form is what one form of the page holds; wrong are its faults.
type form struct {
	id, name, nameEn, slug, parent string
	parents                        []ui.Option
	wrong                          ui.Errors
	open                           bool
}

type drawerView struct {
	form
	text        string
	depth       int
	first, last bool
	goods       string // its products in the list
}

func (d *Drawer) showCategories(r *frame.Request) (frame.Response, error) {
	return d.treePage(r, nil, frame.Form{})
}

func (d *Drawer) treePage(r *frame.Request, cause error, f frame.Form) (frame.Response, error) {
	var tree catalog.Tree
	err := r.Read(func(rd db.Reader) (err error) {
		tree, err = d.Catalog.Categories(r.Context(), rd)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	a, err := d.Admin(r, r.Lang().Pick("カテゴリー", "Categories"))
	if err != nil {
		return frame.Response{}, err
	}
	v := treeView{may: r.Actor().May(actor.EditCatalog), all: d.URL(r, "/products"), here: d.URL(r, "/products/categories"),
		errors: ui.ErrorsOf(r.Lang(), cause)}
	v.grow(a.Page, tree, 0, 0)
	v.fresh.parents = parents(tree, a.Page, 0)
	if cause != nil {
		v.keep(f)
	}
	res := frame.Page(treePage(a, v))
	if cause != nil {
		res = res.Status(frame.StatusOf(cause))
	}
	return res, nil
}

// keep puts what was typed back into the form that it came from.
func (v *treeView) keep(f frame.Form) {
	at := &v.fresh
	for i := range v.rows {
		if v.rows[i].id == f.Get("category") {
			at = &v.rows[i].form
		}
	}
	at.name, at.nameEn, at.slug, at.parent, at.open, at.wrong = f.Get("name"), f.Get("name_en"), f.Get("slug"), f.Get("parent"), true, v.errors
}

func (v *treeView) grow(p ui.Page, t catalog.Tree, parent id.Category, depth int) {
	if depth >= catalog.MaxDepth {
		return
	}
	children := t.Children(parent)
	for i, c := range children {
		v.rows = append(v.rows, drawerView{form: form{id: id.String(c.ID), name: c.Name, nameEn: c.NameEn, slug: c.Slug,
			parent: id.String(c.Parent), parents: parents(t, p, c.ID)}, text: named(p, c.Name, c.NameEn), depth: depth, first: i == 0,
			last: i == len(children)-1, goods: v.all + "?category=" + id.String(c.ID)})
		v.grow(p, t, c.ID, depth+1)
	}
}

// parents are the places to which a category may move: not into itself.
func parents(t catalog.Tree, p ui.Page, c id.Category) []ui.Option {
	out := []ui.Option{{Value: "0", Text: p.T("（いちばん上）", "(top)")}}
	var inside []id.Category
	if c != 0 {
		inside = t.Under(c)
	}
	var walk func(parent id.Category, before string, depth int)
	walk = func(parent id.Category, before string, depth int) {
		if depth >= catalog.MaxDepth { // nothing may stand below the last level
			return
		}
		for _, k := range t.Children(parent) {
			if slices.Contains(inside, k.ID) {
				continue
			}
			text := before + named(p, k.Name, k.NameEn)
			out = append(out, ui.Option{Value: id.String(k.ID), Text: text})
			walk(k.ID, text+p.T("＞", " › "), depth+1)
		}
	}
	walk(0, "", 1)
	return out
}

func named(p ui.Page, ja, en string) string {
	if en == "" {
		return ja
	}
	return p.T(ja, en)
}

func (d *Drawer) categories(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	c := catalog.Category{ID: frame.FormID[id.Category](f, "category"), Parent: frame.FormID[id.Category](f, "parent"),
		Slug: f.Get("slug"), Name: f.Get("name"), NameEn: f.Get("name_en")}
	code := "saved"
	err = r.Write(func(tx *db.Tx) (err error) {
		switch f.Get("do") {
		case "add":
			return d.add(r.Context(), tx, c)
		case "change":
			return d.change(r.Context(), tx, c)
		case "up", "down":
			code = ""
			return d.move(r.Context(), tx, c.ID, f.Get("do"))
		case "remove":
			code = "removed"
			return d.Catalog.DeleteCategory(r.Context(), tx, c.ID)
		}
		return frame.Malformed()
	})
	if _, ok := fault.Of(err); ok && !fault.Is(err, fault.KindNotFound) {
		return d.treePage(r, err, f)
	}
	if err != nil {
		return frame.Response{}, err
	}
	if code != "" {
		r.SetFlash(code)
	}
	return frame.Redirect(d.URL(r, "/products/categories")), nil
}

// add puts a new category after its neighbours.
func (d *Drawer) add(ctx context.Context, tx *db.Tx, c catalog.Category) error {
	t, err := d.Catalog.Categories(ctx, tx)
	if err != nil {
		return err
	}
	c.Position = after(t.Children(c.Parent))
	_, err = d.Catalog.CreateCategory(ctx, tx, c)
	return err
}

func after(list []catalog.Category) int64 {
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].Position + 1
}

func (d *Drawer) change(ctx context.Context, tx *db.Tx, c catalog.Category) error {
	t, err := d.Catalog.Categories(ctx, tx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(t, func(k catalog.Category) bool { return k.ID == c.ID })
	if i < 0 {
		return catalog.ErrNoCategory
	}
	c.Position, c.State, c.Explanation, c.Meta = t[i].Position, t[i].State, t[i].Explanation, t[i].Meta
	if c.Parent != t[i].Parent {
		c.Position = after(t.Children(c.Parent))
	}
	return d.Catalog.ChangeCategory(ctx, tx, c)
}

// move changes places with a neighbour; the positions of all of them are written anew where they are not in order.
func (d *Drawer) move(ctx context.Context, tx *db.Tx, c id.Category, to string) error {
	t, err := d.Catalog.Categories(ctx, tx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(t, func(k catalog.Category) bool { return k.ID == c })
	if i < 0 {
		return catalog.ErrNoCategory
	}
	list := t.Children(t[i].Parent)
	at := slices.IndexFunc(list, func(k catalog.Category) bool { return k.ID == c })
	step(list, at, to)
	for n, k := range list {
		if k.Position == int64(n) {
			continue
		}
		k.Position = int64(n)
		if err := d.Catalog.ChangeCategory(ctx, tx, k); err != nil {
			return err
		}
	}
	return nil
}

// step changes the places of an element and the one before or after it.
func step[T any](list []T, at int, to string) {
	with := at + 1
	if to == "up" {
		with = at - 1
	}
	if at >= 0 && with >= 0 && with < len(list) {
		list[at], list[with] = list[with], list[at]
	}
}

// anchor is the place to which the summary of faults leads: in the form that was sent.
func (f form) anchor(name string) string {
	if f.wrong.At(name) != "" {
		return "f-" + name
	}
	return "f-" + name + "-" + f.id
}
