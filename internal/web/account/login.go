package account

import (
	"net/url"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/member"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

// The cookies of a member; frame names them by shop.
const (
	sessionCookie = "session"
	deviceCookie  = "device"
	deviceTime    = 400 * 24 * time.Hour
)

// Authenticate enters the shop that the address names. Everybody is a visitor but who has a member's session of this very
// shop. While the vault is away nobody is known, and only a member's own pages need to say so: a purchase goes on.
func (a *Account) Authenticate(r *frame.Request) (actor.Actor, error) {
	visitor := actor.Actor{Kind: actor.Visitor}.With()
	typed := r.Path("shop")
	if typed == "" {
		return visitor, nil
	}
	shop := id.Parse[id.Shop](typed)
	if shop == id.Platform {
		return actor.Actor{}, ErrNoShop
	}
	r.SetShop(shop)
	token := r.Session(sessionCookie)
	if token.IsZero() {
		return visitor, nil
	}
	p, err := a.Vault.Check(r.Context(), token)
	if fault.Is(err, fault.KindUnauthenticated) {
		r.UnknownSession()
		r.ClearCookie(sessionCookie)
		return visitor, nil
	}
	if err != nil {
		if at := strings.TrimPrefix(r.URLPath(), base(shop)); at == "/me" || strings.HasPrefix(at, "/me/") {
			return visitor, err
		}
		return visitor, nil
	}
	if p.Kind != actor.Member || p.Shop != shop {
		r.ClearCookie(sessionCookie)
		return visitor, nil
	}
	return p.Actor(shop, token).With(actor.ManageAccount), nil
}

// unsure says that there is a session and nobody who could tell whose.
func unsure(r *frame.Request) bool {
	return r.Actor().Kind == actor.Visitor && !secret.ParseToken(r.Cookie(sessionCookie)).IsZero()
}

// LoginPage is where somebody who is not known is sent.
func (a *Account) LoginPage(r *frame.Request) string {
	return a.Places.Door(place.Account, r.Host()) + base(r.Shop()) + "/login?next=" + url.QueryEscape(r.LocalURL())
}

// entry is a page of the way in.
type entry struct {
	ui.Quiet
	errors ui.Errors
	values map[string]string
	base   string // /s/123
	next   string
}

func (e entry) at(name string) string { return e.values[name] }

// entry begins a page of the way in, with what was typed (but for passwords) and what is wrong with it.
func (a *Account) entry(r *frame.Request, title fault.Text, f frame.Form, wrong error) (entry, error) {
	s, err := a.shop(r)
	if err != nil {
		return entry{}, err
	}
	e := entry{Quiet: a.quiet(r, s, r.Lang().Pick(title.Ja, title.En)), errors: ui.ErrorsOf(r.Lang(), wrong), base: base(s.ID),
		values: map[string]string{"name": f.Get("name"), "email": f.Get("email")}}
	e.Note = said(r)
	e.next = next(r, r.Query("next"))
	if typed := f.Get("next"); typed != "" {
		e.next = next(r, typed)
	}
	return e, nil
}

// show answers with a page of the way in. A fault is shown on it; any other error is frame's.
func (a *Account) show(r *frame.Request, title fault.Text, f frame.Form, wrong error, page func(entry) templ.Component) (frame.Response, error) {
	if _, ok := fault.Of(wrong); wrong != nil && !ok {
		return frame.Response{}, wrong
	}
	e, err := a.entry(r, title, f, wrong)
	if err != nil {
		return frame.Response{}, err
	}
	if wrong != nil {
		return frame.Page(page(e)).Status(frame.StatusOf(wrong)), nil
	}
	return frame.Page(page(e)), nil
}

// next is where a log-in leads: within the shop's pages here, and nowhere else.
func next(r *frame.Request, path string) string {
	if frame.IsLocal(path) && strings.HasPrefix(path, base(r.Shop())+"/") {
		return path
	}
	return base(r.Shop()) + "/me"
}

// said turns the message that the page before left into words.
func said(r *frame.Request) ui.Note {
	switch r.Flash() {
	case "welcome":
		return ui.Note{Tone: ui.Good, Text: r.Lang().Pick("会員登録が完了しました。", "Your account is ready.")}
	case "password-changed":
		return ui.Note{Tone: ui.Good, Text: r.Lang().Pick("パスワードを変更しました。", "Your password has been changed.")}
	case "logged-out":
		return ui.Note{Tone: ui.Good, Text: r.Lang().Pick("ログアウトしました。", "You are logged out.")}
	}
	return ui.Note{}
}

func titleLogin() fault.Text    { return fault.Text{Ja: "ログイン", En: "Log in"} }
func titleRegister() fault.Text { return fault.Text{Ja: "会員登録", En: "Make an account"} }
func titleReset() fault.Text {
	return fault.Text{Ja: "パスワードの再設定", En: "Reset your password"}
}
func titlePassword() fault.Text {
	return fault.Text{Ja: "新しいパスワード", En: "A new password"}
}

// enters puts a session into the member's cookie.
func (a *Account) enters(r *frame.Request, s vault.Session) {
	r.SetCookie(sessionCookie, s.Token.Reveal(), s.Expires.Sub(a.Now()))
	if !s.Device.IsZero() {
		r.SetCookie(deviceCookie, s.Device.Reveal(), deviceTime)
	}
}

func (a *Account) showLogin(r *frame.Request) (frame.Response, error) {
	if r.Actor().Kind == actor.Member {
		return frame.Redirect(next(r, r.Query("next"))), nil
	}
	return a.show(r, titleLogin(), frame.Form{}, nil, loginPage)
}

func (a *Account) login(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if _, err := a.shop(r); err != nil {
		return frame.Response{}, err
	}
	s, err := a.Vault.LogIn(r.Context(), vault.LogIn{Realm: r.Shop(), Login: f.Get("email"), Password: f.Secret("password"),
		Network: r.ClientIP().String(), Device: secret.ParseToken(r.Cookie(deviceCookie)), Agent: r.Header("User-Agent")})
	if err == nil && s.NeedsCode { // members have no second factor: there is no page that sets one up
		err = vault.ErrLogIn
	}
	if err != nil {
		return a.show(r, titleLogin(), f, err, loginPage)
	}
	a.enters(r, s)
	return frame.Redirect(next(r, f.Get("next"))), nil
}

func (a *Account) logout(r *frame.Request) (frame.Response, error) {
	if token := secret.ParseToken(r.Cookie(sessionCookie)); !token.IsZero() {
		if err := a.Vault.End(r.Context(), token); err != nil {
			return frame.Response{}, err
		}
	}
	r.ClearCookie(sessionCookie)
	r.SetFlash("logged-out")
	return frame.Redirect(base(r.Shop()) + "/login"), nil
}

func (a *Account) showRegister(r *frame.Request) (frame.Response, error) {
	return a.show(r, titleRegister(), frame.Form{}, nil, registerPage)
}

func (a *Account) register(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if _, err := a.shop(r); err != nil {
		return frame.Response{}, err
	}
	s, err := a.Member.Join(r.Context(), r.Scope(), member.Person{Name: f.Get("name"), Email: f.Get("email"), Password: f.Secret("password"),
		Lang: r.Lang(), Network: r.ClientIP().String(), Agent: r.Header("User-Agent")})
	if err != nil {
		return a.show(r, titleRegister(), f, err, registerPage)
	}
	a.enters(r, s)
	r.SetFlash("welcome")
	return frame.Redirect(next(r, f.Get("next"))), nil
}

func (a *Account) showReset(r *frame.Request) (frame.Response, error) {
	return a.show(r, titleReset(), frame.Form{}, nil, resetPage)
}

// reset sends a link to whom the e-mail belongs to. Its answer is the same for everyone.
func (a *Account) reset(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if _, err := a.shop(r); err != nil {
		return frame.Response{}, err
	}
	if f.Get("email") == "" {
		return a.show(r, titleReset(), f, fault.Invalid("email", fault.Text{Ja: "メールアドレスを入力してください。",
			En: "Please enter your e-mail address."}), resetPage)
	}
	token, who, err := a.Vault.StartReset(r.Context(), r.Shop(), f.Get("email"), r.ClientIP().String())
	if err != nil {
		return a.show(r, titleReset(), f, err, resetPage)
	}
	if !who.IsZero() {
		a.Letters.Reset(r.Context(), who, a.Places.Door(place.Account, r.Host())+base(r.Shop())+"/reset/"+token.Reveal(), r.ID())
	}
	return a.show(r, titleReset(), f, nil, resetSentPage)
}

func (a *Account) showNewPassword(r *frame.Request) (frame.Response, error) {
	return a.show(r, titlePassword(), frame.Form{}, nil, newPasswordPage)
}

func (a *Account) newPassword(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if err := a.Vault.FinishReset(r.Context(), secret.ParseToken(r.Path("token")), f.Secret("password")); err != nil {
		return a.show(r, titlePassword(), f, err, newPasswordPage)
	}
	r.SetFlash("password-changed")
	return frame.Redirect(base(r.Shop()) + "/login"), nil
}
