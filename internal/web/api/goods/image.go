package goods

import (
	"strconv"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

func (v shopView) image(img catalog.Image) call.Record {
	return call.NewRecord("position", img.Position, "url", v.address(img, wide))
}

func (s *Resource) images(c *call.Call) (frame.Response, error) {
	v, e, err := s.entry(c)
	if err != nil {
		return frame.Response{}, err
	}
	out := []call.Record{}
	for _, img := range e.Images {
		out = append(out, v.image(img))
	}
	return call.Answer(call.NewRecord("product", call.NewRecord("id", e.ID, "images", out))), nil
}

// addImage takes a picture for one of the places; the one that stands there goes.
func (s *Resource) addImage(c *call.Call) (frame.Response, error) {
	_, e, err := s.entry(c) // before anything is decoded for it
	if err != nil {
		return frame.Response{}, err
	}
	var img catalog.Image
	form, err := c.Upload(func(f frame.File) (err error) {
		if f.Field == "image" && len(img.Files) == 0 {
			img, err = s.Pictures.Take(c.Context(), c.Scope(), f)
		}
		return err
	})
	field := func(string) (int, string) { return codeInvalid, "product_image.image" }
	if err != nil {
		return frame.Response{}, refused(err, field)
	}
	place, err := strconv.ParseInt(form.Get("position"), 10, 64)
	switch {
	case form.Get("position") == "":
		return frame.Response{}, empty("product_image.position")
	case err != nil:
		return frame.Response{}, wrong("product_image.position")
	case place < 0 || place >= catalog.MaxImages:
		return frame.Response{}, beyond("product_image.position")
	case len(img.Files) == 0:
		return frame.Response{}, empty("product_image.image")
	}
	out, err := s.change(c, field, func(v shopView, tx *db.Tx) (any, error) {
		img.Position = place
		_, err := s.Catalog.PlaceImage(c.Context(), tx, e.ID, place, img)
		return v.image(img), err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Created(call.NewRecord("product_image", out)), nil
}

func (s *Resource) deleteImage(c *call.Call) (frame.Response, error) {
	product, err := number[id.Product](c, "product_id")
	if err != nil {
		return frame.Response{}, err
	}
	place, parseErr := strconv.ParseInt(c.Path("position"), 10, 64)
	_, err = s.change(c, under("product_image"), func(_ shopView, tx *db.Tx) (any, error) {
		p, err := s.Catalog.Get(c.Context(), tx, product)
		switch {
		case err != nil:
			return nil, err
		case parseErr != nil || place < 0 || place >= catalog.MaxImages:
			return nil, beyond("product_image.position")
		}
		for _, img := range p.Images {
			if img.Position == place {
				return nil, s.Catalog.RemoveImage(c.Context(), tx, product, img.ID)
			}
		}
		return nil, call.Missing()
	})
	if err != nil {
		return frame.Response{}, err
	}
	return noContent(), nil
}
