package statement

import (
	"strconv"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
)

// validate returns every wrong field at once, as fault.Faults.
func (in In) validate() error {
	var fs fault.Faults
	add := func(f *fault.Fault) {
		if f != nil {
			fs = append(fs, f)
		}
	}
	add(count("lines", int64(len(in.Lines)), 1, MaxLines))
	add(count("discounts", int64(len(in.Discounts)), 0, MaxDiscounts))
	if len(fs) > 0 {
		return fs
	}
	for i, l := range in.Lines {
		add(count(at("lines", i, "quantity"), l.Quantity, 1, MaxQuantity))
		add(price(at("lines", i, "unit_price"), l.UnitPrice))
		add(name(at("lines", i, "name"), l.Name, 1))
		add(known(at("lines", i, "class"), l.Class.Valid()))
	}
	add(price("shipping", in.Shipping))
	add(price("payment_fee", in.PaymentFee))
	add(price("wrapping", in.Wrapping))
	for i, d := range in.Discounts {
		add(price(at("discounts", i, "amount"), d.Amount))
		add(name(at("discounts", i, "name"), d.Name, 0))
		add(known(at("discounts", i, "source"), d.Source == Coupon || d.Source == Points || d.Source == Campaign))
		add(known(at("discounts", i, "use"), d.Use == PriceCut || d.Use == Means))
		cutFrom := d.Over == Goods || d.Over == Order
		add(known(at("discounts", i, "over"), (d.Use == PriceCut && cutFrom) || (d.Use == Means && d.Over == "")))
	}
	add(known("rates", in.Rates.Valid()))
	add(known("rounding", in.Rounding.Valid()))
	return fs.Err()
}

func at(list string, i int, field string) string { return list + "." + strconv.Itoa(i) + "." + field }

func count(field string, n, low, high int64) *fault.Fault {
	if low <= n && n <= high {
		return nil
	}
	a, b := i18n.Number(low), i18n.Number(high)
	return fault.Invalid(field, fault.Text{
		Ja: a + "以上" + b + "以下の整数にしてください。",
		En: "Use a whole number from " + a + " to " + b + ".",
	})
}

func price(field string, yen int64) *fault.Fault {
	if 0 <= yen && yen <= MaxPrice {
		return nil
	}
	return fault.Invalid(field, fault.Text{
		Ja: "金額は0円以上" + i18n.Ja.Yen(MaxPrice) + "以下にしてください。",
		En: "Use an amount from ¥0 to " + i18n.En.Yen(MaxPrice) + ".",
	})
}

func name(field, s string, low int) *fault.Fault {
	n := utf8.RuneCountInString(s)
	if low <= n && n <= MaxName && utf8.ValidString(s) {
		return nil
	}
	limit := strconv.Itoa(MaxName)
	return fault.Invalid(field, fault.Text{
		Ja: "名称は" + limit + "文字以内で入力してください。",
		En: "Enter a name of at most " + limit + " characters.",
	})
}

func known(field string, ok bool) *fault.Fault {
	if ok {
		return nil
	}
	return fault.Invalid(field, fault.Text{
		Ja: "この値は使えません。選択肢から選び直してください。",
		En: "This value cannot be used. Please choose again.",
	})
}
