package server

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// followers ties facts and schedules to who acts on them.
func (h *House) followers() {
}

// shops lists every shop, for the doors' ports and the operator.
func (h *House) shops(ctx context.Context) (list []tenant.Shop, err error) {
	scope := db.Scope{Actor: actor.Actor{Kind: actor.Operator}.With(), Request: "start"}
	err = h.DB.Across("every shop, for the operator").Read(ctx, scope, func(r db.Reader) error {
		list, err = h.Tenants.List(ctx, r)
		return err
	})
	return list, err
}
