package keeper

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/envelope"
	"github.com/noren-shop/noren/internal/security/vault/keeper/budget"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// createShop makes a shop's key, once, and enters that.
func (k *Keeper) createShop(ctx context.Context, conn uint64, in wire.ShopKey) (wire.ShopKey, error) {
	key, made, err := k.shops.Create(ctx, in.Shop)
	if err != nil || !made {
		return key, err
	}
	// A key that has opened nothing discloses nothing: a shop can be made while the ledger is away, and append logs the failure.
	_ = k.append(ctx, in.Shop, ledger.Entry{Kind: ledger.KeyAct, ActorKind: ledger.ByVault, Connection: conn, Purpose: "shop-key"})
	return key, nil
}

const maxErase = 10_000

// erase makes a person's records unopenable. The entry comes first: an erasure that failed half-way may be asked for
// again.
func (k *Keeper) erase(ctx context.Context, conn uint64, in wire.Erase) (wire.Empty, error) {
	if in.Subject.ID < 1 || in.Subject.ID > maxID || in.Subject.Shop < 0 || len(in.Encs) > maxErase {
		return wire.Empty{}, wire.Fail(wire.Invalid, "")
	}
	who, err := k.who(ctx, in.Credential)
	if err != nil {
		return wire.Empty{}, err
	}
	if who.link {
		return wire.Empty{}, wire.Fail(wire.Unauthenticated, "")
	}
	ses := who.session
	person := budget.Person{Shop: in.Subject.Shop, Population: in.Subject.Population, ID: in.Subject.ID}
	self := ses.Kind != actor.Job && isSelf(ses, []budget.Person{person})
	if !self && ses.Role(in.Subject.Shop) != actor.Owner && ses.Kind != actor.Operator {
		return wire.Empty{}, wire.Fail(wire.Denied, "")
	}
	e := who.entry(ledger.Erase, conn, "erase", in.Request)
	e.Groups = []ledger.Group{ledger.Of(in.Subject.Population, 0, in.Subject.ID)}
	if err := k.append(ctx, in.Subject.Shop, e); err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, k.shops.Erase(ctx, in.Subject.Shop, in.Encs)
}

// approve raises a budget for exports and enters that.
func (k *Keeper) approve(ctx context.Context, conn uint64, in wire.ApproveExport) (wire.Empty, error) {
	ses, err := k.creds.ApproveExport(ctx, in)
	if err != nil {
		return wire.Empty{}, err
	}
	e := reader{session: ses, digest: ses.Digest}.entry(ledger.GrantExport, conn, string(vault.ExportData), "")
	return wire.Empty{}, k.append(ctx, in.Shop, e)
}

// accessLog answers who has read.
func (k *Keeper) accessLog(ctx context.Context, in wire.AccessLog) (wire.Accesses, error) {
	who, err := k.who(ctx, in.Token)
	if err != nil {
		return wire.Accesses{}, err
	}
	ok, err := k.mayReview(ctx, who, in)
	if err != nil {
		return wire.Accesses{}, err
	}
	if !ok {
		if who.link {
			return wire.Accesses{}, wire.Fail(wire.Unauthenticated, "")
		}
		return wire.Accesses{}, wire.Fail(wire.Denied, "")
	}
	subject := ledger.Subject{Population: in.Subject.Population, ID: in.Subject.ID}
	page, err := k.ledger.Find(ctx, ledger.Query{Shop: id.Shop(in.Shop), Subject: subject, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return wire.Accesses{}, fmt.Errorf("look into ledger: %w", err)
	}
	out := wire.Accesses{Next: page.Next, Entries: make([]wire.Access, len(page.Entries))}
	for i := range page.Entries {
		out.Entries[i] = access(&page.Entries[i], subject)
	}
	return out, nil
}

// access is an entry as people read it. Asked about one person, it tells nothing of the others in the entry.
func access(e *ledger.Entry, subject ledger.Subject) wire.Access {
	a := wire.Access{Seq: e.Seq, AtMS: e.At, Kind: e.Kind.String(), ActorKind: e.ActorKind.String(), Actor: e.Actor,
		Purpose: e.Purpose, Release: e.Release, Request: e.Request}
	if subject.ID != 0 {
		a.Persons, a.Mask = 1, uint32(e.Mask(subject))
		return a
	}
	for _, g := range e.Groups {
		a.Persons += int(g.Subjects.GetCardinality())
		a.Mask |= uint32(g.Mask)
	}
	return a
}

func (k *Keeper) mayReview(ctx context.Context, who reader, in wire.AccessLog) (bool, error) {
	if in.Shop < 0 || in.Limit < 0 || in.Limit > 1000 || in.Before < 0 {
		return false, wire.Fail(wire.Invalid, "")
	}
	if who.link {
		return k.linked(ctx, who.digest, in)
	}
	if in.Subject.ID == 0 { // the whole shop's
		return in.Shop != 0 && hasRight(who.session.Role(in.Shop), actor.ViewAccess) ||
			who.session.Kind == actor.Operator && in.Shop == 0, nil
	}
	person := budget.Person{Shop: in.Shop, Population: in.Subject.Population, ID: in.Subject.ID}
	return k.may(ctx, who, in.Shop, vault.AccessReview, []budget.Person{person})
}

func hasRight(role actor.Role, right actor.Right) bool {
	for _, r := range role.Rights() {
		if r == right {
			return true
		}
	}
	return false
}

// linked says whether the link is that person's record's.
func (k *Keeper) linked(ctx context.Context, digest secret.Digest, in wire.AccessLog) (bool, error) {
	if in.Record == nil || in.Subject.ID == 0 {
		return false, nil
	}
	o, err := k.shops.Opener(ctx, in.Record.Enc, envelope.Place{Shop: in.Shop, ShopKey: in.Record.ShopKey, Table: in.Record.Table,
		Row: in.Record.Row, Population: in.Subject.Population, Subject: in.Subject.ID})
	if err != nil {
		return false, err
	}
	return o.Linked(in.Record.Link, digest, k.cfg.Now().UnixMilli()), nil
}

// keepReason stores what a person gave as reason, wrapped; the entry holds its digest.
func (k *Keeper) keepReason(ctx context.Context, shop int64, digest []byte, reason string) error {
	wrapped, err := k.cfg.Keys.Ring.Wrap(ctx, []byte(reason), fmt.Sprintf("reason %d %x", shop, digest))
	if err != nil {
		return fmt.Errorf("wrap reason: %w", err)
	}
	err = k.db.Write(ctx, db.Scope{}, func(tx *db.Tx) error { return insertReason(ctx, tx, shop, digest, wrapped) })
	if err != nil {
		return fmt.Errorf("keep reason: %w", err)
	}
	return nil
}
