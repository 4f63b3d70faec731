package sales

import (
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	flow "github.com/noren-shop/noren/internal/flow/sales"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/api/call"
)

// record is a sale as the contract has it. Noren gives no points on orders yet, splits none and sells none by a coupon: those are 0 or null.
func record(shop tenant.Shop, v flow.Sale, reach vault.Mask) call.Record {
	st := v.Statement
	points, other, name := discounts(st)
	r := call.NewRecord(
		"id", int64(v.ID),
		"account_id", shop.Account,
		"make_date", v.Placed/1000,
		"update_date", v.Updated/1000,
		"memo", call.Nullable(v.Person.Note),
		"payment_id", payment.Method(v.Payment).No(),
		"mobile", false,
		"paid", v.PaidAt > 0,
		"delivered", v.Left(),
		"canceled", v.Status == order.Cancelled,
	)
	for _, n := range []string{"accepted", "paid", "delivered"} {
		r.Set(n+"_mail_state", mailWord(v.Mails[mails()[n]].State))
	}
	for _, n := range []string{"accepted", "paid", "delivered"} {
		r.Set(n+"_mail_sent_date", call.Unix(v.Mails[mails()[n]].Sent))
	}
	for _, pair := range [][2]any{
		{"point_state", string(v.Points)}, {"gmo_point_state", nil}, {"yahoo_point_state", nil},
		{"product_total_price", st.GoodsTotal}, {"delivery_total_charge", st.Shipping()}, {"fee", st.PaymentFee()}, {"tax", st.Tax},
		{"noshi_total_charge", 0}, {"card_total_charge", 0}, {"wrapping_total_charge", st.Wrapping()},
		{"point_discount", points}, {"gmo_point_discount", 0}, {"other_discount", other}, {"other_discount_name", name},
		{"total_price", v.Total}, {"granted_points", 0}, {"use_points", points}, {"granted_gmo_points", 0}, {"use_gmo_points", 0},
		{"granted_yahoo_points", 0}, {"use_yahoo_points", 0}, {"external_order_id", v.Number},
		{"customer", customer(shop, v, reach)}, {"details", details(shop, v)}, {"sale_deliveries", []call.Record{delivery(shop, v, reach)}},
		{"segment", nil}, {"totals", totals(st)}, {"application", nil}, {"shop_coupon", nil},
	} {
		key, _ := pair[0].(string)
		r.Set(key, pair[1])
	}
	return r
}

func mailWord(s order.MailState) string {
	switch s {
	case order.Sent:
		return "sent"
	case order.Skip:
		return "pass"
	}
	return "not_yet"
}

func discounts(st statement.Statement) (points, other int64, name string) {
	for _, d := range st.Discounts {
		if d.Source == statement.Points {
			points += d.Amount
			continue
		}
		other += d.Amount
		if name == "" {
			name = d.Label(i18n.Ja)
		}
	}
	return points, other, name
}

func totals(st statement.Statement) call.Record {
	by := map[tax.Class]statement.RateRow{}
	for _, p := range st.PerRate {
		by[p.Class] = p
	}
	n, r := by[tax.Standard], by[tax.Reduced]
	return call.NewRecord("normal_tax_amount", n.Tax, "reduced_tax_amount", r.Tax, "discount_amount_for_normal_tax", n.Cut,
		"discount_amount_for_reduced_tax", r.Cut, "total_price_with_normal_tax", n.Total, "total_price_with_reduced_tax", r.Total)
}

// text is a personal field: null where the caller may not read its class, and where there is none.
func text(reach vault.Mask, class vault.Class, s string) any {
	if !reach.Has(class) {
		return nil
	}
	return call.Nullable(s)
}

// address is the lines below the prefecture in the contract's two.
func address(lines []string) (first, rest string) {
	if len(lines) > 2 {
		return lines[0] + lines[1], strings.Join(lines[2:], " ")
	}
	return strings.Join(lines, ""), ""
}

func customer(shop tenant.Shop, v flow.Sale, reach vault.Mask) call.Record {
	p := v.Person
	first, rest := address(p.Address)
	at := postal.Prefecture(v.Prefecture)
	return call.NewRecord("id", v.Customer(), "account_id", shop.Account,
		"name", text(reach, vault.Name, p.Name), "furigana", text(reach, vault.Furigana, p.Furigana),
		"hojin", text(reach, vault.Company, p.Company), "busho", nil, "sex", nil, "birthday", nil,
		"postal", text(reach, vault.Address, p.Postcode), "pref_id", int(at), "pref_name", at.Name(i18n.Ja),
		"address1", text(reach, vault.Address, first), "address2", text(reach, vault.Address, rest),
		"mail", text(reach, vault.Email, p.Email), "tel", text(reach, vault.Phone, p.Phone), "fax", nil, "tel_mobile", nil, "other", nil,
		"points", v.Balance, "member", v.Member != 0, "sales_count", v.Bought, "receive_mail_magazine", nil,
		"answer_free_form1", nil, "answer_free_form2", nil, "answer_free_form3", nil)
}

func details(shop tenant.Shop, v flow.Sale) []call.Record {
	out := make([]call.Record, len(v.Sold))
	for i, l := range v.Sold {
		options := append(strings.SplitN(l.Label, " / ", 2), "", "")
		out[i] = call.NewRecord("id", l.ID, "sale_id", int64(v.ID), "account_id", shop.Account, "product_id", int64(l.Product),
			"sale_delivery_id", int64(v.ID), "option1_value", call.Nullable(options[0]), "option2_value", call.Nullable(options[1]),
			"option1_index", nil, "option2_index", nil, "product_model_number", call.Nullable(l.SKU), "product_name", l.Name,
			"pristine_product_full_name", l.Title(), "product_cost", nil, "product_image_url", nil, "product_thumbnail_image_url", nil,
			"product_mobile_image_url", nil, "price", l.UnitPrice, "price_with_tax", l.UnitPrice, "product_num", l.Quantity, "unit", nil,
			"subtotal_price", l.UnitPrice*l.Quantity, "tax_reduced", i < len(v.Statement.Lines) && v.Statement.Lines[i].Class == tax.Reduced,
			"customizations", []any{})
	}
	return out
}

// delivery is the sale's one parcel. It has the sale's number.
func delivery(shop tenant.Shop, v flow.Sale, reach vault.Mask) call.Record {
	p := v.Person
	first, rest := address(p.Address)
	at := postal.Prefecture(v.Prefecture)
	lines := make([]int64, len(v.Sold))
	for i, l := range v.Sold {
		lines[i] = l.ID
	}
	carrier := shipping.Carrier(v.Delivery.Carrier)
	if v.Carrier != "" {
		carrier = shipping.Carrier(v.Carrier)
	}
	slot, _ := shipping.FindSlot(shipping.Carrier(v.Delivery.Carrier), v.Delivery.WishSlot, time.UnixMilli(v.Placed))
	charge := v.Statement.Shipping()
	return call.NewRecord("id", int64(v.ID), "account_id", shop.Account, "sale_id", int64(v.ID), "delivery_id", v.Delivery.Method,
		"detail_ids", lines, "name", p.Name, "furigana", text(reach, vault.Furigana, p.Furigana),
		"postal", text(reach, vault.Address, p.Postcode), "pref_id", int(at), "pref_name", at.Name(i18n.Ja),
		"address1", text(reach, vault.Address, first), "address2", text(reach, vault.Address, rest),
		"tel", text(reach, vault.Phone, p.Phone), "preferred_date", call.Nullable(v.Delivery.WishDay),
		"preferred_period", call.Nullable(slot.Name.Ja), "slip_number", call.Nullable(v.Slip),
		"noshi_text", nil, "noshi_charge", nil, "card_name", nil, "card_text", nil, "card_charge", nil, "wrapping_name", nil,
		"wrapping_charge", v.Statement.Wrapping(), "delivery_charge", charge, "total_charge", charge+v.Statement.Wrapping(),
		"tracking_url", call.Nullable(shipping.TrackingURL(carrier, v.Slip)), "memo", nil, "delivered", v.Left())
}
