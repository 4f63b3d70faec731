package off

import (
	"context"
	"strings"
	"sync"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/bench/buyer"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/migrations"
)

// What is off.
type What struct{ Vault, Outbox bool }

// Crowd is a crowd in the same shop, on a handle of its own to the same store, with something off. It ends with close.
func Crowd(ctx context.Context, c *config.Config, store string, in *buyer.Crowd, what What) (out *buyer.Crowd, end func(), err error) {
	d, err := db.Open(ctx, db.Config{URL: store, Schema: migrations.Schema(), Leave: func(sql string) bool {
		return what.Outbox && strings.Contains(sql, "INTO outbox ") ||
			what.Vault && (strings.Contains(sql, "INTO record_key ") || strings.Contains(sql, "INTO presence "))
	}})
	if err != nil {
		return nil, nil, err
	}
	k := *in
	k.DB = d
	conf := in.Checkout.Config
	conf.Store = d
	if what.Vault {
		conf.Vault = &onceVault{Client: in.Vault}
	}
	k.Checkout = checkout.New(conf)
	return &k, d.Close, nil
}

// A onceVault draws one record key and seals everything under it: what remains is the cipher over the fields, some
// microseconds. Nothing that it seals is right for its row.
type onceVault struct {
	*vault.Client
	mu  sync.Mutex
	one *vault.Sealer
}

// NewRecord gives the one key.
func (v *onceVault) NewRecord(ctx context.Context, r db.Reader, rec vault.Record) (*vault.Sealer, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var err error
	if v.one == nil {
		v.one, err = v.Client.NewRecord(ctx, r, rec)
	}
	if err != nil {
		return nil, err
	}
	own := *v.one
	return &own, nil
}
