package goods

import (
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/kana"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/web/ui"
)

// momentForm is how browsers write a date with a time.
const momentForm = "2006-01-02T15:04"

// keep puts a product's terms into the draft.
func (d *draft) keep(t catalog.Terms) {
	for name, n := range map[string]*int64{"list_price": t.ListPrice, "member_price": t.MemberPrice, "cost": t.Cost, "few": t.Few} {
		if n != nil {
			d.values[name] = strconv.FormatInt(*n, 10)
		}
	}
	for name, n := range map[string]int64{"min_quantity": t.MinQuantity, "max_quantity": t.MaxQuantity} {
		if n > 0 {
			d.values[name] = strconv.FormatInt(n, 10)
		}
	}
	for name, ms := range map[string]int64{"sale_from": t.SaleFrom, "sale_until": t.SaleUntil} {
		if ms > 0 {
			d.values[name] = time.UnixMilli(ms).In(i18n.Zone()).Format(momentForm)
		}
	}
	for name, is := range map[string]bool{"hide_sold_out": t.HideSoldOut, "unlisted": t.Unlisted, "uncounted": t.Uncounted} {
		if is {
			d.values[name] = "on"
		}
	}
	d.values["unit"], d.values["summary"], d.values["memo"], d.values["small_text"] = t.Unit, t.Summary, t.Memo, t.SmallText
	d.values["members"], d.values["terms"] = string(t.Members), "1"
}

// terms reads the draft's terms; a form without them leaves them as they are.
func (d draft) terms(t *catalog.Terms) error {
	if d.at("terms") == "" {
		return nil
	}
	var fs fault.Faults
	for name, n := range map[string]**int64{"member_price": &t.MemberPrice, "cost": &t.Cost, "few": &t.Few, "list_price": &t.ListPrice} {
		v, f := whole(name, d.at(name), "0", catalog.MaxPrice)
		switch {
		case *n != nil && d.at(name) == strconv.FormatInt(**n, 10): // as it was, whatever it was
		case f != nil:
			fs = append(fs, f)
		case d.at(name) == "":
			*n = nil
		default:
			*n = &v
		}
	}
	for name, n := range map[string]*int64{"min_quantity": &t.MinQuantity, "max_quantity": &t.MaxQuantity} {
		v, f := whole(name, d.at(name), "0", catalog.MaxPieces)
		if f != nil {
			fs = append(fs, f)
		}
		*n = v
	}
	for name, ms := range map[string]*int64{"sale_from": &t.SaleFrom, "sale_until": &t.SaleUntil} {
		v, f := moment(name, d.at(name), *ms)
		if f != nil {
			fs = append(fs, f)
		}
		*ms = v
	}
	t.HideSoldOut, t.Unlisted, t.Uncounted = d.at("hide_sold_out") != "", d.at("unlisted") != "", d.at("uncounted") != ""
	t.Unit, t.Summary, t.Memo, t.SmallText = d.at("unit"), d.at("summary"), d.at("memo"), d.at("small_text")
	t.Members = catalog.Members(d.at("members"))
	return fs.Err()
}

// moment reads a date with a time in Japan; what is as it was shown keeps its seconds.
func moment(field, s string, was int64) (int64, *fault.Fault) {
	s = kana.Tidy(s)
	if s == "" {
		return 0, nil
	}
	at, err := time.ParseInLocation(momentForm, s, i18n.Zone())
	if err != nil {
		return 0, fault.Invalid(field, fault.Text{
			Ja: "日付と時刻を、2026-04-01T10:00のように入力してください。", En: "Enter a date and a time, such as 2026-04-01T10:00."})
	}
	if was > 0 && time.UnixMilli(was).In(i18n.Zone()).Format(momentForm) == s {
		return was, nil
	}
	return at.UnixMilli(), nil
}

// termed says that there is something to look at among the terms.
func (v formView) termed() bool {
	for _, name := range termFields() {
		if v.at(name) != "" || v.errors.At(name) != "" {
			return true
		}
	}
	return false
}

// termFields are the names of the terms' fields.
func termFields() []string {
	return []string{"list_price", "member_price", "cost", "few", "min_quantity", "max_quantity", "sale_from", "sale_until", "unit", "summary", "memo",
		"small_text", "members", "hide_sold_out", "unlisted", "uncounted"}
}

func (v formView) members(p ui.Page) ui.Field {
	f := v.field("members", p.T("会員限定", "For members"))
	f.Options = []ui.Option{
		{Value: string(catalog.ForAll), Text: p.T("だれでも購入できる", "Everyone can buy it")},
		{Value: string(catalog.MembersBuy), Text: p.T("会員だけが購入できる", "Only members can buy it")},
		{Value: string(catalog.MembersSee), Text: p.T("会員だけに公開", "Only for members' eyes"),
			Hint: p.T("お店のページには並びません", "It is not on the shop's pages")},
	}
	return f
}

func yen(f ui.Field, p ui.Page) ui.Field { return suffixed(f, p.T("円", "yen")) }

func calendar(f ui.Field) ui.Field {
	f.Kind = "datetime-local"
	return f
}
