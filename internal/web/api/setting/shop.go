// Package setting serves what a shop is and how it sells: the shop itself, its ways to pay and to send.
//
// It guarantees the contract's shapes. It refuses what an owner has not published: the seller's particulars are those of the legal
// page, which everyone may read.
package setting

import (
	"context"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/api"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// Resource serves them.
type Resource struct {
	Tenants  *tenant.Service
	Legal    func(ctx context.Context, shop id.Shop) (tenant.Legal, error) // the legal page, as everyone may read it
	Origin   func(tenant.Shop) string                                      // where the shop's pages are
	Media    func(shop id.Shop, blob string) string                        // where a picture is
	Shipping *shipping.Service
	Payment  *payment.Service
	Rates    func(time.Time) tax.Rates
	Now      func() time.Time
}

// Operations that it brings.
func (s *Resource) Operations() []api.Operation {
	return []api.Operation{
		{ID: "getShop", Method: "GET", Path: "/v1/shop", Right: actor.BrowseShop, Do: s.shop},
		{ID: "getPayments", Method: "GET", Path: "/v1/payments", Right: actor.BrowseShop, Do: s.payments},
		{ID: "getDeliveries", Method: "GET", Path: "/v1/deliveries", Right: actor.BrowseShop, Do: s.deliveries},
		{ID: "getDeliveryDateSetting", Method: "GET", Path: "/v1/deliveries/date", Right: actor.BrowseShop, Do: s.deliveryDate},
	}
}

func (s *Resource) shop(c *call.Call) (frame.Response, error) {
	var shop tenant.Shop
	err := c.Read(func(r db.Reader) (err error) {
		shop, err = s.Tenants.Get(c.Context(), r)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	legal, err := s.Legal(c.Context(), shop.ID)
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("shop", s.record(shop, legal))), nil
}

// record is the shop as the contract has it. Noren knows no plan's end, no fax and no second mail address of a shop: they are null.
func (s *Resource) record(shop tenant.Shop, legal tenant.Legal) call.Record {
	place, rest := prefecture(legal.Address)
	family, given, _ := strings.Cut(legal.Representative, " ")
	rates := s.Rates(s.Now())
	open := openState(shop.State)
	return call.NewRecord(
		"id", shop.Account,
		"state", state(shop.State),
		"domain_plan", "cmsp_sub_domain",
		"contract_plan", "regular",
		"contract_start_date", call.Unix(shop.Made),
		"contract_end_date", nil,
		"contract_term", nil,
		"last_login_date", shop.Made/1000,
		"setup_date", shop.Made/1000,
		"make_date", shop.Made/1000,
		"url", s.Origin(shop),
		"open_state", open,
		"mobile_open_state", open,
		"login_id", shop.Handle,
		"name1", family,
		"name2", given,
		"name1_kana", "",
		"name2_kana", "",
		"hojin", call.Nullable(legal.Seller),
		"hojin_kana", nil,
		"user_mail", legal.Email,
		"tel", legal.Phone,
		"fax", nil,
		"postal", legal.Postcode,
		"pref_id", int(place),
		"pref_name", place.Name(i18n.Ja),
		"address1", rest,
		"address2", nil,
		"title", shop.Name,
		"title_short", shop.Name,
		"shop_mail_1", legal.Email,
		"shop_mail_2", nil,
		"tax_type", "included",
		"tax", int64(rates.Standard),
		"tax_rounding_method", rounding(shop.Rounding),
		"reduce_tax_rate", int64(rates.Reduced),
		"shop_logo_url", s.picture(shop.ID, shop.Logo),
	)
}

func (s *Resource) picture(shop id.Shop, blob string) any {
	if blob == "" {
		return nil
	}
	return s.Media(shop, blob)
}

func state(s tenant.State) string {
	if s == tenant.Preparing {
		return "unsigned"
	}
	return "enabled"
}

func openState(s tenant.State) string {
	switch s {
	case tenant.Open:
		return "opened"
	case tenant.Paused:
		return "paused"
	case tenant.Closed, tenant.Suspended:
		return "closed"
	}
	return "prepare"
}

func rounding(r tax.Rounding) string {
	switch r {
	case tax.Up:
		return "round_up"
	case tax.Nearest:
		return "round_off"
	}
	return "round_down"
}

// prefecture splits an address that begins with its prefecture's name.
func prefecture(address string) (postal.Prefecture, string) {
	for _, p := range postal.Prefectures() {
		if rest, ok := strings.CutPrefix(address, p.Name(i18n.Ja)); ok {
			return p, rest
		}
	}
	return postal.Prefecture(0), address
}
