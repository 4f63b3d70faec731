package pay_test

import (
	"context"
	"slices"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/book"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/settlement"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/pay"
)

func TestEveryYenThatWasPaidOutIsMatchedOrListed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		const day = "2026-11-22"
		good, refunded, short, missing := s.paid(t, payment.Card), s.paid(t, payment.Card), s.paid(t, payment.Card), s.paid(t, payment.Card)
		if _, err := s.pay.Refund(t.Context(), s.Staff(), pay.RefundIn{Order: refunded, Amount: 300, Why: charge.Returned,
			Key: secret.NewToken()}); err != nil {
			t.Fatal(err)
		}
		unheard := s.order(t, payment.Card) // paid, and no news came
		s.begin(t, unheard)
		s.fake.Pay(s.see(t, unheard).Last().Ref, provider.Passed)
		row := func(ref string, k provider.SettledKind, n, fee int64) provider.Settled {
			return provider.Settled{Ref: ref, Kind: k, Amount: n, Fee: fee, Day: day, Payout: "po_1"}
		}
		s.fake.Rows = []provider.Settled{
			row(s.see(t, good).Last().Ref, provider.SettledCharge, total, 68),
			row(s.see(t, refunded).Last().Ref, provider.SettledCharge, total, 68),
			row(s.see(t, refunded).Last().Ref, provider.SettledRefund, -300, 0),
			row(s.see(t, short).Last().Ref, provider.SettledCharge, total-1, 68),
			row(s.see(t, unheard).Last().Ref, provider.SettledCharge, total, 68),
			row("ch_nobody", provider.SettledCharge, 500, 18),
			row(s.see(t, good).Last().Ref, provider.SettledCharge, total, 68), // once too often
		}
		want := []settlement.Verdict{settlement.Matched, settlement.Matched, settlement.Matched, settlement.Differs, settlement.Matched,
			settlement.Unknown, settlement.Differs}
		for range 2 { // a second run changes nothing
			run, err := s.pay.ReconcileDay(t.Context(), flowtest.Shop, provider.Simulator, day)
			if err != nil || run.Rows != 7 || run.Wrong != 3 {
				t.Fatalf("%+v %v", run, err)
			}
		}
		if !slices.Contains(s.signals, pay.SignalBooks) {
			t.Error("nobody is told")
		}
		st := settlement.New()
		s.Read(t, func(ctx context.Context, r db.Reader) error {
			rows, err := st.Day(ctx, r, provider.Simulator, day)
			if err != nil {
				return err
			}
			for i, row := range rows {
				if row.Verdict != want[i] {
					t.Errorf("row %d is %s, want %s: %+v", i, row.Verdict, want[i], row)
				}
			}
			list, err := st.Missing(ctx, r, r.Now().UnixMilli()+1, 10)
			if len(list) != 1 || list[0].Order != missing {
				t.Errorf("missing: %+v", list)
			}
			es, e := book.Of(ctx, r, refunded)
			if b := book.Balance(es, book.Provider); b != 0 || book.Balance(es, book.Bank) != total-300-68 || book.Balance(es, book.Fees) != 68 {
				t.Errorf("the provider still holds %d: %+v", b, es)
			}
			if e != nil {
				return e
			}
			return err
		})
	})
}

func TestTheDailyRunComparesTheLastDays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		o := s.paid(t, payment.Card)
		s.fake.Rows = []provider.Settled{{Ref: s.see(t, o).Last().Ref, Kind: provider.SettledCharge, Amount: total, Fee: 68, Day: "2026-11-21"}}
		if err := s.pay.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.run(t)
		s.Read(t, func(ctx context.Context, r db.Reader) error {
			runs, err := settlement.New().Runs(ctx, r, 5)
			if len(runs) != 3 || runs[0].Day != "2026-11-21" || runs[0].Wrong != 0 || runs[0].Fees != 68 {
				t.Errorf("%+v", runs)
			}
			return err
		})
	})
}
