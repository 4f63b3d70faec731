package server_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/paysim"
	"github.com/noren-shop/noren/internal/paysim/paysimtest"
	"github.com/noren-shop/noren/internal/security/switches"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
)

// newSimLife is a life whose operator takes cards at the payment simulator, which keeps the house's time.
func newSimLife(t *testing.T) (*life, *paysimtest.Sim) {
	t.Helper()
	var clock atomic.Pointer[vaulttest.Clock]
	sim := paysimtest.With(t, paysim.Config{Now: func() time.Time {
		if c := clock.Load(); c != nil {
			return c.Now()
		}
		return time.Now()
	}})
	l := &life{t: t, Server: servertest.With(t, server.Options{Config: &config.Config{Paysim: sim.API}})}
	clock.Store(l.Clock)
	if _, err := l.Signup.Account(t.Context(), signup.Person{Name: "運営 太郎", Email: "ops@example.com", Password: secret.NewText(vaulttest.Password),
		Lang: i18n.Ja, Population: vault.OperatorStaff, Network: "192.0.2.1", Request: "test"}); err != nil {
		t.Fatal(err)
	}
	l.shop = l.OpenShop(t, "tea")
	l.Product(t, l.shop, catalog.In{Name: "湯呑", Variants: []catalog.VariantIn{{Price: 3_300}}}, 50)
	l.at = "/" + id.String(l.shop.ID)
	return l, sim
}

// card registers a test card at the simulator's page and comes back.
func (l *life) card(sim *paysimtest.Sim, own *servertest.Browser, line string) servertest.Answer {
	l.t.Helper()
	a := own.Post(l.at+"/billing/card", "x", "1")
	l.see("to the simulator", a, 200, "カードの登録画面へ移動します")
	if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self';") {
		l.t.Errorf("the admin's forms lead away: %s", csp)
	}
	page, is := strings.CutPrefix(a.Header.Get("Refresh"), "0; url=")
	if !is {
		l.t.Fatalf("no way on: %v", a.Header)
	}
	sim.Pay(l.t, page, line)
	charges := sim.Book.Charges(1)
	_, path, _ := strings.Cut(charges[0].Return, l.at+"/")
	return own.Get(l.at + "/" + path)
}

// TestFeesByCardAtTheSimulator registers a card that pays at its registration and is declined later, closes a month, sees the decline,
// registers another card, and is paid.
func TestFeesByCardAtTheSimulator(t *testing.T) {
	t.Parallel()
	l, sim := newSimLife(t)
	ops := l.operator()
	l.see("the issuer", ops.Post("/billing/issuer", "version", "0", "name", "のれん運営株式会社", "number", "", "bank", "のれん銀行 普通 7654321"), 303)
	if page := l.owner().Get(l.at + "/billing"); strings.Contains(page.Body, "カードを登録する") {
		t.Error("a card can be registered without an account of the operator")
	}
	l.see("no account", ops.Get("/billing/provider"), 200, "Stripe", "決済シミュレーター", "未登録です")
	l.see("no key", ops.Post("/billing/provider", "name", "simulator", "version", "0", "active", "on", "key", ""), 422, "シークレットキーを入力してください")
	key := sim.Account(t, "").Key.Reveal()
	l.see("the account", ops.Post("/billing/provider", "name", "simulator", "version", "0", "active", "on", "key", key), 303)
	page := ops.Get("/billing/provider")
	l.see("it is there", page, 200, "使用中・テスト", "登録済みです")
	if strings.Contains(page.Body, key) {
		t.Error("the key is shown again")
	}
	l.see("it works", ops.Post("/billing/provider/test"), 200, "接続できました")
	l.see("another version", ops.Post("/billing/provider", "name", "simulator", "version", "7", "active", "on", "key", ""), 409)

	own := l.owner()
	l.see("the plan", own.Post(l.at+"/billing/plan", "plan", "light"), 303)
	l.see("declined at once", l.card(sim, own, "nofunds"), 303)
	l.see("nothing registered", own.Get(l.at+"/billing"), 200, "銀行振込でお支払いいただきます")
	l.see("a card", l.card(sim, own, "renewal"), 303)
	l.see("it is registered", own.Get(l.at+"/billing"), 200, "VISA •••• 0341")

	start := l.Clock.Now().In(i18n.Zone())
	day := func(months, day int, clock string) string {
		return time.Date(start.Year(), start.Month()+time.Month(months), day, 0, 0, 0, 0, i18n.Zone()).Format(time.DateOnly) + " " + clock
	}
	l.to(day(2, 10, "12:00"))
	l.sell(7)
	l.to(day(3, 1, "03:01"))
	own = l.owner()
	l.see("the decline", own.Get(l.at+"/billing"), 200, "お支払いが遅れています", "いま支払う")
	if d, c := declined(sim); d == 0 || c != 0 {
		t.Errorf("%d declined and %d taken at the simulator", d, c)
	}
	l.see("another card", l.card(sim, own, "approve"), 303)
	l.to(day(3, 4, "03:02"))
	own = l.owner()
	page = own.Get(l.at + "/billing")
	l.see("paid", page, 200, "VISA •••• 4242", "支払い済み")
	if _, c := declined(sim); c == 0 {
		t.Error("nothing was taken at the simulator")
	}
	l.letters("請求書", "お支払いを確認")
}

// declined counts the charges to cards on file.
func declined(sim *paysimtest.Sim) (declined, captured int) {
	for _, c := range sim.Book.Charges(100) {
		switch {
		case !c.Inner.Absent:
		case c.State == "declined":
			declined++
		case c.State == "captured":
			captured++
		}
	}
	return declined, captured
}

// TestClosedCardSignupsReachOwners: a switch set at one node is in force at another within 5 seconds: no card is registered, and cards
// on file follow the switch's setting.
func TestClosedCardSignupsReachOwners(t *testing.T) {
	t.Parallel()
	l, sim := newSimLife(t)
	ops := l.operator()
	l.see("the issuer", ops.Post("/billing/issuer", "version", "0", "name", "のれん運営株式会社", "number", "", "bank", "のれん銀行 普通 7654321"), 303)
	l.see("the account", ops.Post("/billing/provider", "name", "simulator", "version", "0", "active", "on", "key", sim.Account(t, "").Key.Reveal()), 303)
	own := l.owner()
	l.see("the plan", own.Post(l.at+"/billing/plan", "plan", "light"), 303)
	l.see("a card", l.card(sim, own, "approve"), 303)

	closeCards(t, l.Server, switches.RenewalsStop)
	page := own.Get(l.at + "/billing")
	l.see("the bill", page, 200, "新しいカードの登録と、登録済みのカードへの請求を一時的に停止しています", "VISA •••• 4242", "のれん銀行")
	if strings.Contains(page.Body, "別のカードに変える") {
		t.Error("a card can be registered")
	}
	l.see("a press all the same", own.Post(l.at+"/billing/card", "x", "1"), 503, "一時的に停止しています")
	l.see("the settings", own.Get(l.at+"/settings/payment"), 200, "カードの新しい登録とお支払いを一時的に停止しています")

	start := l.Clock.Now().In(i18n.Zone())
	at := func(months, day, minute int) string {
		return time.Date(start.Year(), start.Month()+time.Month(months), day, 3, minute, 0, 0, i18n.Zone()).Format("2006-01-02 15:04")
	}
	l.to(at(2, 10, 0))
	l.sell(3)
	l.to(at(3, 1, 1))
	if d, c := declined(sim); d+c != 0 {
		t.Fatalf("%d charges while renewals are stopped", d+c)
	}
	own = l.owner()
	l.see("unpaid", own.Get(l.at+"/billing"), 200, "未払い")
	openCards(t, l.Server)
	l.to(at(3, 1, 9))
	l.to(at(3, 4, 9))
	if _, c := declined(sim); c == 0 {
		t.Error("nothing was charged after the switch was lifted")
	}
	l.see("all is back", l.owner().Get(l.at+"/billing"), 200, "支払い済み", "別のカードに変える")

	closeCards(t, l.Server, switches.RenewalsGoOn)
	own = l.owner()
	l.see("the bill", own.Get(l.at+"/billing"), 200, "登録済みのカードへの請求は続きます")
	before := sim.Book.Charges(100)
	l.sell(2)
	l.to(at(4, 1, 1))
	if after := sim.Book.Charges(100); len(after) <= len(before) {
		t.Error("renewals do not go on")
	}
}

// elsewhere opens another house on the same store, as another node is.
func elsewhere(t *testing.T, s *servertest.Server) *server.House {
	t.Helper()
	h, err := server.Open(t.Context(), server.Options{Config: s.Config, Log: s.Log, Now: s.Clock.Now, Volatile: true, Sender: s.Mail})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// cardsClosed waits until this node knows how the switch stands: 5 seconds at the most.
func cardsClosed(t *testing.T, s *servertest.Server, want bool) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if _, on := s.Switches.On(switches.CloseCardSignups, 0); on == want {
			return
		}
		if time.Since(began) > 5*time.Second {
			t.Fatalf("after 5 s this node does not know that the switch is %v", want)
		}
	}
}

// closeCards sets the switch at another node, and waits for this one.
func closeCards(t *testing.T, s *servertest.Server, renewals switches.Renewals) {
	t.Helper()
	in := switches.In{Name: switches.CloseCardSignups, Renewals: renewals, Reason: "試験", Who: "operator"}
	if err := elsewhere(t, s).Switches.TurnOn(t.Context(), operatorScope(), in); err != nil {
		t.Fatal(err)
	}
	cardsClosed(t, s, true)
}

// openCards has two operators lift it.
func openCards(t *testing.T, s *servertest.Server) {
	t.Helper()
	there := elsewhere(t, s)
	second := operatorScope()
	second.Actor.Account = 2
	for _, who := range []db.Scope{operatorScope(), second} {
		if _, err := there.Switches.TurnOff(t.Context(), who, switches.CloseCardSignups, switches.Target{}, "operator", "試験の終わり"); err != nil {
			t.Fatal(err)
		}
	}
	cardsClosed(t, s, false)
}
