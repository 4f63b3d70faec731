package goods

import (
	"slices"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// categoryRecord is a category without what stands below it. Categories of Noren have no picture.
func (v shopView) categoryRecord(c catalog.Category) call.Record {
	big, little := c.ID, id.Category(0)
	if c.Parent != 0 {
		big, little = c.Parent, c.ID
	}
	out := call.NewRecord("id_big", big, "id_small", little, "account_id", v.shop.Account, "name", c.Name, "image_url", nil,
		"expl", call.Nullable(c.Explanation), "sort", c.Position, "display_state", sectionOf(c.State),
		"make_date", seconds(c.MadeMS, v.shop.Made), "update_date", seconds(c.UpdatedMS, v.shop.Made))
	if c.Meta != nil {
		out.Set("meta_tag", metaRecord(c.Meta))
	}
	return out
}

// bigCategory is one at the top, with those right below it.
func (v shopView) bigCategory(c catalog.Category) call.Record {
	out := v.categoryRecord(c)
	children := []call.Record{}
	for _, k := range v.tree.Children(c.ID) {
		children = append(children, v.categoryRecord(k))
	}
	out.Set("children", children)
	return out
}

func categoryField(field string) (int, string) {
	switch field {
	case "position":
		return codeRange, "product_category.order_num"
	case "state":
		return codeInvalid, "product_category.disp_flg"
	case "explanation":
		return codeInvalid, "product_category.expl"
	}
	return codeInvalid, "product_category." + field
}

func (s *Resource) categories(c *call.Call) (frame.Response, error) {
	out := []call.Record{}
	err := c.Read(func(r db.Reader) error {
		v, err := s.view(c, r)
		for _, k := range v.tree.Children(0) {
			out = append(out, v.bigCategory(k))
		}
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("categories", out)), nil
}

// setCategory takes over what was sent; a null explanation is as if it had not been.
func setCategory(k *catalog.Category, o call.Object) (err error) {
	if o.Sent("name") {
		if k.Name, err = name(o, "product_category.name"); err != nil {
			return err
		}
	}
	t, sent, err := text(o, "expl", "product_category.expl")
	if err != nil {
		return err
	}
	if sent && !o.Null("expl") {
		k.Explanation = t
	}
	n, sent, err := sum(o, "sort", "product_category.order_num", notNegative)
	if err != nil {
		return err
	}
	if sent && n != nil {
		k.Position = *n
	}
	k.Meta = meta(o, k.Meta)
	return section(o, &k.State, "product_category.disp_flg")
}

// place finds a category of the tree.
func place(t catalog.Tree, n id.Category) (catalog.Category, error) {
	i := slices.IndexFunc(t, func(k catalog.Category) bool { return k.ID == n })
	if i < 0 {
		return catalog.Category{}, call.Missing()
	}
	return t[i], nil
}

// again reads the tree anew and gives a category of it.
func (s *Resource) again(c *call.Call, v *shopView, tx *db.Tx, n id.Category) (k catalog.Category, err error) {
	if v.tree, err = s.Catalog.Categories(c.Context(), tx); err != nil {
		return k, err
	}
	return place(v.tree, n)
}

// addCategory makes one below a parent, 0 at the top.
func (s *Resource) addCategory(c *call.Call, parent id.Category) (frame.Response, error) {
	o, err := c.Root("category")
	if err != nil {
		return frame.Response{}, err
	}
	out, err := s.change(c, categoryField, func(v shopView, tx *db.Tx) (any, error) {
		if parent != 0 && !top(v.tree, parent) {
			return nil, call.Missing()
		}
		k := catalog.Category{Parent: parent}
		for _, other := range v.tree.Children(parent) {
			k.Position = max(k.Position, other.Position+1)
		}
		if err := setCategory(&k, o); err != nil {
			return nil, err
		}
		if k.Name == "" {
			return nil, empty("product_category.name")
		}
		n, err := s.Catalog.CreateCategory(c.Context(), tx, k)
		if err != nil {
			return nil, err
		}
		if k, err = s.again(c, &v, tx, n); err != nil {
			return nil, err
		}
		if parent == 0 {
			return v.bigCategory(k), nil
		}
		return v.categoryRecord(k), nil
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Created(call.NewRecord("category", out)), nil
}

func (s *Resource) createCategory(c *call.Call) (frame.Response, error) { return s.addCategory(c, 0) }

func (s *Resource) createChild(c *call.Call) (frame.Response, error) {
	parent, err := number[id.Category](c, "category_id")
	if err != nil {
		return frame.Response{}, err
	}
	return s.addCategory(c, parent)
}

// changeCategory looks at the body before it looks for the category, which must stand right below the parent.
func (s *Resource) changeCategory(c *call.Call, parent func(catalog.Tree) (id.Category, error)) (frame.Response, error) {
	o, err := c.Root("category")
	if err != nil {
		return frame.Response{}, err
	}
	n, err := number[id.Category](c, "id")
	if err != nil {
		return frame.Response{}, err
	}
	out, err := s.change(c, categoryField, func(v shopView, tx *db.Tx) (any, error) {
		above, err := parent(v.tree)
		if err != nil {
			return nil, err
		}
		k, err := place(v.tree, n)
		if err != nil {
			return nil, err
		}
		if k.Parent != above {
			return nil, call.Missing()
		}
		if err := setCategory(&k, o); err != nil {
			return nil, err
		}
		if err := s.Catalog.ChangeCategory(c.Context(), tx, k); err != nil {
			return nil, err
		}
		if k, err = s.again(c, &v, tx, n); err != nil {
			return nil, err
		}
		if above == 0 {
			return v.bigCategory(k), nil
		}
		return v.categoryRecord(k), nil
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("category", out)), nil
}

func (s *Resource) updateCategory(c *call.Call) (frame.Response, error) {
	return s.changeCategory(c, func(catalog.Tree) (id.Category, error) { return 0, nil })
}

func (s *Resource) updateChild(c *call.Call) (frame.Response, error) {
	return s.changeCategory(c, func(t catalog.Tree) (id.Category, error) {
		n, err := number[id.Category](c, "category_id")
		if err == nil && !top(t, n) {
			err = call.Missing()
		}
		return n, err
	})
}
