// Package index makes orders findable by who bought: it stores each new order's blind indexes beside it.
//
// It guarantees that no plaintext leaves the vault for it, so that nobody has read anybody and the ledger has nothing to
// enter; that an order which is told of twice is indexed once; and that an order is placed and its letters go whether or not
// the index keeps up: it has a place in the outbox and a budget of its own. It refuses to index who was erased.
package index

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Vault gives the follower its credential: *vault.Client.
type Vault interface {
	JobToken(ctx context.Context, why vault.Purpose, shop id.Shop) (secret.Token, error)
}

// Flow indexes.
type Flow struct {
	db     *db.DB
	vault  Vault
	orders *order.Service
	log    *slog.Logger
}

// New makes the flow.
func New(d *db.DB, v Vault, o *order.Service, log *slog.Logger) *Flow { return &Flow{d, v, o, log} }

// Follower indexes each order that was placed. While the vault is away, or its budget is spent, the shop's orders wait.
func (f *Flow) Follower() outbox.Follower {
	return outbox.Follower{Name: "order index", Events: []outbox.Event{order.WasPlaced},
		Handle: func(ctx context.Context, fact outbox.Fact) error {
			return f.Index(ctx, fact.Shop, id.Order(fact.Subject))
		}}
}

// Index indexes an order.
func (f *Flow) Index(ctx context.Context, shop id.Shop, n id.Order) error {
	credential, err := f.vault.JobToken(ctx, vault.IndexOrder, shop)
	if err != nil {
		return fmt.Errorf("ask for a job's credential: %w", err)
	}
	scope := db.Scope{Actor: actor.ForJob(actor.Index, credential), Shop: shop, Request: "order-index-" + id.String(n)}
	var blinds []vault.Blinded
	err = f.db.Read(ctx, scope, func(r db.Reader) error {
		blinds, err = f.orders.Blinds(ctx, r, n)
		return err
	})
	if fault.Is(err, fault.KindDenied) || errors.Is(err, vault.ErrGone) {
		// The fields do not open as what they are stored as, or never again. That does not change by waiting, and the vault has
		// entered it: the orders behind this one go on.
		f.log.Error("order cannot be indexed", "shop", int64(shop), "order", int64(n), "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("compute blind indexes: %w", err)
	}
	return f.db.Write(ctx, scope, func(tx *db.Tx) error { return f.orders.Index(ctx, tx, blinds) })
}
