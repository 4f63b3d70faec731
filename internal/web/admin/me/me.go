// Package me is a person's own log-in: password, sessions, passkeys, the authenticator app.
//
// It guarantees that what makes a log-in weaker or stronger asks for the password or a code again when the last time is long
// ago, and then goes on where it was; and that recovery codes and an authenticator's secret are shown once, on an answer that
// nobody keeps. It refuses to know passwords and codes: the vault does.
package me

import (
	"context"
	"errors"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

// Me is the room.
type Me struct {
	*desk.Desk
	Accounts *account.Service
	Letters  Letters
}

// A Letters tells people by mail that their account was changed.
type Letters interface {
	Changed(ctx context.Context, who vault.Subject, what fault.Text, request string)
}

// tell sends that letter.
func (m *Me) tell(r *frame.Request, who vault.Subject, what fault.Text) {
	m.Letters.Changed(r.Context(), who, what, r.ID())
}

// told are the changes that are told by mail, by the code of the page's message.
func told(flash string) (fault.Text, bool) {
	t, ok := map[string]fault.Text{
		"password-changed": {Ja: "パスワードが変更されました", En: "The password was changed"},
		"passkey-added":    {Ja: "パスキーが追加されました", En: "A passkey was added"},
		"passkey-removed":  {Ja: "パスキーが削除されました", En: "A passkey was removed"},
		"totp-on":          {Ja: "2段階認証（確認コード）が有効になりました", En: "Codes of an authenticator are now asked for"},
		"totp-off":         {Ja: "2段階認証（確認コード）が無効になりました", En: "Codes of an authenticator are no longer asked for"},
	}[flash]
	return t, ok
}

// Routes of the room.
func (m *Me) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/me", Right: actor.ManageAccount, Handler: m.show},
		{Method: "GET", Pattern: "/me/confirm", Right: actor.ManageAccount, Handler: m.showConfirm},
		{Method: "POST", Pattern: "/me/confirm", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: m.confirm},
		{Method: "GET", Pattern: "/me/passkeys/new", Right: actor.ManageAccount, Handler: m.newPasskey},
		{Method: "POST", Pattern: "/me/passkeys/begin", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: m.beginPasskey},
		{Method: "POST", Pattern: "/me/passkeys/finish", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: m.finishPasskey},
		{Method: "POST", Pattern: "/me/passkeys/remove", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: m.removePasskey},
		{Method: "POST", Pattern: "/me/password", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: m.changePassword},
		{Method: "POST", Pattern: "/me/sessions/end", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: m.endSession},
		{Method: "POST", Pattern: "/me/sessions/end-all", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: m.endSessions},
		{Method: "POST", Pattern: "/me/totp/begin", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: m.beginTOTP},
		{Method: "POST", Pattern: "/me/totp/confirm", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: m.confirmTOTP},
		{Method: "POST", Pattern: "/me/totp/remove", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: m.removeTOTP},
	}
}

// view is the page with everything.
type view struct {
	ui.Admin
	hasTOTP  bool
	passkeys []vault.Passkey
	sessions []vault.SessionInfo
	sheet    desk.Sheet
}

func (m *Me) show(r *frame.Request) (frame.Response, error) {
	v, err := m.view(r, desk.Sheet{})
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(mePage(v)), nil
}

func (m *Me) view(r *frame.Request, sheet desk.Sheet) (v view, err error) {
	v.sheet = sheet
	if v.Admin, err = m.Admin(r, r.Lang().Pick("ログインと安全", "Log-in & security")); err != nil {
		return v, err
	}
	p, err := m.Principal(r)
	if err != nil {
		return v, err
	}
	v.hasTOTP = p.HasTOTP
	if v.passkeys, err = m.Vault.Passkeys(r.Context(), r.Actor().Credential); err != nil {
		return v, err
	}
	v.sessions, err = m.Vault.Sessions(r.Context(), r.Actor().Credential)
	return v, err
}

// again shows the page with what went wrong. Nothing but secrets is typed on it.
func (m *Me) again(r *frame.Request, wrong error) (frame.Response, error) {
	if _, ok := fault.Of(wrong); !ok {
		return frame.Response{}, wrong
	}
	v, err := m.view(r, desk.Typed(r, frame.NewForm(nil), wrong))
	if err != nil {
		return frame.Response{}, err
	}
	return desk.Again(wrong, mePage(v))
}

// at puts a fault of the vault's at a field of the form.
func at(err error, is *fault.Fault, field string, t fault.Text) error {
	if errors.Is(err, is) {
		return fault.Invalid(field, t)
	}
	return err
}

func wrongPassword() fault.Text {
	return fault.Text{Ja: "いまのパスワードが違います。", En: "Your present password is wrong."}
}

func (m *Me) changePassword(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	err = m.Vault.ChangePassword(r.Context(), r.Actor().Credential, f.Secret("old"), f.Secret("password"))
	if err != nil {
		return m.again(r, at(err, vault.ErrLogIn, "old", wrongPassword()))
	}
	return m.done(r, "password-changed")
}

// done asks the vault anew, since sessions may have ended, and goes back to the page.
func (m *Me) done(r *frame.Request, flash string) (frame.Response, error) {
	p, err := m.Principal(r)
	if err == nil {
		m.ForgetPerson(p.Who)
		if what, ok := told(flash); ok {
			m.tell(r, p.Who, what)
		}
	}
	m.Forget(r.Actor().Credential)
	r.SetFlash(flash)
	return frame.Redirect("/me"), nil
}

func (m *Me) endSession(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	n, err := f.Int("session", 1, 1<<62)
	if err != nil {
		return frame.Response{}, frame.Malformed()
	}
	if err := m.Vault.EndOne(r.Context(), r.Actor().Credential, n); err != nil {
		return frame.Response{}, err
	}
	return m.done(r, "sessions-ended")
}

func (m *Me) endSessions(r *frame.Request) (frame.Response, error) {
	p, err := m.Principal(r)
	if err != nil {
		return frame.Response{}, err
	}
	if err := m.Vault.EndAll(r.Context(), r.Actor().Credential); err != nil {
		return frame.Response{}, err
	}
	m.ForgetPerson(p.Who)
	r.ClearCookie(desk.SessionCookie)
	r.SetFlash("logged-out")
	return frame.Redirect("/login"), nil
}

// name is what authenticators call the account.
func (m *Me) name(r *frame.Request) (string, error) {
	var c account.Contact
	err := r.Read(func(rd db.Reader) (err error) {
		c, err = m.Accounts.Contact(r.Context(), rd, r.Actor().Account, vault.OwnData)
		return err
	})
	return c.Email, err
}

func (m *Me) origin(r *frame.Request) string { return m.Places.Door(place.Admin, r.Host()) }

// stepUp is how long a password or code counts; the vault decides, this only asks before a page that would fail.
const stepUp = 14 * time.Minute

// stepped says whether the person has shown who they are lately.
func (m *Me) stepped(r *frame.Request) (bool, error) {
	p, err := m.Principal(r)
	return m.Now().Sub(p.SteppedUp) < stepUp, err
}

// prompt is the page that asks for the password or a code and then goes on.
type prompt struct {
	ui.Quiet
	hasTOTP bool
	action  string // the act that goes on, with what was typed for it
	carry   []ui.Carried
	sheet   desk.Sheet
}

const proof = "proof" // the field of the password or code

func (m *Me) prompt(r *frame.Request, action string, wrong error, carry ...ui.Carried) (prompt, error) {
	p, err := m.Principal(r)
	return prompt{Quiet: m.Quiet(r, r.Lang().Pick("ご本人の確認", "Is it you?")), hasTOTP: p.HasTOTP, action: action, carry: carry,
		sheet: desk.Typed(r, frame.NewForm(nil), wrong)}, err
}

// withProof does an act that needs a recent password or code: it takes the proof when the form brings one, and asks for it when
// the vault wants one, carrying the named fields so that the act goes on where it was.
func (m *Me) withProof(r *frame.Request, f frame.Form, names []string, act func() (frame.Response, error)) (frame.Response, error) {
	if f.Has(proof) {
		if err := m.prove(r, f); err != nil {
			return m.ask(r, f, names, err)
		}
	}
	out, err := act()
	if errors.Is(err, vault.ErrStepUp) {
		return m.ask(r, f, names, nil)
	}
	return out, err
}

func (m *Me) prove(r *frame.Request, f frame.Form) error {
	err := m.Vault.StepUp(r.Context(), r.Actor().Credential, f.Secret(proof), r.ClientIP().String())
	m.Forget(r.Actor().Credential)
	err = at(err, vault.ErrLogIn, proof, fault.Text{Ja: "パスワードが違います。", En: "The password is wrong."})
	return at(err, vault.ErrCode, proof, vault.ErrCode.Text)
}

func (m *Me) ask(r *frame.Request, f frame.Form, names []string, wrong error) (frame.Response, error) {
	carry := make([]ui.Carried, len(names))
	for i, n := range names {
		carry[i] = ui.Carried{Name: n, Value: f.Get(n)}
	}
	p, err := m.prompt(r, r.URLPath(), wrong, carry...)
	if err != nil {
		return frame.Response{}, err
	}
	return answer(wrong, promptPage(p))
}

// answer is a page: plain, or with an error's status.
func answer(wrong error, page templ.Component) (frame.Response, error) {
	if wrong != nil {
		return desk.Again(wrong, page)
	}
	return frame.Page(page), nil
}

func next(path string) string {
	if frame.IsLocal(path) {
		return path
	}
	return "/me"
}

// showConfirm asks before a page that needs a recent proof.
func (m *Me) showConfirm(r *frame.Request) (frame.Response, error) {
	p, err := m.prompt(r, "/me/confirm", nil, ui.Carried{Name: "next", Value: next(r.Query("next"))})
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(promptPage(p)), nil
}

func (m *Me) confirm(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if err := m.prove(r, f); err != nil {
		return m.ask(r, f, []string{"next"}, err)
	}
	return frame.Redirect(next(f.Get("next"))), nil
}
