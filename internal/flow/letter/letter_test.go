package letter_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/letter"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

// post is a follower and a runner of letters.
type post struct {
	s      *letter.Service
	outbox *outbox.Runner
	jobs   *job.Runner
}

func newPost(t *testing.T, k *flowtest.Kit) *post {
	t.Helper()
	s, err := letter.New(letter.Config{Store: k.DB, Orders: k.Orders, Payment: k.Payment, Shops: k.Tenant, Sender: k.Mailbox,
		From: "noren@example.net", Contact: k.Contact,
		Vault: k.Vault.Client,
		OrderURL: func(_ tenant.Shop, o id.Order, link secret.Token) string {
			return "https://account.example.net/order/" + id.String(o) + "#" + link.Reveal()
		},
		AdminURL: func(_ tenant.Shop, o id.Order) string { return "https://admin.example.net/orders/" + id.String(o) }})
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	p := &post{s: s, outbox: outbox.NewRunner(k.DB, quiet, "test"), jobs: job.NewRunner(k.DB, quiet, "test")}
	p.outbox.Follow(s.Follower())
	s.Handle(p.jobs)
	return p
}

// deliver runs what is due.
func (p *post) deliver(t *testing.T) {
	t.Helper()
	if err := p.outbox.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func state(t *testing.T, k *flowtest.Kit, o id.Order, kind order.MailKind) order.MailState {
	t.Helper()
	var m order.Mail
	k.Read(t, func(ctx context.Context, r db.Reader) (err error) {
		m, err = k.Orders.Mail(ctx, r, o, kind)
		return err
	})
	return m.State
}

func TestOrderLettersGoOutOnce(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := newPost(t, k)
		f := k.Form()
		f.Payment = string(payment.BankTransfer)
		placed := k.Order(t, f, cart.Line{Variant: k.Tea, Quantity: 2}, cart.Line{Variant: k.Cup, Quantity: 1})
		p.deliver(t)
		p.deliver(t)
		sent := k.Mailbox.Sent()
		if len(sent) != 2 {
			t.Fatalf("%d letters", len(sent))
		}
		o := k.Get(t, placed.Order)
		for _, m := range sent {
			if m.To.Addr == k.Legal.Email {
				for _, personal := range []string{"山田", "hanako", "銀座", "0312345678"} {
					if strings.Contains(m.Subject+m.Text, personal) {
						t.Errorf("the notice to the shop holds %q", personal)
					}
				}
				if !strings.Contains(m.Text, "6,260円") {
					t.Errorf("the notice:\n%s", m.Text)
				}
				continue
			}
			if m.To != (mail.Address{Name: "山田 花子", Addr: "hanako@example.jp"}) || m.ReplyTo.Addr != k.Legal.Email {
				t.Errorf("to %v, reply to %v", m.To, m.ReplyTo)
			}
			for _, want := range append(order.StatementLines(i18n.Ja, o.Statement), o.Number, "のれん銀行", i18n.Ja.Date(o.Placed+7*24*60*60*1000), placed.Link.Reveal(),
				"6,260円", "煎茶※") {
				if !strings.Contains(m.Text, want) {
					t.Errorf("the letter lacks %q:\n%s", want, m.Text)
				}
			}
		}
		if state(t, k, placed.Order, order.MailPlaced) != order.Sent || state(t, k, placed.Order, order.MailNotice) != order.Sent {
			t.Error("a letter that went is not noted")
		}
	})
}

func TestEachStepHasItsLetterInTheOrdersLanguage(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := newPost(t, k)
		f := k.Form()
		f.Payment, f.Lang = string(payment.BankTransfer), i18n.En
		a := k.Order(t, f, cart.Line{Variant: k.Tea, Quantity: 1})
		b := k.Order(t, f, cart.Line{Variant: k.Tea, Quantity: 1})
		err := k.DB.Write(t.Context(), k.Staff(), func(tx *db.Tx) error {
			for _, o := range []id.Order{a.Order, b.Order} {
				if _, err := k.Fulfil.MarkPaid(t.Context(), tx, fulfil.Ref{Order: o, Version: 1}); err != nil {
					return err
				}
			}
			if _, err := k.Fulfil.Ship(t.Context(), tx, fulfil.Ref{Order: a.Order, Version: 2}, fulfil.Slip{Number: "123456789013"}); err != nil {
				return err
			}
			_, err := k.Fulfil.Cancel(t.Context(), tx, fulfil.Ref{Order: b.Order, Version: 2}, order.NoStock)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		p.deliver(t)
		var all strings.Builder
		for _, m := range k.Mailbox.Sent() {
			all.WriteString(m.Subject + "\n" + m.Text + "\n")
		}
		for _, want := range []string{"Thank you for your order", "Sencha※", "We have received your payment", "Your order is on its way",
			"123456789013", "kuronekoyamato", "Your order was cancelled", "The shop will return the ¥1,880"} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("no letter says %q", want)
			}
		}
		if n := len(k.Mailbox.Sent()); n != 8 {
			t.Errorf("%d letters, want 8", n)
		}
	})
}

func TestLetterThatCannotGoIsTriedAgain(t *testing.T) {
	t.Parallel()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, clock *vaulttest.Clock) {
		p := newPost(t, k)
		k.Mailbox.Fail = errors.New("the mail server is away")
		o := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		p.deliver(t)
		if got := state(t, k, o.Order, order.MailPlaced); got != order.NotYet {
			t.Fatalf("%s", got)
		}
		k.Mailbox.Fail = nil
		k.Vault.Stop()
		clock.Add(time.Minute)
		p.deliver(t)
		if got := state(t, k, o.Order, order.MailPlaced); got != order.NotYet {
			t.Fatalf("sent without a vault: %s", got)
		}
		if got := state(t, k, o.Order, order.MailNotice); got != order.Sent {
			t.Errorf("the notice needs no vault, but is %s", got)
		}
		k.Vault.Start(t)
		clock.Add(time.Hour)
		p.deliver(t)
		if got := state(t, k, o.Order, order.MailPlaced); got != order.Sent || len(k.Mailbox.Sent()) != 2 {
			t.Errorf("%s, %d letters", got, len(k.Mailbox.Sent()))
		}
	})
}

func TestLetterThatIsRefusedForGoodIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := newPost(t, k)
		k.Mailbox.Fail = mail.ErrRefused
		o := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		p.deliver(t)
		if got := state(t, k, o.Order, order.MailPlaced); got != order.Skip {
			t.Errorf("%s", got)
		}
	})
}
