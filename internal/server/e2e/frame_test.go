package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/paysim"
	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/paysim/paysimtest"
	"github.com/noren-shop/noren/internal/security/pages"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// framing is a house whose shop shows the card page in a frame.
type framing struct {
	*servertest.Server
	sim  *paysimtest.Sim
	shop servertest.Shop
	tea  catalog.Variant
}

func openFraming(t *testing.T) *framing {
	t.Helper()
	var srv *servertest.Server
	now := func() time.Time {
		if srv == nil {
			return time.Now()
		}
		return srv.Clock.Now()
	}
	f := &framing{sim: paysimtest.With(t, paysim.Config{Now: now})}
	srv = servertest.With(t, server.Options{Config: &config.Config{Paysim: f.sim.API, PaysimPages: f.sim.URL}})
	f.Server = srv
	f.shop = f.OpenShop(t, "tea")
	f.tea = f.Product(t, f.shop, catalog.In{Name: "煎茶", Handle: "cup", Variants: []catalog.VariantIn{{Price: 1_080}}}, 50).Variants[0]
	acc := f.sim.Account(t, "")
	w := f.Door(t, place.Admin)
	must(t, w.Post("/login", "email", f.shop.Email, "password", vaulttest.Password), 303)
	base := "/" + id.String(f.shop.ID) + "/settings/payment"
	must(t, w.Post(base+"/provider", "name", "simulator", "version", "0", "active", "on", "public", "", "key", acc.Key.Reveal(),
		"notices", acc.Notices.Reveal()), 303)
	must(t, w.Post(base+"/card", "version", "0", "card.active", "on", "capture", "at_once", "inline", "on"), 303)
	return f
}

// TestCardIsPaidInAFrameOfOurPage buys with a card in the frame: a wrong card stays in it, the challenge and the way back leave it.
func TestCardIsPaidInAFrameOfOurPage(t *testing.T) {
	t.Parallel()
	browser := chrome(t)
	f := openFraming(t)
	p := visit(t, browser, "the purchaser")
	p.open(f.shop.Origin + "/products/cup")
	p.press(".buy-form button.primary")
	p.press(`form[action="/checkout"] button`)
	p.fill("name", "山田 花子", "furigana", "ヤマダ ハナコ", "phone", "03-1234-5678", "email", "hanako@example.jp", "postcode", "1040061",
		"city", "中央区", "street", "銀座1-2-3")
	p.do(chromedp.SetValue(`main [name="prefecture"]`, "13"), chromedp.Click(`main input[name="payment"][value="card"]`))
	p.press(`main .actions button[value="confirm"]`)
	p.sees("まだご注文は完了していません")
	p.press(`form[action$="/checkout/place"] button.primary`)
	p.until(`document.querySelector("iframe.pay-frame")?.src.startsWith(` + quote(f.sim.URL+"/pay/") + `)`)
	p.until(`document.documentElement.scrollWidth <= 390`)
	in := f.inFrame(t, p)
	in.until(`innerWidth >= 388`) // the frame has the phone's whole width
	shoot(t, p, "frame-390", 390)
	shoot(t, p, "frame-1280", 1280)
	p.do(chromedp.EmulateViewport(390, 844))
	card := func(line string) {
		t.Helper()
		in.do(chromedp.SendKeys("#f-number", paysimtest.Number(t, line)), chromedp.SendKeys("#f-expiry", "12/40"), chromedp.SendKeys("#f-code", "123"),
			chromedp.SendKeys("#f-name", "TEST TARO\r"))
	}
	card("nofunds")
	in.sees("このカードでは支払えませんでした")
	p.until(`!!document.querySelector("iframe.pay-frame")`) // it is still our page
	card("challenge")
	in.until(`document.readyState === "complete" && !!document.querySelector('button[value="cancel"]')`)
	in.do(chromedp.SendKeys("#f-code", "1234\r"))
	p.at("/paid") // by itself, at the top: our page stands in no frame
	p.sees("お支払いを確認しました")
	if top := p.text(`String(window.top === window)`); top != "true" {
		t.Error("the way back ended in the frame")
	}
	if c := f.sim.Book.Charges(1)[0]; c.State != book.Captured || c.ThreeDS != book.Passed || c.Frame != f.Book.Door(place.Account, servertest.Domain) {
		t.Errorf("%+v", c)
	}
	for _, s := range p.troubles { // what the browser complains of; the frame's origin is the one that may be asked
		if !strings.Contains(s, f.sim.URL) {
			t.Error(s)
		}
	}
}

// inFrame is the same person within the frame, which is a page of another site.
func (f *framing) inFrame(t *testing.T, p *person) *person {
	t.Helper()
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(100 * time.Millisecond) {
		all, err := chromedp.Targets(p.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			if strings.HasPrefix(one.URL, f.sim.URL+"/pay/") {
				ctx, stop := chromedp.NewContext(p.ctx, chromedp.WithTargetID(one.TargetID))
				t.Cleanup(stop)
				in := &person{T: t, ctx: ctx, name: p.name + " in the frame"}
				if err := chromedp.Listen(ctx, in.hear); err != nil {
					t.Fatal(err)
				}
				in.until(`document.readyState === "complete" && !!document.querySelector("#f-number")`)
				return in
			}
		}
	}
	p.stuck("find the frame", context.DeadlineExceeded)
	return nil
}

// shoot keeps a picture for whoever asks for them.
func shoot(t *testing.T, p *person, name string, width int64) {
	t.Helper()
	dir := os.Getenv("NOREN_TEST_SHOTS")
	if dir == "" {
		return
	}
	p.do(chromedp.EmulateViewport(width, 844))
	b, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(dir+"/"+name+".png", b, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestInventoryKnowsTheFrame compares the page with the frame, and its policy, with the inventory; and another frame is a finding.
func TestInventoryKnowsTheFrame(t *testing.T) {
	t.Parallel()
	f := openFraming(t)
	v, err := server.PageInventory(f.Config, f.Book)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range v.Pages {
		if want := p.Door == "account" && p.Method == http.MethodPost && (strings.HasSuffix(p.Pattern, "/pay") || strings.HasSuffix(p.Pattern, "/pay/method") ||
			strings.HasSuffix(p.Pattern, "/place")); want != slices.Equal(p.Frames, []string{f.sim.URL}) || !want && len(p.Frames) > 0 {
			t.Errorf("%s: frames %v", p.Key(), p.Frames)
		}
	}
	w := &walk{Server: f.Server, shop: f.shop, names: map[string]string{"shop": id.String(f.shop.ID)}, cart: []string{"variant", id.String(f.tea.ID), "quantity", "1"}}
	b := w.checkout(t, "ja")
	base := "/s/" + w.names["shop"]
	shown := must(t, b.Post(base+"/checkout", "name", "山田 花子", "furigana", "ヤマダ ハナコ", "phone", "0312345678", "email", "hanako@example.jp",
		"postcode", "1040061", "prefecture", "13", "city", "中央区", "street", "銀座1-2-3", "payment", "card", "shipping", id.String(f.shop.Method.ID),
		"act", "confirm"), 200)
	page := must(t, b.Post(base+"/checkout/place", carried(shown.Body)...), 200)
	csp := page.Header.Get("Content-Security-Policy")
	if !strings.HasSuffix(csp, "; frame-src "+f.sim.URL) || page.Header.Get("Refresh") != "" || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Fatalf("%s\n%s", csp, words(page.Body))
	}
	if csp := shown.Header.Get("Content-Security-Policy"); strings.Contains(csp, "frame-src") {
		t.Errorf("another page shows frames, too: %s", csp)
	}
	listed, _ := v.Page("account POST /s/{shop}/checkout/place")
	at, err := url.Parse(f.Book.Door(place.Account, servertest.Domain) + base + "/checkout/place")
	if err != nil {
		t.Fatal(err)
	}
	look, err := pages.Read(listed, at, page.Status, page.Header, strings.NewReader(page.Body))
	if err != nil {
		t.Fatal(err)
	}
	if all := pages.Compare(v, listed, at, look); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	other, ok := v.Page("account /s/{shop}/orders/{order}/pay") // has none
	if all := pages.Compare(v, other, at, look); !ok || len(all) != 2 || all[0].Code != pages.HeaderChanged || all[1].Code != pages.ScriptChanged {
		t.Errorf("a frame on another page: %+v", all)
	}
	f.onlyThere(t, page.Body)
}

var frameAt = regexp.MustCompile(`<iframe[^>]* src="([^"]+)"`)

// onlyThere asks for the provider's page: the shop's account origin alone may show it in a frame, and none may show its others.
func (f *framing) onlyThere(t *testing.T, body string) {
	t.Helper()
	m := frameAt.FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no frame")
	}
	for address, want := range map[string]string{m[1]: f.Book.Door(place.Account, servertest.Domain), f.sim.URL + "/": "'none'", f.sim.URL + "/cards": "'none'"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		csp, old := res.Header.Get("Content-Security-Policy"), res.Header.Get("X-Frame-Options")
		if !strings.Contains(csp, "frame-ancestors "+want+";") || (old == "") != (want != "'none'") {
			t.Errorf("%s: %s, %q", address, csp, old)
		}
	}
}
