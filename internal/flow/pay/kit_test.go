package pay_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/book"
	"github.com/noren-shop/noren/internal/commerce/payment/fake"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/settlement"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

// A shop is an open one with an account at a provider.
type shop struct {
	*flowtest.Kit
	pay      *pay.Service
	fake     *fake.Provider
	open     pay.Open // nil is fake
	jobs     *job.Runner
	clock    *vaulttest.Clock
	mu       sync.Mutex
	signals  []signal.Code
	outcomes []pay.Outcome
}

func each(t *testing.T, test func(t *testing.T, s *shop)) {
	t.Helper()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, c *vaulttest.Clock) {
		s := &shop{Kit: k, fake: fake.New(), clock: c}
		s.pay = pay.New(pay.Config{Store: k.DB, Orders: k.Orders, Payment: k.Payment, Charges: k.Charges, Gateways: k.Gateways,
			Wallet: k.Wallet, Shops: k.Tenant, Settlement: settlement.New(),
			Open: func(ctx context.Context, at id.Shop, a gateway.Account) (provider.Provider, error) {
				if s.open != nil {
					return s.open(ctx, at, a)
				}
				return s.fake, nil
			},
			Cancel: func(ctx context.Context, tx *db.Tx, o id.Order, version int64, why order.Reason) error {
				_, err := k.Fulfil.Cancel(ctx, tx, fulfil.Ref{Order: o, Version: version}, why)
				return err
			},
			Return: func(_ id.Shop, o id.Order, _ id.Charge) string { return "https://shop.example/" + id.String(o) },
			Raise:  s.raise, Tell: s.tell,
		})
		s.jobs = job.NewRunner(k.DB, slog.New(slog.NewTextHandler(t.Output(), nil)), "test")
		s.pay.Handle(s.jobs)
		s.methods(t, payment.AtOnce)
		test(t, s)
	})
}

func (s *shop) raise(_ context.Context, e signal.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signals = append(s.signals, e.Code)
}

func (s *shop) tell(_ context.Context, o pay.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes = append(s.outcomes, o)
}

// methods makes the account and the ways to pay through it.
func (s *shop) methods(t *testing.T, c payment.Capture) {
	t.Helper()
	s.Write(t, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.Gateways.Save(ctx, tx, gateway.Account{Name: provider.Simulator, Active: true, Key: []byte("sealed"), Notices: []byte("sealed")})
		if err != nil {
			return err
		}
		if _, err := s.Payment.Configure(ctx, tx, payment.Setting{Method: payment.Card, Active: true, Capture: c}); err != nil {
			return err
		}
		_, err = s.Payment.Configure(ctx, tx, payment.Setting{Method: payment.Convenience, Active: true, DeadlineDays: 3, GraceDays: 4, Flat: 220})
		return err
	})
}

// atDispatch has the shop take cards' money when the order leaves.
func (s *shop) atDispatch(t *testing.T) {
	t.Helper()
	s.Write(t, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.Payment.Configure(ctx, tx, payment.Setting{Method: payment.Card, Active: true, Capture: payment.AtDispatch, Version: 1})
		return err
	})
}

// order places an order of 1,080 yen and 800 for its way, by that method.
func (s *shop) order(t *testing.T, m payment.Method) id.Order {
	t.Helper()
	f := s.Form()
	f.Payment = string(m)
	return s.Order(t, f, cart.Line{Variant: s.Tea, Quantity: 1}).Order
}

func (s *shop) begin(t *testing.T, o id.Order) pay.Begun {
	t.Helper()
	b, err := s.pay.Begin(t.Context(), flowtest.Visitor(), pay.BeginIn{Order: o})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// paid places an order and pays it.
func (s *shop) paid(t *testing.T, m payment.Method) id.Order {
	t.Helper()
	o := s.order(t, m)
	s.begin(t, o)
	if !s.fake.Pay(s.see(t, o).Last().Ref, provider.Passed) {
		t.Fatal("the page does not take the payment")
	}
	s.settle(t, o)
	return o
}

func (s *shop) settle(t *testing.T, o id.Order) {
	t.Helper()
	if err := s.pay.Settle(t.Context(), flowtest.Shop, o); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) see(t *testing.T, o id.Order) (sh pay.Sheet) {
	t.Helper()
	s.Read(t, func(ctx context.Context, r db.Reader) (err error) {
		sh, err = s.pay.See(ctx, r, o)
		return err
	})
	return sh
}

func (s *shop) cancel(t *testing.T, o id.Order) error {
	t.Helper()
	return s.DB.Write(t.Context(), s.Staff(), func(tx *db.Tx) error {
		got, err := s.Orders.Get(t.Context(), tx, o)
		if err != nil {
			return err
		}
		_, err = s.Fulfil.Cancel(t.Context(), tx, fulfil.Ref{Order: o, Version: got.Version}, order.ByPurchaser)
		return err
	})
}

func (s *shop) ship(t *testing.T, o id.Order) error {
	t.Helper()
	return s.DB.Write(t.Context(), s.Staff(), func(tx *db.Tx) error {
		got, err := s.Orders.Get(t.Context(), tx, o)
		if err != nil {
			return err
		}
		_, err = s.Fulfil.Ship(t.Context(), tx, fulfil.Ref{Order: o, Version: got.Version}, fulfil.Slip{Number: "1234-5678-9013"})
		return err
	})
}

// run does what is due: the sweep, then the jobs, until none is left; time passes where they wait.
func (s *shop) run(t *testing.T) {
	t.Helper()
	for range 20 {
		if err := s.pay.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		n, err := s.jobs.RunDue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		s.clock.Add(time.Second)
	}
}

// want checks an order, its payment and the balance of its journal: what the shop keeps.
func (s *shop) want(t *testing.T, o id.Order, status order.Status, state payment.State, kept int64) {
	t.Helper()
	if got := s.Get(t, o).Status; got != status {
		t.Errorf("order is %s, want %s", got, status)
	}
	sh := s.see(t, o)
	if sh.Payment.State != state {
		t.Errorf("payment is %s, want %s", sh.Payment.State, state)
	}
	s.Read(t, func(ctx context.Context, r db.Reader) error {
		list, err := book.Of(ctx, r, o)
		if got := -book.Balance(list, book.Purchaser); got != kept {
			t.Errorf("the shop keeps %d by its journal, want %d: %+v", got, kept, list)
		}
		return err
	})
	truth := int64(0)
	for _, c := range sh.Charges {
		for _, p := range s.fake.All() {
			if p.Key == c.Key {
				truth += p.Captured - p.Refunded
			}
		}
	}
	for _, r := range sh.Refunds {
		if r.State == "by_hand" {
			truth -= r.Amount
		}
	}
	if sh.Payment.Method.Rails() && truth != kept {
		t.Errorf("the provider holds %d, want %d", truth, kept)
	}
}
