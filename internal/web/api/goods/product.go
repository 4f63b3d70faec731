package goods

import (
	"slices"
	"strings"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/register"
	"github.com/noren-shop/noren/internal/web/api/call"
)

// The words for who sees a product.
const (
	showing    = "showing"
	hidden     = "hidden"
	membersSee = "showing_for_members"
	membersBuy = "sale_for_members"
)

func displayOf(p catalog.Product) string {
	switch {
	case p.State != catalog.Showing:
		return hidden
	case p.Members == catalog.MembersSee:
		return membersSee
	case p.Members == catalog.MembersBuy:
		return membersBuy
	}
	return showing
}

// display reads a word; 0 is the older one for showing.
func display(word string) (register.Display, bool) {
	switch word {
	case showing, "0":
		return register.Display{}, true
	case hidden:
		return register.Display{Hidden: true}, true
	case membersSee:
		return register.Display{Members: catalog.MembersSee}, true
	case membersBuy:
		return register.Display{Members: catalog.MembersBuy}, true
	}
	return register.Display{}, false
}

// product is a product as the contract has it. What no product of Noren has is null, empty or false: charges of its own for
// delivery, ways to pay or to send that it rules out, regular purchases, goods that are not sent.
func (v shopView) product(e register.Entry) call.Record {
	paid, member := first(e.Base), first(e.MemberPrice, e.Base)
	out := call.NewRecord("account_id", v.shop.Account, "id", e.ID, "name", e.Name, "stocks", v.total(e), "stock_managed", !e.Uncounted,
		"few_num", e.Few, "model_number", call.Nullable(e.Model), "category", v.category(e.Categories), "group_ids", list(e.Groups),
		"display_state", displayOf(e.Product),
		"sales_price", e.Base, "sales_price_including_tax", paid, "sales_price_tax", v.tax(paid, e.Tax), "price", e.ListPrice,
		"members_price", e.MemberPrice, "members_price_including_tax", member, "members_price_tax", v.tax(member, e.Tax))
	v.common(&out, e)
	out.Set("unavailable_payment_ids", []int64{})
	out.Set("unavailable_delivery_ids", []int64{})
	out.Set("options", v.options(e))
	out.Set("variants", v.variantRecords(e))
	out.Set("pickups", pickFlags(e.Picks))
	out.Set("regular_purchase", false)
	out.Set("tax_reduced", e.Tax == tax.Reduced)
	out.Set("without_shipping", false)
	out.Set("digital_content", false)
	out.Set("unlisted", e.Unlisted)
	return out
}

// common is what a product and a line of stock have in common after their prices.
func (v shopView) common(out *call.Record, e register.Entry) {
	for _, pair := range []struct {
		key   string
		value any
	}{
		{"cost", e.Cost}, {"delivery_charge", nil}, {"cool_charge", nil}, {"min_num", positive(e.MinQuantity)}, {"max_num", positive(e.MaxQuantity)},
		{"sale_start_date", call.Unix(e.SaleFrom)}, {"sale_end_date", call.Unix(e.SaleUntil)}, {"unit", call.Nullable(e.Unit)},
		{"weight", weight(e.Variants)}, {"soldout_display", !e.HideSoldOut}, {"sort", e.Position},
		{"simple_expl", call.Nullable(e.Summary)}, {"expl", call.Nullable(e.Description)}, {"mobile_expl", nil},
		{"smartphone_expl", call.Nullable(e.SmallText)}, {"make_date", e.MadeMS / 1000}, {"update_date", e.UpdatedMS / 1000},
		{"memo", call.Nullable(e.Memo)}, {"image_url", v.main(e.Images, wide)}, {"mobile_image_url", v.main(e.Images, narrow)},
		{"thumbnail_image_url", v.main(e.Images, small)}, {"images", v.extra(e.Images)},
	} {
		out.Set(pair.key, pair.value)
	}
}

func (v shopView) total(e register.Entry) any {
	if e.Uncounted {
		return nil
	}
	return e.Total()
}

func first(sums ...*int64) int64 {
	for _, n := range sums {
		if n != nil {
			return *n
		}
	}
	return 0
}

func positive(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func list[T ~int64](ids []T) []T {
	if ids == nil {
		return []T{}
	}
	return ids
}

// weight is that of all variants, where it is one.
func weight(vs []catalog.Variant) any {
	for _, v := range vs {
		if v.WeightG == 0 || v.WeightG != vs[0].WeightG {
			return nil
		}
	}
	if len(vs) == 0 {
		return nil
	}
	return vs[0].WeightG
}

// category is the deepest in which a product stands, by its nearest big and small one; of several the first in the tree.
func (v shopView) category(in []id.Category) any {
	var best []catalog.Category
	for _, c := range v.tree {
		if !slices.Contains(in, c.ID) {
			continue
		}
		if way := v.tree.Path(c.ID); len(way) > len(best) && len(best) < 2 {
			best = way
		}
	}
	if len(best) == 0 {
		return nil
	}
	little := id.Category(0)
	if len(best) > 1 {
		little = best[1].ID
	}
	return call.NewRecord("id_big", best[0].ID, "id_small", little)
}

// The widths of the pictures that the contract names.
const (
	wide   = 1200
	narrow = 400
	small  = 200
)

// address is the file that is at least that wide, or the widest.
func (v shopView) address(img catalog.Image, width int64) string {
	for i, f := range img.Files {
		if f.Width >= width || i == len(img.Files)-1 {
			return v.Media(v.shop.ID, f)
		}
	}
	return ""
}

func (v shopView) main(images []catalog.Image, width int64) any {
	if len(images) == 0 {
		return nil
	}
	return v.address(images[0], width)
}

// extra are the pictures beside the main one, each twice: as it is, and for small screens.
func (v shopView) extra(images []catalog.Image) []call.Record {
	out := []call.Record{}
	for i, img := range images {
		if i == 0 {
			continue
		}
		for _, w := range []struct {
			width  int64
			mobile bool
		}{{wide, false}, {narrow, true}} {
			out = append(out, call.NewRecord("src", v.address(img, w.width), "position", img.Position, "mobile", w.mobile))
		}
	}
	return out
}

// between joins the names of what is folded.
const between = " / "

// axes are the options as the contract has them: those beyond two are folded into the second.
func axes(p catalog.Product) [][]catalog.Option {
	switch len(p.Options) {
	case 0:
		return nil
	case 1:
		return [][]catalog.Option{p.Options}
	}
	return [][]catalog.Option{p.Options[:1], p.Options[1:]}
}

func axisName(options []catalog.Option) string {
	var names []string
	for _, o := range options {
		names = append(names, o.Name)
	}
	return strings.Join(names, between)
}

// valueName is a variant's choice on an axis, with the choice itself where it is one.
func valueName(p catalog.Product, x catalog.Variant, axis int) (string, catalog.Value) {
	var names []string
	var only catalog.Value
	for _, o := range axes(p)[axis] {
		k := slices.IndexFunc(p.Options, func(k catalog.Option) bool { return k.ID == o.ID })
		for _, val := range o.Values {
			if val.ID == x.Values[k] {
				names, only = append(names, val.Name), val
			}
		}
	}
	if len(axes(p)[axis]) > 1 {
		only = catalog.Value{}
	}
	return strings.Join(names, between), only
}

func (v shopView) options(e register.Entry) []call.Record {
	out := []call.Record{}
	for i, axis := range axes(e.Product) {
		values := []string{}
		if len(axis) == 1 {
			for _, val := range axis[0].Values {
				values = append(values, val.Name)
			}
		} else {
			for _, x := range e.Variants {
				if n, _ := valueName(e.Product, x, i); !slices.Contains(values, n) {
					values = append(values, n)
				}
			}
		}
		out = append(out, v.option(e.Product, axis, values))
	}
	return out
}

func (v shopView) option(p catalog.Product, axis []catalog.Option, values []string) call.Record {
	return call.NewRecord("id", axis[0].ID, "product_id", p.ID, "account_id", v.shop.Account, "name", axisName(axis), "values", values,
		"make_date", call.Unix(axis[0].MadeMS), "update_date", seconds(axis[0].UpdatedMS, p.UpdatedMS))
}

// seconds is the first time that is known.
func seconds(times ...int64) int64 {
	for _, ms := range times {
		if ms > 0 {
			return ms / 1000
		}
	}
	return 0
}

func pickFlags(picks []catalog.Pick) []call.Record {
	out := []call.Record{}
	for _, p := range picks {
		out = append(out, call.NewRecord("pickup_type", pickType(p.List), "order_num", p.Position,
			"make_date", seconds(p.MadeMS), "update_date", seconds(p.UpdatedMS)))
	}
	return out
}
