package server

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/sweep"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/account"
	"github.com/noren-shop/noren/internal/web/place"
)

// followers ties facts and the schedule to who acts on them.
func (h *House) followers() {
	h.Outbox.Follow(h.Letters.Follower())
	h.Outbox.Follow(h.Index.Follower())
	for _, f := range h.Billing.Followers() {
		h.Outbox.Follow(f)
	}
	h.Outbox.Follow(h.Hook.Follower())
	h.Outbox.Follow(h.Feed.Follower())
	h.Hook.Handle(h.Jobs)
	h.Jobs.Every("forget feeds", 24*time.Hour, h.Feed.Forget)
	h.Billing.Handle(h.Jobs)
	h.Letters.Handle(h.Jobs)
	h.Daily.Handle(h.Jobs)
	h.Pay.Handle(h.Jobs)
	h.Jobs.Every("sweep payments", time.Minute, h.Pay.Sweep)
	h.Jobs.Every("reconcile payments", 6*time.Hour, h.Pay.Reconcile)
	h.Jobs.Every("end holds", 30*time.Second, h.Sweep.Holds)
	h.Jobs.Every("end switches", 30*time.Second, h.Switches.End)
	h.Jobs.Every("forget security events", 24*time.Hour, h.Signals.Forget)
	h.Jobs.Every("forget carts", time.Hour, h.Sweep.Carts)
	h.Jobs.Every("collect pictures", 24*time.Hour, (&sweep.Files{DB: h.DB, Pictures: h.Pictures, Catalog: h.Catalog, Tenants: h.Tenants}).Collect)
	h.Jobs.Every("hear watchers", hearEvery, h.Checks.Hear)
	h.Jobs.Every("forget checks", 24*time.Hour, h.Checks.Forget)
}

// OrderURL is a purchaser's page about an order. The link, where there is one, lets its bearer read the order.
func OrderURL(b *place.Book, shop id.Shop, o id.Order, link secret.Token) string {
	return b.Door(place.Account, "") + account.OrderPath(shop, o, link)
}

// Shops lists every shop, for the doors' ports and the operator.
func (h *House) Shops(ctx context.Context) (list []tenant.Shop, err error) {
	scope := db.Scope{Actor: actor.Actor{Kind: actor.Operator}.With(), Request: "start"}
	err = h.DB.Across("every shop, for the operator").Read(ctx, scope, func(r db.Reader) error {
		list, err = h.Tenants.List(ctx, r)
		return err
	})
	return list, err
}
