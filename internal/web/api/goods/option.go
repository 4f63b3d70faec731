package goods

import (
	"slices"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/register"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// mostAxes is how many the contract has.
const mostAxes = 2

// reshape changes a product's axes; do gets the product as an input and says what to answer from the product as it is then.
func (s *Resource) reshape(c *call.Call, do func(e register.Entry, in *catalog.In) error,
	then func(v shopView, e register.Entry) any) (any, error) {
	product, err := number[id.Product](c, "product_id")
	if err != nil {
		return nil, err
	}
	return s.change(c, under("option"), func(v shopView, tx *db.Tx) (any, error) {
		e, err := s.Register.Get(c.Context(), tx, product)
		if err != nil {
			return nil, err
		}
		in := e.In()
		if err := do(e, &in); err != nil {
			return nil, err
		}
		if err := s.Catalog.Change(c.Context(), tx, product, e.Version, in); err != nil {
			return nil, err
		}
		if e, err = s.Register.Get(c.Context(), tx, product); err != nil {
			return nil, err
		}
		return then(v, e), nil
	})
}

// folded refuses to write where axes are folded.
func folded(p catalog.Product) error {
	if len(p.Options) > mostAxes {
		return call.Refuse(codeInvalid, "", "3つ以上のオプションを持つ商品のオプションは、このAPIでは変更できません。")
	}
	return nil
}

// another is a variant like one that is there, with choices of its own.
func another(x catalog.VariantIn, values []string) catalog.VariantIn {
	x.ID, x.Model, x.JAN, x.Values = 0, "", "", values
	return x
}

func (s *Resource) createOption(c *call.Call) (frame.Response, error) {
	o, bodyErr := c.Root("option")
	out, err := s.reshape(c, func(e register.Entry, in *catalog.In) error {
		if bodyErr != nil {
			return bodyErr
		}
		axis, err := readOption(o)
		switch {
		case err != nil:
			return err
		case len(in.Options) >= mostAxes:
			return call.Refuse(codeInvalid, "", "オプションは2つまでです。")
		}
		if len(in.Options) == 0 {
			in.Model = in.Variants[0].Model
		}
		in.Options = append(in.Options, axis)
		old := in.Variants
		in.Variants = nil
		for _, x := range old {
			for k, value := range axis.Values {
				values := append(slices.Clone(x.Values), value.Name)
				if k > 0 {
					in.Variants = append(in.Variants, another(x, values))
					continue
				}
				x := x
				x.Values = values
				in.Variants = append(in.Variants, x)
			}
		}
		return nil
	}, func(v shopView, e register.Entry) any {
		all := v.options(e)
		return all[len(all)-1]
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Created(call.NewRecord("option", out)), nil
}

func readOption(o call.Object) (catalog.OptionIn, error) {
	var axis catalog.OptionIn
	var err error
	if axis.Name, err = name(o, "option.name"); err != nil {
		return axis, err
	}
	values, _ := o.Objects("values")
	for _, one := range values {
		n, err := name(one, "option.values")
		if err != nil {
			return axis, err
		}
		axis.Values = append(axis.Values, catalog.ValueIn{Name: n})
	}
	if len(axis.Values) == 0 {
		return axis, empty("option.values")
	}
	return axis, nil
}

func (s *Resource) deleteOption(c *call.Call) (frame.Response, error) {
	n, err := number[id.Option](c, "id")
	if err != nil {
		return frame.Response{}, err
	}
	_, err = s.reshape(c, func(e register.Entry, in *catalog.In) error {
		i := slices.IndexFunc(in.Options, func(o catalog.OptionIn) bool { return o.ID == n })
		if i < 0 {
			return call.Missing()
		}
		if err := folded(e.Product); err != nil {
			return err
		}
		in.Options = slices.Delete(in.Options, i, i+1)
		old := in.Variants
		in.Variants = nil
		for _, x := range old { // the first of each that is left stays itself
			x.Values = slices.Delete(slices.Clone(x.Values), i, i+1)
			if !slices.ContainsFunc(in.Variants, func(k catalog.VariantIn) bool { return slices.Equal(k.Values, x.Values) }) {
				in.Variants = append(in.Variants, x)
			}
		}
		if len(in.Options) == 0 { // the product is its own variant again, at its own price and number
			in.Variants[0].Model, in.Variants[0].Follows, in.Variants[0].Price = in.Model, true, first(in.Base)
		}
		return nil
	}, func(shopView, register.Entry) any { return nil })
	if err != nil {
		return frame.Response{}, err
	}
	return noContent(), nil
}

func (s *Resource) createValue(c *call.Call) (frame.Response, error) {
	n, err := number[id.Option](c, "option_id")
	if err != nil {
		return frame.Response{}, err
	}
	o, bodyErr := c.Root("option_value")
	axis := 0
	out, err := s.reshape(c, func(e register.Entry, in *catalog.In) error {
		axis = slices.IndexFunc(in.Options, func(o catalog.OptionIn) bool { return o.ID == n })
		if axis < 0 {
			return call.Missing()
		}
		if bodyErr != nil {
			return bodyErr
		}
		value, err := name(o, "option_value.name")
		if err == nil {
			err = folded(e.Product)
		}
		if err != nil {
			return err
		}
		in.Options[axis].Values = append(in.Options[axis].Values, catalog.ValueIn{Name: value})
		for _, x := range in.Variants { // one more of each combination of the others
			values := slices.Clone(x.Values)
			values[axis] = value
			if !slices.ContainsFunc(in.Variants, func(k catalog.VariantIn) bool { return slices.Equal(k.Values, values) }) {
				in.Variants = append(in.Variants, another(x, values))
			}
		}
		return nil
	}, func(v shopView, e register.Entry) any {
		list := e.Options[axis].Values
		made := list[len(list)-1]
		return call.NewRecord("value_id", made.ID, "option_id", n, "product_id", e.ID, "account_id", v.shop.Account, "name", made.Name,
			"make_date", seconds(made.MadeMS, e.MadeMS), "update_date", seconds(made.UpdatedMS, e.UpdatedMS))
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Created(call.NewRecord("option_value", out)), nil
}

func (s *Resource) deleteValue(c *call.Call) (frame.Response, error) {
	n, err := number[id.Option](c, "option_id")
	if err != nil {
		return frame.Response{}, err
	}
	value, err := number[id.Value](c, "id")
	if err != nil {
		return frame.Response{}, err
	}
	_, err = s.reshape(c, func(e register.Entry, in *catalog.In) error {
		i := slices.IndexFunc(in.Options, func(o catalog.OptionIn) bool { return o.ID == n })
		if i < 0 {
			return call.Missing()
		}
		k := slices.IndexFunc(in.Options[i].Values, func(v catalog.ValueIn) bool { return v.ID == value })
		if k < 0 {
			return call.Missing()
		}
		if err := folded(e.Product); err != nil {
			return err
		}
		gone := in.Options[i].Values[k].Name
		in.Options[i].Values = slices.Delete(in.Options[i].Values, k, k+1)
		in.Variants = slices.DeleteFunc(in.Variants, func(x catalog.VariantIn) bool { return x.Values[i] == gone })
		if len(in.Options[i].Values) == 0 || len(in.Variants) == 0 {
			return call.Refuse(codeInvalid, "", "最後の選択肢は削除できません。")
		}
		return nil
	}, func(shopView, register.Entry) any { return nil })
	if err != nil {
		return frame.Response{}, err
	}
	return noContent(), nil
}
