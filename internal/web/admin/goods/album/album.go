// Package album is where staff keep a product's pictures: they upload, sort, describe and remove them.
//
// It guarantees that of several files the good ones are kept and each bad one is answered at the field, by its place in
// the choice. It refuses to believe what a file calls itself: catalog/picture looks at the bytes.
package album

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/picture"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Album are the pages.
type Album struct {
	*desk.Desk
	Catalog  *catalog.Service
	Pictures *picture.Service
}

// maxUpload bounds all files of one form together, so that a single one which is far too large is still answered at the
// field; maxFiles bounds their number.
const (
	maxUpload = 120 << 20
	maxFiles  = catalog.MaxImages
)

// Routes of the pictures' page.
func (m *Album) Routes() []frame.Route {
	const at = "/{shop}/products/{product}/pictures"
	return []frame.Route{
		{Method: "GET", Pattern: at, Right: actor.EditCatalog, Handler: m.show},
		{Method: "POST", Pattern: at, Right: actor.EditCatalog, Handler: m.upload,
			Limits: frame.Limits{Body: maxUpload, Time: 2 * time.Minute}},
		{Method: "POST", Pattern: at + "/{image}", Right: actor.EditCatalog, Handler: m.describe},
		{Method: "POST", Pattern: at + "/{image}/move", Right: actor.EditCatalog, Handler: m.move},
		{Method: "POST", Pattern: at + "/{image}/remove", Right: actor.EditCatalog, Handler: m.remove},
	}
}

// albumView is the page.
type albumView struct {
	errors   ui.Errors
	product  string // its name
	base     string // of the product
	all      string // of the products
	pictures []pictureView
	full     bool
}

type pictureView struct {
	at         string // its address
	src        string
	id         string
	alt, altEn string
	first      bool
	last       bool
	altFault   string
	altEnFault string
}

// typed is what was typed about one picture.
type typed struct {
	image      id.Image
	alt, altEn string
}

func (m *Album) show(r *frame.Request) (frame.Response, error) { return m.page(r, nil, typed{}) }

func (m *Album) page(r *frame.Request, cause error, t typed) (frame.Response, error) {
	product, err := frame.PathID[id.Product](r, "product")
	if err != nil {
		return frame.Response{}, err
	}
	var p catalog.Product
	err = r.Read(func(rd db.Reader) (err error) {
		p, err = m.Catalog.Get(r.Context(), rd, product)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	a, err := m.Admin(r, r.Lang().Pick("画像", "Pictures"))
	if err != nil {
		return frame.Response{}, err
	}
	name := p.Name
	if p.NameEn != "" {
		name = a.T(p.Name, p.NameEn)
	}
	all := m.URL(r, "/products")
	v := albumView{errors: ui.ErrorsOf(r.Lang(), cause), product: name, all: all, base: all + "/" + id.String(product),
		full: len(p.Images) >= catalog.MaxImages}
	for i, img := range p.Images {
		pv := pictureView{at: v.base + "/pictures/" + id.String(img.ID), src: m.Picture(r, img, 320), id: id.String(img.ID), alt: img.Alt,
			altEn: img.AltEn, first: i == 0, last: i == len(p.Images)-1}
		if t.image == img.ID {
			pv.alt, pv.altEn = t.alt, t.altEn
			pv.altFault, pv.altEnFault = v.errors.At("alt"), v.errors.At("alt_en")
		}
		v.pictures = append(v.pictures, pv)
	}
	res := frame.Page(albumPage(a, v))
	if cause != nil {
		res = res.Status(frame.StatusOf(cause))
	}
	return res, nil
}

func (m *Album) upload(r *frame.Request) (frame.Response, error) {
	product, err := frame.PathID[id.Product](r, "product")
	if err != nil {
		return frame.Response{}, err
	}
	err = r.Read(func(rd db.Reader) error { // before anything is decoded for it
		_, err := m.Catalog.Get(r.Context(), rd, product)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	var good []catalog.Image
	var bad fault.Faults
	n := 0
	_, err = r.Upload(func(f frame.File) error {
		if f.Name == "" {
			return nil // nothing was chosen
		}
		if n++; n > maxFiles {
			return nil
		}
		img, err := m.Pictures.Take(r.Context(), r.Scope(), f)
		if err == nil {
			good = append(good, img)
			return nil
		}
		fs, ok := fault.Of(err)
		if !ok {
			return err
		}
		for _, f := range fs {
			bad = append(bad, fault.Invalid("image", nth(n, f.Text)))
		}
		return nil
	})
	if err != nil {
		return frame.Response{}, err
	}
	if n == 0 {
		bad = append(bad, fault.Invalid("image", fault.Text{Ja: "画像ファイルを選んでください。", En: "Choose one or more pictures."}))
	}
	for _, img := range good {
		err := r.Write(func(tx *db.Tx) error {
			_, err := m.Catalog.AttachImage(r.Context(), tx, product, img)
			return err
		})
		if err := bad.Add(err); err != nil {
			return frame.Response{}, err
		}
	}
	if len(bad) > 0 {
		return m.page(r, slices.Compact(bad).Err(), typed{})
	}
	r.SetFlash("saved")
	return frame.Redirect(m.URL(r, "/products/"+id.String(product)+"/pictures")), nil
}

// nth says of which file of the choice something is said.
func nth(n int, t fault.Text) fault.Text {
	s := strconv.Itoa(n)
	return fault.Text{Ja: s + "つめの画像: " + t.Ja, En: "Picture " + s + ": " + t.En}
}

// do changes one picture and comes back to the page.
func (m *Album) do(r *frame.Request, code string, change func(context.Context, *db.Tx, id.Product, typed, frame.Form) error) (
	frame.Response, error) {
	product, err := frame.PathID[id.Product](r, "product")
	if err != nil {
		return frame.Response{}, err
	}
	image, err := frame.PathID[id.Image](r, "image")
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	t := typed{image, f.Get("alt"), f.Get("alt_en")}
	err = r.Write(func(tx *db.Tx) error { return change(r.Context(), tx, product, t, f) })
	if _, ok := fault.Of(err); ok && !fault.Is(err, fault.KindNotFound) {
		return m.page(r, err, t)
	}
	if err != nil {
		return frame.Response{}, err
	}
	if code != "" {
		r.SetFlash(code)
	}
	return frame.Redirect(m.URL(r, "/products/"+id.String(product)+"/pictures")), nil
}

func (m *Album) describe(r *frame.Request) (frame.Response, error) {
	return m.do(r, "saved", func(ctx context.Context, tx *db.Tx, p id.Product, t typed, _ frame.Form) error {
		return m.Catalog.DescribeImage(ctx, tx, p, t.image, t.alt, t.altEn)
	})
}

func (m *Album) remove(r *frame.Request) (frame.Response, error) {
	return m.do(r, "removed", func(ctx context.Context, tx *db.Tx, p id.Product, t typed, _ frame.Form) error {
		return m.Catalog.RemoveImage(ctx, tx, p, t.image)
	})
}

func (m *Album) move(r *frame.Request) (frame.Response, error) {
	return m.do(r, "", func(ctx context.Context, tx *db.Tx, product id.Product, t typed, f frame.Form) error {
		p, err := m.Catalog.Get(ctx, tx, product)
		if err != nil {
			return err
		}
		var order []id.Image
		for _, img := range p.Images {
			order = append(order, img.ID)
		}
		at := slices.Index(order, t.image)
		if at < 0 {
			return frame.ErrNotFound
		}
		to := at + 1
		if f.Get("to") == "up" {
			to = at - 1
		}
		if to >= 0 && to < len(order) {
			order[at], order[to] = order[to], order[at]
		}
		return m.Catalog.OrderImages(ctx, tx, product, order)
	})
}
