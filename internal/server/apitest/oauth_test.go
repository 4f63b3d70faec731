package apitest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/flow/install"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// A registered app, as its developer has it.
type registered struct {
	clientID, secret, page string
}

const callback = "https://app.example.com/callback"

var token64 = regexp.MustCompile(`<code class="token">([0-9a-f]{64})</code>`)

// logIn opens the admin as a shop's owner.
func logIn(t testing.TB, s *servertest.Server, shop servertest.Shop) *servertest.Browser {
	t.Helper()
	b := s.Door(t, place.Admin)
	if a := b.Post("/login", "email", shop.Email, "password", vaulttest.Password); a.Status != http.StatusSeeOther {
		t.Fatalf("log in: %d", a.Status)
	}
	return b
}

// register makes an app in the developer's console.
func register(t testing.TB, b *servertest.Browser, manner string, scopes ...string) registered {
	t.Helper()
	fields := []string{"name", "在庫くん", "about", "在庫を見張ります。", "manner", manner, "redirects", callback + "\nurn:ietf:wg:oauth:2.0:oob"}
	for _, s := range scopes {
		fields = append(fields, "scopes", s)
	}
	a := b.Post("/developer/new", fields...)
	codes := token64.FindAllStringSubmatch(a.Body, -1)
	page := regexp.MustCompile(`action="(/developer/\d+)"`).FindStringSubmatch(a.Body)
	if a.Status != http.StatusOK || len(codes) != 2 || page == nil {
		t.Fatalf("register: %d, %d codes", a.Status, len(codes))
	}
	return registered{codes[0][1], codes[1][1], page[1]}
}

// allow follows an authorisation request to the consent, and says yes or no; it gives where the browser is led.
func allow(t testing.TB, s *servertest.Server, owner *servertest.Browser, authorize, decision string) *url.URL {
	t.Helper()
	u, err := url.Parse(authorize)
	if err != nil {
		t.Fatal(err)
	}
	door := s.Door(t, place.API)
	led := door.Get(u.RequestURI())
	if led.Status != http.StatusFound || !strings.HasPrefix(led.Location(), owner.Origin+"/oauth/authorize?") {
		t.Fatalf("the API's host leads to %d %q", led.Status, led.Location())
	}
	page := owner.Get(strings.TrimPrefix(led.Location(), owner.Origin))
	if page.Status == http.StatusFound {
		back, err := url.Parse(page.Location())
		if err != nil {
			t.Fatal(err)
		}
		return back
	}
	if page.Status != http.StatusOK {
		t.Fatalf("the consent page answers %d", page.Status)
	}
	if !strings.Contains(page.Header.Get("Content-Security-Policy"), "form-action 'self' https://app.example.com") {
		t.Error("the page's forms may not lead back to the app")
	}
	fields := []string{"decision", decision}
	for _, m := range regexp.MustCompile(`type="hidden" name="(\w+)" value="([^"]*)"`).FindAllStringSubmatch(page.Body, -1) {
		fields = append(fields, m[1], strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#39;", "'", "&#34;", `"`).Replace(m[2]))
	}
	a := owner.Post("/oauth/authorize", fields...)
	if a.Status != http.StatusFound {
		t.Fatalf("%s: %d", decision, a.Status)
	}
	back, err := url.Parse(a.Location())
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func config(s *servertest.Server, app registered, scopes ...string) *oauth2.Config {
	at := s.Book.Door(place.API, "")
	return &oauth2.Config{ClientID: app.clientID, ClientSecret: app.secret, RedirectURL: callback, Scopes: scopes,
		Endpoint: oauth2.Endpoint{AuthURL: at + "/oauth/authorize", TokenURL: at + "/oauth/token"}}
}

// TestOAuthLibraryGetsInAsTheReferenceHasIt drives golang.org/x/oauth2 as it is.
func TestOAuthLibraryGetsInAsTheReferenceHasIt(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "kura")
	owner := logIn(t, s, shop)
	app := register(t, owner, "reference", "read_products", "read_sales")
	c := config(s, app, "read_products", "read_sales")
	state := "a b~ü+&" + strings.Repeat("x", 1000)
	back := allow(t, s, owner, c.AuthCodeURL(state), "allow")
	if !strings.HasPrefix(back.String(), callback+"?code=") || back.Query().Get("state") != state || len(back.Query().Get("code")) != 64 {
		t.Fatalf("led back to %.200s", back)
	}
	if raw := back.RawQuery; !strings.Contains(raw, "state=a+b%7E%C3%BC%2B%26") {
		t.Errorf("the state is not form data: %.120s", raw)
	}
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, s.Door(t, place.API).Client())
	token, err := c.Exchange(ctx, back.Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	if token.TokenType != "Bearer" || !token.Expiry.IsZero() || token.RefreshToken != "" || token.Extra("scope") != "read_products read_sales" ||
		token.Extra("created_at") == nil {
		t.Errorf("%s, ends %v, scope %v", token.TokenType, token.Expiry, token.Extra("scope"))
	}
	res, err := c.Client(ctx, token).Get(s.Book.Door(place.API, "") + "/v1/shop.json")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"login_id":"kura"`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if _, err := c.Exchange(ctx, back.Query().Get("code")); !refused(err, http.StatusBadRequest, "invalid_grant") {
		t.Errorf("the code again: %v", err)
	}
	var id64 = regexp.MustCompile(`/apps/(\d+)/remove`).FindStringSubmatch(owner.Get("/" + id.String(shop.ID) + "/apps").Body)
	if id64 == nil {
		t.Fatal("the shop's list lacks the app")
	}
	if a := owner.Post("/"+id.String(shop.ID)+"/apps/"+id64[1]+"/remove", "x", "y"); a.Status != http.StatusSeeOther {
		t.Fatalf("remove: %d", a.Status)
	}
	res, err = c.Client(ctx, token).Get(s.Book.Door(place.API, "") + "/v1/shop.json")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("after the app was removed: %d", res.StatusCode)
	}
}

func refused(err error, status int, code string) bool {
	e, is := errors.AsType[*oauth2.RetrieveError](err)
	return is && e.Response.StatusCode == status && e.ErrorCode == code
}

// TestOAuthLibraryGetsInTheModernWay has PKCE, a token that ends, and a refresh token that rotates.
func TestOAuthLibraryGetsInTheModernWay(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	owner := logIn(t, s, s.OpenShop(t, "kura"))
	app := register(t, owner, "modern", "read_orders", "read_person_name")
	c := config(s, app, "read_orders", "read_person_name")
	if back := allow(t, s, owner, c.AuthCodeURL("s"), "allow"); back.Query().Get("error") != "invalid_request" {
		t.Errorf("without a challenge: %s", back)
	}
	verifier := oauth2.GenerateVerifier()
	back := allow(t, s, owner, c.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "allow")
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, s.Door(t, place.API).Client())
	if _, err := c.Exchange(ctx, back.Query().Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier())); !refused(err, http.StatusBadRequest, "invalid_grant") {
		t.Errorf("another verifier: %v", err)
	}
	token, err := c.Exchange(ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if token.RefreshToken == "" || token.Expiry.IsZero() {
		t.Fatal("a token that does not end")
	}
	token.Expiry = token.Expiry.AddDate(-1, 0, 0)
	renewed, err := c.TokenSource(ctx, token).Token()
	if err != nil || renewed.AccessToken == token.AccessToken || renewed.RefreshToken == token.RefreshToken {
		t.Fatalf("renewed: %v", err)
	}
}

func TestWhatAnAuthorisationIsRefused(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	kura := s.OpenShop(t, "kura")
	owner := logIn(t, s, kura)
	app := register(t, owner, "reference", "read_products")
	c := config(s, app, "read_products")
	if back := allow(t, s, owner, c.AuthCodeURL("s t"), "deny"); back.Query().Get("error") != "access_denied" || back.Query().Get("state") != "s t" {
		t.Errorf("denied: %s", back)
	}
	wide := config(s, app, "write_sales")
	if back := allow(t, s, owner, wide.AuthCodeURL("s"), "allow"); back.Query().Get("error") != "invalid_scope" {
		t.Errorf("more scopes than registered: %s", back)
	}
	for name, query := range map[string]string{"unknown client": "client_id=x&redirect_uri=" + url.QueryEscape(callback),
		"another address": "client_id=" + app.clientID + "&redirect_uri=https%3A%2F%2Fevil.example.com"} {
		a := owner.Get("/oauth/authorize?response_type=code&" + query)
		if a.Status < 400 || a.Location() != "" {
			t.Errorf("%s: %d to %q", name, a.Status, a.Location())
		}
	}
	stranger := register(t, logIn(t, s, s.OpenShop(t, "tana")), "reference", "read_products")
	if _, _, err := s.Install.Approve(t.Context(), db.Scope{Shop: kura.ID, Actor: kura.Owner, Request: "test"}, install.Ask{ClientID: stranger.clientID, Redirect: callback, ResponseType: "code"}); err == nil {
		t.Error("another developer's draft was let in")
	}
	api := s.Door(t, place.API)
	for name, c := range map[string]struct {
		fields []string
		status int
		body   string
	}{
		"another kind of grant": {[]string{"grant_type", "password"}, http.StatusForbidden, ""},
		"no code":               {[]string{"grant_type", "authorization_code", "client_id", app.clientID, "client_secret", app.secret}, http.StatusBadRequest, "invalid_request"},
		"wrong secret":          {[]string{"grant_type", "authorization_code", "client_id", app.clientID, "client_secret", "x", "code", "y"}, http.StatusUnauthorized, "invalid_client"},
	} {
		if a := api.Post("/oauth/token", c.fields...); a.Status != c.status || !strings.Contains(a.Body, c.body) || c.body == "" && a.Body != "" {
			t.Errorf("%s: %d %q", name, a.Status, a.Body)
		}
	}
}
