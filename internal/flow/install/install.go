// Package install lets other people's programs into a shop and out of it, and makes and keeps those programs for their developers.
//
// It guarantees that an app gets in by its owner's consent to what is shown, that what the shop's list says was written before the
// vault gives a code, and that taking an app out ends its tokens first. It refuses to lead a browser to an address that is not the app's
// own: what is wrong with the client or its address is told on a page (RFC 6749 §4.1.2.1).
package install

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Flow is the use case.
type Flow struct {
	db    *db.DB
	vault *vault.Client
	apps  *registry.Service
	out   Outside
}

// New makes the flow.
func New(d *db.DB, v *vault.Client, apps *registry.Service, out Outside) *Flow {
	return &Flow{d, v, apps, out}
}

// An Ask is an authorisation request as it came (RFC 6749 §4.1.1).
type Ask struct {
	ClientID, Redirect, State, Scope, ResponseType string
	Challenge, ChallengeMethod                     string
}

// A Consent is what the owner is asked.
type Consent struct {
	App    registry.App
	Scopes []actor.Scope
	Ask    Ask
}

// The faults that a page shows.
var (
	ErrClient = fault.NotFound(fault.Text{Ja: "このアプリは登録されていないか、停止されています。", En: "This app is not registered, or it has been stopped."})
	ErrTarget = fault.Conflict(fault.Text{Ja: "アプリが指定した戻り先が、登録された内容と違います。アプリの開発者にお問い合わせください。",
		En: "The address that the app wants to return to is not the one it registered. Please ask its developer."})
	ErrClosed = fault.Denied(fault.Text{Ja: "このアプリはまだ公開されていません。", En: "This app is not listed yet."})
)

// A Back is a refusal that the client is told by way of the browser.
type Back struct{ URL string }

// Error names it.
func (b *Back) Error() string { return "oauth: refused by redirect" }

// Look says what an owner is asked to consent to: ErrClient, ErrTarget, or *Back.
func (f *Flow) Look(ctx context.Context, s db.Scope, ask Ask) (Consent, error) {
	var app registry.App
	var releases []registry.Release
	err := f.db.Read(ctx, platform(s), func(r db.Reader) (err error) {
		if app, err = f.apps.ByClient(ctx, r, ask.ClientID); err != nil {
			return err
		}
		releases, err = f.apps.Releases(ctx, r, app.ID)
		return err
	})
	if errors.Is(err, registry.ErrNone) || err == nil && app.State == registry.Stopped {
		return Consent{}, ErrClient
	}
	if err != nil {
		return Consent{}, err
	}
	if !slices.Contains(app.Redirects, ask.Redirect) {
		return Consent{}, ErrTarget
	}
	if ask.ResponseType != "code" {
		return Consent{}, ask.refuse("unsupported_response_type", "response_type must be code")
	}
	if app.Manner == registry.Modern && ask.Challenge == "" || ask.Challenge != "" && ask.ChallengeMethod != "S256" {
		return Consent{}, ask.refuse("invalid_request", "code_challenge with the method S256 is required")
	}
	c := Consent{App: app, Ask: ask}
	for _, text := range strings.Fields(ask.Scope) {
		sc := actor.Scope(text)
		if len(releases) == 0 || !slices.Contains(releases[0].Scopes, sc) {
			return Consent{}, ask.refuse("invalid_scope", "the app is not registered for "+text)
		}
		if !slices.Contains(c.Scopes, sc) {
			c.Scopes = append(c.Scopes, sc)
		}
	}
	return c, nil
}

// Approve lets the app into the scope's shop and gives where the browser goes: back to the app with a code, or, out of band, nowhere: then
// the code is shown.
func (f *Flow) Approve(ctx context.Context, s db.Scope, ask Ask) (to string, code secret.Text, err error) {
	c, err := f.Look(ctx, s, ask)
	if err != nil {
		return "", secret.Text{}, err
	}
	if !c.App.OpenTo(s.Actor.Account) {
		return "", secret.Text{}, ErrClosed
	}
	err = f.db.Write(ctx, s, func(tx *db.Tx) error {
		return f.apps.Install(ctx, tx, registry.Installation{App: c.App.ID, Release: c.App.Release, Scopes: c.Scopes})
	})
	if err != nil {
		return "", secret.Text{}, err
	}
	code, err = f.vault.AuthoriseApp(ctx, s.Actor.Credential, vault.Authorisation{Shop: s.Shop, ClientID: c.App.ClientID, Redirect: ask.Redirect,
		Challenge: ask.Challenge, Scopes: c.Scopes})
	if err != nil || ask.Redirect == vault.OutOfBand {
		return "", code, err
	}
	return ask.back("code=" + form(code.Reveal())), code, nil
}

// Deny is where the browser goes when the owner says no; empty out of band.
func (f *Flow) Deny(ctx context.Context, s db.Scope, ask Ask) (string, error) {
	if _, err := f.Look(ctx, s, ask); err != nil {
		return "", err
	}
	if ask.Redirect == vault.OutOfBand {
		return "", nil
	}
	return ask.refuse("access_denied", "The owner did not allow it").URL, nil
}

func (a Ask) refuse(code, why string) *Back {
	return &Back{a.back("error=" + form(code) + "&error_description=" + form(why))}
}

// back is the client's address with an answer. The state goes back as form data, as the reference service writes it.
func (a Ask) back(answer string) string {
	if a.State != "" {
		answer += "&state=" + form(a.State)
	}
	if strings.Contains(a.Redirect, "?") {
		return a.Redirect + "&" + answer
	}
	return a.Redirect + "?" + answer
}

// form writes a value as form data (application/x-www-form-urlencoded), where ~ is escaped, too.
func form(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "~", "%7E") }

// Remove takes an app out of the scope's shop, by its owner. Its tokens end first; its developer is told later, whatever becomes of that.
func (f *Flow) Remove(ctx context.Context, s db.Scope, app id.App) error {
	var a registry.App
	if err := f.db.Read(ctx, platform(s), func(r db.Reader) (err error) {
		a, err = f.apps.Get(ctx, r, app)
		return err
	}); err != nil {
		return err
	}
	u, err := f.uninstallation(ctx, s, app)
	if err != nil {
		return err
	}
	u.Reason = string(registry.ByOwner)
	if err := f.vault.EndApp(ctx, s.Actor.Credential, s.Shop, app); err != nil {
		return err
	}
	return f.db.Write(ctx, s, func(tx *db.Tx) error {
		was, err := f.apps.Uninstall(ctx, tx, app, registry.ByOwner)
		if err == nil && !was {
			err = registry.ErrNone
		}
		if err != nil || a.UninstallHook == "" {
			return err
		}
		return f.out.Hooks.QueueUninstall(ctx, tx, app, a.UninstallHook, u)
	})
}

// An Entry is an app in a shop's list.
type Entry struct {
	registry.Installation
	App registry.App
}

// Installed lists the shop's apps, those that are gone too.
func (f *Flow) Installed(ctx context.Context, s db.Scope) ([]Entry, error) {
	var list []registry.Installation
	if err := f.db.Read(ctx, s, func(r db.Reader) (err error) {
		list, err = f.apps.Installed(ctx, r)
		return err
	}); err != nil {
		return nil, err
	}
	out := make([]Entry, len(list))
	err := f.db.Read(ctx, platform(s), func(r db.Reader) error {
		for i, in := range list {
			app, err := f.apps.Get(ctx, r, in.App)
			if err != nil {
				return err
			}
			out[i] = Entry{in, app}
		}
		return nil
	})
	return out, err
}

// Listed are the apps that every shop may install.
func (f *Flow) Listed(ctx context.Context, s db.Scope) (list []registry.App, err error) {
	err = f.db.Read(ctx, platform(s), func(r db.Reader) error {
		list, err = f.apps.Listed(ctx, r)
		return err
	})
	return list, err
}

// platform is the same person's scope where apps live. A role's rights stay the shop's: what it lends here is browsing.
func platform(s db.Scope) db.Scope {
	s.Shop = id.Platform
	return s
}
