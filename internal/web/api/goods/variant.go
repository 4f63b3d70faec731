package goods

import (
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/register"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// variantRecords are the variants of a product with options; without, the product itself is all there is.
func (v shopView) variantRecords(e register.Entry) []call.Record {
	out := []call.Record{}
	if len(e.Options) == 0 {
		return out
	}
	for i := range e.Variants {
		out = append(out, v.variantRecord(e, i))
	}
	return out
}

func (v shopView) variantRecord(e register.Entry, i int) call.Record {
	x := e.Variants[i]
	var own any
	if !x.Follows {
		own = x.Price
	}
	member := first(x.MemberPrice, e.MemberPrice, &x.Price)
	var refs, names [2]any
	var title []string
	for k, axis := range axes(e.Product) {
		text, value := valueName(e.Product, x, k)
		title = append(title, text)
		names[k] = text
		refs[k] = call.NewRecord("id", axis[0].ID, "name", axisName(axis), "value", text, "value_id", positive(int64(value.ID)))
	}
	var stocks any
	if !e.Uncounted {
		stocks = e.OnHand[i]
	}
	return call.NewRecord("product_id", e.ID, "account_id", v.shop.Account, "option1_value", names[0], "option2_value", names[1],
		"title", strings.Join(title, between), "stocks", stocks, "few_num", x.Few, "model_number", call.Nullable(x.Model),
		"option_price", own, "option_price_including_tax", x.Price, "option_price_tax", v.tax(x.Price, e.Tax),
		"option_members_price", x.MemberPrice, "option_members_price_including_tax", member, "option_members_price_tax", v.tax(member, e.Tax),
		"make_date", seconds(x.MadeMS, e.MadeMS), "update_date", seconds(x.UpdatedMS, e.UpdatedMS), "id", x.ID,
		"option1", refs[0], "option2", refs[1], "option_cost", x.Cost, "option_market_price", x.ListPrice, "weight", positive(x.WeightG))
}

// entry reads the path's product with the shop.
func (s *Resource) entry(c *call.Call) (v shopView, e register.Entry, err error) {
	product, err := number[id.Product](c, "product_id")
	if err != nil {
		return v, e, err
	}
	err = c.Read(func(r db.Reader) (err error) {
		if v, err = s.view(c, r); err != nil {
			return err
		}
		e, err = s.Register.Get(c.Context(), r, product)
		return err
	})
	return v, e, err
}

const (
	usualPage    = 10
	mostProducts = 50
	mostVariants = 100
)

func (s *Resource) variants(c *call.Call) (frame.Response, error) {
	v, e, err := s.entry(c)
	if err != nil {
		return frame.Response{}, err
	}
	p := c.Page(usualPage, mostVariants)
	var all []call.Record
	for i, x := range e.Variants {
		if len(e.Options) > 0 && strings.Contains(x.Model, c.Text("model_number")) {
			all = append(all, v.variantRecord(e, i))
		}
	}
	from := min(p.Offset, len(all))
	return c.Listed("variants", all[from:min(from+p.Limit, len(all))], p.Of(int64(len(all)))), nil
}

// at is the place of a variant, which only a product with options shows.
func at(e register.Entry, variant id.Variant) (int, error) {
	for i, x := range e.Variants {
		if x.ID == variant && len(e.Options) > 0 {
			return i, nil
		}
	}
	return 0, call.Missing()
}

func (s *Resource) variant(c *call.Call) (frame.Response, error) {
	v, e, err := s.entry(c)
	if err != nil {
		return frame.Response{}, err
	}
	n, err := number[id.Variant](c, "id")
	if err != nil {
		return frame.Response{}, err
	}
	i, err := at(e, n)
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("variant", v.variantRecord(e, i))), nil
}

func (s *Resource) updateVariant(c *call.Call) (frame.Response, error) {
	product, err := number[id.Product](c, "product_id")
	if err != nil {
		return frame.Response{}, err
	}
	n, err := number[id.Variant](c, "id")
	if err != nil {
		return frame.Response{}, err
	}
	body, bodyErr := c.Root("variant")
	out, err := s.change(c, under("variant"), func(v shopView, tx *db.Tx) (any, error) {
		e, err := s.Register.Get(c.Context(), tx, product)
		if err != nil {
			return nil, err
		}
		i, err := at(e, n)
		if err != nil {
			return nil, err
		}
		if bodyErr != nil {
			return nil, bodyErr
		}
		in := e.In()
		changed, err := setVariant(&in, i, body)
		if err != nil {
			return nil, err
		}
		if changed {
			if err := s.Catalog.Change(c.Context(), tx, product, e.Version, in); err != nil {
				return nil, err
			}
		}
		if err := s.count(c, tx, body, "variant.stocks", e.Variants[i].ID, e.OnHand[i]); err != nil {
			return nil, err
		}
		if e, err = s.Register.Get(c.Context(), tx, product); err != nil {
			return nil, err
		}
		return v.variantRecord(e, i), nil
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("variant", out)), nil
}

// setVariant takes over what was sent of a variant.
func setVariant(in *catalog.In, i int, o call.Object) (changed bool, err error) {
	x := &in.Variants[i]
	if t, sent, err := text(o, "model_number", "variant.model_number"); err != nil {
		return false, err
	} else if sent {
		x.Model, changed = t, true
	}
	for key, to := range map[string]**int64{"few_num": &x.Few, "option_members_price": &x.MemberPrice,
		"option_market_price": &x.ListPrice, "option_cost": &x.Cost} {
		n, sent, err := sum(o, key, "variant."+key, notNegative)
		if err != nil {
			return false, err
		}
		if sent {
			*to, changed = n, true
		}
	}
	n, sent, err := sum(o, "weight", "variant.weight", notNegative)
	if err != nil {
		return false, err
	}
	if sent {
		x.WeightG, changed = first(n), true
	}
	n, sent, err = sum(o, "option_price", "variant.option_price", notNegative)
	if err != nil {
		return false, err
	}
	if sent {
		x.Follows, changed = n == nil, true
		x.Price = first(n, in.Base)
	}
	return changed, nil
}
