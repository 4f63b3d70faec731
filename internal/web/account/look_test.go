//go:build look

package account_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/sample/art"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// TestLook writes screenshots of every page to the folder that NOREN_LOOK names, for people to look at.
func TestLook(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.pictures(t)
	pages := map[string]string{}
	for _, l := range []i18n.Lang{i18n.Ja, i18n.En} {
		keep := func(name, body string) { pages[name+"-"+string(l)] = body }
		b := s.enter(t, l, cart.Line{Variant: s.tea, Quantity: 2}, cart.Line{Variant: s.cup, Quantity: 1})
		keep("1-form", b.Get(s.path("/checkout")).Body)
		keep("2-address", b.Post(s.path("/checkout"), "act", "address", "postcode", "1040061").Body)
		keep("3-wrong", b.Post(s.path("/checkout"), s.typed("name", "山田😀", "furigana", "yamada", "phone", "12", "street", "", "act", "confirm")...).Body)
		a := s.confirm(t, b, s.typed("payment", "bank_transfer"))
		keep("4-confirm", a.Body)
		thanks := b.Post(s.path("/checkout/place"), hidden(a.Body)...).Location()
		keep("5-thanks", b.Get(thanks).Body)
		keep("6-order", b.Get(strings.TrimSuffix(thanks, "/thanks")).Body)
		keep("7-readers", b.Get(strings.TrimSuffix(thanks, "thanks")+"readers").Body)
		m, _ := s.bought(t, string(l)+"@example.jp")
		m.Lang = string(l)
		keep("11-me", m.Get(s.path("/me")).Body)
		keep("12-login", s.in(t, l).Get(s.path("/login")).Body)
		keep("13-register", s.in(t, l).Post(s.path("/register"), "name", "", "email", "x").Body)
		c := s.enter(t, l, cart.Line{Variant: s.cup, Quantity: 60})
		keep("8-short", c.Post(s.path("/checkout"), s.typed("payment", "bank_transfer", "act", "confirm")...).Body)
		keep("9-spent", c.Get(s.path("/enter?t=x")).Body)
		keep("10-empty", b.Get(s.path("/checkout")).Body)
	}
	target, err := url.Parse(s.Book.Door(place.Account, "127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	assets := httputil.NewSingleHostReverseProxy(target)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, ok := pages[strings.TrimPrefix(r.URL.Path, "/")]; ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, body)
			return
		}
		assets.ServeHTTP(w, r)
	}))
	defer srv.Close()
	for name := range pages {
		if only := os.Getenv("NOREN_PAGES"); only != "" && !strings.Contains(name, only) {
			continue
		}
		for width, height := range map[int]int{390: 2500, 1280: 1500} {
			out := filepath.Join(os.Getenv("NOREN_LOOK"), fmt.Sprintf("%s-%d.png", name, width))
			cmd := exec.CommandContext(t.Context(), "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
				"--no-first-run", "--hide-scrollbars", "--user-data-dir="+t.TempDir(), fmt.Sprintf("--window-size=%d,%d", width, height), "--screenshot="+out, srv.URL+"/"+name)
			if b, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v %s", name, err, b)
			}
		}
	}
}

// in is a visitor at the account's door.
func (s *stall) in(t *testing.T, l i18n.Lang) *servertest.Browser {
	t.Helper()
	b := s.Door(t, place.Account)
	b.Lang = string(l)
	return b
}

// pictures gives the cup one.
func (s *stall) pictures(t *testing.T) {
	t.Helper()
	drawn, err := art.DrawSide(art.Kinds(art.Ceramics)[0], string(art.Tones(art.Ceramics)[0].Name), 1, 400)
	if err != nil {
		t.Fatal(err)
	}
	scope := db.Scope{Shop: s.shop.ID, Actor: servertest.Seed()}
	img, err := s.Pictures.Draw(t.Context(), scope, drawn)
	if err != nil {
		t.Fatal(err)
	}
	s.Write(t, s.shop.ID, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.Catalog.AttachImage(ctx, tx, s.pot.ID, img)
		return err
	})
}

// TestFormComputesInPlace fills the form in with a real browser, under the real headers.
func TestFormComputesInPlace(t *testing.T) {
	t.Parallel()
	s := open(t)
	address := s.Book.Door(place.Account, "127.0.0.1") + s.hand(t, cart.Line{Variant: s.cup, Quantity: 1})
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath("chromium"), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(opts...))
	defer cancel()
	says := func(js string) {
		t.Helper()
		if ok, err := chromedp.Run(ctx, chromedp.Poll[bool](js, chromedp.WithPollingTimeout(10*time.Second))); err != nil || !ok {
			t.Errorf("%s: %t %v", js, ok, err)
		}
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(address), chromedp.WaitVisible("#f-name")); err != nil {
		t.Fatal(err)
	}
	says(`document.documentElement.scrollWidth <= 390`)
	says(`getComputedStyle(document.querySelector("[data-fallback]")).display === "none"`)
	if err := chromedp.Do(ctx, chromedp.SendKeys("#f-name", "山田"), chromedp.SendKeys("#f-postcode", "1040061")); err != nil {
		t.Fatal(err)
	}
	says(`document.querySelector("#f-city").value === "中央区" && document.querySelector("#f-street").value === "銀座"`)
	says(`document.querySelector("#bar b").textContent === "4,100円"`)
	if err := chromedp.Do(ctx, chromedp.Click(`input[value="cod"]`)); err != nil {
		t.Fatal(err)
	}
	says(`document.querySelector("#bar b").textContent === "4,430円" && document.querySelector("#order").textContent.includes("4,430円")`)
	says(`document.querySelector("#f-name").value === "山田" && document.activeElement.value === "cod"`)
	says(`document.querySelectorAll("[data-fallback]").length === 2 && [...document.querySelectorAll("[data-fallback]")].every((b) => b.hidden)`)
	says(`document.documentElement.scrollWidth <= 390`)
}
