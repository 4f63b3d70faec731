// Package settings is a shop's settings: its texts, the legal page, delivery, payment, and whether it is open.
//
// It guarantees that what was typed survives an error and another person's change, which is shown beside it. It refuses to
// open a shop that lacks what the law asks for; hosting/tenant does, and says what is missing.
package settings

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/opening"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Settings is the room.
type Settings struct {
	*desk.Desk
	Opening  *opening.Flow
	Signup   *signup.Flow
	Shipping *shipping.Service
	Payment  *payment.Service
	Postal   *postal.Table
	Gateways *gateway.Service
	Try      func(ctx context.Context, shop id.Shop, a gateway.Account) error // calls the provider
	Closed   func(ctx context.Context, shop id.Shop) (fault.Text, bool)       // says that no cards are taken now, and why
	Notices  func(shop id.Shop, token string) string                          // the address for its news
	Sim      bool                                                             // a simulator is there to choose
}

// Routes of the room.
func (s *Settings) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/postcode/{code}", Right: actor.ManageAccount, Handler: s.postcode},
		{Method: "GET", Pattern: "/{shop}/settings", Right: actor.EditSettings, Handler: s.overview},
		{Method: "GET", Pattern: "/{shop}/settings/basics", Right: actor.EditSettings, Handler: s.showBasics},
		{Method: "POST", Pattern: "/{shop}/settings/basics", Right: actor.EditSettings, Handler: s.saveBasics},
		{Method: "GET", Pattern: "/{shop}/settings/legal", Right: actor.EditSettings, Handler: s.showLegal},
		{Method: "POST", Pattern: "/{shop}/settings/legal", Right: actor.EditSettings, Handler: s.saveLegal},
		{Method: "GET", Pattern: "/{shop}/settings/payment", Right: actor.EditSettings, Handler: s.showPayment},
		{Method: "POST", Pattern: "/{shop}/settings/payment/bank", Right: actor.EditSettings, Handler: s.saveBank},
		{Method: "POST", Pattern: "/{shop}/settings/payment/card", Right: actor.EditSettings, Handler: s.saveCard},
		{Method: "POST", Pattern: "/{shop}/settings/payment/convenience", Right: actor.EditSettings, Handler: s.saveConvenience},
		{Method: "GET", Pattern: "/{shop}/settings/payment/provider", Right: actor.EditSettings, Handler: s.showProvider},
		{Method: "POST", Pattern: "/{shop}/settings/payment/provider", Right: actor.EditSettings, Handler: s.saveProvider},
		{Method: "POST", Pattern: "/{shop}/settings/payment/provider/test", Right: actor.EditSettings, Handler: s.testProvider},
		{Method: "POST", Pattern: "/{shop}/settings/payment/cod", Right: actor.EditSettings, Handler: s.saveCOD},
		{Method: "GET", Pattern: "/{shop}/settings/shipping", Right: actor.EditSettings, Handler: s.showShipping},
		{Method: "GET", Pattern: "/{shop}/settings/shipping/new", Right: actor.EditSettings, Handler: s.newMethod},
		{Method: "POST", Pattern: "/{shop}/settings/shipping/new", Right: actor.EditSettings, Handler: s.saveMethod},
		{Method: "GET", Pattern: "/{shop}/settings/shipping/{method}", Right: actor.EditSettings, Handler: s.showMethod},
		{Method: "POST", Pattern: "/{shop}/settings/shipping/{method}", Right: actor.EditSettings, Handler: s.saveMethod},
		{Method: "POST", Pattern: "/{shop}/settings/state", Right: actor.OpenShops, Handler: s.setState},
	}
}

// state is what the overview and its neighbours show.
type state struct {
	shop    tenant.Shop
	methods []shipping.Method
	pay     []payment.Setting
}

func (s *Settings) state(r *frame.Request) (out state, err error) {
	err = r.Read(func(rd db.Reader) error {
		if out.shop, err = s.Tenants.Get(r.Context(), rd); err != nil {
			return err
		}
		if out.methods, err = s.Shipping.List(r.Context(), rd); err != nil {
			return err
		}
		out.pay, err = s.Payment.Settings(r.Context(), rd)
		return err
	})
	return out, err
}

// view is what every page of the room has.
type view struct {
	ui.Admin
	base   string // address of the overview
	sheet  desk.Sheet
	action string
	now    time.Time
}

// page begins a page of the room.
func (s *Settings) page(r *frame.Request, ja, en string, sheet desk.Sheet) (view, error) {
	a, err := s.Admin(r, r.Lang().Pick(ja, en))
	return view{Admin: a, base: s.URL(r, "/settings"), sheet: sheet, action: r.URLPath(), now: s.Now()}, err
}

func (s *Settings) overview(r *frame.Request) (frame.Response, error) {
	v, err := s.overviewOf(r, nil)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(overviewPage(v)), nil
}

// home is the overview.
type home struct {
	view
	shop  tenant.Shop
	steps []step
}

// step is one thing that a shop needs.
type step struct {
	href, name, note string
	done             bool
}

func (s *Settings) overviewOf(r *frame.Request, wrong error) (home, error) {
	v, err := s.page(r, "設定", "Settings", desk.Typed(r, frame.NewForm(nil), wrong))
	if err != nil {
		return home{}, err
	}
	st, err := s.state(r)
	if err != nil {
		return home{}, err
	}
	missing := map[string]bool{}
	for _, m := range st.shop.Missing() {
		missing[m.Item] = true
	}
	terms := !missing["delivery"] && !missing["payment_time"] && !missing["returns"]
	return home{view: v, shop: st.shop, steps: []step{
		{v.base + "/basics", v.T("ショップの紹介と販売条件", "Texts and terms"), v.T("名前、見た目、お届け時期、お支払い時期、返品",
			"Name, look, delivery, when to pay, returns"), terms},
		{v.base + "/legal", v.T("特定商取引法に基づく表記", "Legal page"), v.T("販売者、住所、電話番号", "Seller, address, telephone"), !missing["legal"]},
		{v.base + "/shipping", v.T("配送方法と送料", "Delivery and fees"), v.T("配送業者、地域ごとの送料、時間帯", "Carriers, fees by prefecture, time slots"),
			st.sends()},
		{v.base + "/payment", v.T("お支払い方法", "Payment"), v.T("代金引換、銀行振込", "Cash on delivery, bank transfer"), st.takes()},
	}}, nil
}

func (s state) sends() bool {
	for _, m := range s.methods {
		if m.Active {
			return true
		}
	}
	return false
}

func (s state) takes() bool {
	for _, p := range s.pay {
		if p.Active {
			return true
		}
	}
	return false
}

// setState opens, pauses or closes the shop.
func (s *Settings) setState(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	to, flash := tenant.State(f.Get("state")), map[tenant.State]string{tenant.Open: "opened", tenant.Paused: "paused", tenant.Closed: "closed"}
	if flash[to] == "" {
		return frame.Response{}, frame.Malformed()
	}
	err = r.Write(func(tx *db.Tx) error {
		_, err := s.Opening.SetState(r.Context(), tx, to)
		return err
	})
	if err == nil {
		r.SetFlash(flash[to])
		return frame.Redirect(s.URL(r, "/settings")), nil
	}
	if _, ok := fault.Of(err); !ok {
		return frame.Response{}, err
	}
	v, failed := s.overviewOf(r, err)
	if failed != nil {
		return frame.Response{}, failed
	}
	return desk.Again(err, overviewPage(v))
}
