//go:build look

package account_test

import (
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

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/web/place"
)

// TestLook writes screenshots of every page to the folder that NOREN_LOOK names, for people to look at.
func TestLook(t *testing.T) {
	t.Parallel()
	s := open(t)
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
		c := s.enter(t, l, cart.Line{Variant: s.cup, Quantity: 60})
		keep("8-short", c.Post(s.path("/checkout"), s.typed("act", "confirm")...).Body)
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
