package goods

import (
	"slices"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/kana"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/web/frame"
)

// A draft is a product as it stands in the form, right or wrong.
type draft struct {
	product    id.Product // 0: a new one
	version    int64
	values     map[string]string // the fields of the product itself
	axes       []axis
	variants   []variant
	categories map[id.Category]bool
}

// plain are the names of the product's own fields.
func plain() []string {
	return append([]string{"name", "name_en", "kana", "handle", "description", "description_en", "state", "tax", "terms"}, termFields()...)
}

// An axis is one option, as lists that somebody types.
type axis struct {
	id       id.Option
	name     string
	nameEn   string
	values   []string
	valuesEn []string
	before   []string   // the values when the form was shown
	ids      []id.Value // of before; 0 for new ones
}

// A variant is one line of the table: a combination of the axes' values, which the shop may not offer.
type variant struct {
	id     id.Variant
	values []string
	on     bool // offered
	price  string
	stock  string
	was    string // the count when the form was shown
	held   int64
	model  string
	jan    string
	weight string
}

func (d draft) at(name string) string { return d.values[name] }

// shown is the draft of a product as it is.
func shown(p catalog.Product, levels map[id.Variant]inventory.Level) draft {
	d := draft{product: p.ID, version: p.Version, categories: map[id.Category]bool{}, values: map[string]string{
		"name": p.Name, "name_en": p.NameEn, "kana": p.Kana, "handle": p.Handle, "description": p.Description,
		"description_en": p.DescriptionEn, "state": string(p.State), "tax": string(p.Tax)}}
	d.keep(p.Terms)
	for _, c := range p.Categories {
		d.categories[c] = true
	}
	for _, o := range p.Options {
		d.axes = append(d.axes, axisOf(o))
	}
	in := p.In()
	var have []variant
	for i, v := range in.Variants {
		l := levels[v.ID]
		on := strconv.FormatInt(l.OnHand, 10)
		row := variant{id: v.ID, values: v.Values, on: true, price: strconv.FormatInt(v.Price, 10), stock: on, was: on, held: l.Held,
			model: v.Model, jan: v.JAN}
		if !p.Priced(v.VariantTerms) {
			row.price = "" // so that somebody enters one
		}
		if v.WeightG > 0 {
			row.weight = strconv.FormatInt(in.Variants[i].WeightG, 10)
		}
		have = append(have, row)
	}
	d.variants = have
	if len(d.axes) > 0 {
		d.fill(have)
	}
	return d
}

func axisOf(o catalog.Option) axis {
	a := axis{id: o.ID, name: o.Name, nameEn: o.NameEn}
	english := false
	for _, v := range o.Values {
		a.values = append(a.values, v.Name)
		a.ids = append(a.ids, v.ID)
		a.valuesEn = append(a.valuesEn, v.NameEn)
		english = english || v.NameEn != ""
	}
	if !english {
		a.valuesEn = nil
	}
	a.before = a.values
	return a
}

// fill adds the combinations that are not offered, so that each can be switched on.
func (d *draft) fill(have []variant) {
	all := catalog.Combinations(d.options(), catalog.VariantIn{})
	if len(all) > catalog.MaxVariants {
		return
	}
	d.variants = nil
	for _, c := range all {
		if k := slices.IndexFunc(have, func(v variant) bool { return slices.Equal(v.values, c.Values) }); k >= 0 {
			d.variants = append(d.variants, have[k])
			continue
		}
		d.variants = append(d.variants, variant{values: c.Values, price: have[0].price, weight: have[0].weight})
	}
}

// read takes the form as it was typed.
func read(f frame.Form) draft {
	d := draft{values: map[string]string{}, categories: map[id.Category]bool{}}
	d.version, _ = strconv.ParseInt(f.Get("version"), 10, 64) // 0 is no product's version
	for _, n := range plain() {
		d.values[n] = f.Get(n)
	}
	for _, c := range f.All("category") {
		d.categories[id.Parse[id.Category](c)] = true
	}
	var from []int // the place that each axis had in the form
	for i := range catalog.MaxAxes {
		at := "options." + strconv.Itoa(i) + "."
		a := axis{id: frame.FormID[id.Option](f, at+"id"), name: f.Get(at + "name"), nameEn: f.Get(at + "name_en"),
			values: split(first(f, at+"values")), valuesEn: split(first(f, at+"values_en")), before: split(first(f, at+"before"))}
		for _, v := range strings.Split(f.Get(at+"ids"), ",") {
			a.ids = append(a.ids, id.Parse[id.Value](v))
		}
		if a.name == "" && len(a.values) == 0 {
			continue
		}
		from, d.axes = append(from, i), append(d.axes, a)
	}
	d.arrange(readVariants(f), from)
	return d
}

func readVariants(f frame.Form) (out []variant) {
	for i := range catalog.MaxVariants + 1 {
		at := "variants." + strconv.Itoa(i) + "."
		if !f.Has(at + "price") {
			break
		}
		v := variant{id: frame.FormID[id.Variant](f, at+"id"), on: f.Has(at+"on") || !f.Has(at+"optional"), price: f.Get(at + "price"),
			stock: f.Get(at + "stock"), was: f.Get(at + "was"), model: f.Get(at + "model"), jan: f.Get(at + "jan"), weight: f.Get(at + "weight_g")}
		for k := range catalog.MaxAxes {
			if n := at + "values." + strconv.Itoa(k); f.Has(n) {
				v.values = append(v.values, f.Get(n))
			}
		}
		out = append(out, v)
	}
	return out
}

// arrange makes the table of the axes as they are now out of the rows as they were: a renamed value keeps its row, a new
// axis leaves the first of its rows what it was, and new rows start with the first one's price.
func (d *draft) arrange(old []variant, from []int) {
	if len(old) == 0 {
		old = []variant{{on: true}}
	}
	for i := range old {
		for k := range d.axes {
			if o := from[k]; o < len(old[i].values) {
				old[i].values[o] = d.axes[k].renamed(old[i].values[o])
			}
		}
	}
	all := catalog.Combinations(d.options(), catalog.VariantIn{})
	if d.optionFaults() != nil || len(all) > catalog.MaxVariants {
		d.variants = old
		return
	}
	taken := make([]bool, len(old))
	for _, c := range all {
		k := slices.IndexFunc(old, func(v variant) bool { return fits(v.values, c.Values, from) })
		row := variant{values: c.Values, on: true, price: old[0].price, weight: old[0].weight}
		if k >= 0 && !taken[k] {
			taken[k], row = true, old[k]
			row.values = c.Values
		} else if k >= 0 {
			row.price, row.weight, row.on = old[k].price, old[k].weight, old[k].on
		}
		d.variants = append(d.variants, row)
	}
}

// fits says whether a row of the old table has the values of a new combination, on the axes that it has.
func fits(row, combination []string, from []int) bool {
	for k, o := range from {
		if o < len(row) && row[o] != combination[k] {
			return false
		}
	}
	return true
}

// renamed is a value's name now: where as many values as before are typed, one that stands in the place of a lost one is it.
func (a axis) renamed(old string) string {
	i := slices.Index(a.before, old)
	if i < 0 || len(a.before) != len(a.values) || slices.Contains(a.values, old) || slices.Contains(a.before, a.values[i]) {
		return old
	}
	return a.values[i]
}

// valueID is the id that the axis' value had.
func (a axis) valueID(name string) id.Value {
	for i, b := range a.before {
		if i < len(a.ids) && (b == name || a.renamed(b) == name) {
			return a.ids[i]
		}
	}
	return 0
}

func (d draft) options() []catalog.OptionIn {
	var out []catalog.OptionIn
	for _, a := range d.axes {
		o := catalog.OptionIn{ID: a.id, Name: a.name, NameEn: a.nameEn}
		for i, v := range a.values {
			in := catalog.ValueIn{ID: a.valueID(v), Name: v}
			if len(a.valuesEn) == len(a.values) {
				in.NameEn = a.valuesEn[i]
			}
			o.Values = append(o.Values, in)
		}
		out = append(out, o)
	}
	return out
}

// optionFaults are what is wrong with the axes alone.
func (d draft) optionFaults() error {
	var fs fault.Faults
	for i, a := range d.axes {
		if len(a.valuesEn) > 0 && len(a.valuesEn) != len(a.values) {
			fs = append(fs, fault.Invalid("options."+strconv.Itoa(i)+".values_en", fault.Text{
				Ja: "英語の選択肢は、日本語の選択肢と同じ数だけ、同じ順に入力してください。",
				En: "Enter as many English choices as Japanese ones, in the same order."}))
		}
	}
	probe := catalog.In{Name: "-", Options: d.options()}
	all := catalog.Combinations(probe.Options, catalog.VariantIn{})
	if len(all) > catalog.MaxVariants {
		fs = append(fs, fault.Invalid("options.0.values", fault.Text{
			Ja: "組み合わせが100個を超えています。選択肢を減らすか、商品を分けてください。",
			En: "There are more than 100 combinations. Use fewer choices, or split the product."}))
	} else {
		probe.Variants = all
	}
	if more, ok := fault.Of(probe.Clean()); ok {
		for _, f := range more {
			if strings.HasPrefix(f.Field, "options") {
				fs = append(fs, f)
			}
		}
	}
	return fs.Err()
}

// split reads a list: one a line, or else between commas.
func split(s string) (out []string) {
	seps := ",、，"
	if strings.Contains(s, "\n") {
		seps = "\n"
	}
	for _, v := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(seps, r) }) {
		if v = kana.Spaces(kana.Widen(strings.TrimSpace(v))); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// join writes a list so that split reads it back.
func join(list []string) string {
	for _, v := range list {
		if strings.ContainsAny(v, ",、，") {
			return strings.Join(list, "\n") + "\n"
		}
	}
	return strings.Join(list, ", ")
}

// first is a field as it was typed, with the line break at its end.
func first(f frame.Form, name string) string {
	if all := f.All(name); len(all) > 0 {
		return strings.ReplaceAll(all[0], "\r", "")
	}
	return ""
}
