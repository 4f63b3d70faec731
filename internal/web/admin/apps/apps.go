// Package apps is where an owner meets other people's programs, and their developers keep them: the consent page of OAuth, the shop's
// apps, and the console for developers.
//
// It guarantees that an owner reads in plain words what an app will see before it gets in, and that a client's secret is shown once, on
// an answer that nobody keeps. It refuses to let an app into a shop in which the person is not the owner; the vault does, too.
package apps

import (
	"errors"
	"net/url"
	"strings"

	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/flow/install"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Apps is the room.
type Apps struct {
	*desk.Desk
	Install *install.Flow
	Store   frame.Store
}

// Routes of the room.
func (a *Apps) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/developer", Right: actor.DevelopApps, Handler: a.own},
		{Method: "GET", Pattern: "/developer/new", Right: actor.DevelopApps, Handler: a.fresh},
		{Method: "POST", Pattern: "/developer/new", Right: actor.DevelopApps, Handler: a.register},
		{Method: "GET", Pattern: "/developer/{app}", Right: actor.DevelopApps, Handler: a.edit},
		{Method: "POST", Pattern: "/developer/{app}", Right: actor.DevelopApps, Handler: a.change},
		{Method: "POST", Pattern: "/developer/{app}/secret", Act: frame.ChangesWho, Right: actor.DevelopApps, Handler: a.secret},
		{Method: "POST", Pattern: "/developer/{app}/submit", Right: actor.DevelopApps, Handler: a.submit},
		{Method: "GET", Pattern: "/oauth/authorize", Right: actor.ManageAccount, Handler: a.ask},
		{Method: "POST", Pattern: "/oauth/authorize", Right: actor.ManageAccount, Handler: a.answer},
		{Method: "GET", Pattern: "/oauth/authorize/{code}", Right: frame.Public, Handler: a.code},
		{Method: "GET", Pattern: "/{shop}/apps", Right: actor.ManageApps, Handler: a.list},
		{Method: "POST", Pattern: "/{shop}/apps/{app}/remove", Right: actor.ManageApps, Handler: a.remove},
	}
}

// consent is the page that asks an owner.
type consent struct {
	ui.Quiet
	app      registry.App
	fields   []ui.Carried
	scopes   []actor.Scope
	shops    []tenant.Shop
	target   string // where the browser goes after it, for people
	modern   bool
	personal bool
}

func request(get func(string) string) install.Ask {
	redirect := get("redirect_uri")
	if redirect == "" {
		redirect = get("redirect_url") // as some of the reference service's documents call it
	}
	return install.Ask{ClientID: get("client_id"), Redirect: redirect, State: get("state"), Scope: get("scope"), ResponseType: get("response_type"),
		Challenge: get("code_challenge"), ChallengeMethod: get("code_challenge_method")}
}

// ask shows what the app wants.
func (a *Apps) ask(r *frame.Request) (frame.Response, error) {
	q := r.Queries()
	ask := request(q.Get)
	c, err := a.Install.Look(r.Context(), r.Scope(), ask)
	if err != nil {
		return away(err)
	}
	v := consent{Quiet: a.Quiet(r, r.Lang().Pick("アプリの許可", "Allow an app")), app: c.App, scopes: c.Scopes, target: target(ask.Redirect),
		modern: c.App.Manner == registry.Modern}
	for _, s := range c.Scopes {
		v.personal = v.personal || registry.Personal(s)
	}
	for _, f := range [][2]string{{"client_id", ask.ClientID}, {"redirect_uri", ask.Redirect}, {"state", ask.State}, {"scope", ask.Scope},
		{"response_type", ask.ResponseType}, {"code_challenge", ask.Challenge}, {"code_challenge_method", ask.ChallengeMethod}} {
		if f[1] != "" {
			v.fields = append(v.fields, ui.Carried{Name: f[0], Value: f[1]})
		}
	}
	if v.shops, err = a.owned(r); err != nil {
		return frame.Response{}, err
	}
	return frame.Page(consentPage(v)).FormsTo(origin(ask.Redirect)), nil
}

// away leads a refusal that the client is to be told back to it.
func away(err error) (frame.Response, error) {
	if b, is := errors.AsType[*install.Back](err); is {
		return frame.Away(b.URL).Status(302), nil
	}
	return frame.Response{}, err
}

// target says to a person where an address leads.
func target(redirect string) string {
	if u, err := url.Parse(redirect); err == nil && u.Host != "" {
		return u.Host
	}
	return ""
}

// origin is what a form may lead to after its answer.
func origin(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// owned are the shops whose owner asks.
func (a *Apps) owned(r *frame.Request) ([]tenant.Shop, error) {
	p, err := a.Principal(r)
	if err != nil {
		return nil, err
	}
	var out []tenant.Shop
	for _, m := range p.Memberships {
		if m.Role != actor.Owner {
			continue
		}
		err := a.Store.Read(r.Context(), db.Scope{Actor: r.Actor(), Shop: m.Shop, Request: r.ID()}, func(rd db.Reader) error {
			shop, err := a.Tenants.Get(r.Context(), rd)
			out = append(out, shop)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// answer is the owner's yes or no.
func (a *Apps) answer(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	ask, scope := request(f.Get), r.Scope()
	if f.Get("decision") != "allow" {
		to, err := a.Install.Deny(r.Context(), scope, ask)
		if err != nil {
			return away(err)
		}
		if to == "" {
			return frame.Redirect("/"), nil
		}
		return frame.Away(to).Status(302), nil
	}
	shop := frame.FormID[id.Shop](f, "shop")
	p, err := a.Principal(r)
	if err != nil {
		return frame.Response{}, err
	}
	if p.Role(shop) != actor.Owner {
		return frame.Response{}, desk.ErrNoShop
	}
	scope.Shop, scope.Actor = shop, p.Actor(shop, r.Actor().Credential)
	to, code, err := a.Install.Approve(r.Context(), scope, ask)
	if err != nil {
		return away(err)
	}
	if to == "" {
		return frame.Redirect("/oauth/authorize/" + code.Reveal()), nil
	}
	return frame.Away(to).Status(302), nil
}

// shown is a page with a code to copy.
type shown struct {
	ui.Quiet
	code string
}

// code shows a code to a person whose program has no address. It tells nothing: the address is the code.
func (a *Apps) code(r *frame.Request) (frame.Response, error) {
	code := r.Path("code")
	if len(code) != 64 || strings.Trim(code, "0123456789abcdef") != "" {
		return frame.Response{}, frame.ErrNotFound
	}
	return frame.Page(codePage(shown{a.Quiet(r, r.Lang().Pick("認可コード", "Authorisation code")), code})), nil
}

// listing is the shop's apps.
type listing struct {
	ui.Admin
	base    string
	here    []install.Entry
	gone    []install.Entry
	offered []registry.App
}

func (a *Apps) list(r *frame.Request) (frame.Response, error) {
	v := listing{base: a.URL(r, "/apps")}
	var err error
	if v.Admin, err = a.Admin(r, r.Lang().Pick("アプリ", "Apps")); err != nil {
		return frame.Response{}, err
	}
	all, err := a.Install.Installed(r.Context(), r.Scope())
	if err != nil {
		return frame.Response{}, err
	}
	has := map[id.App]bool{}
	for _, e := range all {
		if e.EndedMS == 0 {
			v.here = append(v.here, e)
			has[e.Installation.App] = true
		} else {
			v.gone = append(v.gone, e)
		}
	}
	offered, err := a.Install.Listed(r.Context(), r.Scope())
	if err != nil {
		return frame.Response{}, err
	}
	for _, app := range offered {
		if !has[app.ID] {
			v.offered = append(v.offered, app)
		}
	}
	return frame.Page(listPage(v)), nil
}

func (a *Apps) remove(r *frame.Request) (frame.Response, error) {
	app, err := frame.PathID[id.App](r, "app")
	if err != nil {
		return frame.Response{}, err
	}
	if err := a.Install.Remove(r.Context(), r.Scope(), app); err != nil {
		return frame.Response{}, err
	}
	r.SetFlash("app-removed")
	return frame.Redirect(a.URL(r, "/apps")), nil
}
