package server_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/flow/billing/billingtest"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// life is a shop, its owner at the admin, the operator at the console, and the operator's provider.
type life struct {
	*servertest.Server
	t    *testing.T
	shop servertest.Shop
	bank *billingtest.Bank
	at   string // the shop in the admin
}

// owner logs in anew: sessions do not outlive the clock's leaps.
func (l *life) owner() *servertest.Browser {
	l.t.Helper()
	b := l.Door(l.t, place.Admin)
	if a := b.Post("/login", "email", l.shop.Email, "password", vaulttest.Password); a.Status != http.StatusSeeOther {
		l.t.Fatalf("log in: %d", a.Status)
	}
	return b
}

func (l *life) operator() *servertest.Browser {
	l.t.Helper()
	b := l.Door(l.t, place.Ops)
	if a := b.Post("/login", "email", "ops@example.com", "password", vaulttest.Password); a.Status != http.StatusSeeOther {
		l.t.Fatalf("operator's log in: %d %s", a.Status, a.Body)
	}
	return b
}

// to moves the clock to a moment in Japan and lets what is due happen, beside what the server does by itself.
func (l *life) to(day string) {
	l.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", day, i18n.Zone())
	if err != nil {
		l.t.Fatal(err)
	}
	l.Clock.Add(at.Sub(l.Clock.Now()))
	for _, work := range []func(context.Context) error{l.Outbox.Drain, l.Billing.CloseMonths, l.Billing.Collect, l.Outbox.Drain} {
		if err := work(l.t.Context()); err != nil {
			l.t.Fatal(err)
		}
	}
}

// see fails unless the answer has the status and the words.
func (l *life) see(what string, a servertest.Answer, status int, words ...string) {
	l.t.Helper()
	if a.Status != status {
		l.t.Fatalf("%s: %d to %q, want %d\n%s", what, a.Status, a.Location(), status, a.Body)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			l.t.Errorf("%s does not say %q", what, w)
		}
	}
}

// look takes pictures with the program that NOREN_SHOT names, into the folder that NOREN_LOOK names.
func (l *life) look(name, door, email, path string) {
	shot, dir := os.Getenv("NOREN_SHOT"), os.Getenv("NOREN_LOOK")
	if shot == "" || dir == "" {
		return
	}
	for _, width := range []string{"390", "1280"} {
		out, err := exec.CommandContext(l.t.Context(), shot, width, dir+"/"+name+"-"+width+".png", door+"/login", email, vaulttest.Password,
			door+path).CombinedOutput()
		if err != nil {
			l.t.Logf("%s: %v %s", name, err, out)
		}
	}
}

func newLife(t *testing.T) *life {
	t.Helper()
	l := &life{t: t, bank: billingtest.New()}
	l.Server = servertest.With(t, server.Options{Billing: server.Billing{
		Provider: func(context.Context) (provider.Provider, error) { return l.bank, nil }}})
	if _, err := l.Signup.Account(t.Context(), signup.Person{Name: "運営 太郎", Email: "ops@example.com", Password: secret.NewText(vaulttest.Password),
		Lang: i18n.Ja, Population: vault.OperatorStaff, Network: "192.0.2.1", Request: "test"}); err != nil {
		t.Fatal(err)
	}
	l.shop = l.OpenShop(t, "tea")
	l.Product(t, l.shop, catalog.In{Name: "湯呑", Variants: []catalog.VariantIn{{Price: 3_300}}}, 50)
	l.at = "/" + id.String(l.shop.ID)
	return l
}

// sell lets orders be paid.
func (l *life) sell(n int) {
	l.t.Helper()
	l.Write(l.t, l.shop.ID, func(_ context.Context, tx *db.Tx) error {
		for range n {
			if err := outbox.Publish(tx, order.WasPaid, tx.NewID(), order.Fact{}); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestAnOwnersBillFromTrialToReopening goes through a shop's whole life at the pages, as its owner and as the operator.
func TestAnOwnersBillFromTrialToReopening(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	ops := l.operator()
	l.see("the empty console", ops.Get("/billing"), 200, "請求書を発行できません", "まだ請求はありません")
	l.see("a wrong number", ops.Post("/billing/issuer", "version", "0", "name", "のれん運営株式会社", "number", "T7000012050003"), 422, "検査数字")
	l.see("the issuer", ops.Post("/billing/issuer", "version", "0", "name", "のれん運営株式会社", "number", "T7000-0120-50002",
		"address", "東京都千代田区霞が関3-1-1", "phone", "03-0000-0000", "bank", "のれん銀行 霞が関支店 普通 7654321"), 303)

	start := l.Clock.Now().In(i18n.Zone())
	month := time.Date(start.Year(), start.Month(), 1, 0, 0, 0, 0, i18n.Zone())
	day := func(months, day int, clock string) string {
		return time.Date(month.Year(), month.Month()+time.Month(months), day, 0, 0, 0, 0, i18n.Zone()).Format(time.DateOnly) + " " + clock
	}
	own := l.owner()
	l.see("the trial", own.Get(l.at+"/billing"), 200, "残り30日", "まだ請求書はありません", "フリー", "カードを登録する")
	l.see("what changes", own.Get(l.at+"/billing/plan?plan=light"), 200, "ライト", "お試し期間中")
	l.see("no such plan", own.Get(l.at+"/billing/plan?plan=gold"), 422, "このプランは選べません")
	l.see("the change", own.Post(l.at+"/billing/plan", "plan", "light"), 303)
	a := own.Post(l.at+"/billing/card", "x", "1")
	l.see("to the provider", a, 200, "カードの登録画面へ移動します")
	ref, back, _ := strings.Cut(strings.TrimPrefix(a.Header.Get("Refresh"), "0; url=https://pay.example/"), "?back=")
	l.bank.Enter(ref, true)
	path := back[strings.LastIndex(back, "%2F")+3:]
	l.see("back from it", own.Get(l.at+"/billing/card/"+path), 303)
	l.see("the card", own.Get(l.at+"/billing"), 200, "VISA •••• 4242", "カードを登録しました")
	l.look("billing-trial", l.Book.Door(place.Admin, ""), l.shop.Email, l.at+"/billing")

	l.to(day(2, 10, "12:00")) // after the trial
	l.sell(7)
	l.to(day(2, 20, "12:00"))
	own = l.owner()
	l.see("the month so far", own.Get(l.at+"/billing"), 200, "うち受注手数料 7件 154円", "今月の料金の累計")
	l.see("dearer", own.Get(l.at+"/billing/plan?plan=standard"), 200, "増えます")
	l.look("billing-month", l.Book.Door(place.Admin, ""), l.shop.Email, l.at+"/billing")
	l.look("billing-change", l.Book.Door(place.Admin, ""), l.shop.Email, l.at+"/billing/plan?plan=standard")

	l.bank.Declines(true)
	for _, at := range []string{day(3, 1, "03:01"), day(3, 4, "03:02"), day(3, 8, "03:03")} {
		l.to(at)
	}
	visitor := l.Browse(t, l.shop.Origin)
	l.see("the shop while it is late", visitor.Get("/"), 200, "暖簾商店")
	own = l.owner()
	l.see("the alarm on every page", own.Get(l.at+"/orders"), 200, "のお支払いが遅れています", "プランと請求を開く")
	l.to(day(3, 15, "03:04"))
	l.see("the suspended shop", visitor.Get("/"), 503, "ただいま休業しております")
	l.see("its legal page", visitor.Get("/legal"), 200, "株式会社暖簾商店")
	own = l.owner()
	page := own.Get(l.at + "/billing")
	l.see("the bill", page, 200, "販売を停止しています", "お支払いが遅れています", "いま支払う")
	l.look("billing-suspended", l.Book.Door(place.Admin, ""), l.shop.Email, l.at+"/billing")
	for _, p := range []string{"", "/settings", "/orders", "/products"} {
		l.see("admin"+p, own.Get(l.at+p), 200, "販売を停止しています")
	}
	l.see("opening it oneself", own.Post(l.at+"/settings/state", "state", "open"), 409)
	ops = l.operator()
	l.see("the console", ops.Get("/billing"), 200, "延滞", "暖簾商店", "お支払いがありません")
	l.look("ops-billing", l.Book.Door(place.Ops, ""), "ops@example.com", "/billing")
	l.look("ops-plans", l.Book.Door(place.Ops, ""), "ops@example.com", "/billing/plans")
	l.look("ops-issuer", l.Book.Door(place.Ops, ""), "ops@example.com", "/billing/issuer")

	l.bank.Declines(false)
	for range 5 { // every open invoice has its button
		i := strings.Index(page.Body, "/pay\"")
		if i < 0 {
			break
		}
		form := page.Body[strings.LastIndex(page.Body[:i], "\"")+1 : i+4]
		l.see("pay", own.Post(form, "x", "1"), 303)
		page = own.Get(l.at + "/billing")
	}
	l.see("paid", page, 200, "支払い済み")
	l.see("the shop again", visitor.Get("/"), 200, "暖簾商店")
	if strings.Contains(page.Body, "販売を停止しています") {
		t.Error("paid, and still said to be suspended")
	}
	i := strings.Index(page.Body, "/billing/documents/")
	pdf := own.Get(l.at + page.Body[i:i+strings.IndexByte(page.Body[i:], '"')])
	l.see("the invoice", pdf, 200, "%PDF-")
	if dir := os.Getenv("NOREN_LOOK"); dir != "" {
		if err := os.WriteFile(dir+"/invoice.pdf", []byte(pdf.Body), 0o644); err != nil {
			t.Error(err)
		}
	}
	l.see("the report", ops.Get("/billing/report.csv"), 200, "light,1,1254,114,1254,0,0")
	l.see("a new price", ops.Post("/billing/plans", "code", "light", "name_ja", "ライト", "name_en", "Light", "monthly", "1200", "per_order", "20",
		"from", day(4, 1, "00:00")[:10], "offered", "on"), 303)
	l.see("a price of the past", ops.Post("/billing/plans", "code", "light", "name_ja", "ライト", "name_en", "Light", "monthly", "1200", "per_order", "20",
		"from", day(1, 1, "00:00")[:10]), 422, "明日以降")
	l.see("suspension without a reason", ops.Post("/billing/suspend", "shop", id.String(l.shop.ID), "reason", ""), 422, "理由")
	l.see("suspension by hand", ops.Post("/billing/suspend", "shop", id.String(l.shop.ID), "reason", "確認中"), 303)
	l.see("suspended by hand", visitor.Get("/"), 503)
	l.see("what the owner reads", own.Get(l.at+"/billing"), 200, "理由: 確認中")
	l.see("resumed", ops.Post("/billing/resume", "shop", id.String(l.shop.ID)), 303)
	l.see("open", visitor.Get("/"), 200)
	l.letters("請求書", "最後のお知らせ", "販売を停止", "再開", "お支払いを確認")
}

func (l *life) letters(subjects ...string) {
	l.t.Helper()
	if err := l.Outbox.Drain(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	all := ""
	for _, m := range l.Mail.Sent() {
		all += m.Subject + "\n"
	}
	for _, s := range subjects {
		if !strings.Contains(all, s) {
			l.t.Errorf("no letter about %s in\n%s", s, all)
		}
	}
}
