package pay_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/security/vault"
)

const total = 1_880

func TestACardPaysForAnOrder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.order(t, payment.Card)
		s.want(t, o, order.Placed, payment.Pending, 0)
		b := s.begin(t, o)
		if again := s.begin(t, o); again != b || b.URL == "" {
			t.Errorf("a reload opens %+v, not %+v", again, b)
		}
		s.fake.Pay(s.see(t, o).Last().Ref, provider.Passed)
		sh, err := s.pay.Returned(t.Context(), flowtest.Visitor(), o)
		if err != nil || sh.Payment.State != payment.Paid {
			t.Errorf("back from the page: %s %v", sh.Payment.State, err)
		}
		s.want(t, o, order.Paid, payment.Paid, total)
		if _, err := s.pay.Begin(t.Context(), flowtest.Visitor(), pay.BeginIn{Order: o}); !errors.Is(err, pay.ErrPaid) {
			t.Errorf("paid once more: %v", err)
		}
		s.Read(t, func(ctx context.Context, r db.Reader) error {
			mails, err := s.Orders.Mails(ctx, r, o)
			if len(mails) != 2 {
				t.Errorf("letters due: %+v", mails)
			}
			shown, e := s.Charges.Shown(ctx, r, s.Get(t, o).Subject(flowtest.Shop), vault.ViewOrder, sh.Charges)
			if shown[sh.Last().ID] != "visa 4242 2030-04" {
				t.Errorf("the card shows %v", shown)
			}
			return errors.Join(err, e)
		})
		if len(s.outcomes) == 0 || s.outcomes[len(s.outcomes)-1].Fingerprint == "" {
			t.Errorf("abuse defence hears of no card: %+v", s.outcomes)
		}
	})
}

func TestADeclinedCardMayBeFollowedByAnother(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.order(t, payment.Card)
		first := s.begin(t, o)
		s.fake.Pay(s.see(t, o).Last().Ref, provider.Failed)
		second := s.begin(t, o)
		if second.Charge == first.Charge {
			t.Error("the declined charge is opened again")
		}
		s.fake.Pay(s.see(t, o).Last().Ref, provider.Attempted)
		s.settle(t, o)
		s.want(t, o, order.Paid, payment.Paid, total)
		if c := s.see(t, o).Charges[0]; c.Reason != provider.ThreeDSFailed || c.State != provider.Declined {
			t.Errorf("the first: %+v", c)
		}
	})
}

func TestCardsWithoutThreeDSecureAreNotTaken(t *testing.T) {
	t.Parallel()
	for _, three := range []provider.ThreeDS{provider.NotCompatible, provider.NotTried} {
		each(t, func(t *testing.T, s *shop) {
			o := s.order(t, payment.Card)
			s.begin(t, o)
			s.fake.Pay(s.see(t, o).Last().Ref, three)
			s.settle(t, o)
			s.want(t, o, order.Placed, payment.Pending, 0)
			if !slices.Contains(s.signals, pay.SignalThreeDS) {
				t.Errorf("signals: %v", s.signals)
			}
		})
	}
}

func TestAChargeOfAnotherSumIsGivenBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.order(t, payment.Card)
		s.begin(t, o)
		ref := s.see(t, o).Last().Ref
		s.fake.Change(ref, func(c *provider.Charge) { c.Amount = 10 })
		s.fake.Pay(ref, provider.Passed)
		s.settle(t, o)
		s.want(t, o, order.Placed, payment.Pending, 0)
		if !slices.Contains(s.signals, pay.SignalAmount) {
			t.Errorf("signals: %v", s.signals)
		}
	})
}

func TestMoneyIsTakenWhenTheOrderLeaves(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		s.atDispatch(t)
		o := s.paid(t, payment.Card)
		s.want(t, o, order.Paid, payment.Authorised, 0)
		key := secret.NewToken()
		for range 2 { // the same form twice
			r, err := s.pay.Refund(t.Context(), s.Staff(), pay.RefundIn{Order: o, Amount: 300, Why: charge.Missing, Key: key})
			if err != nil || r.State != charge.Less {
				t.Fatal(r.State, err)
			}
		}
		if err := s.ship(t, o); err != nil {
			t.Fatal(err)
		}
		s.run(t)
		s.want(t, o, order.Shipped, payment.PartRefunded, total-300)
		if c := s.see(t, o).Keeper(); c.Captured != total-300 {
			t.Errorf("%d were taken", c.Captured)
		}
	})
}

func TestACaptureThatIsRefusedIsShownAndTriedAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		s.atDispatch(t)
		o := s.paid(t, payment.Card)
		ref := s.see(t, o).Keeper().Ref
		s.fake.Change(ref, func(c *provider.Charge) { c.Amount = 1 }) // it will not take more
		if err := s.ship(t, o); err != nil {
			t.Fatal(err)
		}
		s.run(t)
		s.want(t, o, order.Shipped, payment.Authorised, 0)
		if c := s.see(t, o).Keeper(); c.Trouble != charge.NoCapture || !slices.Contains(s.signals, pay.SignalCapture) {
			t.Errorf("%+v, %v", c, s.signals)
		}
		s.fake.Change(ref, func(c *provider.Charge) { c.Amount = total })
		if err := s.pay.Again(t.Context(), s.Staff(), o); err != nil {
			t.Fatal(err)
		}
		s.want(t, o, order.Shipped, payment.Paid, total)
	})
}

func TestAnAuthorisationThatRanOutIsPaidAnew(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		s.atDispatch(t)
		o := s.paid(t, payment.Card)
		s.fake.Change(s.see(t, o).Keeper().Ref, func(c *provider.Charge) { c.State = provider.Voided })
		s.clock.Add(7 * time.Hour)
		s.run(t) // nobody tells; the sweep looks
		s.want(t, o, order.Paid, payment.Lapsed, 0)
		if err := s.ship(t, o); err == nil {
			t.Error("shipped without money")
		}
		tok, err := s.pay.Link(t.Context(), s.Staff(), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, err := s.pay.Linked(t.Context(), flowtest.Visitor(), tok); err != nil || got.ID != o {
			t.Fatal(err)
		}
		s.begin(t, o)
		s.fake.Pay(s.see(t, o).Last().Ref, provider.Passed)
		s.settle(t, o)
		s.want(t, o, order.Paid, payment.Authorised, 0)
		if err := s.ship(t, o); err != nil {
			t.Fatal(err)
		}
		s.run(t)
		s.want(t, o, order.Shipped, payment.Paid, total)
	})
}

func TestRefundsArePartialRepeatedAndNeverAboveWhatIsKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.paid(t, payment.Card)
		give := func(n int64) error {
			_, err := s.pay.Refund(t.Context(), s.Staff(), pay.RefundIn{Order: o, Amount: n, Why: charge.Returned, Key: secret.NewToken()})
			return err
		}
		for _, n := range []int64{0, -1, total + 1} {
			if err := give(n); !fault.Is(err, fault.KindInvalid) {
				t.Errorf("%d: %v", n, err)
			}
		}
		if err := give(500); err != nil {
			t.Fatal(err)
		}
		s.want(t, o, order.Paid, payment.PartRefunded, total-500)
		if err := give(total - 500 + 1); !fault.Is(err, fault.KindInvalid) {
			t.Error(err)
		}
		if err := give(80); err != nil {
			t.Fatal(err)
		}
		s.want(t, o, order.Paid, payment.PartRefunded, total-580)
		if err := s.cancel(t, o); err != nil { // the rest goes back by itself
			t.Fatal(err)
		}
		s.run(t)
		s.want(t, o, order.Cancelled, payment.Refunded, 0)
		if err := give(1); !errors.Is(err, pay.ErrNoRefund) {
			t.Error(err)
		}
	})
}

func TestARefundMadeAtTheProviderIsTakenOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.paid(t, payment.Card)
		s.fake.Change(s.see(t, o).Keeper().Ref, func(c *provider.Charge) {
			c.Refunded = 400
			c.Refunds = append(c.Refunds, provider.Refund{Ref: "re_1", Amount: 400, State: provider.RefundDone})
		})
		s.settle(t, o)
		s.want(t, o, order.Paid, payment.PartRefunded, total-400)
	})
}

func TestWaysWithoutAProviderNoteWhatWasPaidBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.order(t, payment.COD)
		if err := s.ship(t, o); err != nil {
			t.Fatal(err)
		}
		in := pay.RefundIn{Order: o, Amount: 100, Why: charge.Damaged, Key: secret.NewToken()}
		if _, err := s.pay.Refund(t.Context(), s.Staff(), in); !errors.Is(err, pay.ErrNoRefund) {
			t.Errorf("before the money came: %v", err)
		}
		s.Write(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := s.Payment.Move(ctx, tx, o, payment.Receive)
			return err
		})
		if r, err := s.pay.Refund(t.Context(), s.Staff(), in); err != nil || r.State != charge.ByHand {
			t.Fatal(r, err)
		}
		s.want(t, o, order.Shipped, payment.PartRefunded, total+330-100)
	})
}

func TestAnUnpaidCardOrderEndsAndGivesItsStockBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		never, opened := s.order(t, payment.Card), s.order(t, payment.Card)
		s.begin(t, opened)
		s.run(t)
		s.want(t, opened, order.Placed, payment.Pending, 0)
		s.clock.Add(61 * time.Minute)
		s.run(t)
		s.want(t, never, order.Cancelled, payment.Void, 0)
		s.want(t, opened, order.Cancelled, payment.Void, 0)
		if s.fake.Pay(s.see(t, opened).Last().Ref, provider.Passed) {
			t.Error("the page still takes the payment")
		}
		if left := s.Left(t, s.Tea); left != 50 {
			t.Errorf("%d of 50 are left", left)
		}
		s.Audit(t)
	})
}

func TestALinkKeepsAnOrderForThreeDaysAndANewOneReplacesIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.order(t, payment.Card)
		first, err := s.pay.Link(t.Context(), s.Staff(), o)
		if err != nil {
			t.Fatal(err)
		}
		second, err := s.pay.Link(t.Context(), s.Staff(), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.pay.Linked(t.Context(), flowtest.Visitor(), first); !errors.Is(err, charge.ErrLink) {
			t.Errorf("the first link still works: %v", err)
		}
		other := flowtest.Visitor()
		other.Shop = 8
		if _, _, err := s.pay.Linked(t.Context(), other, second); !errors.Is(err, charge.ErrLink) {
			t.Errorf("another shop's: %v", err)
		}
		s.clock.Add(71 * time.Hour)
		s.run(t)
		if _, _, err := s.pay.Linked(t.Context(), flowtest.Visitor(), second); err != nil {
			t.Fatal(err)
		}
		s.begin(t, o)
		s.fake.Pay(s.see(t, o).Last().Ref, provider.Passed)
		s.clock.Add(2 * time.Hour)
		s.run(t) // too late, but paid
		s.want(t, o, order.Paid, payment.Paid, total)
		if _, err := s.pay.Link(t.Context(), s.Staff(), o); !errors.Is(err, pay.ErrPaid) {
			t.Errorf("a link for a paid order: %v", err)
		}
	})
}

func TestAStoresMoneyThatComesLateIsTakenWithinItsGrace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o, late := s.order(t, payment.Convenience), s.order(t, payment.Convenience)
		for _, o := range []id.Order{o, late} {
			s.begin(t, o)
		}
		if slip, ok := s.see(t, o).Last().Slip(); !ok || slip.Number == "" {
			t.Errorf("slip: %+v", slip)
		}
		s.clock.Add((3 + 3) * 24 * time.Hour) // three days after the deadline
		s.run(t)
		s.fake.Pay(s.see(t, o).Last().Ref, "")
		s.clock.Add(7 * time.Hour)
		s.run(t)
		s.want(t, o, order.Paid, payment.Paid, total+220)
		s.clock.Add(2 * 24 * time.Hour)
		s.run(t)
		s.want(t, late, order.Cancelled, payment.Void, 0)
	})
}

func TestAStoresMoneyForACancelledOrderIsOwed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.order(t, payment.Convenience)
		s.begin(t, o)
		if err := s.cancel(t, o); err != nil {
			t.Fatal(err)
		}
		s.fake.Pay(s.see(t, o).Last().Ref, "") // before the void could reach the provider
		s.run(t)
		s.want(t, o, order.Cancelled, payment.RefundDue, total+220)
		if sh := s.see(t, o); sh.Owed != total+220 || !slices.Contains(s.signals, pay.SignalOwed) {
			t.Errorf("owed %d, %v", sh.Owed, s.signals)
		}
		if n, err := s.pay.PaidBack(t.Context(), s.Staff(), o); err != nil || n != total+220 {
			t.Fatal(n, err)
		}
		s.want(t, o, order.Cancelled, payment.Refunded, 0)
	})
}

func TestNoticesAreProvedWrittenDownAndOnlySayWhereToLook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.order(t, payment.Card)
		s.begin(t, o)
		ref := s.see(t, o).Last().Ref
		var token string
		s.Write(t, func(ctx context.Context, tx *db.Tx) error {
			a, err := s.Gateways.Active(ctx, tx)
			token = a.Token
			return err
		})
		send := func(token, signature string) error {
			return s.pay.Notice(t.Context(), pay.NoticeIn{Shop: flowtest.Shop, Token: token, Body: []byte(ref),
				Header: func(string) string { return signature }})
		}
		if err := send(token, "bad"); !errors.Is(err, provider.ErrForged) || !slices.Contains(s.signals, pay.SignalForged) {
			t.Errorf("forged: %v, %v", err, s.signals)
		}
		if err := send("x", "good"); !errors.Is(err, pay.ErrNoAccount) {
			t.Errorf("nobody's address: %v", err)
		}
		if err := send(token, "good"); err != nil { // too early: nothing has happened yet
			t.Fatal(err)
		}
		s.run(t)
		s.want(t, o, order.Placed, payment.Pending, 0)
		s.fake.Pay(ref, provider.Passed)
		for range 3 {
			if err := send(token, "good"); err != nil {
				t.Fatal(err)
			}
		}
		s.run(t)
		s.want(t, o, order.Paid, payment.Paid, total)
		s.Read(t, func(ctx context.Context, r db.Reader) error {
			log, err := s.Gateways.Log(ctx, r, 10)
			if len(log) != 1 || log[0].Times != 4 {
				t.Errorf("log: %+v", log)
			}
			return err
		})
	})
}
