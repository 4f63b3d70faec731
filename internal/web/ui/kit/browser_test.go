//go:build look

package kit_test

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// TestComfortsWorkUnderThePolicy clicks through the script's comforts in a real browser, under the real headers.
func TestComfortsWorkUnderThePolicy(t *testing.T) {
	t.Parallel()
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	routes := []frame.Route{assets.Route(),
		{Method: "GET", Pattern: "/postcode/{code}", Right: frame.Public, Handler: func(r *frame.Request) (frame.Response, error) {
			return frame.JSON(map[string]string{"prefecture": "27", "city": "大阪市北区", "town": "梅田"}), nil
		}},
		{Method: "GET", Pattern: "/{page}", Right: frame.Public, Handler: func(r *frame.Request) (frame.Response, error) {
			return frame.Page(pages(r.Lang(), look{assets, r.Nonce()})[r.Path("page")]), nil
		}}}
	m, err := frame.Browser(frame.Config{Name: "kit", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Routes: routes})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(m)
	defer s.Close()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath("chromium"),
		chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(opts...))
	defer cancel()
	err = chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(s.URL+"/shop"), chromedp.WaitVisible(".quantity.ready"))
	if err != nil {
		t.Fatal(err)
	}
	says := func(js string) {
		t.Helper()
		if ok, err := chromedp.Run(ctx, chromedp.Poll[bool](js, chromedp.WithPollingTimeout(10*time.Second))); err != nil || !ok {
			t.Errorf("%s: %t %v", js, ok, err)
		}
	}
	says(`document.querySelector(".quantity button").disabled`)
	if err := chromedp.Do(ctx, chromedp.Click(".quantity button:last-child")); err != nil {
		t.Fatal(err)
	}
	says(`document.querySelector(".quantity input").value === "2"`)
	says(`document.documentElement.scrollWidth <= 390`)
	if err := chromedp.Do(ctx, chromedp.Navigate(s.URL+"/checkout")); err != nil {
		t.Fatal(err)
	}
	says(`(document.querySelector("#f-postcode").value = "") === ""`)
	if err := chromedp.Do(ctx, chromedp.SendKeys("#f-postcode", "530-0001")); err != nil {
		t.Fatal(err)
	}
	says(`document.querySelector("#f-city").value === "大阪市北区"`)
	says(`document.querySelector("#f-prefecture").value === "26"`) // was chosen by hand: it stays
	says(`document.documentElement.scrollWidth <= 390`)
}
