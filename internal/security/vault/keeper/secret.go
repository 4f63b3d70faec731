package keeper

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/envelope"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// uses counts how often credentials were used.
type uses struct {
	mu    sync.Mutex
	times map[string]int64
}

func (u *uses) count(use string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.times == nil {
		u.times = map[string]int64{}
	}
	u.times[use]++
}

func (u *uses) all() map[string]int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return maps.Clone(u.times)
}

// openCredential gives a reversible secret: to Noren's own work with a token for its use, without an entry; to a person right after a
// step-up, with one. A credential was sealed as nobody's (population 0), and a person's field never is: the other operations
// ask for a population, this one has no place to name one, so neither opens what is the other's.
func (k *Keeper) openCredential(ctx context.Context, conn uint64, in wire.Credential) (wire.Plain, error) {
	if in.Shop < 0 || in.Shop > maxID || in.Row < 1 || in.Row > maxID || in.Table == "" || in.Column == "" ||
		len(in.Sealed) > vault.MaxCredential+envelope.Overhead || len(in.Enc) != envelope.EncSize {
		return wire.Plain{}, wire.Fail(wire.Invalid, "")
	}
	who, err := k.who(ctx, in.Token)
	if err != nil {
		return wire.Plain{}, err
	}
	if who.link {
		return wire.Plain{}, wire.Fail(wire.Unauthenticated, "")
	}
	refuse := func(failure error) (wire.Plain, error) {
		if err := k.append(ctx, in.Shop, who.entry(ledger.Denied, conn, in.Purpose, in.Request)); err != nil {
			return wire.Plain{}, err
		}
		return wire.Plain{}, failure
	}
	use, why := vault.Purposes()[vault.Purpose(in.Use)], vault.Purposes()[vault.Purpose(in.Purpose)]
	if !use.Secret || !use.Job || !why.Secret || why.Job && in.Use != in.Purpose {
		return refuse(wire.Fail(wire.Denied, ""))
	}
	if ok, err := k.mayUse(ctx, who, in); err != nil || !ok {
		if err != nil {
			return wire.Plain{}, err
		}
		return refuse(wire.Fail(wire.Denied, ""))
	}
	if !why.Job && !who.session.SteppedUp(k.cfg.Now()) {
		return refuse(wire.Fail(wire.Denied, "step up"))
	}
	o, err := k.shops.Opener(ctx, in.Enc, vault.CredentialPlace(in.Shop, in.ShopKey, in.Use, in.Table, in.Row))
	var plain []byte
	if err == nil {
		plain, err = o.Open(in.Column, vault.CredentialClass, in.Sealed)
	}
	if errors.Is(err, envelope.ErrOpen) {
		return refuse(wire.Fail(wire.Denied, ""))
	}
	if err != nil {
		return wire.Plain{}, err
	}
	if why.Job {
		k.uses.count(in.Use)
		return wire.Plain{Text: plain}, nil
	}
	if err := k.append(ctx, in.Shop, who.entry(ledger.Reveal, conn, in.Purpose, in.Request)); err != nil {
		return wire.Plain{}, err
	}
	return wire.Plain{Text: plain}, nil
}

// mayUse is may without persons. In the platform's realm a staff member has no shop's right, so there only operators may look.
func (k *Keeper) mayUse(ctx context.Context, who reader, in wire.Credential) (bool, error) {
	if who.session.Kind == actor.Staff && in.Shop == 0 {
		return false, nil
	}
	return k.may(ctx, who, in.Shop, vault.Purpose(in.Purpose), nil)
}
