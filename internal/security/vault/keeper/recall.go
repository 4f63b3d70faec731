package keeper

import (
	"context"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault/keeper/budget"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// recall counts the last day's reads again from the ledger, so that a vault that was ended and started again has not
// forgotten
// its budgets. Approved exports have budgets of their own, which begin anew.
func (k *Keeper) recall(ctx context.Context) error {
	if k.log == nil {
		return nil
	}
	const page = 1000
	for after := id.Shop(-1); ; {
		shops, err := k.log.Shops(ctx, after, page)
		if err != nil {
			return fmt.Errorf("recall budgets: %w", err)
		}
		for _, shop := range shops {
			if err := k.recallShop(ctx, shop); err != nil {
				return fmt.Errorf("recall budgets: %w", err)
			}
			after = shop
		}
		if len(shops) < page {
			return nil
		}
	}
}

func (k *Keeper) recallShop(ctx context.Context, shop id.Shop) error {
	now := k.cfg.Now()
	q := ledger.Query{Shop: shop, From: now.Add(-24 * time.Hour).UnixMilli(), Limit: 1000}
	for {
		p, err := k.log.Find(ctx, q)
		if err != nil {
			return err
		}
		for i := range p.Entries {
			k.recallEntry(&p.Entries[i], now)
		}
		if p.Next == 0 {
			return nil
		}
		q.Before = p.Next
	}
}

func (k *Keeper) recallEntry(e *ledger.Entry, now time.Time) {
	if e.Kind != ledger.Read && e.Kind != ledger.Search {
		return
	}
	var key string
	switch e.ActorKind {
	case ledger.ByStaff, ledger.ByOperator, ledger.ByApp:
		key = accountKey(e.ActorKind, e.Actor)
	case ledger.ByJob:
		key = jobKey(int64(e.Shop), e.Purpose)
	default:
		return // people who read their own
	}
	at := time.UnixMilli(e.At)
	for _, g := range e.Groups {
		for it := g.Subjects.Iterator(); it.HasNext(); {
			who := budget.Person{Shop: int64(e.Shop), Population: g.Population, ID: int64(it.Next())}
			k.book.Restore(key, who, at, now)
			k.book.Restore(processKey, who, at, now)
		}
	}
}

// startReset bounds how many accounts' resets begin, whatever the networks are said to be.
func (k *Keeper) startReset(ctx context.Context, in wire.StartReset) (wire.Reset, error) {
	out, err := k.creds.StartReset(ctx, in)
	if err != nil || out.Who.ID == 0 {
		return out, err
	}
	who := []budget.Person{{Shop: out.Who.Shop, Population: out.Who.Population, ID: out.Who.ID}}
	if !k.book.Take(k.cfg.Now(), who, []budget.Claim{{Key: "reset", Limit: limits().Reset}}) {
		return wire.Reset{}, wire.Fail(wire.TooMany, "throttled")
	}
	return out, nil
}
