package handover_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/handover"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/migrations"
)

func visitor(shop id.Shop) db.Scope {
	return db.Scope{Shop: shop, Actor: actor.Actor{Kind: actor.Visitor}.With()}
}

func give(t *testing.T, d *db.DB, cart secret.Token) (tok secret.Token) {
	t.Helper()
	if err := d.Write(t.Context(), visitor(7), func(tx *db.Tx) (err error) {
		tok, err = handover.Make(t.Context(), tx, cart)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return tok
}

func take(t *testing.T, d *db.DB, shop id.Shop, tok secret.Token) (cart secret.Token, err error) {
	err = d.Write(t.Context(), visitor(shop), func(tx *db.Tx) (err error) {
		cart, err = handover.Take(t.Context(), tx, tok)
		return err
	})
	return cart, err
}

func TestTokenWorksOnceInItsShop(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		cart := secret.NewToken()
		tok := give(t, d, cart)
		for name, c := range map[string]struct {
			shop id.Shop
			tok  secret.Token
		}{"a neighbour's": {8, tok}, "no": {7, secret.Token{}}, "an invented": {7, secret.NewToken()}, "the cart's own": {7, cart}} {
			if _, err := take(t, d, c.shop, c.tok); !errors.Is(err, handover.ErrSpent) {
				t.Errorf("%s token: %v", name, err)
			}
		}
		var wg sync.WaitGroup
		won := make(chan secret.Token, 8)
		for range cap(won) {
			wg.Go(func() {
				if c, err := take(t, d, 7, tok); err == nil {
					won <- c
				}
			})
		}
		wg.Wait()
		if len(won) != 1 || (<-won).Reveal() != cart.Reveal() {
			t.Errorf("%d took it", len(won))
		}
		if _, err := take(t, d, 7, tok); !errors.Is(err, handover.ErrSpent) {
			t.Errorf("the second time: %v", err)
		}
		nobody := d.Write(t.Context(), db.Scope{Shop: 7}, func(tx *db.Tx) error { _, err := handover.Take(t.Context(), tx, tok); return err })
		if !fault.Is(nobody, fault.KindDenied) {
			t.Errorf("without the right: %v", nobody)
		}
	})
}

func TestTokenGrowsOldAndIsNotInTheStore(t *testing.T) {
	t.Parallel()
	clock := vaulttest.NewClock(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Config{URL: filepath.Join(dir, "s.db"), Schema: migrations.Schema(), Now: clock.Now, Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	cart := secret.NewToken()
	old := give(t, d, cart)
	clock.Add(handover.Time)
	if _, err := take(t, d, 7, old); !errors.Is(err, handover.ErrSpent) {
		t.Errorf("after %v: %v", handover.Time, err)
	}
	tok := give(t, d, cart)
	d.Close()
	raw, err := os.ReadFile(filepath.Join(dir, "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]secret.Token{"cart": cart, "token": tok} {
		b, err := base64.RawURLEncoding.DecodeString(s.Reveal())
		if err != nil || strings.Contains(string(raw), s.Reveal()) || bytes.Contains(raw, b) {
			t.Errorf("the %s's secret stands in the store", name)
		}
	}
}
