// Package vaulttest gives tests a real vault in their own process: a keeper with SQLite stores, a socket, a clock
// that the
// test moves, and a client.
//
// It guarantees the vault's true rules (rights, budgets, ledger before plaintext); only passwords are cheap. It
// refuses to be
// used outside tests: it takes a testing.TB.
package vaulttest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/keys"
	"github.com/noren-shop/noren/internal/security/login"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
)

// Password is every test person's.
const Password = "noren-test-7391"

// A Clock is the time of a test.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock begins at that moment.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now is the time; it fits db.Config.Now.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves it on.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A Vault is a running one.
type Vault struct {
	*vault.Client
	Clock  *Clock
	Keeper *keeper.Keeper
	Socket string
	Config keeper.Config // as it was opened, for tests that start it again
	stop   func()
}

// New starts a vault that ends with the test.
func New(t testing.TB) *Vault {
	t.Helper()
	return With(t, keeper.Config{})
}

// With is New with what the config sets; the rest is filled in.
func With(t testing.TB, c keeper.Config) *Vault {
	t.Helper()
	clock := NewClock(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	dir, err := os.MkdirTemp("", "nv") // a socket's path is at most some 100 bytes, and t.TempDir's is long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if c.Folder == "" {
		c.Folder = filepath.Join(dir, "vault")
	}
	c.Socket = filepath.Join(dir, "s")
	if c.Keys == nil {
		if c.Keys, err = keys.NewSet(); err != nil {
			t.Fatal(err)
		}
	}
	if c.Cost == (login.Cost{}) {
		c.Cost = login.Cost{MemoryKiB: 8, Time: 1, Threads: 1}
	}
	if c.Now == nil {
		c.Now = clock.Now
	}
	c.Volatile = c.Ledger == "" // a benchmark that names a ledger wants it durable
	v := &Vault{Client: vault.New(vault.Config{Socket: c.Socket}), Clock: clock, Socket: c.Socket, Config: c}
	v.Start(t)
	t.Cleanup(func() { v.Client.Close(); v.Stop() })
	return v
}

// Start opens the keeper; after Stop it is the same vault again.
func (v *Vault) Start(t testing.TB) {
	t.Helper()
	k, err := keeper.Open(t.Context(), v.Config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := k.Serve(ctx); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	}()
	v.Keeper = k
	v.stop = func() {
		cancel()
		<-done
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Stop ends the keeper, as when the vault is away.
func (v *Vault) Stop() {
	if v.stop != nil {
		v.stop()
		v.stop = nil
	}
}

// Shop makes the shop's key and stores it.
func (v *Vault) Shop(t testing.TB, d *db.DB, shop id.Shop) {
	t.Helper()
	key, err := v.CreateShop(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), db.Scope{Shop: shop}, func(tx *db.Tx) error { return vault.SaveShopKey(t.Context(), tx, key) })
	if err != nil {
		t.Fatal(err)
	}
}

// LogIn registers a person, unless they are, and opens a session.
func (v *Vault) LogIn(t testing.TB, who vault.Subject, login string) secret.Token {
	t.Helper()
	err := v.Register(t.Context(), vault.Registration{Who: who, Login: login, Password: secret.NewText(Password)})
	if err != nil && err != error(vault.ErrLoginTaken) {
		t.Fatal(err)
	}
	s, err := v.Client.LogIn(t.Context(), vault.LogIn{Realm: who.Shop, Login: login, Password: secret.NewText(Password), Network: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return s.Token
}

// Owner registers an account, makes it the new shop's owner, and gives its actor there.
func (v *Vault) Owner(t testing.TB, shop id.Shop, account id.Account) actor.Actor {
	t.Helper()
	who := vault.AccountSubject(vault.ShopOwner, account)
	token := v.LogIn(t, who, "owner"+id.String(account)+"@example.com")
	if err := v.Grant(t.Context(), token, who, shop, actor.Owner); err != nil {
		t.Fatal(err)
	}
	return actor.Actor{Kind: actor.Staff, Account: account, Role: actor.Owner, Credential: token}.With()
}

// Staff registers an account to which the owner gives a role.
func (v *Vault) Staff(t testing.TB, owner actor.Actor, shop id.Shop, account id.Account, role actor.Role) actor.Actor {
	t.Helper()
	who := vault.AccountSubject(vault.StaffMember, account)
	token := v.LogIn(t, who, "staff"+id.String(account)+"@example.com")
	if err := v.Grant(t.Context(), owner.Credential, who, shop, role); err != nil {
		t.Fatal(err)
	}
	return actor.Actor{Kind: actor.Staff, Account: account, Role: role, Credential: token}.With()
}

// Job is Noren itself, at one flow's work in a shop.
func (v *Vault) Job(t testing.TB, f actor.Flow, why vault.Purpose, shop id.Shop) actor.Actor {
	t.Helper()
	token, err := v.JobToken(t.Context(), why, shop)
	if err != nil {
		t.Fatal(err)
	}
	return actor.ForJob(f, token)
}

// An App is another's program that is registered, with the key that only it has.
type App struct {
	ID       id.App
	ClientID string
	Key      secret.Text
	Redirect string
	Scopes   []actor.Scope
}

// App registers a developer and an app of theirs, of the reference service's manner unless it is modern.
func (v *Vault) App(t testing.TB, in vault.AppClient) App {
	t.Helper()
	dev := v.LogIn(t, vault.AccountSubject(vault.Developer, id.Account(in.App)), "dev"+id.String(in.App)+"@example.com")
	in.Redirects = []string{"https://app.example.com/callback"}
	if in.Release == 0 {
		in.Release = 1
	}
	clientID, key, err := v.RegisterApp(t.Context(), dev, in)
	if err != nil {
		t.Fatal(err)
	}
	return App{ID: in.App, ClientID: clientID, Key: key, Redirect: in.Redirects[0], Scopes: in.Scopes}
}

// Install has an owner consent to what the app asks for, and gives the app's tokens.
func (v *Vault) Install(t testing.TB, owner actor.Actor, shop id.Shop, app App) vault.AppTokens {
	t.Helper()
	sum := sha256.Sum256([]byte(Verifier))
	code, err := v.AuthoriseApp(t.Context(), owner.Credential, vault.Authorisation{Shop: shop, ClientID: app.ClientID, Redirect: app.Redirect,
		Scopes: app.Scopes, Challenge: base64.RawURLEncoding.EncodeToString(sum[:])})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := v.ExchangeApp(t.Context(), vault.Exchange{GrantType: "authorization_code", ClientID: app.ClientID, Secret: app.Key,
		Code: code, Redirect: app.Redirect, Verifier: secret.NewText(Verifier)})
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// Verifier is every test app's (RFC 7636).
const Verifier = "a-verifier-of-forty-three-characters-or-more"
