package goods

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog/group"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// groupRecord is a group as the contract has it. Groups of Noren have no picture.
func (v shopView) groupRecord(g group.Group) call.Record {
	var tags any
	if g.Meta != nil {
		tags = metaRecord(g.Meta)
	}
	return call.NewRecord("id", g.ID, "account_id", v.shop.Account, "name", g.Name, "image_url", nil, "expl", call.Nullable(g.Explanation),
		"sort", g.Position, "display_state", sectionOf(g.State), "parent_group_id", positive(int64(g.Parent)), "meta_tag", tags)
}

func groupField(field string) (int, string) {
	switch field {
	case "name":
		return codeInvalid, "product_group.name"
	case "state":
		return codeInvalid, "group.display_state"
	case "parent":
		return codeInvalid, "group.parent_group_id"
	case "explanation":
		return codeInvalid, "group.expl"
	}
	return codeInvalid, "group." + field
}

func (s *Resource) groups(c *call.Call) (frame.Response, error) {
	out := []call.Record{}
	err := c.Read(func(r db.Reader) error {
		v, err := s.view(c, r)
		if err != nil {
			return err
		}
		all, err := s.Groups.List(c.Context(), r)
		for _, g := range all {
			out = append(out, v.groupRecord(g))
		}
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("groups", out)), nil
}

func (s *Resource) group(c *call.Call) (frame.Response, error) {
	n, err := number[id.Group](c, "id")
	if err != nil {
		return frame.Response{}, err
	}
	var out call.Record
	err = c.Read(func(r db.Reader) error {
		v, err := s.view(c, r)
		if err != nil {
			return err
		}
		g, err := s.Groups.Get(c.Context(), r, n)
		out = v.groupRecord(g)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("group", out)), nil
}

// setGroup takes over what was sent; a null explanation clears it.
func setGroup(g *group.Group, o call.Object) (err error) {
	if o.Sent("name") {
		if g.Name, err = name(o, "product_group.name"); err != nil {
			return err
		}
	}
	t, sent, err := text(o, "expl", "group.expl")
	if err != nil {
		return err
	}
	if sent {
		g.Explanation = t
	}
	g.Meta = meta(o, g.Meta)
	return section(o, &g.State, "group.display_state")
}

func (s *Resource) createGroup(c *call.Call) (frame.Response, error) {
	o, err := c.Root("group")
	if err != nil {
		return frame.Response{}, err
	}
	out, err := s.change(c, groupField, func(v shopView, tx *db.Tx) (any, error) {
		var g group.Group
		if err := setGroup(&g, o); err != nil {
			return nil, err
		}
		if g.Name == "" {
			return nil, empty("product_group.name")
		}
		if n, ok := o.Int("parent_group_id"); ok && n > 0 {
			g.Parent = id.Group(n)
		}
		n, err := s.Groups.Create(c.Context(), tx, g)
		if err != nil {
			return nil, err
		}
		g, err = s.Groups.Get(c.Context(), tx, n)
		return v.groupRecord(g), err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Created(call.NewRecord("group", out)), nil
}

// updateGroup looks for the group before it looks at the body.
func (s *Resource) updateGroup(c *call.Call) (frame.Response, error) {
	n, err := number[id.Group](c, "id")
	if err != nil {
		return frame.Response{}, err
	}
	o, bodyErr := c.Root("group")
	out, err := s.change(c, groupField, func(v shopView, tx *db.Tx) (any, error) {
		g, err := s.Groups.Get(c.Context(), tx, n)
		if err == nil {
			err = bodyErr
		}
		if err == nil {
			err = setGroup(&g, o)
		}
		if err == nil {
			err = s.Groups.Change(c.Context(), tx, g)
		}
		if err != nil {
			return nil, err
		}
		g, err = s.Groups.Get(c.Context(), tx, n)
		return v.groupRecord(g), err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("group", out)), nil
}
