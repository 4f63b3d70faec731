package billing

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/security/vault"
)

// An AccountIn is the operator's own account at a provider, as it is entered. The key is typed once and never shown again.
type AccountIn struct {
	Name    string
	Active  bool
	Public  string
	Key     secret.Text // empty keeps the one that is stored
	Version int64       // 0 for a new one
}

// An AccountAt is one provider, with the operator's account there if it is set.
type AccountAt struct {
	Name        string
	Simulated   bool // no money moves
	Set, Active bool
	Public      string
	Version     int64
}

// holder is the flow at work on the platform's own settings, for an operator.
func holder(s db.Scope) db.Scope {
	s.Shop, s.Actor = id.Platform, s.Actor.With(actor.EditSettings)
	return s
}

// ProviderAccounts are the operator's own, for an operator.
func (f *Flow) ProviderAccounts(ctx context.Context, s db.Scope) ([]AccountAt, error) {
	if err := operator(s); err != nil {
		return nil, err
	}
	var list []gateway.Account
	err := f.Store.Read(ctx, holder(s), func(r db.Reader) (err error) {
		list, err = f.Gateways.List(ctx, r)
		return err
	})
	out := []AccountAt{{Name: string(provider.Stripe)}, {Name: string(provider.Simulator), Simulated: true}}
	for i := range out {
		for _, a := range list {
			if string(a.Name) == out[i].Name {
				out[i].Set, out[i].Active, out[i].Public, out[i].Version = true, a.Active, a.Public, a.Version
			}
		}
	}
	return out, err
}

// PutProviderAccount stores an account, its key sealed. No news comes to it: the flow looks at what it charged.
func (f *Flow) PutProviderAccount(ctx context.Context, s db.Scope, in AccountIn) error {
	if err := operator(s); err != nil {
		return err
	}
	if in.Version == 0 && in.Key.Len() == 0 {
		return fault.Invalid("key", fault.Text{Ja: "シークレットキーを入力してください。", En: "Enter the secret key."})
	}
	return f.Store.Write(ctx, holder(s), func(tx *db.Tx) error {
		name := provider.Name(in.Name)
		a := gateway.Account{Name: name, Active: in.Active, Public: in.Public, Version: in.Version}
		var err error
		if a.Key, err = f.sealed(ctx, tx, gateway.KeyRef(name), in.Key); err != nil {
			return err
		}
		if in.Version == 0 { // an account needs a secret for notices; nobody is told this one, so none can be forged
			if a.Notices, err = f.sealed(ctx, tx, gateway.NoticesRef(name), secret.NewText(secret.NewToken().Reveal())); err != nil {
				return err
			}
		}
		_, err = f.Gateways.Save(ctx, tx, a)
		return err
	})
}

func (f *Flow) sealed(ctx context.Context, tx *db.Tx, ref vault.CredentialRef, text secret.Text) ([]byte, error) {
	s, err := f.Vault.SealCredential(ctx, tx, ref, text)
	if err != nil {
		return nil, fmt.Errorf("seal provider's key: %w", err)
	}
	return s.BytesValue()
}

// TryProvider asks the provider in use for a charge that does not exist, which proves that its key works.
func (f *Flow) TryProvider(ctx context.Context, s db.Scope) error {
	if err := operator(s); err != nil {
		return err
	}
	p, err := f.Provider(ctx)
	if err != nil {
		return err
	}
	if _, err := p.Look(ctx, "", "noren-connection-test"); err != nil && !fault.Is(err, fault.KindNotFound) {
		return err
	}
	return nil
}
