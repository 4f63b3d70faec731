package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/noren-shop/noren/internal/security/pages"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// An auditor is a person with a browser whose every request is compared with the inventory.
type auditor struct {
	*person
	v     pages.Inventory
	w     *walk
	seen  map[string]bool // keys of the pages that were looked at
	mu    sync.Mutex
	asked []string // since the last look
}

func audit(t *testing.T, w *walk) *auditor {
	t.Helper()
	v, err := server.PageInventory(w.Config, w.Book)
	if err != nil {
		t.Fatal(err)
	}
	a := &auditor{person: visit(t, chrome(t), "the auditor"), v: v, w: w, seen: map[string]bool{}}
	err = chromedp.Listen(a.ctx, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.asked = append(a.asked, e.Request.URL)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// page finds the inventory's page of an address; those that are shown by a POST stand at the same address.
func (a *auditor) page(door place.Door, path string) (pages.Page, bool) {
	var found pages.Page
	for _, p := range a.v.Pages {
		pattern := "^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(p.Pattern), `[^/]+`) + "$"
		if p.Door == string(door) && regexp.MustCompile(pattern).MatchString(path) && (found.Pattern == "" || p.Method == http.MethodGet) {
			found = p
		}
	}
	return found, found.Pattern != ""
}

// looks compares what stands in the browser, and what it asked for since the last look, with the inventory.
func (a *auditor) looks(door place.Door) {
	a.Helper()
	at, err := url.Parse(a.text(`location.href`))
	if err != nil {
		a.Fatal(err)
	}
	p, ok := a.page(door, at.Path)
	if !ok {
		a.Errorf("%s is no page of the inventory", at.Path)
		return
	}
	a.seen[p.Key()] = true
	allowed, scripts := map[string]pages.File{}, []string{}
	for _, name := range p.Loads {
		f, _ := a.v.File(name)
		allowed[f.Path] = f
		if f.Script {
			scripts = append(scripts, f.Path+" "+f.Integrity+" 0")
		}
	}
	var ran []string
	if err := json.Unmarshal([]byte(a.text(`JSON.stringify([...document.scripts].map((s) => (s.src ? new URL(s.src).origin === location.origin ? new URL(s.src).pathname : s.src : "inline") +
		" " + s.integrity + " " + s.textContent.length))`)), &ran); err != nil {
		a.Fatal(err)
	}
	if !slices.Equal(ran, scripts) {
		a.Errorf("%s has the scripts %v, the inventory %v", p.Key(), ran, scripts)
	}
	a.mu.Lock()
	asked := a.asked
	a.asked = nil
	a.mu.Unlock()
	if len(asked) == 0 {
		a.Errorf("%s: no request was seen", p.Key())
	}
	for _, r := range asked {
		u, err := url.Parse(r)
		if err != nil {
			a.Fatal(err)
		}
		origin := u.Scheme + "://" + u.Host
		_, file := allowed[u.Path]
		switch {
		case u.Scheme == "data":
		case slices.Contains(p.Images, origin): // pictures of the media door
		case origin != at.Scheme+"://"+at.Host && origin != a.w.shop.Origin: // the way here led through the shop
			a.Errorf("%s asked %s", p.Key(), r)
		case strings.HasPrefix(u.Path, "/assets/") && origin == at.Scheme+"://"+at.Host && !file:
			a.Errorf("%s loaded %s, which the inventory does not have", p.Key(), u.Path)
		}
	}
}

// reads goes to a page and looks.
func (a *auditor) reads(door place.Door, path string) {
	a.Helper()
	a.open(a.w.Book.Door(door, servertest.Domain) + path)
	a.looks(door)
}

// TestNothingIsLoadedThatTheInventoryLacks goes through checkout, account and log-in pages with a real browser, and compares
// every script on them and every request that they make with the inventory.
func TestNothingIsLoadedThatTheInventoryLacks(t *testing.T) {
	t.Parallel()
	w := prepare(t)
	a := audit(t, w)
	base := "/s/" + w.names["shop"]
	for _, page := range []string{"/login", "/reset", "/signup"} {
		a.reads(place.Admin, page)
	}
	a.reads(place.Ops, "/login")
	for _, page := range []string{"/login", "/register", "/reset"} {
		a.reads(place.Account, base+page)
	}
	a.reads(place.Account, base+"/register")
	a.fill("name", "山田 花子", "email", "hanako@example.jp", "password", vaulttest.Password)
	a.press("main button.primary")
	a.at("/me")
	a.looks(place.Account)
	a.reads(place.Account, base+"/me/readers")
	a.reads(place.Account, base+"/me/cards")

	a.open(w.shop.Origin + "/products/cup")
	a.press(".buy-form button.primary")
	a.press(`form[action="/checkout"] button`)
	a.at("/checkout")
	a.looks(place.Account)
	a.fill("name", "山田 花子", "furigana", "ヤマダ ハナコ", "phone", "03-1234-5678", "email", "hanako@example.jp", "city", "中央区", "street", "銀座1-2-3")
	a.do(chromedp.SendKeys(`main [name="postcode"]`, "1040061"))
	a.until(`document.querySelector('[name="prefecture"]').selectedOptions[0].text === "東京都"`)
	a.do(chromedp.Click(`main input[name="payment"][value="cod"]`))
	a.press(`main .actions button[value="confirm"]`)
	a.sees("まだご注文は完了していません")
	a.looks(place.Account)
	a.press(`form[action$="/checkout/place"] button.primary`)
	a.at("/thanks")
	a.looks(place.Account)
	order := strings.TrimSuffix(strings.TrimPrefix(a.text(`location.pathname`), base), "/thanks")
	a.reads(place.Account, base+order)
	a.reads(place.Account, base+order+"/readers")
	a.everyPage()
	a.calm()
}

// everyPage fails when a page that one can come to was not looked at.
func (a *auditor) everyPage() {
	a.Helper()
	elsewhere := []string{"account /s/{shop}/enter", "account /s/{shop}/checkout/place", "account /s/{shop}/orders/{order}/open/{link}", // lead on
		"account /s/{shop}/reset/{token}", "admin /reset/{token}", "admin /login/code", "admin /join/{token}", "admin /oauth/authorize/{code}", // need a letter or an app; the same layout
		"account /s/{shop}/orders/{order}/pay", "account /s/{shop}/orders/{order}/paid", "account /s/{shop}/pay/{token}"} // need a provider; the same layout
	for _, p := range a.v.Pages {
		if p.Method == http.MethodGet && !a.seen[p.Key()] && !slices.Contains(elsewhere, p.Key()) {
			a.Errorf("%s was not looked at", p.Key())
		}
	}
	if len(a.seen) < 13 {
		a.Errorf("only %d pages were looked at", len(a.seen))
	}
}
