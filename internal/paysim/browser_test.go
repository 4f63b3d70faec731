package paysim_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/paysim/paysimtest"
)

// TestPurchaserPaysInABrowser walks through the hosted pages on a phone, under their real policy, and comes back to the shop at
// another origin.
func TestPurchaserPaysInABrowser(t *testing.T) {
	t.Parallel()
	path := os.Getenv("NOREN_TEST_CHROMIUM")
	if path == "" {
		path = "/usr/bin/chromium"
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("no Chromium here (NOREN_TEST_CHROMIUM names one)")
	}
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(`<title>shop</title><p id="back">ありがとうございました`))
	}))
	defer shop.Close()
	s := paysimtest.Start(t)
	key := s.Account(t, "").Key.Reveal()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	ctx, stop := chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(opts...))
	defer stop()
	do := func(acts ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, acts...); err != nil {
			t.Fatal(err)
		}
	}
	narrow := func() {
		t.Helper()
		ok, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.documentElement.scrollWidth <= 390`, chromedp.WithPollingTimeout(time.Minute)))
		if err != nil || !ok {
			t.Errorf("the page is wider than the phone: %v", err)
		}
	}
	open := func(k string, change func(*book.Order)) book.Charge {
		_, b := s.Ask(t, "POST", "/v1/charges", key, order(k, func(o *book.Order) {
			o.Return, o.Lang = shop.URL+"/return", "ja"
			if change != nil {
				change(o)
			}
		}))
		return charge(t, b)
	}
	card := func(line string) {
		t.Helper()
		do(chromedp.SendKeys("#f-number", paysimtest.Number(t, line)), chromedp.SendKeys("#f-expiry", "12/40"),
			chromedp.SendKeys("#f-code", "123"), chromedp.SendKeys("#f-name", "TEST TARO\r"))
	}
	c := open("declined, then challenged", nil)
	do(chromedp.EmulateViewport(390, 844), chromedp.Navigate(c.URL), chromedp.WaitVisible("#f-number"))
	narrow()
	card("nofunds")
	do(chromedp.WaitVisible(".notice.bad"))
	card("challenge")
	do(chromedp.WaitVisible(`button[value="cancel"]`))
	narrow()
	do(chromedp.SendKeys("#f-code", "9\r"), chromedp.WaitVisible("#errors"), chromedp.SendKeys("#f-code", "1234\r"),
		chromedp.WaitVisible("#back")) // by itself, from another origin's page
	if got := s.Book.Charges(1)[0]; got.State != book.Captured || got.ThreeDS != book.Passed {
		t.Errorf("%+v", got)
	}
	c = open("given up", nil)
	do(chromedp.Navigate(c.URL), chromedp.Click(`form[action$="/back"] button`), chromedp.WaitVisible("#back"))
	c = open("number", func(o *book.Order) { o.Means = book.Convenience })
	do(chromedp.Navigate(c.URL), chromedp.Click(`input[value="familymart"]`), chromedp.Click(`form[action$="/store"] button`),
		chromedp.WaitVisible(".slip-no"))
	narrow()
	do(chromedp.Navigate(s.URL+"/till"), chromedp.Click(`button[name="late"][value="3"]`), chromedp.WaitVisible(".notice.good"))
	for _, got := range s.Book.Charges(2) {
		want := map[string]string{"given up": book.Voided, "number": book.Captured}[got.Key]
		if got.State != want {
			t.Errorf("%s: %s", got.Key, got.State)
		}
	}
	for _, page := range []string{"/", "/notices", "/till", "/faults", "/settlements", "/cards", "/accounts", "/charges/" + c.Ref} {
		do(chromedp.Navigate(s.URL+page), chromedp.WaitVisible("h1"))
		narrow()
	}
}
