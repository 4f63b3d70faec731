package goods

import (
	"slices"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/kana"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
)

// A tally is what somebody typed about one variant's stock.
type tally struct {
	row   int   // in the form
	n     int64 //
	was   int64 // when the form was shown; -1 for a new variant
	typed bool
}

// in turns the draft into the catalogue's input; stock gives the counts in the order of its variants. What the form does not
// show stays as it was before.
func (d draft) in(before catalog.Product) (in catalog.In, stock []tally, err error) {
	in = catalog.In{Handle: d.at("handle"), Name: d.at("name"), NameEn: d.at("name_en"), Kana: d.at("kana"),
		Description: d.at("description"), DescriptionEn: d.at("description_en"), State: catalog.State(d.at("state")),
		Tax: tax.Class(d.at("tax")), Position: before.Position, Options: d.options(), Terms: before.Terms}
	in.Base = nil // follows from the variants
	var fs fault.Faults
	_ = fs.Add(d.terms(&in.Terms)) // faults only
	number := func(field, s, missing string, most int64) int64 {
		n, f := whole(field, s, missing, most)
		if f != nil {
			fs = append(fs, f)
		}
		return n
	}
	for i, v := range d.variants {
		if !v.on {
			continue
		}
		at := "variants." + strconv.Itoa(i) + "."
		var own catalog.VariantTerms
		for _, had := range before.Variants {
			if had.ID == v.id {
				own = had.VariantTerms
				own.Follows = false
			}
		}
		in.Variants = append(in.Variants, catalog.VariantIn{ID: v.id, VariantTerms: own, Values: v.values, Model: v.model, JAN: v.jan,
			Price: number(at+"price", v.price, "", catalog.MaxPrice), WeightG: number(at+"weight_g", v.weight, "0", catalog.MaxWeight)})
		c := tally{row: i, n: number(at+"stock", v.stock, "0", inventory.MaxOnHand), was: -1, typed: v.stock != ""}
		if v.id != 0 {
			c.was, _ = strconv.ParseInt(v.was, 10, 64) // what is no number is compared as 0
		}
		stock = append(stock, c)
	}
	if len(in.Variants) == 0 {
		fs = append(fs, fault.Invalid("variants.0.on", fault.Text{
			Ja: "販売する組み合わせを、1つ以上選んでください。", En: "Choose at least one combination to sell."}))
	}
	_ = fs.Add(d.optionFaults()) // faults only
	check := in
	check.Options, check.Variants = nil, []catalog.VariantIn{{}}
	_ = fs.Add(check.Clean()) // faults only
	if len(fs) == 0 {
		full := in
		full.Options, full.Variants = d.options(), slices.Clone(in.Variants)
		_ = fs.Add(inRows(full.Clean(), stock))
	}
	return in, stock, fs.Err()
}

// inRows makes faults about the input's variants faults about the form's rows.
func inRows(err error, stock []tally) error {
	fs, ok := fault.Of(err)
	if !ok {
		return err
	}
	var out fault.Faults
	for _, f := range fs {
		c := *f
		if rest, ok := strings.CutPrefix(f.Field, "variants."); ok {
			n, field, _ := strings.Cut(rest, ".")
			if i, err := strconv.Atoi(n); err == nil && i < len(stock) {
				c.Field = "variants." + strconv.Itoa(stock[i].row) + "." + field
			}
		}
		out = append(out, &c)
	}
	return out.Err()
}

// whole reads a whole number of yen, pieces or grams as people write it: 1,200, １２００, ¥1,200, 1200円.
func whole(field, s, missing string, most int64) (int64, *fault.Fault) {
	s = strings.ReplaceAll(kana.Tidy(s), ",", "")
	if s == "" {
		s = missing
	}
	for _, sign := range []string{"¥", "￥", "円", "g"} {
		s = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, sign), sign))
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || int64(n) > most {
		return 0, fault.Invalid(field, fault.Text{
			Ja: "0以上" + i18n.Number(most) + "以下の整数を入力してください。",
			En: "Enter a whole number from 0 to " + i18n.Number(most) + "."})
	}
	return int64(n), nil
}
