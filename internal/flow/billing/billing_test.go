package billing_test

import (
	"context"
	"errors"
	"log/slog"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	flow "github.com/noren-shop/noren/internal/flow/billing"
	"github.com/noren-shop/noren/internal/flow/billing/billingtest"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

type kit struct {
	*flowtest.Kit
	*flow.Flow
	t     *testing.T
	clock *vaulttest.Clock
	books *billing.Service
	bank  *billingtest.Bank
	cards *flow.Cards
	facts *outbox.Runner
}

const ownerID = 101

func each(t *testing.T, test func(k *kit)) {
	t.Helper()
	flowtest.EachAt(t, func(t *testing.T, fk *flowtest.Kit, c *vaulttest.Clock) {
		k := &kit{Kit: fk, t: t, clock: c, books: billing.New(fk.Vault.Client), bank: billingtest.New(), cards: &flow.Cards{Register: true, Renew: true}}
		accounts := account.New(fk.Vault.Client)
		platform := db.Scope{Shop: id.Platform, Actor: actor.Actor{Kind: actor.Job}.With(append(flowtest.Seed().With().Kind.Rights(),
			actor.CreateShops, actor.EditSettings)...)}
		err := fk.DB.Write(t.Context(), platform, func(tx *db.Tx) error {
			if err := accounts.Create(t.Context(), tx, ownerID, account.In{Population: vault.ShopOwner, Name: "暖簾 花子", Email: "owner@example.jp", Lang: i18n.Ja}); err != nil {
				return err
			}
			return fk.Tenant.PutLegal(t.Context(), tx, flowtest.Shop, ownerID, fk.Legal)
		})
		if err != nil {
			t.Fatal(err)
		}
		k.Flow, err = flow.New(flow.Config{Store: fk.DB, Books: k.books, Tenants: fk.Tenant, Accounts: accounts, Vault: fk.Vault.Client, Sender: fk.Mailbox,
			Log: slog.New(slog.DiscardHandler), Rates: tax.Japan(), Legal: fk.Contact,
			Link:     func(id.Shop) string { return "https://admin.example/7/billing" },
			Provider: func(context.Context) (provider.Provider, error) { return k.bank, nil },
			Cards:    func(context.Context, id.Shop) (flow.Cards, error) { return *k.cards, nil }})
		if err != nil {
			t.Fatal(err)
		}
		k.facts = outbox.NewRunner(fk.DB, slog.New(slog.DiscardHandler), "test")
		for _, f := range k.Followers() {
			k.facts.Follow(f)
		}
		k.must(k.PutIssuer(t.Context(), operator(), issuer()))
		test(k)
	})
}

func operator() db.Scope {
	return db.Scope{Actor: actor.Actor{Kind: actor.Operator}.With(), Request: "test"}
}

func issuer() billing.Issuer {
	return billing.Issuer{Name: "のれん運営株式会社", Address: "東京都千代田区霞が関3-1-1", Number: "T7000012050002", Bank: "のれん銀行 霞が関支店 普通 7654321"}
}

func (k *kit) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// to moves the clock to a moment in Japan and lets everything happen that is due.
func (k *kit) to(day string) {
	k.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", day, i18n.Zone())
	k.must(err)
	k.clock.Add(at.Sub(k.clock.Now()))
	k.work()
}

func (k *kit) work() {
	k.t.Helper()
	k.must(k.facts.Drain(k.t.Context()))
	k.must(k.CloseMonths(k.t.Context()))
	k.must(k.Collect(k.t.Context()))
	k.must(k.facts.Drain(k.t.Context()))
}

// sell publishes an order's fact, as the checkout does.
func (k *kit) sell(e outbox.Event, orders ...id.Order) {
	k.t.Helper()
	k.Write(k.t, func(ctx context.Context, tx *db.Tx) error {
		for _, o := range orders {
			if err := outbox.Publish(tx, e, int64(o), order.Fact{}); err != nil {
				return err
			}
		}
		return nil
	})
	k.must(k.facts.Drain(k.t.Context()))
}

func (k *kit) docs() (list []billing.Document) {
	k.t.Helper()
	o, err := k.Overview(k.t.Context(), k.Staff())
	k.must(err)
	return o.Documents
}

func (k *kit) state() tenant.State {
	k.t.Helper()
	var s tenant.Shop
	k.Read(k.t, func(ctx context.Context, r db.Reader) (err error) {
		s, err = k.Tenant.Get(ctx, r)
		return err
	})
	return s.State
}

// balance checks that the books agree with the documents and the bank, and returns an account's.
func (k *kit) balance() map[string]int64 {
	k.t.Helper()
	sums := map[string]int64{}
	k.Read(k.t, func(ctx context.Context, r db.Reader) error {
		list, err := k.books.Entries(ctx, r)
		for _, e := range list {
			if e.Amount <= 0 {
				k.t.Errorf("entry %s of %d", e.Cause, e.Amount)
			}
			sums[e.Debit] += e.Amount
			sums[e.Credit] -= e.Amount
		}
		return err
	})
	total, open := int64(0), int64(0)
	for _, v := range sums {
		total += v
	}
	for _, d := range k.docs() {
		if d.Kind == billing.Invoice {
			open += d.ToPay()
		} else {
			open -= d.Total - d.Applied
		}
	}
	if total != 0 || sums[billing.Receivable] != open {
		k.t.Errorf("the books are off by %d; receivable %d, open on paper %d", total, sums[billing.Receivable], open)
	}
	if taken, _ := k.bank.Taken(); taken != sums[billing.ByCard] {
		k.t.Errorf("the provider took %d, the books say %d", taken, sums[billing.ByCard])
	}
	return sums
}

// registerCard goes through the provider's page.
func (k *kit) registerCard() {
	k.t.Helper()
	var setup int64
	url, err := k.RegisterCard(k.t.Context(), k.Staff(), i18n.Ja, func(n int64) string { setup = n; return "https://admin.example/back" })
	k.must(err)
	ref := strings.TrimPrefix(strings.SplitN(url, "?", 2)[0], "https://pay.example/")
	k.bank.Enter(ref, true)
	k.must(k.FinishCard(k.t.Context(), k.Staff(), setup))
}

func orders(from, n int) (list []id.Order) {
	for i := range n {
		list = append(list, id.Order(from+i))
	}
	return list
}

// TestAWholeLife is a shop from its trial to its re-opening.
func TestAWholeLife(t *testing.T) {
	t.Parallel()
	each(t, func(k *kit) {
		k.to("2026-11-22 19:30") // the trial begins
		k.sell(order.WasPaid, orders(1, 5)...)
		k.to("2026-12-01 03:30")
		if len(k.docs()) != 0 {
			t.Fatalf("the trial was invoiced: %+v", k.docs())
		}
		k.must(k.Choose(t.Context(), k.Staff(), "light"))
		k.registerCard()
		k.to("2026-12-25 10:00") // after the trial's end on 22 December
		k.sell(order.WasPaid, orders(10, 4)...)
		k.sell(order.WasCancelled, 13, 14, 1) // one paid, one never paid, one of the trial
		k.to("2027-01-01 02:00")
		if len(k.docs()) != 0 {
			t.Fatal("closed before the month's last facts could be in")
		}
		k.to("2027-01-01 03:01")
		docs := k.docs()
		fixed := int64(1_100 - 1_100*21/31)
		if len(docs) != 1 || docs[0].Total != fixed+3*22 || docs[0].State != billing.Paid || docs[0].Tax != (fixed+66)*10/110 {
			t.Fatalf("%+v, want %d", docs, fixed+66)
		}
		if sum, n := k.bank.Taken(); sum != docs[0].Total || n != 1 {
			t.Errorf("took %d in %d charges", sum, n)
		}
		k.sell(order.WasCancelled, 12) // its fee stands on the December invoice
		k.bank.Declines(true)
		k.to("2027-02-01 03:01")
		docs = k.docs()
		if len(docs) != 3 || docs[0].Kind != billing.Invoice || docs[0].Total != 1_100 || docs[0].Applied != 22 || docs[0].ToPay() != 1_078 ||
			docs[1].Kind != billing.CreditNote || docs[1].Total != 22 || docs[1].State != billing.Paid || len(docs[1].Body.Corrects) != 1 {
			t.Fatalf("%+v", docs)
		}
		for i, day := range []string{"2027-02-04 03:02", "2027-02-08 03:03", "2027-02-15 03:04"} {
			if k.state() != tenant.Open {
				t.Fatalf("suspended before day %s", day)
			}
			k.to(day)
			if got := len(k.charges(docs[0].ID)); got != i+2 {
				t.Fatalf("%s: %d attempts, want %d", day, got, i+2)
			}
		}
		if k.state() != tenant.Suspended {
			t.Fatalf("after the last attempt the shop is %s", k.state())
		}
		k.work()
		if err := k.PayNow(t.Context(), k.Staff(), docs[0].ID); !errors.Is(err, flow.ErrDeclined) {
			t.Errorf("pay now with a bad card: %v", err)
		}
		k.bank.Declines(false)
		k.must(k.PayNow(t.Context(), k.Staff(), docs[0].ID))
		if k.state() != tenant.Open {
			t.Fatalf("paid and still %s", k.state())
		}
		if err := k.PayNow(t.Context(), k.Staff(), docs[0].ID); !errors.Is(err, billing.ErrSettled) {
			t.Errorf("paid twice: %v", err)
		}
		k.work()
		if b := k.balance(); b[billing.Receivable] != 0 || b[billing.Unbilled] != 0 || b[billing.ByCard] != -b[billing.Fees] {
			t.Errorf("books: %v", b)
		}
		k.mails("請求書", "お支払いを確認", "返還の明細", "カードでのお支払いができませんでした", "（最後のお知らせ）", "販売を停止", "再開")
		k.paper(docs[0].ID, "適格請求書", "T7000012050002", "暖簾商店", "のれん運営株式会社", "10%対象", "100円", "御中")
		k.paper(docs[1].ID, "適格返還請求書", docs[2].Code)
	})
}

func (k *kit) charges(document int64) (list []billing.Charge) {
	k.t.Helper()
	k.Read(k.t, func(ctx context.Context, r db.Reader) (err error) {
		list, err = k.books.Charges(ctx, r, document)
		return err
	})
	return list
}

func (k *kit) mails(subjects ...string) {
	k.t.Helper()
	seen := map[string]bool{}
	for _, m := range k.Mailbox.Sent() {
		if m.To.Addr != "owner@example.jp" || seen[m.ID] {
			k.t.Errorf("a letter to %q, id %s", m.To.Addr, m.ID)
		}
		seen[m.ID] = true
		for i, s := range subjects {
			if s != "" && strings.Contains(m.Subject, s) {
				subjects[i] = ""
			}
		}
	}
	if rest := strings.Join(subjects, ""); rest != "" {
		k.t.Errorf("no letter about %s", rest)
	}
}

// paper prints a document and, where pdftotext is there, reads it.
func (k *kit) paper(document int64, words ...string) {
	k.t.Helper()
	p, err := k.Paper(k.t.Context(), k.Staff(), document, i18n.Ja)
	k.must(err)
	again, err := k.Paper(k.t.Context(), k.Staff(), document, i18n.Ja)
	k.must(err)
	if string(p.PDF) != string(again.PDF) || !strings.HasPrefix(string(p.PDF), "%PDF-") {
		k.t.Error("two prints of one invoice differ")
	}
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		k.t.Log("no pdftotext: the paper's words were not read")
		return
	}
	cmd := exec.CommandContext(k.t.Context(), tool, "-layout", "-", "-")
	cmd.Stdin = strings.NewReader(string(p.PDF))
	out, err := cmd.Output()
	k.must(err)
	for _, w := range words {
		if !strings.Contains(string(out), w) {
			k.t.Errorf("the paper does not say %q:\n%s", w, out)
		}
	}
}

// TestTransferIsRemindedOfAndEndsSuspension pays by bank.
func TestTransferIsRemindedOfAndEndsSuspension(t *testing.T) {
	t.Parallel()
	each(t, func(k *kit) {
		k.to("2026-11-22 19:30")
		k.must(k.Choose(t.Context(), k.Staff(), "standard"))
		k.to("2027-02-01 04:00") // December and January are closed
		docs := k.docs()
		if len(docs) != 2 || docs[0].Total != 4_950 || docs[0].Due != billing.DayOn(2027, 3, 1).MS()-1 {
			t.Fatalf("%+v", docs)
		}
		for _, day := range []string{"2027-03-01 10:00", "2027-03-04 10:01", "2027-03-08 10:02"} {
			k.to(day)
		}
		if k.state() != tenant.Open {
			t.Fatal("suspended too early")
		}
		k.to("2027-03-15 10:03")
		if k.state() != tenant.Suspended {
			t.Fatalf("the shop is %s", k.state())
		}
		var st flow.Standing
		k.Read(t, func(ctx context.Context, r db.Reader) (err error) {
			st, err = k.Standing(ctx, r, tenant.Shop{State: tenant.Suspended})
			return err
		})
		if !st.Suspended || st.Overdue == 0 {
			t.Errorf("%+v", st)
		}
		at := func(i int) billing.Place { return billing.Place{Shop: flowtest.Shop, Document: docs[i].ID} }
		if err := k.Received(t.Context(), k.Staff(), at(0)); !fault.Is(err, fault.KindDenied) {
			t.Errorf("an owner says that they paid: %v", err)
		}
		neighbour := db.Scope{Shop: 8, Actor: actor.Actor{Kind: actor.Staff, Role: actor.Owner}.With(), Request: "test"}
		if _, err := k.Paper(t.Context(), neighbour, docs[0].ID, i18n.Ja); !errors.Is(err, billing.ErrNone) {
			t.Errorf("a neighbour prints the invoice: %v", err)
		}
		if err := k.PayNow(t.Context(), neighbour, docs[0].ID); !errors.Is(err, billing.ErrNone) {
			t.Errorf("a neighbour pays the invoice: %v", err)
		}
		k.must(k.Received(t.Context(), operator(), at(0)))
		if k.state() != tenant.Suspended {
			t.Error("one of two invoices was paid and the shop opened")
		}
		k.must(k.Received(t.Context(), operator(), at(1)))
		if k.state() != tenant.Open {
			t.Errorf("all is paid and the shop is %s", k.state())
		}
		if err := k.Received(t.Context(), operator(), at(1)); !errors.Is(err, billing.ErrSettled) {
			t.Errorf("received twice: %v", err)
		}
		k.balance()
		k.work()
		k.mails("お支払いのお願い", "販売を停止", "再開")
		c, err := k.Console(t.Context(), operator())
		k.must(err)
		if len(c.Debtors) != 1 || len(c.Report) == 0 || c.Report[0].Month != 202702 || c.Report[0].Invoiced != 4_950 || c.Report[0].Plan != "standard" {
			t.Errorf("%+v", c)
		}
	})
}

// TestOneInvoiceAndOneChargeForAHundredCallers closes a month and charges it from all sides.
func TestOneInvoiceAndOneChargeForAHundredCallers(t *testing.T) {
	t.Parallel()
	each(t, func(k *kit) {
		k.to("2026-11-22 19:30")
		k.must(k.Choose(t.Context(), k.Staff(), "standard"))
		k.registerCard()
		k.to("2026-12-31 23:00")
		k.clock.Add(5 * time.Hour)
		all := func(do func() error) {
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					if err := do(); err != nil && !fault.Is(err, fault.KindConflict) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		all(func() error { return k.CloseMonths(t.Context()) })
		if docs := k.docs(); len(docs) != 1 || docs[0].Number != 1 || docs[0].State != billing.Open {
			t.Fatalf("%+v", docs)
		}
		all(func() error { return k.Collect(t.Context()) })
		docs := k.docs()
		if sum, n := k.bank.Taken(); n != 1 || sum != docs[0].Total || docs[0].State != billing.Paid || len(k.charges(docs[0].ID)) != 1 {
			t.Errorf("took %d in %d charges for %d; %d attempts", sum, n, docs[0].Total, len(k.charges(docs[0].ID)))
		}
		k.balance()
	})
}

// TestAProviderThatIsAwayChargesOnce loses answers after the work was done, which is what a kill at that point is, too.
func TestAProviderThatIsAwayChargesOnce(t *testing.T) {
	t.Parallel()
	for lost := 1; lost <= 4; lost++ {
		t.Run(strconv.Itoa(lost), func(t *testing.T) {
			t.Parallel()
			each(t, func(k *kit) {
				k.to("2026-11-22 19:30")
				k.must(k.Choose(k.t.Context(), k.Staff(), "standard"))
				k.registerCard()
				k.to("2026-12-31 23:00")
				k.clock.Add(5 * time.Hour)
				k.must(k.CloseMonths(k.t.Context()))
				k.bank.Away = lost
				for range lost + 1 {
					if err := k.Collect(k.t.Context()); err != nil && !errors.Is(err, billingtest.ErrAway) {
						k.t.Fatal(err)
					}
				}
				d := k.docs()[0]
				if sum, n := k.bank.Taken(); n != 1 || sum != d.Total || d.State != billing.Paid || len(k.charges(d.ID)) != 1 {
					k.t.Errorf("took %d in %d charges; invoice %s", sum, n, d.State)
				}
				k.balance()
			})
		})
	}
}

// TestAFactThatComesTwiceCountsOnce feeds the follower again and again.
func TestAFactThatComesTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	each(t, func(k *kit) {
		k.to("2026-11-22 19:30")
		k.to("2027-01-10 12:00")
		count := k.Followers()[0].Handle
		for range 3 {
			for _, f := range []outbox.Fact{{Shop: flowtest.Shop, Seq: 900, At: k.clock.Now().UnixMilli(), Event: order.WasPaid, Subject: 77},
				{Shop: flowtest.Shop, Seq: 901, At: k.clock.Now().UnixMilli(), Event: order.WasPaid, Subject: 78},
				{Shop: flowtest.Shop, Seq: 902, At: k.clock.Now().UnixMilli(), Event: order.WasCancelled, Subject: 78}} {
				k.must(count(t.Context(), f))
			}
		}
		o, err := k.Overview(t.Context(), k.Staff())
		k.must(err)
		if o.Orders != 1 || o.SoFar() != 55 || o.ByDay[len(o.ByDay)-1] != 55 {
			t.Errorf("%d orders, %d yen, %v", o.Orders, o.SoFar(), o.ByDay)
		}
	})
}

// TestClosedCardsLeadToTransfer turns the switch.
func TestClosedCardsLeadToTransfer(t *testing.T) {
	t.Parallel()
	each(t, func(k *kit) {
		k.to("2026-11-22 19:30")
		k.must(k.Choose(t.Context(), k.Staff(), "standard"))
		k.registerCard()
		*k.cards = flow.Cards{Why: fault.Text{Ja: "調査中です。", En: "Under investigation."}}
		_, err := k.RegisterCard(t.Context(), k.Staff(), i18n.Ja, func(int64) string { return "" })
		if !fault.Is(err, fault.KindUnavailable) || !strings.Contains(err.Error(), "Under investigation") {
			t.Errorf("registered: %v", err)
		}
		k.to("2027-01-01 04:00")
		d := k.docs()[0]
		if _, n := k.bank.Taken(); n != 0 || d.State != billing.Open || d.Due != billing.DayOn(2027, 2, 1).MS()-1 || d.Step != 0 {
			t.Errorf("charged %d times; %+v", n, d)
		}
		k.cards.Renew = true
		k.to("2027-02-01 10:00")
		if _, n := k.bank.Taken(); n != 2 { // December's, and January's of this morning
			t.Errorf("renewals are on again and %d were charged", n)
		}
		k.balance()
	})
}

// TestABadCardIsNotRegistered fails the challenge, and then walks away.
func TestABadCardIsNotRegistered(t *testing.T) {
	t.Parallel()
	each(t, func(k *kit) {
		var setup int64
		url, err := k.RegisterCard(t.Context(), k.Staff(), i18n.Ja, func(n int64) string { setup = n; return "x" })
		k.must(err)
		k.must(k.FinishCard(t.Context(), k.Staff(), setup)) // still at the page: nothing has happened
		k.bank.Enter(strings.TrimPrefix(strings.SplitN(url, "?", 2)[0], "https://pay.example/"), false)
		if err := k.FinishCard(t.Context(), k.Staff(), setup); !errors.Is(err, flow.ErrCard) {
			t.Errorf("a failed challenge: %v", err)
		}
		_, err = k.RegisterCard(t.Context(), k.Staff(), i18n.Ja, func(n int64) string { setup = n; return "x" })
		k.must(err)
		k.clock.Add(2 * time.Hour)
		k.must(k.Collect(t.Context()))
		if err := k.FinishCard(t.Context(), k.Staff(), setup); !errors.Is(err, flow.ErrCard) {
			t.Errorf("walked away: %v", err)
		}
		o, err := k.Overview(t.Context(), k.Staff())
		k.must(err)
		if o.Account.HasCard() {
			t.Error("a card is on file")
		}
		k.registerCard()
		k.must(k.PayByTransfer(t.Context(), k.Staff()))
		if len(k.bank.Dropped) != 1 {
			t.Errorf("the provider still keeps %v", k.bank.Dropped)
		}
	})
}

// TestHandsOnSuspensionNeedAReasonAndARight suspends by hand.
func TestHandsOnSuspensionNeedAReasonAndARight(t *testing.T) {
	t.Parallel()
	each(t, func(k *kit) {
		if err := k.Suspend(t.Context(), k.Staff(), flowtest.Shop, "x"); !fault.Is(err, fault.KindDenied) {
			t.Errorf("an owner suspends: %v", err)
		}
		if err := k.Suspend(t.Context(), operator(), flowtest.Shop, ""); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("without a reason: %v", err)
		}
		k.must(k.Suspend(t.Context(), operator(), flowtest.Shop, "利用規約の確認中"))
		err := k.DB.Write(t.Context(), k.Staff(), func(tx *db.Tx) error {
			_, err := k.Tenant.SetState(t.Context(), tx, tenant.Open)
			return err
		})
		if !fault.Is(err, fault.KindConflict) || k.state() != tenant.Suspended {
			t.Errorf("the owner opened it: %v", err)
		}
		k.must(k.Resume(t.Context(), operator(), flowtest.Shop))
		if k.state() != tenant.Open {
			t.Errorf("resumed to %s", k.state())
		}
		k.must(k.Resume(t.Context(), operator(), flowtest.Shop))
		if _, err := k.Overview(t.Context(), db.Scope{Shop: flowtest.Shop, Actor: actor.Actor{Kind: actor.Staff, Role: actor.Manager}.With()}); !fault.Is(err, fault.KindDenied) {
			t.Errorf("a manager sees the bill: %v", err)
		}
	})
}
