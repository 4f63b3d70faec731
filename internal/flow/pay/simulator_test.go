package pay_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/simulator"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/paysim"
	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/paysim/paysimtest"
)

// TestRandomFaultsAtTheSimulatorEndRight has 100 callers begin, pay, come back, refund and cancel at once, against the simulator over HTTP, whose
// answers are lost before and after its work.
func TestRandomFaultsAtTheSimulatorEndRight(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		sim := paysimtest.With(t, paysim.Config{Now: s.clock.Now, Seed: 7})
		account := sim.Account(t, "")
		at, err := simulator.New(&http.Client{Timeout: 20 * time.Second}, account)
		if err != nil {
			t.Fatal(err)
		}
		s.open = func(context.Context, id.Shop, gateway.Account) (provider.Provider, error) {
			return at, nil
		}
		var orders []id.Order
		for range 8 {
			orders = append(orders, s.order(t, payment.Card))
		}
		var mu sync.Mutex
		pages := map[id.Order][]string{}
		sim.Book.SetFaults(book.Faults{Lost: 15, Errors: 10, ErrorsAfter: 10})
		hundred(t, func(i int) error {
			o := orders[i%len(orders)]
			switch i / len(orders) % 6 {
			case 0, 1:
				b, err := s.pay.Begin(t.Context(), flowtest.Visitor(), pay.BeginIn{Order: o})
				mu.Lock()
				defer mu.Unlock()
				if b.URL != "" {
					pages[o] = append(pages[o], b.URL)
				}
				return err
			case 2:
				mu.Lock()
				var page string
				if list := pages[o]; len(list) > 0 && i%5 != 0 {
					page = list[0]
				}
				mu.Unlock()
				if page != "" {
					sim.Pay(t, page, "approve")
				}
				return nil
			case 3:
				return s.pay.Settle(t.Context(), flowtest.Shop, o)
			case 4:
				if i%4 == 0 {
					return s.cancel(t, o)
				}
				return s.give(t, o, 100)
			}
			_, err := s.pay.Returned(t.Context(), flowtest.Visitor(), o)
			return err
		})
		for i, o := range orders { // whoever has a page pays now, under the same faults
			if list := pages[o]; len(list) > 0 && i%2 == 0 {
				sim.Pay(t, list[0], "approve")
			}
		}
		sim.Book.SetFaults(book.Faults{})
		for range 2 { // what failed is tried again, and what nobody paid ends
			s.clock.Add(25 * time.Hour)
			s.run(t)
		}
		ended := map[order.Status]int{}
		for _, o := range orders {
			sh := s.see(t, o)
			st := s.Get(t, o).Status
			kept := int64(0)
			ended[st]++
			switch {
			case st == order.Cancelled && (sh.Payment.State == payment.Void || sh.Payment.State == payment.Refunded):
			case st == order.Paid && sh.Payment.State.Secured():
				kept = sh.Payment.Kept()
			default:
				t.Errorf("order %s, payment %s: %+v", st, sh.Payment.State, sh.Charges)
			}
			truth := int64(0)
			for _, c := range sh.Charges {
				p, err := at.Look(t.Context(), c.Ref, c.Key)
				if err != nil {
					continue // never reached the simulator
				}
				truth += p.Captured - p.Refunded
			}
			if truth != kept {
				t.Errorf("order %s: the simulator holds %d, the shop's books %d", st, truth, kept)
			}
		}
		if ended[order.Paid] == 0 || ended[order.Cancelled] == 0 {
			t.Errorf("the race was none: %v", ended)
		}
	})
}
