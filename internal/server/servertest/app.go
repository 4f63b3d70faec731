package servertest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/web/place"
)

// An App calls the public API with a token.
type App struct {
	t      testing.TB
	client *http.Client
	base   string
	Token  secret.Token
	ID     id.App
}

// App installs a new app with those scopes in a shop; without any it has every one of the reference service's.
func (s *Server) App(t testing.TB, shop Shop, scopes ...actor.Scope) *App {
	t.Helper()
	if len(scopes) == 0 {
		scopes = actor.Scopes()
	}
	s.apps++
	v := &vaulttest.Vault{Client: s.Vault}
	app := v.App(t, vault.AppClient{App: id.App(1000 + s.apps), Scopes: scopes})
	return &App{t: t, client: s.Door(t, place.API).client, base: s.Book.Door(place.API, ""), Token: v.Install(t, shop.Owner, shop.ID, app).Access, ID: app.ID}
}

// A Reply is what the API answered.
type Reply struct {
	Status int
	Header http.Header
	Raw    []byte
	Body   map[string]any // empty when the answer is no object
}

// Call asks. A body that is a string is sent as it is; anything else as JSON. headers are pairs.
func (a *App) Call(method, path string, body any, headers ...string) Reply {
	a.t.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case string:
		raw = []byte(b)
	default:
		var err error
		if raw, err = json.Marshal(b); err != nil {
			a.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.base+path, bytes.NewReader(raw))
	if err != nil {
		a.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if !a.Token.IsZero() {
		req.Header.Set("Authorization", "Bearer "+a.Token.Reveal())
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := a.client.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	out := Reply{Status: res.StatusCode, Header: res.Header, Raw: []byte(drain(res.Body)), Body: map[string]any{}}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		d := json.NewDecoder(bytes.NewReader(out.Raw))
		d.UseNumber()
		_ = d.Decode(&out.Body) // an array is no object: Raw has it
	}
	return out
}

// Get asks with GET.
func (a *App) Get(path string) Reply { return a.Call(http.MethodGet, path, nil) }

// Stranger is the same caller without a token.
func (a *App) Stranger() *App { return &App{t: a.t, client: a.client, base: a.base} }
