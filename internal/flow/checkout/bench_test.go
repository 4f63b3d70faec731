package checkout_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/migrations"
)

// BenchmarkPlace is the press of the order button by 64 at once, with sealing, outbox and durable commits.
func BenchmarkPlace(b *testing.B) {
	calm := func() error { return nil }
	b.Run("sqlite", func(b *testing.B) {
		d, err := db.Open(b.Context(), db.Config{Schema: migrations.Schema(), URL: filepath.Join(b.TempDir(), "n.db"), Inject: calm})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(d.Close)
		place(b, d)
	})
	if os.Getenv(dbtest.Env) != "" {
		b.Run("postgres", func(b *testing.B) {
			place(b, dbtest.Postgres(b, db.Config{Schema: migrations.Schema(), Inject: calm, Conns: 16}))
		})
	}
}

func place(b *testing.B, d *db.DB) {
	k := flowtest.New(b, d)
	k.Count(b, k.Tea, 10_000_000)
	k.Count(b, k.Cup, 10_000_000)
	ins := make([]checkout.PlaceIn, b.N)
	var mu sync.Mutex
	each(b.N, func(i int) {
		tok := k.Cart(b, cart.Line{Variant: k.Tea, Quantity: 1}, cart.Line{Variant: k.Cup, Quantity: 1})
		in := k.Confirmed(b, tok, k.Form())
		mu.Lock()
		defer mu.Unlock()
		ins[i] = in
	})
	b.ResetTimer()
	each(b.N, func(i int) {
		if _, err := k.Checkout.Place(b.Context(), flowtest.Visitor(), ins[i]); err != nil {
			b.Error(err)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
}

// BenchmarkNames is an admin's list of 50 orders with the purchasers' names: one read of the vault, one entry.
func BenchmarkNames(b *testing.B) {
	k := flowtest.New(b, dbtest.New(b))
	k.Count(b, k.Tea, 1_000)
	for range 50 {
		k.Order(b, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
	}
	for b.Loop() {
		k.Read(b, func(ctx context.Context, r db.Reader) error {
			hs, _, err := k.Orders.List(ctx, r, order.Filter{})
			if err != nil {
				return err
			}
			names, err := k.Orders.Names(ctx, r, hs)
			if len(names) != 50 {
				b.Errorf("%d names", len(names))
			}
			return err
		})
	}
}

func each(n int, f func(i int)) {
	const at = 64
	var wg sync.WaitGroup
	next := make(chan int)
	for range at {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
