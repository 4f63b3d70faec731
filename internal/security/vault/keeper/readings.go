package keeper

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// readings counts a shop's readings, for its owner's daily letter: no person, no account, only how many.
func (k *Keeper) readings(ctx context.Context, in wire.Readings) (out wire.ReadingList, err error) {
	if in.Shop < 1 || in.FromMS < 0 || in.ToMS <= in.FromMS || in.ToMS-in.FromMS > 32*24*3_600_000 {
		return out, wire.Fail(wire.Invalid, "")
	}
	who, err := k.who(ctx, in.Token)
	if err != nil {
		return out, err
	}
	if who.link {
		return out, wire.Fail(wire.Unauthenticated, "")
	}
	ses := who.session
	letter := ses.Kind == actor.Job && ses.Shop == in.Shop && ses.Purpose == vault.ShopMail
	if !letter && !hasRight(ses.Role(in.Shop), actor.ViewAccess) {
		return out, wire.Fail(wire.Denied, "")
	}
	type key struct{ kind, purpose string }
	counts := map[key]*wire.Reading{}
	q := ledger.Query{Shop: id.Shop(in.Shop), From: in.FromMS, To: in.ToMS, Limit: 1000}
	for {
		page, err := k.ledger.Find(ctx, q)
		if err != nil {
			return out, fmt.Errorf("look into ledger: %w", err)
		}
		for i := range page.Entries {
			e := &page.Entries[i]
			if e.Kind != ledger.Read && e.Kind != ledger.Search && e.Kind != ledger.Export {
				continue
			}
			at := key{e.ActorKind.String(), e.Purpose}
			if counts[at] == nil {
				counts[at] = &wire.Reading{ActorKind: at.kind, Purpose: at.purpose}
			}
			counts[at].Times++
			for _, g := range e.Groups {
				counts[at].Persons += int(g.Subjects.GetCardinality())
			}
		}
		if page.Next == 0 {
			break
		}
		q.Before = page.Next
	}
	for _, c := range counts {
		out.Readings = append(out.Readings, *c)
	}
	slices.SortFunc(out.Readings, func(a, b wire.Reading) int {
		return cmp.Or(cmp.Compare(a.ActorKind, b.ActorKind), cmp.Compare(a.Purpose, b.Purpose))
	})
	return out, nil
}

// pepper is the key by which web processes digest network addresses: it opens nothing, and without it their digests in the
// store say nothing.
func (k *Keeper) pepper(context.Context, wire.Empty) (wire.Pepper, error) {
	key, err := k.cfg.Keys.Ring.Derive("web pepper", 32)
	if err != nil {
		return wire.Pepper{}, fmt.Errorf("derive web pepper: %w", err)
	}
	return wire.Pepper{Key: key}, nil
}

// checkpoint is the ledger's last one: a count and a hash, which anyone may keep.
func (k *Keeper) checkpoint(ctx context.Context, _ wire.Empty) (wire.Checkpoint, error) {
	if k.log == nil {
		return wire.Checkpoint{}, wire.Fail(wire.Unavailable, "")
	}
	c, err := k.log.Checkpoint(ctx)
	return wire.Checkpoint{Size: c.Size, AtMS: c.At, Signed: c.Signed}, err
}
