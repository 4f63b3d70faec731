// Package entry is the way into the admin: log-in with password, code or passkey, a forgotten password, sign-up, and the
// wizard that makes a shop.
//
// It guarantees that an unknown e-mail and a wrong password look the same, that a reset link is made from the service's
// own address and never from the request's, and that what was typed (but for passwords) survives an error. It refuses to
// send anyone to another site after the log-in.
package entry

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

// A Letters sends the letters of this package.
type Letters interface {
	// Reset sends the link for a new password, later, whatever becomes of the mail server.
	Reset(ctx context.Context, who vault.Subject, link, request string)
}

// Entry is the way in.
type Entry struct {
	*desk.Desk
	Signup  *signup.Flow
	Letters Letters
	Domain  string // under which shops get their address
	Log     *slog.Logger
}

// Routes of the way in.
func (e *Entry) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/login", Right: frame.Public, Handler: e.showLogin},
		{Method: "POST", Pattern: "/login", Act: frame.LogsIn, Right: frame.Public, Handler: e.login},
		{Method: "GET", Pattern: "/login/code", Right: frame.Public, Handler: e.showCode},
		{Method: "POST", Pattern: "/login/code", Act: frame.LogsIn, Right: frame.Public, Handler: e.code},
		{Method: "POST", Pattern: "/login/passkey/begin", Act: frame.LogsIn, Right: frame.Public, Handler: e.beginPasskey},
		{Method: "POST", Pattern: "/login/passkey/finish", Act: frame.LogsIn, Right: frame.Public, Handler: e.finishPasskey},
		{Method: "POST", Pattern: "/logout", Act: frame.LogsOut, Right: frame.Public, Handler: e.logout},
		{Method: "GET", Pattern: "/reset", Right: frame.Public, Handler: e.showReset},
		{Method: "POST", Pattern: "/reset", Act: frame.Resets, Right: frame.Public, Handler: e.reset},
		{Method: "GET", Pattern: "/reset/{token}", Right: frame.Public, Handler: e.showNewPassword},
		{Method: "POST", Pattern: "/reset/{token}", Act: frame.Resets, Right: frame.Public, Handler: e.newPassword},
		{Method: "GET", Pattern: "/signup", Right: frame.Public, Handler: e.showSignup},
		{Method: "POST", Pattern: "/signup", Act: frame.Registers, Right: frame.Public, Handler: e.signup},
		{Method: "GET", Pattern: "/shops/new", Right: actor.ManageAccount, Handler: e.showNewShop},
		{Method: "POST", Pattern: "/shops/new", Right: actor.ManageAccount, Handler: e.newShop},
	}
}

// form is what a page of this package shows again after an error.
type form struct {
	errors ui.Errors
	values map[string]string
}

func (f form) at(name string) string { return f.values[name] }

func kept(r *frame.Request, f frame.Form, err error, names ...string) form {
	out := form{errors: ui.ErrorsOf(r.Lang(), err), values: map[string]string{}}
	for _, n := range names {
		out.values[n] = f.Get(n)
	}
	return out
}

// again answers a form's fault with the form; any other error is frame's.
func again(err error, page templ.Component) (frame.Response, error) {
	if _, ok := fault.Of(err); !ok {
		return frame.Response{}, err
	}
	return frame.Page(page).Status(frame.StatusOf(err)), nil
}

func next(path string) string {
	if frame.IsLocal(path) {
		return path
	}
	return "/"
}

func (e *Entry) showLogin(r *frame.Request) (frame.Response, error) {
	if r.Actor().Kind == actor.Staff {
		return frame.Redirect(next(r.Query("next"))), nil
	}
	return frame.Page(loginPage(e.Quiet(r, r.Lang().Pick("ログイン", "Log in")), form{}, next(r.Query("next")))), nil
}

func (e *Entry) login(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	s, err := e.Vault.LogIn(r.Context(), vault.LogIn{Realm: id.Platform, Login: f.Get("email"), Password: f.Secret("password"),
		Network: r.ClientIP().String(), Device: secret.ParseToken(r.Cookie("device")), Agent: r.Header("User-Agent")})
	if err != nil {
		return again(err, loginPage(e.Quiet(r, r.Lang().Pick("ログイン", "Log in")), kept(r, f, err, "email"), next(f.Get("next"))))
	}
	if s.NeedsCode {
		r.SetCookie("pending", s.Token.Reveal(), 10*time.Minute)
		return frame.Redirect("/login/code?next=" + url.QueryEscape(next(f.Get("next")))), nil
	}
	if s.Who.Population == vault.OperatorStaff {
		err := fault.Denied(fault.Text{Ja: "運営スタッフは運営コンソールからログインしてください。",
			En: "Operators log in at the operator's console."})
		return again(err, loginPage(e.Quiet(r, r.Lang().Pick("ログイン", "Log in")), kept(r, f, err, "email"), "/"))
	}
	e.LogIn(r, s)
	return frame.Redirect(next(f.Get("next"))), nil
}

func (e *Entry) showCode(r *frame.Request) (frame.Response, error) {
	if secret.ParseToken(r.Cookie("pending")).IsZero() {
		return frame.Redirect("/login"), nil
	}
	return frame.Page(codePage(e.Quiet(r, r.Lang().Pick("確認コード", "Code")), form{}, next(r.Query("next")))), nil
}

func (e *Entry) code(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	s, err := e.Vault.ConfirmCode(r.Context(), secret.ParseToken(r.Cookie("pending")), f.Secret("code"), r.ClientIP().String())
	if err != nil {
		return again(err, codePage(e.Quiet(r, r.Lang().Pick("確認コード", "Code")), kept(r, f, err), next(f.Get("next"))))
	}
	r.ClearCookie("pending")
	e.LogIn(r, s)
	return frame.Redirect(next(f.Get("next"))), nil
}

func (e *Entry) logout(r *frame.Request) (frame.Response, error) {
	token := secret.ParseToken(r.Cookie(desk.SessionCookie))
	if !token.IsZero() {
		if err := e.Vault.End(r.Context(), token); err != nil {
			return frame.Response{}, err
		}
		e.Forget(token)
	}
	r.ClearCookie(desk.SessionCookie)
	r.SetFlash("logged-out")
	return frame.Redirect("/login"), nil
}

func (e *Entry) origin(r *frame.Request) string { return e.Places.Door(place.Admin, r.Host()) }
