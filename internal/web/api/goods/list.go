package goods

import (
	"slices"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/register"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// lately is how far back a sell-out counts as recent.
const lately = 7 * 24 * time.Hour

// choose reads the filters that products and stock have in common.
func choose(c *call.Call, tree catalog.Tree, now time.Time, p call.Page) (register.Query, error) {
	q := register.Query{Limit: p.Limit, Offset: p.Offset, Name: c.Text("name"), Model: c.Text("model_number"), Since: now.Add(-lately).UnixMilli()}
	var err error
	if q.IDs, _, err = c.IDs("ids"); err != nil {
		return q, err
	}
	for _, name := range []string{"category_id_big", "category_id_small"} {
		if n, ok := c.Number(name); ok && n > 0 {
			q.Within = append(q.Within, tree.Under(id.Category(n)))
		}
	}
	if d, ok := display(c.Text("display_state")); ok {
		q.Display = &d
	}
	if n, ok := c.Number("stocks"); ok {
		q.MostStock = &n
	}
	if b, ok := c.Bool("recent_zero_stocks"); ok {
		q.RecentZero = &b
	}
	return q, nil
}

// more reads the filters of products alone.
func more(c *call.Call, q *register.Query) error {
	var err error
	if q.Groups, _, err = c.IDs("group_ids"); err != nil {
		return err
	}
	q.JAN = c.Text("jan_code")
	if b, ok := c.Bool("stock_managed"); ok {
		q.Counted = &b
	}
	for name, to := range map[string]*register.Range{"sales_price": &q.Base, "price": &q.List, "members_price": &q.Member} {
		if n, ok := c.Number(name + "_min"); ok {
			to.Min = &n
		}
		if n, ok := c.Number(name + "_max"); ok {
			to.Max = &n
		}
	}
	for name, to := range map[string]*register.Range{"make_date": &q.Made, "update_date": &q.Updated} {
		if t, ok := c.Time(name + "_min"); ok {
			ms := t.UnixMilli()
			to.Min = &ms
		}
		if t, ok := c.Until(name + "_max"); ok {
			ms := t.UnixMilli() - 1
			to.Max = &ms
		}
	}
	for r := range slices.Values([]*register.Range{&q.Base, &q.List, &q.Member, &q.Made, &q.Updated}) {
		if r.Min != nil && r.Max != nil && *r.Min > *r.Max { // a range that is the wrong way round is none
			*r = register.Range{}
		}
	}
	q.Sort = sorting(c)
	return nil
}

// sorting reads the sort keys; what is none is skipped. Nothing is trimmed.
func sorting(c *call.Call) (out []register.Order) {
	keys := map[string]register.Key{"make_date": register.ByMade, "update_date": register.ByUpdate, "sales_price": register.ByBase,
		"price": register.ByList, "members_price": register.ByMember}
	for s := range strings.SplitSeq(c.Queries().Get("sort"), ",") {
		name, down := strings.CutPrefix(s, "-")
		if k, ok := keys[name]; ok && !slices.ContainsFunc(out, func(o register.Order) bool { return o.Key == k }) {
			out = append(out, register.Order{Key: k, Down: down})
		}
	}
	return out
}

// parts are what the named keys of a record are made of.
func parts(c *call.Call) register.Parts {
	images := c.Wants("image_url") || c.Wants("mobile_image_url") || c.Wants("thumbnail_image_url") || c.Wants("images")
	variants := c.Wants("variants") || c.Wants("stocks") || c.Wants("weight") || c.Wants("options")
	return register.Parts{Options: c.Wants("options") || c.Wants("variants"), Variants: variants, Images: images,
		Categories: c.Wants("category"), Groups: c.Wants("group_ids"), Picks: c.Wants("pickups")}
}

func (s *Resource) list(c *call.Call) (frame.Response, error) {
	page := c.Page(usualPage, mostProducts)
	var out []call.Record
	var total int64
	err := c.Read(func(r db.Reader) error {
		v, err := s.view(c, r)
		if err != nil {
			return err
		}
		q, err := choose(c, v.tree, r.Now(), page)
		if err == nil {
			err = more(c, &q)
		}
		if err != nil {
			return err
		}
		all, n, err := s.Register.List(c.Context(), r, q, parts(c))
		out, total = nil, n
		for _, e := range all {
			out = append(out, v.product(e))
		}
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return c.Listed("products", out, page.Of(total)), nil
}

func (s *Resource) get(c *call.Call) (frame.Response, error) {
	v, e, err := s.entry(c)
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("product", v.product(e))), nil
}

func (s *Resource) stocks(c *call.Call) (frame.Response, error) {
	page := c.Page(usualPage, mostProducts)
	var out []call.Record
	var total int64
	err := c.Read(func(r db.Reader) error {
		v, err := s.view(c, r)
		if err != nil {
			return err
		}
		q, err := choose(c, v.tree, r.Now(), page)
		if err != nil {
			return err
		}
		p := parts(c)
		p.Groups, p.Picks, p.Options = false, false, c.Wants("option1_value") || c.Wants("option2_value")
		all, n, err := s.Register.Stock(c.Context(), r, q, p)
		out, total = nil, n
		for _, l := range all {
			out = append(out, v.line(l))
		}
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return c.Listed("stocks", out, page.Of(total)), nil
}

// line is one variant's stock.
func (v shopView) line(l register.Line) call.Record {
	var stocks, own any
	if !l.Uncounted {
		stocks = l.Count
	}
	var names [2]any
	for k := range axes(l.Product) {
		names[k], _ = valueName(l.Product, l.Variant, k)
	}
	if len(l.Options) > 0 {
		own = call.Nullable(l.Variant.Model)
	}
	few := l.Few
	if l.Variant.Few != nil {
		few = l.Variant.Few
	}
	out := call.NewRecord("account_id", v.shop.Account, "product_id", l.ID, "name", l.Name, "option1_value", names[0], "option2_value", names[1],
		"stocks", stocks, "few_num", few, "model_number", call.Nullable(l.Model), "variant_model_number", own,
		"category", v.category(l.Categories), "display_state", displayOf(l.Product), "sales_price", l.Base, "price", l.ListPrice,
		"members_price", l.MemberPrice)
	l.Variants = []catalog.Variant{l.Variant}
	v.common(&out, l.Entry)
	return out
}
