// Package desk is what every page of the admin stands on: who is logged in, in which shop, and the page around it.
//
// It guarantees that a shop in an address is one in which the person has a role, and that any other is not found. It
// refuses to believe a cookie: the vault says who a session is.
package desk

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/asset"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Desk is the admin's common ground.
type Desk struct {
	Vault   *vault.Client
	Tenants *tenant.Service
	Places  *place.Book
	Assets  *asset.Set
	Now     func() time.Time
	// Alarm is what every page of a shop must say, or nil.
	Alarm func(r *frame.Request, rd db.Reader, s tenant.Shop) (ui.Alarm, error)

	mu    sync.Mutex
	known map[secret.Digest]seen
}

// seen is what the vault said of a session a moment ago.
type seen struct {
	who  vault.Principal
	till time.Time
}

const (
	believed = 2 * time.Second // how long an ended session may still look alive on a page; the vault itself never believes it
	maxSeen  = 10_000
)

// SessionCookie is the name of the cookie that holds the session.
const SessionCookie = "session"

// ErrNoShop is the answer for a shop in which the person has no role.
var ErrNoShop = fault.NotFound(fault.Text{Ja: "ショップが見つかりません。", En: "There is no such shop."})

// Authenticate says who asks, and enters the shop that the address names.
func (d *Desk) Authenticate(r *frame.Request) (actor.Actor, error) {
	visitor := actor.Actor{Kind: actor.Visitor}
	token := r.Session(SessionCookie)
	if token.IsZero() {
		return visitor, nil
	}
	p, err := d.principal(r.Context(), token)
	if fault.Is(err, fault.KindUnauthenticated) {
		r.UnknownSession()
		r.ClearCookie(SessionCookie)
		return visitor, nil
	}
	if err != nil {
		return visitor, err
	}
	if p.Kind != actor.Staff {
		return visitor, nil
	}
	var shop id.Shop
	if typed := r.Path("shop"); typed != "" {
		shop = id.Parse[id.Shop](typed)
		if shop == 0 || p.Role(shop) == "" {
			return visitor, ErrNoShop
		}
		r.SetShop(shop)
	}
	return p.Actor(shop, token).With(actor.ManageAccount, actor.DevelopApps, actor.BrowseShop), nil
}

// Principal is the person behind the request; frame has authenticated them.
func (d *Desk) Principal(r *frame.Request) (vault.Principal, error) {
	return d.principal(r.Context(), r.Actor().Credential)
}

func (d *Desk) principal(ctx context.Context, token secret.Token) (vault.Principal, error) {
	key, now := token.Digest(), d.Now()
	d.mu.Lock()
	s, ok := d.known[key]
	d.mu.Unlock()
	if ok && now.Before(s.till) {
		return s.who, nil
	}
	p, err := d.Vault.Check(ctx, token)
	if err != nil {
		d.Forget(token)
		return p, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil || len(d.known) > maxSeen {
		d.known = map[secret.Digest]seen{}
	}
	d.known[key] = seen{p, now.Add(believed)}
	return p, nil
}

// Forget asks the vault anew at the session's next request: after a change of what it may do.
func (d *Desk) Forget(token secret.Token) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, token.Digest())
}

// LogIn puts a session into the visitor's cookie.
func (d *Desk) LogIn(r *frame.Request, s vault.Session) {
	r.SetCookie(SessionCookie, s.Token.Reveal(), s.Expires.Sub(d.Now()))
	if !s.Device.IsZero() {
		r.SetCookie("device", s.Device.Reveal(), 400*24*time.Hour)
	}
}

// LoginPage is where somebody who is not known is sent.
func (d *Desk) LoginPage(r *frame.Request) string {
	return d.Places.Door(place.Admin, r.Host()) + "/login?next=" + queryEscape(r.LocalURL())
}

// Page begins a page's frame.
func (d *Desk) Page(r *frame.Request, title string) ui.Page {
	p := ui.Page{Lang: r.Lang(), Title: title, Site: "Noren", Nonce: r.Nonce(), Assets: d.Assets, Path: r.URLPath(), Hidden: ui.Unlisted}
	if code := r.Flash(); code != "" {
		p.Note = said(r, code)
	}
	return p
}

// Quiet is a page before the log-in.
func (d *Desk) Quiet(r *frame.Request, title string) ui.Quiet {
	return ui.Quiet{Page: d.Page(r, title), Shop: "Noren", Home: "/"}
}

// Admin is a page within a shop.
func (d *Desk) Admin(r *frame.Request, title string) (ui.Admin, error) {
	a := ui.Admin{Page: d.Page(r, title), Logout: "/logout", Home: "/"}
	if r.Shop() == 0 {
		a.Shop = "Noren"
		a.Nav = []ui.Link{{Href: "/", Text: a.T("ショップ", "Shops"), Icon: ui.IconHome}, d.me(r)}
		return a, nil
	}
	var shop tenant.Shop
	err := r.Read(func(rd db.Reader) (err error) {
		if shop, err = d.Tenants.Get(r.Context(), rd); err != nil || d.Alarm == nil {
			return err
		}
		a.Alarm, err = d.Alarm(r, rd, shop)
		return err
	})
	if errors.Is(err, ErrNoShop) {
		return a, ErrNoShop
	}
	if err != nil {
		return a, err
	}
	a.Shop, a.Site = shop.Name, shop.Name
	a.Home = d.URL(r, "")
	a.Visit = d.Places.Shop(shop.ID, shop.Handle, r.Host())
	a.Nav = d.nav(r)
	return a, nil
}

// URL is an address within the request's shop.
func (d *Desk) URL(r *frame.Request, path string) string { return "/" + id.String(r.Shop()) + path }

func (d *Desk) me(r *frame.Request) ui.Link {
	return ui.Link{Href: "/me", Text: r.Lang().Pick("ログインと安全", "Log-in & security"), Icon: ui.IconLock, Current: r.URLPath() == "/me"}
}
