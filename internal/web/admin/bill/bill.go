// Package bill shows an owner what the service costs: the plan, this month so far, the way to pay, and the invoices.
//
// It guarantees that a change of plan is shown with its difference before it is taken. It refuses card numbers: a card is
// typed at the provider's page only.
package bill

import (
	"errors"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	flow "github.com/noren-shop/noren/internal/flow/billing"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Bill is the room.
type Bill struct {
	*desk.Desk
	Billing *flow.Flow
}

// Routes of the room.
func (b *Bill) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/{shop}/billing", Right: actor.PayBills, Handler: b.show},
		{Method: "POST", Pattern: "/{shop}/billing/card", Act: frame.Pays, Right: actor.PayBills, Handler: b.register},
		{Method: "GET", Pattern: "/{shop}/billing/card/{setup}", Right: actor.PayBills, Handler: b.registered},
		{Method: "GET", Pattern: "/{shop}/billing/documents/{document}", Right: actor.PayBills, Handler: b.paper},
		{Method: "POST", Pattern: "/{shop}/billing/documents/{document}/pay", Act: frame.Pays, Right: actor.PayBills, Handler: b.pay},
		{Method: "GET", Pattern: "/{shop}/billing/plan", Right: actor.PayBills, Handler: b.preview},
		{Method: "POST", Pattern: "/{shop}/billing/plan", Right: actor.PayBills, Handler: b.choose},
		{Method: "POST", Pattern: "/{shop}/billing/transfer", Act: frame.Pays, Right: actor.PayBills, Handler: b.transfer},
	}
}

// view is the page.
type view struct {
	ui.Admin
	flow.Overview
	base   string
	errors ui.Errors
}

func (b *Bill) view(r *frame.Request, wrong error) (view, error) {
	a, err := b.Admin(r, r.Lang().Pick("プランと請求", "Plan & bill"))
	if err != nil {
		return view{}, err
	}
	o, err := b.Billing.Overview(r.Context(), r.Scope())
	return view{Admin: a, Overview: o, base: b.URL(r, "/billing"), errors: ui.ErrorsOf(r.Lang(), wrong)}, err
}

func (b *Bill) show(r *frame.Request) (frame.Response, error) {
	v, err := b.view(r, nil)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(billPage(v)), nil
}

// again shows the page with what went wrong.
func (b *Bill) again(r *frame.Request, wrong error) (frame.Response, error) {
	if _, ok := fault.Of(wrong); !ok || fault.Is(wrong, fault.KindNotFound) {
		return frame.Response{}, wrong
	}
	v, err := b.view(r, wrong)
	if err != nil {
		return frame.Response{}, err
	}
	return desk.Again(wrong, billPage(v))
}

func (b *Bill) done(r *frame.Request, flash string) (frame.Response, error) {
	r.SetFlash(flash)
	return frame.Redirect(b.URL(r, "/billing")), nil
}

// change is the page before another plan is taken.
type change struct {
	ui.Admin
	flow.Change
	base string
}

func (b *Bill) preview(r *frame.Request) (frame.Response, error) {
	o, err := b.Billing.Overview(r.Context(), r.Scope())
	if err != nil {
		return frame.Response{}, err
	}
	c, err := o.Preview(r.Query("plan"))
	if err != nil {
		return b.again(r, err)
	}
	a, err := b.Admin(r, r.Lang().Pick("プランの変更", "Change of plan"))
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(changePage(change{a, c, b.URL(r, "/billing")})), nil
}

func (b *Bill) choose(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if err := b.Billing.Choose(r.Context(), r.Scope(), f.Get("plan")); err != nil {
		return b.again(r, err)
	}
	return b.done(r, "plan-changed")
}

func (b *Bill) register(r *frame.Request) (frame.Response, error) {
	to, err := b.Billing.RegisterCard(r.Context(), r.Scope(), r.Lang(), func(setup int64) string {
		return b.Places.Door(place.Admin, r.Host()) + b.URL(r, "/billing/card/"+id.String(id.Job(setup)))
	})
	if err != nil {
		return b.again(r, err)
	}
	a, err := b.Admin(r, r.Lang().Pick("カードの登録画面へ移動します", "On to the card's page"))
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(goPage(view{Admin: a, base: b.URL(r, "/billing")}, to)).With("Refresh", "0; url="+to), nil // the form's own policy stays closed
}

func (b *Bill) registered(r *frame.Request) (frame.Response, error) {
	n, err := frame.PathID[id.Job](r, "setup")
	if err != nil {
		return frame.Response{}, err
	}
	if err := b.Billing.FinishCard(r.Context(), r.Scope(), int64(n)); err != nil {
		return b.again(r, err)
	}
	o, err := b.Billing.Overview(r.Context(), r.Scope())
	if err != nil {
		return frame.Response{}, err
	}
	if !o.Account.HasCard() {
		return b.done(r, "card-pending")
	}
	return b.done(r, "card-registered")
}

func (b *Bill) transfer(r *frame.Request) (frame.Response, error) {
	if err := b.Billing.PayByTransfer(r.Context(), r.Scope()); err != nil {
		return b.again(r, err)
	}
	return b.done(r, "by-transfer")
}

func (b *Bill) pay(r *frame.Request) (frame.Response, error) {
	n, err := frame.PathID[id.Job](r, "document")
	if err != nil {
		return frame.Response{}, err
	}
	if err := b.Billing.PayNow(r.Context(), r.Scope(), int64(n)); err != nil && !errors.Is(err, billing.ErrSettled) {
		return b.again(r, err)
	}
	return b.done(r, "bill-paid")
}

func (b *Bill) paper(r *frame.Request) (frame.Response, error) {
	n, err := frame.PathID[id.Job](r, "document")
	if err != nil {
		return frame.Response{}, err
	}
	p, err := b.Billing.Paper(r.Context(), r.Scope(), int64(n), r.Lang())
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Download(p.Name, "application/pdf", p.PDF), nil
}
