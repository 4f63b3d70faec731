package goods

import (
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/catalog"
)

// terms are what else there is to know before buying, a line each.
func (d detail) terms() (out []string) {
	p := d.p
	say := func(ja, en string) { out = append(out, d.T(ja, en)) }
	if p.Summary != "" {
		out = append(out, p.Summary)
	}
	if p.ListPrice != nil && *p.ListPrice > p.PriceMin {
		say("定価 "+d.Lang.Yen(*p.ListPrice)+"（税込）", "List price "+d.Lang.Yen(*p.ListPrice)+" with tax")
	}
	if p.MemberPrice != nil {
		say("会員価格 "+d.Lang.Yen(*p.MemberPrice)+"（税込）。ログインしてご購入手続きに進むと適用されます。",
			"Members pay "+d.Lang.Yen(*p.MemberPrice)+" with tax, once they have logged in at the checkout.")
	}
	if p.Members == catalog.MembersBuy {
		say("会員限定の商品です。ご購入にはログインまたは会員登録が必要です。", "For members: to buy it, log in or sign up at the checkout.")
	}
	unit := either(p.Unit, "点")
	if p.MinQuantity > 1 {
		say(i18n.Number(p.MinQuantity)+unit+"からご注文いただけます。", "Sold from "+i18n.Number(p.MinQuantity)+" pieces on.")
	}
	if p.MaxQuantity > 0 {
		say("1回のご注文で"+i18n.Number(p.MaxQuantity)+unit+"までです。", "At most "+i18n.Number(p.MaxQuantity)+" in one order.")
	}
	if p.SaleUntil > 0 {
		say("販売は"+d.Lang.DateTime(p.SaleUntil)+"までです。", "On sale until "+d.Lang.DateTime(p.SaleUntil)+".")
	}
	return out
}
