package keeper

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper/budget"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// Blind indexes tell nothing by themselves, but who holds the stored ones can try texts against them: all mobile numbers of
// the country are some 300 million. So both ways to an index are bounded here: of a typed text (blind), and of a sealed
// field (blindSealed), since anybody can seal a text of their own to a shop's public key. The budgets are their own: letters
// and pages do not wait for them.

// maxLookUp is how many texts one question may hold.
const maxLookUp = 16

// blind gives indexes of typed texts to who may look people up. What the index then finds is entered when it is read.
func (k *Keeper) blind(ctx context.Context, conn uint64, in wire.Blind) (wire.Blinded, error) {
	class := vault.Class(in.Class)
	if !class.Sealable() || in.Shop <= 0 || in.Shop > maxID || len(in.Texts) == 0 || len(in.Texts) > maxLookUp {
		return wire.Blinded{}, wire.Fail(wire.Invalid, "")
	}
	for _, t := range in.Texts {
		if len(t) > wire.MaxText {
			return wire.Blinded{}, wire.Fail(wire.Invalid, "")
		}
	}
	who, err := k.who(ctx, in.Credential)
	if err != nil {
		return wire.Blinded{}, err
	}
	if who.link {
		return wire.Blinded{}, wire.Fail(wire.Unauthenticated, "")
	}
	refuse := func(kind ledger.Kind, s wire.Status) error {
		if err := k.append(ctx, in.Shop, who.entry(kind, conn, in.Purpose, in.Request)); err != nil {
			return err
		}
		return wire.Fail(s, "")
	}
	ok, err := k.may(ctx, who, in.Shop, vault.Purpose(in.Purpose), nil)
	if err != nil {
		return wire.Blinded{}, err
	}
	if !ok || !vault.Purposes()[vault.Purpose(in.Purpose)].LookUp {
		return wire.Blinded{}, refuse(ledger.Denied, wire.Denied)
	}
	out := wire.Blinded{Indexes: make([][]byte, len(in.Texts))}
	var tries []budget.Person
	for i, t := range in.Texts {
		if out.Indexes[i] = k.shops.Blind(in.Shop, class, t); out.Indexes[i] != nil {
			tries = append(tries, try(in.Shop, class, out.Indexes[i]))
		}
	}
	l, account := limits(), accountKey(ledger.ActorKindOf(who.session.Kind), who.session.Who.ID)
	if !k.book.Take(k.cfg.Now(), tries, []budget.Claim{{Key: "look-up", Limit: l.LookUps}, {Key: "look-up " + account, Limit: l.LookUp}}) {
		return wire.Blinded{}, refuse(ledger.Refused, wire.TooMany)
	}
	return out, nil
}

// try is what a budget of indexes counts, as it counts persons elsewhere: something is counted once, however often it comes.
func try(shop int64, class vault.Class, of []byte) budget.Person {
	sum := sha256.Sum256(of)
	return budget.Person{Shop: shop, Population: uint8(class), ID: int64(binary.BigEndian.Uint64(sum[:]) >> 1)}
}

// blindSealed answers with the blind indexes of sealed fields, in the order in which they were asked for. The plaintext stays
// here and nobody learns it: so nothing is entered but what is refused.
func (k *Keeper) blindSealed(ctx context.Context, conn uint64, body []byte) ([]byte, error) {
	r, err := k.begin(ctx, conn, wire.OpBlindSealed, body)
	if err != nil {
		return nil, err
	}
	var tries []budget.Person
	for i := range r.in.Records {
		for _, f := range r.in.Records[i].Fields {
			tries = append(tries, try(r.in.Shop, vault.Class(f.Class), f.Sealed))
		}
	}
	l := limits()
	if !k.book.Take(k.cfg.Now(), tries, []budget.Claim{{Key: "index", Limit: l.Indexes},
		{Key: jobKey(r.in.Shop, r.in.Purpose), Limit: l.Index}}) {
		return nil, r.refuse(ctx, ledger.Refused, wire.Fail(wire.TooMany, ""))
	}
	records, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	indexes := make([][]byte, 0, len(tries))
	for i := range records {
		for j, p := range records[i].Plain {
			indexes = append(indexes, k.shops.Blind(r.in.Shop, vault.Class(r.in.Records[i].Fields[j].Class), string(p)))
		}
	}
	if len(indexes) != len(tries) {
		return nil, errors.Join(wire.Fail(wire.Internal, ""), fmt.Errorf("%d indexes of %d fields", len(indexes), len(tries)))
	}
	return wire.EncodeTexts(indexes), nil
}
