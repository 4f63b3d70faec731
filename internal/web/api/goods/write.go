package goods

import (
	"slices"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/register"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// productField is where the catalogue's field stands in the contract.
func productField(field string) (int, string) {
	paths := map[string]string{"base": "sales_price", "list_price": "price", "member_price": "members_price", "description": "expl",
		"summary": "simple_expl", "small_text": "smartphone_expl", "model": "model_number", "state": "disp_flg", "members": "disp_flg",
		"count": "stocks", "delta": "stocks"}
	if to, ok := paths[field]; ok {
		field = to
	}
	if field == "stocks" {
		return codeRange, "product.stocks"
	}
	return codeInvalid, "product." + field
}

// A bound is what a sum may be.
type bound int

const (
	anySum bound = iota
	notNegative
)

// sum reads a sum that may be null.
func sum(o call.Object, key, field string, b bound) (value *int64, sent bool, err error) {
	if !o.Sent(key) {
		return nil, false, nil
	}
	if o.Null(key) {
		return nil, true, nil
	}
	n, ok := o.Int(key)
	switch {
	case !ok:
		return nil, false, wrong(field)
	case b == notNegative && n < 0:
		return nil, false, beyond(field)
	}
	return &n, true, nil
}

// text reads a text; null empties it.
func text(o call.Object, key, field string) (value string, sent bool, err error) {
	if !o.Sent(key) || o.Null(key) {
		return "", o.Sent(key), nil
	}
	v, ok := o.String(key)
	if !ok {
		return "", false, wrong(field)
	}
	return v, true, nil
}

// set takes over what was sent of a product's own fields.
func set(in *catalog.In, o call.Object) (changed bool, err error) {
	if o.Sent("name") {
		if in.Name, err = name(o, "product.name"); err != nil {
			return false, err
		}
		changed = true
	}
	for key, to := range map[string]*string{"expl": &in.Description, "simple_expl": &in.Summary, "smartphone_expl": &in.SmallText,
		"model_number": &in.Model} {
		t, sent, err := text(o, key, "product."+key)
		if err != nil {
			return false, err
		}
		if sent {
			*to, changed = t, true
		}
	}
	if len(in.Options) == 0 {
		in.Variants[0].Model = in.Model
	}
	for key, to := range map[string]**int64{"price": &in.ListPrice, "cost": &in.Cost, "members_price": &in.MemberPrice} {
		b := notNegative
		if key == "price" {
			b = anySum
		}
		n, sent, err := sum(o, key, "product."+key, b)
		if err != nil {
			return false, err
		}
		if sent {
			*to, changed = n, true
		}
	}
	n, sent, err := sum(o, "sales_price", "product.sales_price", notNegative)
	if err != nil {
		return false, err
	}
	if sent {
		in.Reprice(n)
		changed = true
	}
	flags, err := setFlags(in, o)
	return changed || flags, err
}

// setFlags takes over who sees it, and how it is counted and taxed.
func setFlags(in *catalog.In, o call.Object) (changed bool, err error) {
	if o.Sent("display_state") {
		word, _ := o.String("display_state")
		d, ok := display(word)
		if !ok || word == "0" {
			return false, wrong("product.disp_flg")
		}
		switch {
		case !d.Hidden:
			in.State, in.Members = catalog.Showing, d.Members
		case in.State == catalog.Showing: // a draft stays one
			in.State = catalog.Hidden
		}
		changed = true
	}
	if o.Sent("stock_managed") {
		b, ok := o.Bool("stock_managed")
		if !ok {
			return false, wrong("product.stock_managed")
		}
		in.Uncounted, changed = !b, true
	}
	if o.Sent("tax_reduced") {
		b, ok := o.Bool("tax_reduced")
		if !ok {
			return false, wrong("product.tax_reduced")
		}
		in.Tax, changed = tax.Standard, true
		if b {
			in.Tax = tax.Reduced
		}
	}
	return changed, nil
}

func (s *Resource) create(c *call.Call) (frame.Response, error) {
	o, err := c.Root("product")
	if err != nil {
		return frame.Response{}, err
	}
	out, err := s.change(c, productField, func(v shopView, tx *db.Tx) (any, error) {
		in := catalog.In{State: catalog.Showing, Tax: tax.Standard, Variants: []catalog.VariantIn{{VariantTerms: catalog.VariantTerms{Follows: true}}}}
		if _, err := set(&in, o); err != nil {
			return nil, err
		}
		if in.Name == "" {
			return nil, empty("product.name")
		}
		product, err := s.Catalog.Create(c.Context(), tx, in)
		if err != nil {
			return nil, err
		}
		return s.rest(c, v, tx, product, o)
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("product", out)), nil
}

func (s *Resource) update(c *call.Call) (frame.Response, error) {
	product, err := number[id.Product](c, "product_id")
	if err != nil {
		return frame.Response{}, err
	}
	o, bodyErr := c.Root("product")
	out, err := s.change(c, productField, func(v shopView, tx *db.Tx) (any, error) {
		e, err := s.Register.Get(c.Context(), tx, product)
		if err != nil {
			return nil, err
		}
		if bodyErr != nil {
			return nil, bodyErr
		}
		in := e.In()
		changed, err := set(&in, o)
		if err != nil {
			return nil, err
		}
		if changed {
			if err := s.Catalog.Change(c.Context(), tx, product, e.Version, in); err != nil {
				return nil, err
			}
		}
		return s.rest(c, v, tx, product, o)
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("product", out)), nil
}

// rest saves what stands beside a product's own fields (its category, its groups, its stock) and gives the product as it is now.
func (s *Resource) rest(c *call.Call, v shopView, tx *db.Tx, product id.Product, o call.Object) (any, error) {
	if err := s.place(c, v, tx, product, o); err != nil {
		return nil, err
	}
	if o.Sent("group_ids") {
		ids, _ := o.Ints("group_ids")
		groups := make([]id.Group, len(ids))
		for i, n := range ids {
			groups[i] = id.Group(n)
		}
		all, err := s.Groups.List(c.Context(), tx)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			if !has(all, g) {
				return nil, wrong("product.group_ids")
			}
		}
		if err := s.Groups.Put(c.Context(), tx, product, groups); err != nil {
			return nil, err
		}
	}
	e, err := s.Register.Get(c.Context(), tx, product)
	if err != nil {
		return nil, err
	}
	if err := s.counts(c, tx, e, o); err != nil {
		return nil, err
	}
	if e, err = s.Register.Get(c.Context(), tx, product); err != nil {
		return nil, err
	}
	return v.product(e), nil
}

// place puts a product into the category that was sent, and into no other. Where nothing changes by it, other categories stay.
func (s *Resource) place(c *call.Call, v shopView, tx *db.Tx, product id.Product, o call.Object) error {
	if !o.Sent("category_id_big") && !o.Sent("category_id_small") {
		return nil
	}
	p, err := s.Catalog.Get(c.Context(), tx, product)
	if err != nil {
		return err
	}
	was, _ := v.category(p.Categories).(call.Record)
	big, _ := was.Get("id_big").(id.Category)
	little, _ := was.Get("id_small").(id.Category)
	before := [2]id.Category{big, little}
	if o.Sent("category_id_big") {
		n, _ := o.Int("category_id_big")
		if big = id.Category(n); big != before[0] {
			little = 0
		}
	}
	if o.Sent("category_id_small") {
		n, _ := o.Int("category_id_small")
		little = id.Category(n)
	}
	if before == [2]id.Category{big, little} {
		return nil
	}
	if big != 0 && !top(v.tree, big) {
		return wrong("product.category_id_big")
	}
	if way := v.tree.Path(little); little != 0 && (len(way) != 2 || big != 0 && way[0].ID != big) {
		return wrong("product.category_id_small")
	}
	var in []id.Category
	switch {
	case little != 0:
		in = []id.Category{little}
	case big != 0:
		in = []id.Category{big}
	}
	return s.Catalog.SetCategories(c.Context(), tx, product, in)
}

func top(t catalog.Tree, c id.Category) bool { return len(t.Path(c)) == 1 }

// counts takes over what was sent of stock: of the product where it has no options, else of the variants that are named by their
// options' values.
func (s *Resource) counts(c *call.Call, tx *db.Tx, e register.Entry, o call.Object) error {
	if len(e.Options) == 0 {
		return s.count(c, tx, o, "product.stocks", e.Variants[0].ID, e.OnHand[0])
	}
	sent, _ := o.Objects("variants")
	for _, want := range sent {
		i := slices.IndexFunc(e.Variants, func(x catalog.Variant) bool { return named(e.Product, x, want) })
		if i < 0 {
			return wrong("product.variants")
		}
		if err := s.count(c, tx, want, "product.variants", e.Variants[i].ID, e.OnHand[i]); err != nil {
			return err
		}
	}
	return nil
}

// named says whether a variant's choices are those that were sent.
func named(p catalog.Product, x catalog.Variant, want call.Object) bool {
	keys := []string{"option1_value", "option2_value"}
	for k, key := range keys {
		got, _ := want.String(key)
		is := ""
		if k < len(axes(p)) {
			is, _ = valueName(p, x, k)
		}
		if got != is {
			return false
		}
	}
	return true
}

// count takes over one count: a number, or an increment.
func (s *Resource) count(c *call.Call, tx *db.Tx, o call.Object, field string, v id.Variant, now int64) error {
	if !o.Sent("stocks") || o.Null("stocks") {
		return nil
	}
	n, ok := o.Int("stocks")
	if by, is := o.Object("stocks"); is {
		var delta int64
		if delta, ok = by.Int("increment"); ok {
			n = now + delta
		}
	}
	switch {
	case !ok:
		return wrong(field)
	case n < 0 || n > inventory.MaxOnHand:
		return beyond(field)
	case n == now:
		return nil
	}
	return s.Stock.Adjust(c.Context(), tx, v, n-now, inventory.Counted)
}
