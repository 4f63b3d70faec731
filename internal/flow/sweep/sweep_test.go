package sweep_test

import (
	"context"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/sweep"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

func TestEndedHoldsGiveTheirPiecesBack(t *testing.T) {
	t.Parallel()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, clock *vaulttest.Clock) {
		left := func() (n int64) {
			k.Read(t, func(ctx context.Context, r db.Reader) error {
				got, err := k.Stock.Left(ctx, r, []id.Variant{k.Cup})
				n = got[k.Cup]
				return err
			})
			return n
		}
		before := left()
		k.Write(t, func(ctx context.Context, tx *db.Tx) error {
			return k.Stock.Hold(ctx, tx, inventory.Ref{Kind: inventory.Cart, ID: 5}, []inventory.Line{{Variant: k.Cup, Quantity: 2}},
				tx.Now().Add(15*time.Minute))
		})
		f := sweep.New(k.DB, k.Stock, k.Carts)
		for _, c := range []struct {
			wait time.Duration
			want int64
		}{{14 * time.Minute, before - 2}, {2 * time.Minute, before}} {
			clock.Add(c.wait)
			if err := f.Holds(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := left(); got != c.want {
				t.Errorf("after %v more: %d left, want %d", c.wait, got, c.want)
			}
		}
	})
}

func TestForgottenCartsGo(t *testing.T) {
	t.Parallel()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, clock *vaulttest.Clock) {
		var old, fresh cart.Cart
		open := func(into *cart.Cart) {
			k.Write(t, func(ctx context.Context, tx *db.Tx) (err error) {
				*into, err = k.Carts.Open(ctx, tx, secret.Token{}, i18n.Ja)
				return err
			})
		}
		open(&old)
		clock.Add(29 * 24 * time.Hour)
		open(&fresh)
		clock.Add(2 * 24 * time.Hour)
		if err := sweep.New(k.DB, k.Stock, k.Carts).Carts(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := k.DB.Read(t.Context(), flowtest.Visitor(), func(r db.Reader) error {
			if _, err := k.Carts.Get(t.Context(), r, old.Token); err == nil {
				t.Error("a forgotten cart stays")
			}
			_, err := k.Carts.Get(t.Context(), r, fresh.Token)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
