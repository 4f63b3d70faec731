package vault_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

func sales() []actor.Scope { return []actor.Scope{actor.ReadSales, actor.ReadProducts} }

// app is who holds a token, as a door finds out.
func (h *house) app(t testing.TB, token secret.Token, at id.Shop) (actor.Actor, error) {
	t.Helper()
	p, err := h.Check(t.Context(), token)
	return p.Actor(at, token), err
}

func TestAppReadsWhatItsOwnerAllowedUnderItsRelease(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	app := h.App(t, vault.AppClient{App: 50, Release: 3, Scopes: sales()})
	tokens := h.Install(t, h.owner, shop, app)
	who, err := h.app(t, tokens.Access, shop)
	if err != nil || who.Kind != actor.App || who.App != 50 || who.Release != 3 || !who.May(actor.ViewOrders) || who.May(actor.EditOrders) {
		t.Fatalf("%+v, %v", who, err)
	}
	o, _ := h.order(t, shop, 1)
	if err := h.open(t, who, shop, vault.AppOrders, o); err != nil {
		t.Fatal(err)
	}
	log, err := h.log(t, h.owner, shop, vault.AccessQuery{Subject: o.Subject})
	if err != nil || len(log) != 1 || log[0].ByKind != "app" || log[0].By != 50 || log[0].Release != 3 {
		t.Errorf("%+v, %v", log, err)
	}
	theirs, _ := h.order(t, other, 2)
	for name, err := range map[string]error{
		"another shop":     h.open(t, who, other, vault.AppOrders, theirs),
		"staff's purpose":  h.open(t, who, shop, vault.ViewOrder, o),
		"staff as the app": h.open(t, h.owner, shop, vault.AppOrders, o),
	} {
		if !errors.Is(err, vault.ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if elsewhere, _ := h.app(t, tokens.Access, other); elsewhere.May(actor.BrowseShop) || elsewhere.May(actor.ViewOrders) {
		t.Error("the app has rights in another shop")
	}
}

func TestFineScopesOpenTheirClassesAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	app := h.App(t, vault.AppClient{App: 50, Scopes: []actor.Scope{actor.ReadOrders, actor.PersonalScope(vault.Name.String())}})
	who, err := h.app(t, h.Install(t, h.owner, shop, app).Access, shop)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := h.order(t, shop, 1)
	if err := h.open(t, who, shop, vault.AppOrders, o); !errors.Is(err, vault.ErrDenied) {
		t.Errorf("name, mail and note with the scope of the name: %v", err)
	}
	for i := range o.Fields {
		if o.Fields[i].Class == vault.Name {
			o.Fields = o.Fields[i : i+1]
			break
		}
	}
	if err := h.open(t, who, shop, vault.AppOrders, o); err != nil || *o.Fields[0].Text != "name of 1" {
		t.Errorf("the name: %v", err)
	}
}

func TestEndedMeansEndedAtTheNextRequest(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *house, vaulttest.App, vault.AppTokens, secret.Token) error{
		"by the owner": func(t *testing.T, h *house, a vaulttest.App, _ vault.AppTokens, _ secret.Token) error {
			return h.EndApp(t.Context(), h.owner.Credential, shop, a.ID)
		},
		"by the client": func(t *testing.T, h *house, a vaulttest.App, k vault.AppTokens, _ secret.Token) error {
			return h.RevokeAppToken(t.Context(), a.ClientID, a.Key, secret.NewText(k.Access.Reveal()))
		},
		"by the app itself": func(t *testing.T, h *house, a vaulttest.App, k vault.AppTokens, _ secret.Token) error {
			return h.EndApp(t.Context(), k.Access, shop, a.ID)
		},
		"by the operator's stop": func(t *testing.T, h *house, a vaulttest.App, _ vault.AppTokens, op secret.Token) error {
			return h.StopApp(t.Context(), op, a.ID, vault.StopIt)
		},
		"by a narrower registration": func(t *testing.T, h *house, a vaulttest.App, _ vault.AppTokens, _ secret.Token) error {
			dev := h.LogIn(t, vault.AccountSubject(vault.Developer, id.Account(a.ID)), "dev"+id.String(a.ID)+"@example.com")
			_, _, err := h.RegisterApp(t.Context(), dev, vault.AppClient{App: a.ID, Release: 2, Redirects: []string{a.Redirect}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, keeper.Config{})
			op := h.LogIn(t, vault.AccountSubject(vault.OperatorStaff, 900), "op@example.com")
			app := h.App(t, vault.AppClient{App: 50, Scopes: sales()})
			tokens := h.Install(t, h.owner, shop, app)
			if err := end(t, h, app, tokens, op); err != nil {
				t.Fatal(err)
			}
			if who, err := h.app(t, tokens.Access, shop); err == nil && who.May(actor.ViewOrders) {
				t.Errorf("still may: %+v", who.Scopes)
			}
		})
	}
}

func TestOnlyAnOwnersSessionLetsAnAppIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	app := h.App(t, vault.AppClient{App: 50, Scopes: sales()})
	tokens := h.Install(t, h.owner, shop, app)
	packer := h.Staff(t, h.owner, shop, 101, actor.Manager)
	ok := vault.Authorisation{Shop: shop, ClientID: app.ClientID, Redirect: app.Redirect, Scopes: app.Scopes}
	for name, c := range map[string]struct {
		by     secret.Token
		change func(*vault.Authorisation)
		want   error
	}{
		"a manager":       {packer.Credential, func(*vault.Authorisation) {}, vault.ErrDenied},
		"the app's token": {tokens.Access, func(*vault.Authorisation) {}, vault.ErrDenied},
		"another shop":    {h.owner.Credential, func(a *vault.Authorisation) { a.Shop = other }, vault.ErrDenied},
		"unknown client":  {h.owner.Credential, func(a *vault.Authorisation) { a.ClientID = "x" }, vault.OAuthError("invalid_client")},
		"another address": {h.owner.Credential, func(a *vault.Authorisation) { a.Redirect += "/" }, vault.OAuthError("redirect")},
		"more scopes": {h.owner.Credential, func(a *vault.Authorisation) { a.Scopes = []actor.Scope{actor.WriteSales} },
			vault.OAuthError("invalid_scope")},
	} {
		in := ok
		c.change(&in)
		if _, err := h.AuthoriseApp(t.Context(), c.by, in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCodeIsGoodOnceForItsClient(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	app, thief := h.App(t, vault.AppClient{App: 50, Scopes: sales()}), h.App(t, vault.AppClient{App: 51, Scopes: sales()})
	code := func() secret.Text {
		c, err := h.AuthoriseApp(t.Context(), h.owner.Credential, vault.Authorisation{Shop: shop, ClientID: app.ClientID, Redirect: app.Redirect, Scopes: app.Scopes})
		if err != nil || len(c.Reveal()) != 64 {
			t.Fatal(len(c.Reveal()), err)
		}
		return c
	}
	in := vault.Exchange{GrantType: "authorization_code", ClientID: app.ClientID, Secret: app.Key, Redirect: app.Redirect}
	for want, change := range map[vault.OAuthError]func(*vault.Exchange){
		"invalid_client":         func(x *vault.Exchange) { x.Secret = thief.Key },
		"invalid_grant":          func(x *vault.Exchange) { x.ClientID, x.Secret = thief.ClientID, thief.Key },
		"unsupported_grant_type": func(x *vault.Exchange) { x.GrantType = "password" },
		"invalid_request":        func(x *vault.Exchange) { x.Code = secret.Text{} },
	} {
		x := in
		x.Code = code()
		change(&x)
		if _, err := h.ExchangeApp(t.Context(), x); !errors.Is(err, want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	x := in
	x.Code = code()
	var good atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, err := h.ExchangeApp(t.Context(), x); err == nil {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	if good.Load() != 1 {
		t.Errorf("a code gave %d tokens", good.Load())
	}
	x.Code = code()
	h.Clock.Add(11 * time.Minute)
	if _, err := h.ExchangeApp(t.Context(), x); !errors.Is(err, vault.OAuthError("invalid_grant")) {
		t.Errorf("after eleven minutes: %v", err)
	}
}

func TestModernTokensEndAndRotate(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	app := h.App(t, vault.AppClient{App: 50, Scopes: sales(), Modern: true})
	if _, err := h.AuthoriseApp(t.Context(), h.owner.Credential, vault.Authorisation{Shop: shop, ClientID: app.ClientID, Redirect: app.Redirect}); !errors.Is(err, vault.OAuthError("invalid_request")) {
		t.Errorf("without a challenge: %v", err)
	}
	first := h.Install(t, h.owner, shop, app)
	renew := func(k secret.Text) (vault.AppTokens, error) {
		return h.ExchangeApp(t.Context(), vault.Exchange{GrantType: "refresh_token", ClientID: app.ClientID, Secret: app.Key, Refresh: k})
	}
	h.Clock.Add(61 * time.Minute)
	if _, err := h.Check(t.Context(), first.Access); !fault.Is(err, fault.KindUnauthenticated) {
		t.Errorf("after an hour: %v", err)
	}
	second, err := renew(first.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	if in, err := h.IntrospectApp(t.Context(), app.ClientID, app.Key, secret.NewText(second.Access.Reveal())); err != nil || in.Shop != shop || len(in.Scopes) != 2 {
		t.Errorf("introspection: %+v, %v", in, err)
	}
	if _, err := renew(first.Refresh); !errors.Is(err, vault.OAuthError("invalid_grant")) {
		t.Errorf("a refresh token twice: %v", err)
	}
	if _, err := h.Check(t.Context(), second.Access); err == nil {
		t.Error("after a refresh token came twice its family lives on")
	}
	if _, err := renew(second.Refresh); err == nil {
		t.Error("after a refresh token came twice its family renews")
	}
}

func TestAppsBudgetHoldsOverAllItsShops(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	second := h.Owner(t, other, 200)
	app := h.App(t, vault.AppClient{App: 50, Scopes: sales()})
	a, err := h.app(t, h.Install(t, h.owner, shop, app).Access, shop)
	if err != nil {
		t.Fatal(err)
	}
	b, err := h.app(t, h.Install(t, second, other, app).Access, other)
	if err != nil {
		t.Fatal(err)
	}
	row, exposed := int64(0), 0
	for range 120 {
		for _, c := range []struct {
			who actor.Actor
			at  id.Shop
		}{{a, shop}, {b, other}} {
			row++
			o, _ := h.order(t, c.at, row)
			err := h.open(t, c.who, c.at, vault.AppOrders, o)
			if err == nil {
				exposed++
			} else if !errors.Is(err, vault.ErrBudget) {
				t.Fatal(err)
			}
		}
	}
	if exposed != 200 {
		t.Errorf("%d persons within a minute", exposed)
	}
}
