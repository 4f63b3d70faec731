// Package gateway keeps a shop's accounts at payment providers, and which of their news has come.
//
// It guarantees that secrets are stored as they were sealed, and that news is known again by the provider's name for it. It
// refuses to know what a secret says: the wiring has the vault open it when a provider is called.
package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// An Account is a shop's account at a provider, as it is stored.
type Account struct {
	Name     provider.Name
	Active   bool
	Endpoint string // empty is the provider's own
	Public   string
	Key      []byte // the API's secret key, sealed
	Notices  []byte // what notices are signed with, sealed
	Token    string // in the address of its notices
	Version  int64
}

// The faults that callers branch on.
var (
	ErrNone = fault.Conflict(fault.Text{
		Ja: "決済会社のアカウントが登録されていません。",
		En: "No account at a payment provider has been entered.",
	})
	ErrChanged = fault.Conflict(fault.Text{
		Ja: "ほかの人が決済の設定を変更しました。画面を読み込み直して、もう一度変更してください。",
		En: "Someone else has changed the account. Reload the page and make your change again.",
	})
)

// A Service keeps the accounts.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// List are the shop's accounts.
func (s *Service) List(ctx context.Context, r db.Reader) ([]Account, error) {
	if err := r.Allow(actor.EditSettings); err != nil {
		return nil, err
	}
	return all(ctx, r)
}

// Active is the account that new charges are made with, or ErrNone.
func (s *Service) Active(ctx context.Context, r db.Reader) (Account, error) {
	if err := r.Allow(actor.PlaceOrders); err != nil {
		return Account{}, err
	}
	return pick(ctx, r, func(a Account) bool { return a.Active })
}

// Names are the providers that the shop has an account at.
func (s *Service) Names(ctx context.Context, r db.Reader) (names []provider.Name, err error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	list, err := all(ctx, r)
	for _, a := range list {
		names = append(names, a.Name)
	}
	return names, err
}

// Named is the account at a provider, active or not: charges that were made with it live on.
func (s *Service) Named(ctx context.Context, r db.Reader, name provider.Name) (Account, error) {
	if err := r.Allow(actor.PlaceOrders); err != nil {
		return Account{}, err
	}
	return pick(ctx, r, func(a Account) bool { return a.Name == name })
}

// ByToken is the account whose notices come to that address.
func (s *Service) ByToken(ctx context.Context, r db.Reader, token string) (Account, error) {
	if err := r.Allow(actor.PlaceOrders); err != nil {
		return Account{}, err
	}
	return pick(ctx, r, func(a Account) bool { return token != "" && a.Token == token })
}

func all(ctx context.Context, r db.Reader) ([]Account, error) {
	list, err := db.All(ctx, r, scan, selectAll, r.Shop())
	if err != nil {
		return nil, fmt.Errorf("read provider's accounts: %w", err)
	}
	return list, nil
}

func pick(ctx context.Context, r db.Reader, is func(Account) bool) (Account, error) {
	list, err := all(ctx, r)
	if err != nil {
		return Account{}, err
	}
	for _, a := range list {
		if is(a) {
			return a, nil
		}
	}
	return Account{}, ErrNone
}

const maxField = 500

// Save writes an account: a new one has Version 0 and gets a token, a changed one has the version at which it was read, and keeps
// its secrets where none are given. An active one puts the others to rest.
func (s *Service) Save(ctx context.Context, tx *db.Tx, in Account) (Account, error) {
	if err := tx.Allow(actor.EditSettings); err != nil {
		return in, err
	}
	if in.Name != provider.Stripe && in.Name != provider.Simulator {
		return in, fault.Invalid("name", fault.Text{Ja: "決済会社を選んでください。", En: "Choose a payment provider."})
	}
	if len(in.Endpoint) > maxField || len(in.Public) > maxField {
		return in, fault.Invalid("public", fault.Text{Ja: "長すぎます。", En: "This is too long."})
	}
	active := int64(0)
	if in.Active {
		active = 1
		if err := tx.Queue(rest, tx.Shop(), string(in.Name)); err != nil {
			return in, fmt.Errorf("put accounts to rest: %w", err)
		}
	}
	var n int64
	var err error
	if in.Version == 0 {
		if len(in.Key) == 0 || len(in.Notices) == 0 {
			return in, fault.Invalid("key", fault.Text{Ja: "シークレットキーと署名シークレットを入力してください。",
				En: "Enter the secret key and the notices' signing secret."})
		}
		in.Token = secret.NewToken().Reveal()
		n, err = tx.Exec(ctx, insert, tx.Shop(), string(in.Name), active, in.Endpoint, in.Public, in.Key, in.Notices, in.Token, tx.NowMS())
	} else {
		old, e := pick(ctx, tx, func(a Account) bool { return a.Name == in.Name })
		if e != nil {
			return in, e
		}
		in.Token = old.Token
		if len(in.Key) == 0 {
			in.Key = old.Key
		}
		if len(in.Notices) == 0 {
			in.Notices = old.Notices
		}
		n, err = tx.Exec(ctx, update, tx.Shop(), string(in.Name), active, in.Endpoint, in.Public, in.Key, in.Notices, tx.NowMS(), in.Version)
	}
	if err != nil {
		return in, fmt.Errorf("write provider's account: %w", err)
	}
	if n == 0 {
		return in, ErrChanged
	}
	in.Version++
	return in, nil
}

// Heard writes down news, and says whether it is the first of that name.
func (s *Service) Heard(ctx context.Context, tx *db.Tx, name provider.Name, n provider.Notice) (times int64, err error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, heard, tx.Shop(), string(name), n.ID, n.Ref, n.Kind, n.At.UnixMilli(), tx.NowMS()).Scan(&times)
	if err != nil {
		return 0, fmt.Errorf("write notice down: %w", err)
	}
	return times, nil
}

// A Heard is news that has come, for the log.
type Heard struct {
	Provider provider.Name
	ID       string
	Ref      string
	Kind     string
	Sent, At int64 // milliseconds
	Times    int64
}

// Log is the newest news.
func (s *Service) Log(ctx context.Context, r db.Reader, limit int) ([]Heard, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r, scanHeard, selectHeard, r.Shop(), limit)
	if err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	return list, nil
}

// Shops are shops with an active account, for db.Across.
func (s *Service) Shops(ctx context.Context, r db.Reader) (list []id.Shop, err error) {
	if err := r.Allow(actor.SweepShops); err != nil {
		return nil, err
	}
	list, err = db.All(ctx, r, scanShop, selectShops)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return nil, fmt.Errorf("find shops with accounts: %w", err)
	}
	return list, nil
}
