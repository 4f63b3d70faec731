package admin_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/web/admin"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"
)

// house is an open shop with its admin door on loopback.
type house struct {
	*flowtest.Kit
	clock  *vaulttest.Clock
	door   *httptest.Server
	packer actor.Actor
}

const home = "/7" // flowtest.Shop

func each(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, c *vaulttest.Clock) { test(t, newHouse(t, k, c)) })
}

func newHouse(t *testing.T, k *flowtest.Kit, c *vaulttest.Clock) *house {
	t.Helper()
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	d := &desk.Desk{Vault: k.Vault.Client, Tenants: k.Tenant, Places: &place.Book{Scheme: "http", Domain: "noren.test"}, Assets: assets, Now: k.Vault.Clock.Now}
	m, err := frame.Browser(frame.Config{Name: "admin", Store: k.DB, Log: log, Authenticate: d.Authenticate, Login: d.LoginPage,
		Routes: append(admin.Routes(admin.Deps{Desk: d, Store: k.DB, Log: log, Domain: "noren.test", Catalog: k.Catalog, Stock: k.Stock,
			Orders: k.Orders, Payment: k.Payment, Shipping: k.Shipping, Fulfil: k.Fulfil}), assets.Route())})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Kit: k, clock: c, door: httptest.NewServer(m), packer: k.Vault.Staff(t, k.Owner, flowtest.Shop, 202, actor.Packer)}
	t.Cleanup(h.door.Close)
	return h
}

// bank places an order that is paid in advance.
func (h *house) bank(t *testing.T) id.Order {
	t.Helper()
	f := h.Form()
	f.Payment = string(payment.BankTransfer)
	return h.Order(t, f, cart.Line{Variant: h.Tea, Quantity: 2}).Order
}

// cod places an order that is paid on delivery.
func (h *house) cod(t *testing.T) id.Order {
	t.Helper()
	return h.Order(t, h.Form(), cart.Line{Variant: h.Tea, Quantity: 1}, cart.Line{Variant: h.Cup, Quantity: 1}).Order
}

// entries are the ledger's about people of the shop, newest first.
func (h *house) entries(t *testing.T) (out []vault.Access) {
	t.Helper()
	h.Read(t, func(ctx context.Context, r db.Reader) error {
		all, _, err := h.Vault.AccessLog(ctx, r, vault.AccessQuery{Limit: 1000})
		out = nil
		for _, e := range all {
			if e.Persons > 0 {
				out = append(out, e)
			}
		}
		return err
	})
	return out
}

// person is somebody at a browser.
type person struct {
	t      *testing.T
	client *http.Client
	origin string
}

type answer struct {
	status   int
	body, to string
	header   http.Header
}

func (h *house) as(t *testing.T, who actor.Actor) person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(h.door.URL)
	if err != nil {
		t.Fatal(err)
	}
	if !who.Credential.IsZero() {
		jar.SetCookies(u, []*http.Cookie{{Name: "admin-session", Value: who.Credential.Reveal()}})
	}
	return person{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, h.door.URL}
}

func (p person) get(path string) answer { return p.do(http.MethodGet, path, nil) }

func (p person) post(path string, fields ...string) answer {
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	return p.do(http.MethodPost, path, v)
}

func (p person) do(method, path string, form url.Values) answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "ja")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{res.StatusCode, string(b), res.Header.Get("Location"), res.Header}
}

// want checks an answer's status and what it must hold; a text that begins with "!" must not appear.
func (a answer) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	for _, s := range texts {
		word, forbidden := strings.CutPrefix(s, "!")
		if strings.Contains(a.body, word) == forbidden {
			t.Errorf("%q: forbidden %v, in %s", word, forbidden, a.body)
		}
	}
}
