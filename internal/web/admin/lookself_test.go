//go:build look

package admin_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestLookSelf writes screenshots to the folder that NOREN_LOOK names, for people to look at: of the pages in NOREN_PAGES, where
// {shop} is the shop and a leading - a page before the log-in and totp the authenticator's. NOREN_DARK asks for the dark scheme, NOREN_LANG for a language.
func TestLookSelf(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.NewShop(t, "tea")
	ctx := chrome(t)
	origin := s.Book.Door(place.Admin, servertest.Domain)
	lang := os.Getenv("NOREN_LANG")
	if lang == "" {
		lang = "ja"
	}
	scheme := "light"
	if os.Getenv("NOREN_DARK") != "" {
		scheme = "dark"
	}
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	do(chromedp.Navigate("about:blank"))
	if _, err := chromedp.Call(ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": lang}}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
		t.Fatal(err)
	}
	shoot := func(path, name string) {
		if path == "totp" {
			do(chromedp.Navigate(origin+"/me"), chromedp.Submit(`form[action="/me/totp/begin"]`), chromedp.WaitVisible(".qr"))
		} else {
			do(chromedp.Navigate(origin + path))
		}
		for _, width := range []int64{390, 1280} {
			do(chromedp.EmulateViewport(width, 900), chromedp.Sleep(100*time.Millisecond))
			png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(os.Getenv("NOREN_LOOK"), name+"-"+map[int64]string{390: "390", 1280: "1280"}[width]+".png")
			if err := os.WriteFile(file, png, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var inside []string
	for _, p := range strings.Split(os.Getenv("NOREN_PAGES"), ",") {
		if before, ok := strings.CutPrefix(p, "-"); ok {
			shoot(before, "out"+strings.NewReplacer("/", "_", "?", "_").Replace(before))
			continue
		}
		inside = append(inside, p)
	}
	if len(inside) == 0 {
		return
	}
	do(chromedp.Navigate(origin+"/login"), chromedp.SendKeys("#f-email", shop.Email), chromedp.SendKeys("#f-password", vaulttest.Password),
		chromedp.Submit("#f-password"), chromedp.Sleep(time.Second))
	for _, p := range inside {
		shoot(strings.ReplaceAll(p, "{shop}", id.String(shop.ID)), "in"+strings.NewReplacer("/", "_", "?", "_", "{shop}", "").Replace(p))
	}
}
