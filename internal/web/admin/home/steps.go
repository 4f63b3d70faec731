package home

import (
	"context"
	"strconv"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// step is one thing to be done before a shop can open.
type step struct {
	text fault.Text
	hint fault.Text
	path string // within the shop
	done bool
}

// steps lists what a shop needs: goods, a way to send them, a way to pay, and what the law asks for.
func (h *Home) steps(ctx context.Context, rd db.Reader, shop tenant.Shop) ([]step, error) {
	goods, _, err := h.Catalog.List(ctx, rd, catalog.Query{State: catalog.Showing, Limit: 1})
	if err != nil {
		return nil, err
	}
	ways, err := h.Shipping.List(ctx, rd)
	if err != nil {
		return nil, err
	}
	pays, err := h.Payment.Settings(ctx, rd)
	if err != nil {
		return nil, err
	}
	missing := map[string]bool{}
	for _, m := range shop.Missing() {
		missing[m.Item] = true
	}
	send, pay := false, false
	for _, w := range ways {
		send = send || w.Active
	}
	for _, p := range pays {
		pay = pay || p.Active
	}
	return []step{
		{fault.Text{Ja: "商品を登録する", En: "Add a product"},
			fault.Text{Ja: "1つから始められます。写真と価格、在庫があれば十分です。", En: "One is enough to begin: a picture, a price, a count."},
			"/products/new", len(goods) > 0},
		{fault.Text{Ja: "配送方法を決める", En: "Set how you send"},
			fault.Text{Ja: "配送業者と地域ごとの送料です。", En: "The carrier, and the fee for each region."},
			"/settings/shipping", send},
		{fault.Text{Ja: "お支払い方法を決める", En: "Set how customers pay"},
			fault.Text{Ja: "銀行振込か代金引換を選びます。", En: "Bank transfer or cash on delivery."},
			"/settings/payment", pay},
		{fault.Text{Ja: "お届け時期・お支払い時期・返品の条件を書く", En: "Write when you deliver, when to pay, how to return"},
			fault.Text{Ja: "注文の最終確認画面に必ず表示される、法律で決められた項目です。", En: "The law has them shown on the final confirmation."},
			"/settings/basics", !missing["delivery"] && !missing["payment_time"] && !missing["returns"]},
		{fault.Text{Ja: "特定商取引法に基づく表記を書く", En: "Fill in the legal page (特定商取引法に基づく表記)"},
			fault.Text{Ja: "販売者のお名前・住所・連絡先です。", En: "The seller's name, address and contact."},
			"/settings/legal", !missing["legal"]},
	}, nil
}

// progress is how many of the steps are done.
func (v view) progress() string {
	done := 0
	for _, s := range v.steps {
		if s.done {
			done++
		}
	}
	n, all := strconv.Itoa(done), strconv.Itoa(len(v.steps))
	return v.T(all+"項目のうち"+n+"項目が完了", n+" of "+all+" done")
}
