// Package ops is the operator's console: the service's health, its shops, its money, what waits and what fails.
//
// It guarantees that only an operator's session gets past the log-in. It refuses to show personal data: an operator has no
// right to a shop's customers.
package ops

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/billing"
	"github.com/noren-shop/noren/internal/flow/evidence"
	"github.com/noren-shop/noren/internal/flow/operate"
	"github.com/noren-shop/noren/internal/security/detect"
	"github.com/noren-shop/noren/internal/security/switches"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/asset"
	"github.com/noren-shop/noren/internal/web/ops/money"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

// Door is the console.
type Door struct {
	Vault   *vault.Client
	Operate *operate.Flow
	Billing *billing.Flow
	Sim     bool // simulated money may be taken
	Places  *place.Book
	Assets  *asset.Set
	Engine  string
	// Evidence reports on the card standards.
	Evidence func(context.Context) (evidence.Report, error)
	Now      func() time.Time

	Findings *detect.Service
	Switches *switches.Set
}

// Routes is the door's table.
func (d *Door) Routes() []frame.Route {
	bills := &money.Money{Billing: d.Billing, Sim: d.Sim, Page: func(r *frame.Request, title string) (ui.Ops, error) {
		return d.console(r, title, "/billing")
	}}
	return append([]frame.Route{
		{Method: "GET", Pattern: "/{$}", Right: actor.OperateShops, Handler: d.overview},
		{Method: "GET", Pattern: "/evidence", Right: actor.OperateShops, Handler: d.evidence},
		{Method: "GET", Pattern: "/evidence/print", Right: actor.OperateShops, Handler: d.print},
		{Method: "GET", Pattern: "/login", Right: frame.Public, Handler: d.showLogin},
		{Method: "POST", Pattern: "/login", Act: frame.LogsIn, Right: frame.Public, Handler: d.login},
		{Method: "POST", Pattern: "/login/code", Act: frame.LogsIn, Right: frame.Public, Handler: d.code},
		{Method: "POST", Pattern: "/logout", Act: frame.LogsOut, Right: frame.Public, Handler: d.logout},
		{Method: "GET", Pattern: "/findings", Right: actor.OperateShops, Handler: d.listFindings},
		{Method: "GET", Pattern: "/findings/{of}/{finding}", Right: actor.OperateShops, Handler: d.showFinding},
		{Method: "POST", Pattern: "/findings/{of}/{finding}", Right: actor.OperateShops, Handler: d.moveFinding},
		{Method: "GET", Pattern: "/switches", Right: actor.OperateShops, Handler: d.showSwitches},
		{Method: "POST", Pattern: "/switches/keep", Right: actor.OperateShops, Handler: d.switchKeep},
		{Method: "POST", Pattern: "/switches/off", Right: actor.OperateShops, Handler: d.switchOff},
		{Method: "POST", Pattern: "/switches/on", Right: actor.OperateShops, Handler: d.switchOn},
		d.Assets.Route(),
	}, bills.Routes()...)
}

const cookie = "session"

// Authenticate asks the vault who the session is.
func (d *Door) Authenticate(r *frame.Request) (actor.Actor, error) {
	visitor := actor.Actor{Kind: actor.Visitor}
	token := r.Session(cookie)
	if token.IsZero() {
		return visitor, nil
	}
	p, err := d.Vault.Check(r.Context(), token)
	if fault.Is(err, fault.KindUnauthenticated) {
		r.UnknownSession()
		return visitor, nil
	}
	if err != nil || p.Kind != actor.Operator {
		return visitor, err
	}
	return p.Actor(id.Platform, token), nil
}

// LoginPage is where somebody who is not known is sent.
func (d *Door) LoginPage(r *frame.Request) string {
	return d.Places.Door(place.Ops, r.Host()) + "/login"
}

func (d *Door) page(r *frame.Request, title string) ui.Page {
	return ui.Page{Lang: r.Lang(), Title: title, Site: "Noren", Nonce: r.Nonce(), Assets: d.Assets, Path: r.URLPath(), Hidden: ui.Unlisted}
}

func (d *Door) quiet(r *frame.Request) ui.Quiet {
	return ui.Quiet{Page: d.page(r, r.Lang().Pick("運営コンソール", "Operator's console")), Shop: "Noren", Home: "/"}
}

func (d *Door) showLogin(r *frame.Request) (frame.Response, error) {
	return frame.Page(loginPage(d.quiet(r), ui.Errors{}, "")), nil
}

func (d *Door) login(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	s, err := d.Vault.LogIn(r.Context(), vault.LogIn{Realm: id.Platform, Login: f.Get("email"), Password: f.Secret("password"),
		Network: r.ClientIP().String(), Device: secret.ParseToken(r.Cookie("device")), Agent: r.Header("User-Agent")})
	if err == nil && s.Who.Population != vault.OperatorStaff {
		err = vault.ErrLogIn // an owner's password opens the admin, not the console
		if e := d.Vault.End(r.Context(), s.Token); e != nil {
			return frame.Response{}, e
		}
	}
	if err != nil {
		return again(err, loginPage(d.quiet(r), ui.ErrorsOf(r.Lang(), err), f.Get("email")))
	}
	if s.NeedsCode {
		r.SetCookie("pending", s.Token.Reveal(), 10*time.Minute)
		return frame.Page(codePage(d.quiet(r), ui.Errors{})), nil
	}
	return d.enter(r, s), nil
}

func (d *Door) code(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	s, err := d.Vault.ConfirmCode(r.Context(), secret.ParseToken(r.Cookie("pending")), f.Secret("code"), r.ClientIP().String())
	if err != nil {
		return again(err, codePage(d.quiet(r), ui.ErrorsOf(r.Lang(), err)))
	}
	r.ClearCookie("pending")
	return d.enter(r, s), nil
}

func (d *Door) enter(r *frame.Request, s vault.Session) frame.Response {
	r.SetCookie(cookie, s.Token.Reveal(), s.Expires.Sub(d.Now()))
	if !s.Device.IsZero() {
		r.SetCookie("device", s.Device.Reveal(), 400*24*time.Hour)
	}
	return frame.Redirect("/")
}

func (d *Door) logout(r *frame.Request) (frame.Response, error) {
	if token := secret.ParseToken(r.Cookie(cookie)); !token.IsZero() {
		if err := d.Vault.End(r.Context(), token); err != nil {
			return frame.Response{}, err
		}
	}
	r.ClearCookie(cookie)
	return frame.Redirect("/login"), nil
}

func again(err error, page templ.Component) (frame.Response, error) {
	if _, ok := fault.Of(err); !ok {
		return frame.Response{}, err
	}
	return frame.Page(page).Status(frame.StatusOf(err)), nil
}

// health is what answers, and what is missing.
type health struct {
	engine  string
	vault   error
	missing []string
}

func (d *Door) health(ctx context.Context) health {
	h := health{engine: d.Engine}
	h.missing, h.vault = d.Vault.Health(ctx)
	return h
}

func (d *Door) overview(r *frame.Request) (frame.Response, error) {
	o, err := d.Operate.Overview(r.Context(), r.Scope())
	if err != nil {
		return frame.Response{}, err
	}
	p, err := d.console(r, r.Lang().Pick("サービスの様子", "The service"), "/")
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(overviewPage(p, o, d.health(r.Context()), d.shops(r, p.Page, o.Shops))), nil
}
