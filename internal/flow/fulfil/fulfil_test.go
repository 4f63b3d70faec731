package fulfil_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/fulfil"
)

const slip = "123456789013" // 12345678901 mod 7 is 3

func do(t *testing.T, k *flowtest.Kit, scope db.Scope, f func(ctx context.Context, tx *db.Tx) (order.Order, error)) (order.Order, error) {
	t.Helper()
	var o order.Order
	err := k.DB.Write(t.Context(), scope, func(tx *db.Tx) (err error) {
		o, err = f(t.Context(), tx)
		return err
	})
	return o, err
}

func pay(k *flowtest.Kit, at fulfil.Ref) func(context.Context, *db.Tx) (order.Order, error) {
	return func(ctx context.Context, tx *db.Tx) (order.Order, error) { return k.Fulfil.MarkPaid(ctx, tx, at) }
}

func ship(k *flowtest.Kit, at fulfil.Ref) func(context.Context, *db.Tx) (order.Order, error) {
	return func(ctx context.Context, tx *db.Tx) (order.Order, error) {
		return k.Fulfil.Ship(ctx, tx, at, fulfil.Slip{Number: "1234-5678-9013"})
	}
}

func cancel(k *flowtest.Kit, at fulfil.Ref) func(context.Context, *db.Tx) (order.Order, error) {
	return func(ctx context.Context, tx *db.Tx) (order.Order, error) {
		return k.Fulfil.Cancel(ctx, tx, at, order.ByPurchaser)
	}
}

func transfer(k *flowtest.Kit) checkout.Form {
	f := k.Form()
	f.Payment = string(payment.BankTransfer)
	return f
}

func TestOrderGoesFromPlacedToDelivered(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := k.Order(t, transfer(k), cart.Line{Variant: k.Tea, Quantity: 2})
		at := fulfil.Ref{Order: p.Order, Version: 1}
		if _, err := do(t, k, k.Staff(), ship(k, at)); !errors.Is(err, fulfil.ErrUnpaid) {
			t.Fatalf("shipped before it was paid: %v", err)
		}
		o, err := do(t, k, k.Staff(), pay(k, at))
		if err != nil || o.Status != order.Paid {
			t.Fatal(o.Status, err)
		}
		if o, err = do(t, k, k.Staff(), ship(k, fulfil.Ref{Order: p.Order, Version: 2})); err != nil || o.Status != order.Shipped {
			t.Fatal(o.Status, err)
		}
		o, err = do(t, k, k.Staff(), func(ctx context.Context, tx *db.Tx) (order.Order, error) {
			return k.Fulfil.Deliver(ctx, tx, fulfil.Ref{Order: p.Order, Version: 3})
		})
		if err != nil || o.Status != order.Delivered {
			t.Fatal(o.Status, err)
		}
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			es, err := k.Orders.Journal(ctx, r, p.Order)
			if err != nil {
				return err
			}
			var acts []order.Act
			for i, e := range es {
				acts = append(acts, e.Act)
				if e.No != int64(i+1) || (i > 0) != (e.Account == k.Owner.Account) {
					t.Errorf("entry %d: %+v", i, e)
				}
			}
			if !slices.Equal(acts, []order.Act{order.Open, order.Pay, order.Ship, order.Deliver}) {
				t.Errorf("journal: %v", acts)
			}
			ps, err := k.Orders.Shipments(ctx, r, p.Order)
			if len(ps) != 1 || ps[0].Slip != slip || ps[0].Carrier != "yamato" {
				t.Errorf("parcels: %+v", ps)
			}
			return err
		})
	})
}

func TestMoneyOnDeliveryComesAfterDispatch(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		if _, err := do(t, k, k.Staff(), ship(k, fulfil.Ref{Order: p.Order, Version: 1})); err != nil {
			t.Fatal(err)
		}
		o, err := do(t, k, k.Staff(), pay(k, fulfil.Ref{Order: p.Order, Version: 2}))
		if err != nil || o.Status != order.Shipped {
			t.Fatal(o.Status, err)
		}
		if _, err := do(t, k, k.Staff(), pay(k, fulfil.Ref{Order: p.Order, Version: 3})); !errors.Is(err, payment.ErrState) {
			t.Errorf("paid twice: %v", err)
		}
		if _, err := do(t, k, k.Staff(), cancel(k, fulfil.Ref{Order: p.Order, Version: 3})); !errors.Is(err, order.ErrStatus) {
			t.Errorf("cancelled after dispatch: %v", err)
		}
	})
}

func TestWrongSlipNumberShipsNothing(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		for _, bad := range []string{"", "123456789012", "12345678901", "1234567890135", "abc"} {
			_, err := do(t, k, k.Staff(), func(ctx context.Context, tx *db.Tx) (order.Order, error) {
				return k.Fulfil.Ship(ctx, tx, fulfil.Ref{Order: p.Order, Version: 1}, fulfil.Slip{Number: bad})
			})
			if fs, _ := fault.Of(err); len(fs) != 1 || fs[0].Field != "slip" {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if o := k.Get(t, p.Order); o.Status != order.Placed || o.Version != 1 {
			t.Errorf("%+v", o.Head)
		}
	})
}

func TestOnlyStaffWithTheRightMoveOrders(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		at := fulfil.Ref{Order: p.Order, Version: 1}
		packer := k.Staff()
		packer.Actor = actor.Actor{Kind: actor.Staff, Account: 5, Role: actor.Packer}.With()
		for name, err := range map[string]error{
			"visitor pays":    second(do(t, k, flowtest.Visitor(), pay(k, at))),
			"visitor ships":   second(do(t, k, flowtest.Visitor(), ship(k, at))),
			"visitor cancels": second(do(t, k, flowtest.Visitor(), cancel(k, at))),
			"packer pays":     second(do(t, k, packer, pay(k, at))),
			"packer cancels":  second(do(t, k, packer, cancel(k, at))),
		} {
			if !fault.Is(err, fault.KindDenied) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := do(t, k, packer, ship(k, at)); err != nil {
			t.Errorf("a packer cannot ship: %v", err)
		}
	})
}

func second(_ order.Order, err error) error { return err }

func TestHundredCancelsRestoreStockOnce(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := k.Order(t, transfer(k), cart.Line{Variant: k.Tea, Quantity: 5})
		if _, err := do(t, k, k.Staff(), pay(k, fulfil.Ref{Order: p.Order, Version: 1})); err != nil {
			t.Fatal(err)
		}
		won := contest(t, 100, func(int) error {
			return second(do(t, k, k.Staff(), cancel(k, fulfil.Ref{Order: p.Order, Version: 2})))
		})
		if left := k.Left(t, k.Tea); len(won) != 1 || left != 50 {
			t.Errorf("%d cancelled, %d of 50 left", len(won), left)
		}
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			pay, err := k.Payment.Get(ctx, r, p.Order)
			if pay.State != payment.RefundDue {
				t.Errorf("payment is %s", pay.State)
			}
			return err
		})
		refund := func(version int64) error {
			return second(do(t, k, k.Staff(), func(ctx context.Context, tx *db.Tx) (order.Order, error) {
				return k.Fulfil.Refund(ctx, tx, fulfil.Ref{Order: p.Order, Version: version})
			}))
		}
		if err := refund(3); err != nil {
			t.Error(err)
		}
		if err := refund(4); !errors.Is(err, payment.ErrState) {
			t.Errorf("refunded twice: %v", err)
		}
		k.Audit(t)
	})
}

func TestCancelAndShipAtOnce(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 5})
		at := fulfil.Ref{Order: p.Order, Version: 1}
		won := contest(t, 100, func(i int) error {
			if i%2 == 0 {
				return second(do(t, k, k.Staff(), cancel(k, at)))
			}
			return second(do(t, k, k.Staff(), ship(k, at)))
		})
		o := k.Get(t, p.Order)
		want := map[order.Status]int64{order.Cancelled: 50, order.Shipped: 45}[o.Status]
		if left := k.Left(t, k.Tea); len(won) != 1 || left != want {
			t.Errorf("%d won, %s, %d left", len(won), o.Status, left)
		}
		k.Audit(t)
	})
}

func TestTwoStaffCannotLoseEachOthersChange(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		won := contest(t, 100, func(i int) error {
			return second(do(t, k, k.Staff(), func(ctx context.Context, tx *db.Tx) (order.Order, error) {
				return k.Orders.AddNote(ctx, tx, p.Order, 1, "電話で確認しました "+id.String(id.Order(i)))
			}))
		})
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			o, err := k.Orders.Get(ctx, r, p.Order)
			if err != nil {
				return err
			}
			es, err := k.Orders.Journal(ctx, r, p.Order)
			if err != nil {
				return err
			}
			notes, err := k.Orders.Notes(ctx, r, o.Head, es)
			if len(won) != 1 || len(es) != 2 || notes[2] != "電話で確認しました "+id.String(id.Order(won[0])) {
				t.Errorf("%d won, %d entries, notes %v", len(won), len(es), notes)
			}
			return err
		})
	})
}

func TestListShowsNamesInOneRead(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		for range 5 {
			k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		}
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			first, next, err := k.Orders.List(ctx, r, order.Filter{Limit: 3})
			if err != nil {
				return err
			}
			rest, end, err := k.Orders.List(ctx, r, order.Filter{Limit: 3, After: next})
			if err != nil || len(first) != 3 || len(rest) != 2 || !end.IsZero() {
				t.Errorf("%d and %d, %v", len(first), len(rest), err)
			}
			names, err := k.Orders.Names(ctx, r, append(first, rest...))
			if err != nil || len(names) != 5 {
				t.Errorf("%v %v", names, err)
			}
			for _, n := range names {
				if n != "山田 花子" {
					t.Errorf("name %q", n)
				}
			}
			for _, f := range []order.Filter{{Statuses: []order.Status{order.Paid}}, {MinTotal: 1 << 40}, {Number: "x"}, {UntilMS: 1}} {
				if none, _, err := k.Orders.List(ctx, r, f); err != nil || len(none) != 0 {
					t.Errorf("%+v: %d, %v", f, len(none), err)
				}
			}
			h, err := k.Orders.ByNumber(ctx, r, first[0].Number)
			if h.ID != first[0].ID {
				t.Errorf("%v", h)
			}
			return err
		})
		packer := flowtest.Visitor()
		packer.Actor = actor.Actor{Kind: actor.Staff, Account: 9}.With(actor.ViewOrders)
		err := k.DB.Read(t.Context(), packer, func(r db.Reader) error {
			hs, _, err := k.Orders.List(t.Context(), r, order.Filter{})
			if err != nil {
				return err
			}
			_, err = k.Orders.Names(t.Context(), r, hs)
			return err
		})
		if !fault.Is(err, fault.KindDenied) {
			t.Errorf("names without the right: %v", err)
		}
	})
}

// contest starts n callers at once. Whoever fails must have been told of a conflict; the rest are the winners.
func contest(t *testing.T, n int, f func(i int) error) (won []int) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			err := f(i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, i)
			} else if !fault.Is(err, fault.KindConflict) {
				t.Errorf("caller %d: %v", i, err)
			}
		})
	}
	close(start)
	wg.Wait()
	return won
}

func TestQueuesSayWhatAnOrderWaitsFor(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		cod := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		ahead := k.Order(t, transfer(k), cart.Line{Variant: k.Tea, Quantity: 1})
		look := func(q order.Queue, want ...id.Order) {
			t.Helper()
			k.Read(t, func(ctx context.Context, r db.Reader) error {
				n, err := k.Orders.Count(ctx, r, order.Filter{Queue: q}, 10)
				if err != nil {
					return err
				}
				hs, _, err := k.Orders.List(ctx, r, order.Filter{Queue: q})
				var got []id.Order
				for _, h := range hs {
					got = append(got, h.ID)
					if h.Queue() != q {
						t.Errorf("%s is in %q, found in %q", h.Status, h.Queue(), q)
					}
				}
				slices.Sort(got)
				slices.Sort(want)
				if n != int64(len(want)) || !slices.Equal(got, want) {
					t.Errorf("%q: %d, %v, want %v", q, n, got, want)
				}
				return err
			})
		}
		look(order.ToShip, cod.Order)
		look(order.ToPay, ahead.Order)
		if _, err := do(t, k, k.Staff(), pay(k, fulfil.Ref{Order: ahead.Order, Version: 1})); err != nil {
			t.Fatal(err)
		}
		look(order.ToShip, cod.Order, ahead.Order)
		if _, err := do(t, k, k.Staff(), ship(k, fulfil.Ref{Order: cod.Order, Version: 1})); err != nil {
			t.Fatal(err)
		}
		look(order.ToShip, ahead.Order)
		look(order.ToPay)
	})
}
