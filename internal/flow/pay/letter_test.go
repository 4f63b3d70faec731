package pay_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/letter"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// post lets letters follow what the shop's payments do, and gives what sends them.
func (s *shop) post(t *testing.T) (deliver func() []string) {
	t.Helper()
	l, err := letter.New(letter.Config{Store: s.DB, Orders: s.Orders, Payment: s.Payment, Charges: s.Charges, Shops: s.Tenant,
		Sender: s.Mailbox, From: "noren@example.net", Contact: s.Contact, Vault: s.Vault.Client,
		OrderURL: func(_ tenant.Shop, o id.Order, _ secret.Token) string {
			return "https://account.example.net/" + id.String(o)
		},
		AdminURL: func(_ tenant.Shop, o id.Order) string { return "https://admin.example.net/" + id.String(o) },
		PayURL: func(ctx context.Context, shop id.Shop, o id.Order) (string, error) {
			tok, err := s.pay.LinkFor(ctx, shop, o)
			return "https://account.example.net/pay/" + tok.Reveal(), err
		}})
	if err != nil {
		t.Fatal(err)
	}
	run := outbox.NewRunner(s.DB, slog.New(slog.DiscardHandler), "test")
	run.Follow(l.Follower())
	l.Handle(s.jobs)
	sent := 0
	return func() (texts []string) {
		for range 3 {
			if err := run.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.run(t)
			s.clock.Add(time.Second)
		}
		all := s.Mailbox.Sent()
		for _, m := range all[sent:] {
			texts = append(texts, m.Subject+"\n"+m.Text)
		}
		sent = len(all)
		return texts
	}
}

// one says whether exactly one of the texts has all the words.
func one(texts []string, words ...string) bool {
	n := 0
	for _, t := range texts {
		has := true
		for _, w := range words {
			has = has && strings.Contains(t, w)
		}
		if has {
			n++
		}
	}
	return n == 1
}

func TestLettersFollowThePayment(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		deliver := s.post(t)
		card := s.order(t, payment.Card)
		if got := deliver(); len(got) != 0 {
			t.Errorf("an order that is not paid by its card yet is no order to anyone: %q", got)
		}
		if err := s.pay.SendLink(t.Context(), s.Staff(), card); err != nil {
			t.Fatal(err)
		}
		got := deliver()
		_, after, _ := strings.Cut(strings.Join(got, ""), "https://account.example.net/pay/")
		tok := secret.ParseToken(strings.Fields(after + " x")[0])
		if _, o, err := s.pay.Linked(t.Context(), flowtest.Visitor(), tok); len(got) != 1 || err != nil || o.ID != card {
			t.Errorf("the letter's link: %v %q", err, got)
		}
		s.begin(t, card)
		s.fake.Pay(s.see(t, card).Last().Ref, provider.Passed)
		s.settle(t, card)
		if got := deliver(); len(got) != 2 || !one(got, "ご注文ありがとうございます") {
			t.Errorf("the card pays: %q", got)
		}
		store := s.order(t, payment.Convenience)
		s.begin(t, store)
		if got := deliver(); len(got) != 3 || !one(got, "コンビニ払いのご案内", "ローソン", "612-") {
			t.Errorf("the slip: %q", got)
		}
		s.fake.Pay(s.see(t, store).Last().Ref, "")
		s.settle(t, store)
		if got := deliver(); len(got) != 1 || !one(got, "ご入金を確認しました") {
			t.Errorf("the store's money: %q", got)
		}
	})
}

func TestABankTransferIsRemindedOfAndEndsOnlyWhereTheShopSaysSo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shop) {
		deliver := s.post(t)
		patient := s.order(t, payment.BankTransfer)
		s.Write(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := s.Payment.Configure(ctx, tx, payment.Setting{Method: payment.BankTransfer, Active: true, DeadlineDays: 7, Version: 1,
				Account: "のれん銀行 本店 普通 1234567", RemindDays: 2, CancelDays: 3})
			return err
		})
		strict := s.order(t, payment.BankTransfer)
		deliver()
		s.clock.Add(5 * 24 * time.Hour)
		if got := deliver(); len(got) != 1 || !one(got, "お支払い期限のお知らせ", "のれん銀行") {
			t.Errorf("the reminder: %q", got)
		}
		s.clock.Add(3 * 24 * time.Hour)
		s.run(t)
		if p := s.see(t, strict).Payment; !p.Overdue(s.clock.Now()) || p.State != payment.Pending {
			t.Errorf("after its deadline: %+v", p)
		}
		s.clock.Add(3 * 24 * time.Hour)
		s.run(t)
		s.want(t, strict, "cancelled", payment.Void, 0)
		s.want(t, patient, "placed", payment.Pending, 0)
	})
}
