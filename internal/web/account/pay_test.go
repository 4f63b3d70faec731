package account_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/paysim"
	"github.com/noren-shop/noren/internal/paysim/paysimtest"
	"github.com/noren-shop/noren/internal/security/switches"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// till is a stall with a payment simulator.
type till struct {
	*stall
	sim *paysimtest.Sim
}

func openTill(t *testing.T, capture payment.Capture) *till {
	t.Helper()
	var srv *servertest.Server
	now := func() time.Time {
		if srv == nil {
			return time.Now()
		}
		return srv.Clock.Now()
	}
	k := &till{sim: paysimtest.With(t, paysim.Config{Now: now})}
	srv = servertest.With(t, server.Options{Config: &config.Config{Paysim: k.sim.API}})
	k.stall = &stall{Server: srv}
	k.shop = k.OpenShop(t, "tea")
	k.tea = k.Product(t, k.shop, catalog.In{Name: "宇治煎茶 100g", Variants: []catalog.VariantIn{{Price: 1_080}}}, 50).Variants[0].ID
	w := k.owner(t)
	acc := k.sim.Account(t, "")
	base := "/" + id.String(k.shop.ID) + "/settings/payment"
	for _, p := range [][]string{
		{base + "/card", "version", "0", "card.active", "on", "capture", string(capture)},
	} {
		has(t, w.Post(p[0], p[1:]...), 422, "決済会社のアカウント")
	}
	has(t, w.Post(base+"/provider", "name", "simulator", "version", "0", "active", "on", "public", ""), 422, "シークレットキー")
	if a := w.Post(base+"/provider", "name", "simulator", "version", "0", "active", "on", "public", "", "key", acc.Key.Reveal(),
		"notices", acc.Notices.Reveal()); a.Status != 303 {
		t.Fatal(a.Status, text(a.Body))
	}
	page := w.Get(base + "/provider")
	has(t, page, 200, "登録済み", "/payment/", "使用中・テスト")
	if strings.Contains(page.Body, acc.Key.Reveal()) || strings.Contains(page.Body, acc.Notices.Reveal()) {
		t.Error("a secret stands on the page")
	}
	has(t, w.Post(base+"/provider/test", "name", "simulator"), 200, "接続できました")
	for _, p := range [][]string{
		{base + "/card", "version", "0", "card.active", "on", "capture", string(capture)},
		{base + "/convenience", "version", "0", "convenience.active", "on", "deadline_days", "5", "remind_days", "1", "grace_days", "3", "fee", "0"},
	} {
		if a := w.Post(p[0], p[1:]...); a.Status != 303 {
			t.Fatal(p[0], a.Status, text(a.Body))
		}
	}
	return k
}

func (k *till) owner(t *testing.T) *servertest.Browser {
	t.Helper()
	w := k.Door(t, place.Admin)
	if a := w.Post("/login", "email", k.shop.Email, "password", vaulttest.Password); a.Status != 303 {
		t.Fatal(a.Status)
	}
	return w
}

var (
	onward  = regexp.MustCompile(`^0; url=(\S+)$`)
	formKey = regexp.MustCompile(`name="key" value="([^"]+)"`)
)

// buys places an order and gives it, with the provider's page.
func (k *till) buys(t *testing.T, b *servertest.Browser, way payment.Method) (order.Order, string) {
	t.Helper()
	a := k.confirm(t, b, k.typed("payment", string(way)))
	has(t, a, 200, "お支払いの方法と時期")
	moved := b.Post(k.path("/checkout/place"), hidden(a.Body)...)
	m := onward.FindStringSubmatch(moved.Header.Get("Refresh"))
	if moved.Status != 200 || m == nil {
		t.Fatalf("%d %q %s", moved.Status, moved.Header.Get("Refresh"), text(moved.Body))
	}
	var o order.Order
	k.Read(t, k.shop.ID, func(ctx context.Context, r db.Reader) error {
		list, _, err := k.Orders.List(ctx, r, order.Filter{})
		if err == nil {
			o, err = k.Orders.Get(ctx, r, list[0].ID)
		}
		return err
	})
	return o, m[1]
}

func (k *till) visitor2(t *testing.T) *servertest.Browser {
	t.Helper()
	return k.enter(t, i18n.Ja, cart.Line{Variant: k.tea, Quantity: 2})
}

func (k *till) stands(t *testing.T, n id.Order) (order.Order, payment.Payment) {
	t.Helper()
	var p payment.Payment
	k.Read(t, k.shop.ID, func(ctx context.Context, r db.Reader) (err error) {
		p, err = k.Payment.Get(ctx, r, n)
		return err
	})
	return k.order(t, n), p
}

func TestCardWithAChallengeIsTakenAtDispatchAndGivenBackInParts(t *testing.T) {
	t.Parallel()
	k := openTill(t, payment.AtDispatch)
	b := k.visitor2(t)
	o, page := k.buys(t, b, payment.Card)
	path := k.path("/orders/" + id.String(o.ID))
	has(t, b.Get(path+"/paid"), 200, "お支払いを確認しています")
	if re := b.Get(path + "/paid").Header.Get("Refresh"); !strings.HasPrefix(re, "3; url="+path+"/paid?n=2") {
		t.Errorf("the page does not ask again: %q", re)
	}
	if re := b.Get(path + "/paid?n=12").Header.Get("Refresh"); re != "" {
		t.Errorf("the page asks for ever: %q", re)
	}
	k.sim.Pay(t, page, "challenge")
	has(t, b.Get(path+"/paid"), 200, "お支払いの手続きが完了しました", "発送時に確定")
	now, p := k.stands(t, o.ID)
	if now.Status != order.Paid || p.State != payment.Authorised {
		t.Fatal(now.Status, p.State)
	}
	w := k.owner(t)
	at := "/" + id.String(k.shop.ID) + "/orders/" + id.String(o.ID)
	has(t, w.Get(at), 200, "与信確保済み", "発送済みにすると", "本人認証済み")
	if a := w.Post(at+"/ship", "version", id.String(id.Order(now.Version)), "carrier", "yamato", "slip", "123456789013"); a.Status != 303 {
		t.Fatal(a.Status, text(a.Body))
	}
	if a := w.Post(at + "/money/look"); a.Status != 303 {
		t.Fatal(a.Status, text(a.Body))
	}
	if _, p = k.stands(t, o.ID); p.State != payment.Paid {
		t.Fatal(p.State)
	}
	for i, c := range []struct {
		amount string
		status int
	}{{"1000", 303}, {"999999", 422}, {"500", 303}, {"x", 422}} {
		key := formKey.FindStringSubmatch(w.Get(at).Body)
		if key == nil {
			t.Fatal("no form to refund")
		}
		if a := w.Post(at+"/money/back", "key", key[1], "amount", c.amount, "why", "returned"); a.Status != c.status {
			t.Fatal(i, a.Status, text(a.Body))
		}
	}
	has(t, w.Get(at), 200, "1,000円", "500円", "返品", "返金のお知らせ")
	k.Clock.Add(time.Hour) // the company takes its time
	if a := w.Post(at + "/money/look"); a.Status != 303 {
		t.Fatal(a.Status, text(a.Body))
	}
	has(t, w.Get(at), 200, "一部返金済み")
	if _, p = k.stands(t, o.ID); p.State != payment.PartRefunded || p.Back != 1500 {
		t.Errorf("%+v", p)
	}
}

func TestADeclinedOrderIsKeptAndPaidAnotherWay(t *testing.T) {
	t.Parallel()
	k := openTill(t, payment.AtOnce)
	b := k.visitor2(t)
	o, page := k.buys(t, b, payment.Card)
	path := k.path("/orders/" + id.String(o.ID))
	k.sim.Pay(t, page, "nofunds")
	has(t, b.Get(path+"/paid"), 200, "お支払いは完了していません", "利用可能額", "もう一度支払う", "別のお支払い方法に変える", "銀行振込")
	if again := b.Post(path + "/pay"); again.Status != 200 || onward.FindStringSubmatch(again.Header.Get("Refresh")) == nil {
		t.Fatal(again.Status, text(again.Body))
	}
	has(t, b.Post(path+"/pay/method", "payment", "cod"), 422, "手数料が異なる")
	if a := b.Post(path+"/pay/method", "payment", "bank_transfer"); a.Status != 303 {
		t.Fatal(a.Status, text(a.Body))
	}
	has(t, b.Get(path+"/pay"), 200, "お振り込みをお待ちしています", "のれん銀行", o.Number)
	now, p := k.stands(t, o.ID)
	if now.Payment != "bank_transfer" || p.Method != payment.BankTransfer || p.State != payment.Pending || p.Due == 0 {
		t.Errorf("%+v %+v", now.Head, p)
	}
	stranger := k.Door(t, place.Account)
	if a := stranger.Get(path + "/pay"); a.Status != 404 {
		t.Error("a stranger sees how it is paid:", a.Status)
	}
	if a := stranger.Post(path+"/pay/method", "payment", "card"); a.Status != 404 {
		t.Error("a stranger changes how it is paid:", a.Status)
	}
}

func TestAConvenienceStoreIsPaidDaysLater(t *testing.T) {
	t.Parallel()
	k := openTill(t, payment.AtOnce)
	b := k.visitor2(t)
	o, page := k.buys(t, b, payment.Convenience)
	path := k.path("/orders/" + id.String(o.ID))
	ref := page[strings.LastIndex(page, "/")+1:]
	k.sim.Post(t, page+"/store", "store", "lawson")
	shown := b.Get(path + "/paid")
	has(t, shown, 200, "お支払い番号", "お支払い期限", "レジ")
	if shown.Header.Get("Refresh") != "" {
		t.Error("the page of a number asks by itself")
	}
	k.Clock.Add(72 * time.Hour)
	if _, err := k.sim.Book.PayAtTill(ref, 0); err != nil {
		t.Fatal(err)
	}
	has(t, b.Get(path+"/paid"), 200, "お支払いを確認しました")
	if now, p := k.stands(t, o.ID); now.Status != order.Paid || p.State != payment.Paid {
		t.Error(now.Status, p.State)
	}
}

func TestALinkPaysAnOrderForWhoeverHasIt(t *testing.T) {
	t.Parallel()
	k := openTill(t, payment.AtOnce)
	b := k.visitor2(t)
	o, page := k.buys(t, b, payment.Card)
	k.sim.Pay(t, page, "declined")
	path := k.path("/orders/" + id.String(o.ID))
	has(t, b.Get(path+"/paid"), 200, "お支払いは完了していません")
	w := k.owner(t)
	at := "/" + id.String(k.shop.ID) + "/orders/" + id.String(o.ID)
	if a := w.Post(at + "/money/link"); a.Status != 303 {
		t.Fatal(a.Status, text(a.Body))
	}
	link := ""
	for end := time.Now().Add(20 * time.Second); link == "" && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, m := range k.Mail.Sent() {
			if got := regexp.MustCompile(`http\S+/pay/\S+`).FindString(m.Text); got != "" {
				link = got
			}
		}
	}
	if link == "" {
		t.Fatal("no letter with a link")
	}
	friend := k.Door(t, place.Account)
	in := friend.Get(link)
	if in.Status != 303 || strings.Contains(in.Location(), link[strings.LastIndex(link, "/"):]) {
		t.Fatal(in.Status, in.Location())
	}
	has(t, friend.Get(in.Location()), 200, o.Number, "支払う")
	if a := friend.Get(path); a.Status != 404 {
		t.Error("a link to pay shows the order:", a.Status)
	}
	moved := friend.Post(path + "/pay")
	m := onward.FindStringSubmatch(moved.Header.Get("Refresh"))
	if m == nil {
		t.Fatal(moved.Status, text(moved.Body))
	}
	k.sim.Pay(t, m[1], "approve")
	has(t, friend.Get(path+"/paid"), 200, "お支払いを確認しました")
	if now, p := k.stands(t, o.ID); now.Status != order.Paid || p.State != payment.Paid {
		t.Error(now.Status, p.State)
	}
}

func TestNoticesCountBySignatureAlone(t *testing.T) {
	t.Parallel()
	k := openTill(t, payment.AtOnce)
	var token string
	k.Read(t, k.shop.ID, func(ctx context.Context, r db.Reader) error {
		list, err := k.Gateways.List(ctx, r)
		token = list[0].Token
		return err
	})
	b := k.Door(t, place.Hooks)
	if a := b.Post("/payment/"+id.String(k.shop.ID)+"/"+token, "x", "y"); a.Status/100 != 4 {
		t.Errorf("a forged notice: %d", a.Status)
	}
	if a := b.Post("/payment/"+id.String(k.shop.ID)+"/none", "x", "y"); a.Status != 404 {
		t.Errorf("a notice to nobody: %d", a.Status)
	}
}

// TestClosedCardsAreExplainedBeforeTheButton: with the switch set at another node the checkout says why cards are closed and offers
// the other ways; lifted, cards are back.
func TestClosedCardsAreExplainedBeforeTheButton(t *testing.T) {
	t.Parallel()
	k := openTill(t, payment.AtOnce)
	there, err := server.Open(t.Context(), server.Options{Config: k.Config, Log: k.Log, Now: k.Clock.Now, Volatile: true, Sender: k.Mail})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(there.Close)
	ops := func(n id.Account) db.Scope {
		return db.Scope{Actor: actor.Actor{Kind: actor.Operator, Account: n}.With(), Request: "test"}
	}
	known := func(want bool) {
		t.Helper()
		for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			if _, on := k.Switches.On(switches.CloseCardSignups, k.shop.ID); on == want {
				return
			}
			if time.Since(began) > 5*time.Second {
				t.Fatalf("not %v within 5 s", want)
			}
		}
	}
	b := k.enter(t, i18n.Ja, cart.Line{Variant: k.tea, Quantity: 1})
	in := switches.In{Name: switches.CloseCardSignups, Reason: "試験", Who: "operator"}
	if err := there.Switches.TurnOn(t.Context(), ops(1), in); err != nil {
		t.Fatal(err)
	}
	known(true)
	a := b.Post(k.path("/checkout"), k.typed("payment", "")...)
	has(t, a, 200, "一時的に停止しています", "コンビニ")
	a = b.Post(k.path("/checkout"), append(k.typed("payment", string(payment.Card)), "act", "confirm")...)
	has(t, a, 422, "一時的に停止しています", "コンビニ")
	k.buys(t, b, payment.Convenience)
	for n := id.Account(1); n <= 2; n++ {
		if _, err := there.Switches.TurnOff(t.Context(), ops(n), in.Name, in.Target, "operator", "終わり"); err != nil {
			t.Fatal(err)
		}
	}
	known(false)
	k.buys(t, k.enter(t, i18n.Ja, cart.Line{Variant: k.tea, Quantity: 1}), payment.Card)
}
