package admin_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// chrome starts the browser that NOREN_TEST_CHROMIUM names, which ends with the test.
func chrome(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("NOREN_TEST_CHROMIUM")
	if path == "" {
		path = "/usr/bin/chromium"
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("no Chromium here (NOREN_TEST_CHROMIUM)")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(opts...))
	t.Cleanup(stop)
	return ctx
}

// TestBrowserPasskey registers a passkey with a real browser's WebAuthn and logs in with it.
func TestBrowserPasskey(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	s.Person(t, "hanako@example.com")
	ctx := chrome(t)
	origin := s.Book.Door(place.Admin, servertest.Domain)
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	do(chromedp.Navigate("about:blank"), chromedp.EmulateViewport(1280, 900)) // on a phone the bar below may lie over a button
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2,
			Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
			AutomaticPresenceSimulation: true}}); err != nil {
		t.Fatal(err)
	}
	do(chromedp.Navigate(origin+"/login?next=/me/passkeys/new"), chromedp.SendKeys("#f-email", "hanako@example.com"),
		chromedp.SendKeys("#f-password", vaulttest.Password), chromedp.Submit("#f-password"))
	press := func(selector string) { // a button that moves while its page is drawn is missed
		t.Helper()
		do(chromedp.WaitVisible(selector))
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.readyState === "complete"`)); err != nil {
			t.Fatal(err)
		}
		do(chromedp.Click(selector))
	}
	do(chromedp.WaitVisible("#f-name"), chromedp.SetValue("#f-name", "My laptop"))
	press(`[data-passkey="create"]`)
	do(chromedp.WaitVisible(`form[action="/me/passkeys/remove"]`))
	list, err := chromedp.Run(ctx, chromedp.Text("main"))
	if err != nil || !strings.Contains(list, "My laptop") {
		t.Errorf("the passkey is not listed under its name: %v", err)
	}
	press(`form[action="/logout"] button`)
	do(chromedp.WaitVisible(`[data-passkey="get"]`), chromedp.Navigate(origin+"/login?next=/me"))
	press(`[data-passkey="get"]`)
	do(chromedp.WaitVisible(`form[action="/me/passkeys/remove"]`))
}
