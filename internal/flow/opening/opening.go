// Package opening opens, pauses and closes a shop.
//
// It guarantees that a shop opens only with everything that its purchasers must be told before they order (the six items of
// 特定商取引法 article 12-6): its own terms, a way of delivery with its fees, a way to pay.
package opening

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// Flow opens.
type Flow struct {
	tenants  *tenant.Service
	shipping *shipping.Service
	payment  *payment.Service
}

// New makes the flow.
func New(t *tenant.Service, s *shipping.Service, p *payment.Service) *Flow { return &Flow{t, s, p} }

// SetState moves the shop. A fault names everything that is missing for its opening.
func (f *Flow) SetState(ctx context.Context, tx *db.Tx, to tenant.State) (tenant.Shop, error) {
	if err := tx.Allow(actor.OpenShops); err != nil {
		return tenant.Shop{}, err
	}
	if to != tenant.Open {
		return f.tenants.SetState(ctx, tx, to)
	}
	missing, err := f.missing(ctx, tx)
	if err != nil {
		return tenant.Shop{}, err
	}
	return f.tenants.SetState(ctx, tx, to, missing...)
}

func (f *Flow) missing(ctx context.Context, r db.Reader) (out []tenant.Missing, err error) {
	methods, err := f.shipping.List(ctx, r)
	if err != nil {
		return nil, err
	}
	active := 0
	for _, m := range methods {
		if m.Active {
			active++
		}
	}
	if active == 0 {
		out = append(out, tenant.Missing{Item: "shipping", Text: fault.Text{Ja: "配送方法と送料", En: "a delivery method with its fees"}})
	}
	pays, err := f.payment.Settings(ctx, r)
	if err != nil {
		return nil, err
	}
	active = 0
	for _, p := range pays {
		if p.Active {
			active++
		}
	}
	if active == 0 {
		out = append(out, tenant.Missing{Item: "payment", Text: fault.Text{Ja: "お支払い方法", En: "a way to pay"}})
	}
	return out, nil
}
