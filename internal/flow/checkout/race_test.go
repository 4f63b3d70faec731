package checkout_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

const callers = 100

func TestLastPieceGoesToOneOfAHundred(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		k.Count(t, k.Cup, 1)
		toks := make([]secret.Token, callers)
		for i := range toks {
			toks[i] = k.Cart(t, cart.Line{Variant: k.Cup, Quantity: 1})
		}
		var mu sync.Mutex
		won, short := 0, 0
		race(callers, func(i int) {
			c, err := k.Checkout.Confirm(t.Context(), flowtest.Visitor(), toks[i], k.Form())
			if err == nil {
				_, err = k.Checkout.Place(t.Context(), flowtest.Visitor(), checkout.PlaceIn{Cart: toks[i], Form: k.Form(), Digest: c.Digest,
					Key: c.Key, Screen: flowtest.Screen})
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case fault.Is(err, fault.KindConflict):
				short++
			default:
				t.Errorf("caller %d: %v", i, err)
			}
		})
		if won != 1 || short != callers-1 || k.Left(t, k.Cup) != 0 {
			t.Errorf("%d bought the last piece, %d were told", won, short)
		}
		k.Audit(t)
	})
}

func TestDoubleSubmitMakesOneOrder(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		in := k.Confirmed(t, k.Cart(t, cart.Line{Variant: k.Tea, Quantity: 1}), k.Form())
		var mu sync.Mutex
		orders, fresh := map[id.Order]int{}, 0
		race(callers, func(i int) {
			p, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), in)
			if err != nil {
				t.Errorf("caller %d: %v", i, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			orders[p.Order]++
			if !p.Repeat {
				fresh++
			}
		})
		if len(orders) != 1 || fresh != 1 || k.Left(t, k.Tea) != 49 {
			t.Errorf("%d orders, %d of them new, %d left", len(orders), fresh, k.Left(t, k.Tea))
		}
		k.Audit(t)
	})
}

func TestTwoConfirmationsOfOneCartMakeOneOrder(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		tok := k.Cart(t, cart.Line{Variant: k.Tea, Quantity: 1})
		ins := []checkout.PlaceIn{k.Confirmed(t, tok, k.Form()), k.Confirmed(t, tok, k.Form())}
		var mu sync.Mutex
		orders, fresh, made, empty := map[id.Order]bool{}, 0, [2]int{}, [2]int{}
		race(callers, func(i int) { // two open pages, and many impatient presses on each
			p, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), ins[i%2])
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				orders[p.Order] = true
				made[i%2]++
				if !p.Repeat {
					fresh++
				}
			case errors.Is(err, checkout.ErrEmpty):
				empty[i%2]++
			default:
				t.Errorf("caller %d: %v", i, err)
			}
		})
		won := slices.Index(made[:], callers/2)
		if won < 0 || empty[1-won] != callers/2 || len(orders) != 1 || fresh != 1 {
			t.Errorf("%d orders, %d of them new; answered %v, told that the cart is empty %v", len(orders), fresh, made, empty)
		}
		if left := k.Left(t, k.Tea); left != 49 {
			t.Errorf("%d left", left)
		}
		k.Audit(t)
	})
}

func TestHoldSweptWhilePlacing(t *testing.T) {
	t.Parallel()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, clock *vaulttest.Clock) {
		const n = callers / 2 // each buyer has a sweeper beside it
		ins := make([]checkout.PlaceIn, n)
		for i := range ins {
			ins[i] = k.Confirmed(t, k.Cart(t, cart.Line{Variant: k.Tea, Quantity: 1}), k.Form())
		}
		clock.Add(checkout.HoldTime + time.Second)
		race(callers, func(i int) {
			if i%2 == 0 {
				err := k.DB.Write(t.Context(), db.Scope{Shop: flowtest.Shop, Actor: flowtest.Seed()}, func(tx *db.Tx) error {
					_, err := k.Stock.Sweep(t.Context(), tx, 3)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				return
			}
			if _, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), ins[i/2]); err != nil {
				t.Errorf("caller %d: %v", i, err)
			}
		})
		if left := k.Left(t, k.Tea); left != 50-n {
			t.Errorf("%d left after %d of 50 were sold", left, n)
		}
		k.Audit(t)
	})
}

// race starts n callers at once and waits for all.
func race(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; f(i) })
	}
	close(start)
	wg.Wait()
}
