package pay_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/fake"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/pay"
)

// hundred calls f 100 times at once. Faults for people are part of a race; anything else is not.
func hundred(t *testing.T, f func(i int) error) (won int64) {
	t.Helper()
	var wg sync.WaitGroup
	var n atomic.Int64
	start := make(chan struct{})
	for i := range 100 {
		wg.Go(func() {
			<-start
			err := f(i)
			if err == nil {
				n.Add(1)
			} else if _, ok := fault.Of(err); !ok {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	return n.Load()
}

func (s *shop) give(t *testing.T, o id.Order, n int64) error {
	t.Helper()
	_, err := s.pay.Refund(t.Context(), s.Staff(), pay.RefundIn{Order: o, Amount: n, Why: charge.Returned, Key: secret.NewToken()})
	return err
}

func TestHundredRefundsStayWithinTheSum(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.paid(t, payment.Card)
		won := hundred(t, func(int) error { return s.give(t, o, 500) })
		s.run(t)
		if won != 3 {
			t.Errorf("%d of 500 yen were given back of %d", won, total)
		}
		s.want(t, o, order.Paid, payment.PartRefunded, total-1500)
	})
}

func TestHundredPressesOfOneFormRefundOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.paid(t, payment.Card)
		in := pay.RefundIn{Order: o, Amount: 100, Why: charge.Returned, Key: secret.NewToken()}
		won := hundred(t, func(int) error {
			_, err := s.pay.Refund(t.Context(), s.Staff(), in)
			return err
		})
		s.run(t)
		if won != 100 {
			t.Errorf("%d of 100 were answered", won)
		}
		s.want(t, o, order.Paid, payment.PartRefunded, total-100)
	})
}

func TestRefundsAndCancellationsAtOnceGiveAllBackOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.paid(t, payment.Card)
		hundred(t, func(i int) error {
			if i%3 == 0 {
				return s.cancel(t, o)
			}
			return s.give(t, o, 400)
		})
		s.run(t)
		s.want(t, o, order.Cancelled, payment.Refunded, 0)
		s.Audit(t)
	})
}

func TestNoticesAndTheBrowsersReturnAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.order(t, payment.Card)
		s.begin(t, o)
		ref := s.see(t, o).Last().Ref
		hundred(t, func(i int) error {
			if i == 50 {
				s.fake.Pay(ref, provider.Passed)
			}
			_, err := s.pay.Returned(t.Context(), flowtest.Visitor(), o)
			return err
		})
		s.settle(t, o)
		s.want(t, o, order.Paid, payment.Paid, total)
		if v := s.Get(t, o).Version; v != 2 {
			t.Errorf("the order was paid %d times", v-1)
		}
	})
}

func TestAnAbandonedPaymentSweptWhileItSucceedsIsPaidOrNotTaken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.order(t, payment.Card)
		s.begin(t, o)
		ref := s.see(t, o).Last().Ref
		s.clock.Add(2 * time.Hour)
		took := false
		hundred(t, func(i int) error {
			if i == 30 {
				took = s.fake.Pay(ref, provider.Passed)
			}
			return s.pay.Settle(t.Context(), flowtest.Shop, o)
		})
		s.run(t)
		if took {
			s.want(t, o, order.Paid, payment.Paid, total)
		} else {
			s.want(t, o, order.Cancelled, payment.Void, 0)
		}
	})
}

func TestHundredBeginOneCharge(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.order(t, payment.Card)
		hundred(t, func(int) error {
			_, err := s.pay.Begin(t.Context(), flowtest.Visitor(), pay.BeginIn{Order: o})
			return err
		})
		if n := len(s.fake.All()); n != 1 {
			t.Errorf("%d charges", n)
		}
	})
}

// TestRandomFaultsEndRight lets requests and answers get lost at random, while a hundred callers do all that can be done.
func TestRandomFaultsEndRight(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		var mu sync.Mutex
		rnd := rand.New(rand.NewPCG(1, 2))
		faults := true
		s.fake.Trouble = func(op, key string) fake.Trouble {
			mu.Lock()
			defer mu.Unlock()
			if !faults {
				return fake.None
			}
			return []fake.Trouble{fake.None, fake.None, fake.None, fake.Before, fake.After}[rnd.IntN(5)]
		}
		var orders []id.Order
		for range 8 {
			orders = append(orders, s.order(t, payment.Card))
		}
		hundred(t, func(i int) error {
			o := orders[i%len(orders)]
			switch i / len(orders) % 6 {
			case 0, 1:
				_, err := s.pay.Begin(t.Context(), flowtest.Visitor(), pay.BeginIn{Order: o})
				return err
			case 2:
				for _, c := range s.fake.All() {
					if i%5 != 0 {
						s.fake.Pay(c.Ref, provider.Passed)
					}
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
		mu.Lock()
		faults = false
		mu.Unlock()
		s.clock.Add(25 * time.Hour) // what failed is tried again, and what nobody paid ends
		s.run(t)
		s.clock.Add(25 * time.Hour)
		s.run(t)
		for _, o := range orders {
			sh := s.see(t, o)
			switch st := s.Get(t, o).Status; {
			case st == order.Cancelled && sh.Payment.State == payment.Void, st == order.Cancelled && sh.Payment.State == payment.Refunded:
				s.want(t, o, st, sh.Payment.State, 0)
			case st == order.Paid && sh.Payment.State.Secured():
				s.want(t, o, st, sh.Payment.State, sh.Payment.Kept())
			default:
				t.Errorf("order %s, payment %s: %+v", st, sh.Payment.State, sh.Charges)
			}
		}
	})
}

// TestWhatWasWantedGoesOnAfterACrash lets the process die at every call: what was stored with its job is done by the next process.
func TestWhatWasWantedGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		for at := range 8 {
			o := s.paid(t, payment.Card)
			calls := 0
			s.fake.Trouble = func(string, string) fake.Trouble {
				if calls++; calls == at/2+1 {
					panic("killed") // before the request at even places; after it at odd ones, below
				}
				return fake.None
			}
			if at%2 == 1 {
				s.fake.Trouble = func(string, string) fake.Trouble {
					if calls++; calls == at/2+1 {
						return fake.After
					}
					return fake.None
				}
			}
			func() {
				defer func() { _ = recover() }()
				if err := s.give(t, o, 700); err != nil && !errors.Is(err, pay.ErrUnsettled) {
					t.Error(err)
				}
			}()
			s.fake.Trouble = nil
			s.clock.Add(time.Hour)
			s.run(t)
			s.want(t, o, order.Paid, payment.PartRefunded, total-700)
		}
	})
}
