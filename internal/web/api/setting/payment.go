package setting

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

func (s *Resource) payments(c *call.Call) (frame.Response, error) {
	var shop tenant.Shop
	var list []payment.Setting
	err := c.Read(func(r db.Reader) (err error) {
		if shop, err = s.Tenants.Get(c.Context(), r); err != nil {
			return err
		}
		list, err = s.Payment.Settings(c.Context(), r)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	out := []call.Record{}
	for i, m := range payment.Methods() {
		for _, p := range list {
			if p.Method == m {
				out = append(out, pays(shop, p, i+1))
			}
		}
	}
	return call.Answer(call.NewRecord("payments", out)), nil
}

// pays is a way to pay. The shop's bank account is one text, as purchasers read it, and stands in memo: what the contract has in parts would
// be guessed. Settings from before their times were kept show the shop's.
func pays(shop tenant.Shop, p payment.Setting, place int) call.Record {
	made, updated := p.Made, p.Updated
	if made == 0 {
		made = shop.Made
	}
	fee := p.Flat
	if len(p.Brackets) > 0 {
		fee = p.Brackets[0].Fee
	}
	r := call.NewRecord("id", p.Method.No(), "account_id", shop.Account, "name", p.Method.Label(i18n.Ja), "fee", fee, "ip_code", nil,
		"memo", call.Nullable(p.Account), "order_end_note", nil, "memo_mobile", nil, "sort", place, "image_url", nil,
		"type", payType(p.Method), "display", p.Active, "use_mobile", p.Active,
		"make_date", made/1000, "update_date", max(made, updated)/1000)
	if p.Method == payment.COD {
		fees := [][2]int64{}
		for _, b := range p.Brackets {
			fees = append(fees, [2]int64{b.Below, b.Fee})
		}
		// Above the last bound nothing can be paid on delivery, so that there is no fee there.
		r.Set("cod", call.NewRecord("changeable", true, "fees", fees, "fee_max", nil, "changeable_by_total", true))
	}
	return r
}

// payType is the contract's nearest number for a way to pay.
func payType(m payment.Method) int {
	switch m {
	case payment.COD:
		return 0
	case payment.BankTransfer:
		return 1
	case payment.Card:
		return 8
	case payment.Convenience:
		return 7
	}
	return 9
}
