package apps

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// console is the developer's list.
type console struct {
	ui.Admin
	apps []registry.App
}

func (a *Apps) own(r *frame.Request) (frame.Response, error) {
	v := console{}
	var err error
	if v.Admin, err = a.Admin(r, r.Lang().Pick("アプリ開発", "For developers")); err != nil {
		return frame.Response{}, err
	}
	if v.apps, err = a.Install.Own(r.Context(), r.Scope()); err != nil {
		return frame.Response{}, err
	}
	return frame.Page(consolePage(v)), nil
}

// draft is the form of an app.
type draft struct {
	ui.Admin
	action   string
	app      registry.App // zero for a new one
	releases []registry.Release
	sheet    desk.Sheet
	picked   []string
	secret   secret.Text // shown once
}

// scopes that the form offers: the reference service's, then Noren's own.
func scopes() []actor.Scope {
	out := actor.Scopes()
	for _, c := range vault.Classes() {
		if s := actor.PersonalScope(c.String()); vault.ScopeClasses([]actor.Scope{s}) != 0 {
			out = append(out, s)
		}
	}
	return out
}

func (a *Apps) form(r *frame.Request, title string) (draft, error) {
	v := draft{action: r.URLPath()}
	var err error
	v.Admin, err = a.Admin(r, title)
	return v, err
}

func (a *Apps) fresh(r *frame.Request) (frame.Response, error) {
	v, err := a.form(r, r.Lang().Pick("アプリを登録する", "Register an app"))
	if err != nil {
		return frame.Response{}, err
	}
	v.sheet = desk.Filled(map[string]string{"manner": string(registry.Modern)})
	return frame.Page(draftPage(v)), nil
}

func names() []string {
	return []string{"name", "name_en", "about", "about_en", "home", "manner", "redirects", "install_hook", "uninstall_hook", "notes", "version"}
}

func typed(f frame.Form) registry.In {
	in := registry.In{Name: f.Get("name"), NameEn: f.Get("name_en"), About: f.Get("about"), AboutEn: f.Get("about_en"), Home: f.Get("home"),
		Manner: registry.Manner(f.Get("manner")), InstallHook: f.Get("install_hook"), UninstallHook: f.Get("uninstall_hook"), Notes: f.Get("notes"),
		Redirects: strings.Fields(f.Get("redirects"))}
	for _, s := range f.All("scopes") {
		in.Scopes = append(in.Scopes, actor.Scope(s))
	}
	return in
}

func (a *Apps) register(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	app, key, err := a.Install.Register(r.Context(), r.Scope(), typed(f))
	if err != nil {
		v, ferr := a.form(r, r.Lang().Pick("アプリを登録する", "Register an app"))
		if ferr != nil {
			return frame.Response{}, ferr
		}
		v.sheet, v.picked = desk.Typed(r, f, err, names()...), f.All("scopes")
		return desk.Again(err, draftPage(v))
	}
	return a.shown(r, app.ID, key)
}

// shown is the app's page with a new secret, on an answer that is kept nowhere.
func (a *Apps) shown(r *frame.Request, app id.App, key secret.Text) (frame.Response, error) {
	v, err := a.filled(r, app)
	if err != nil {
		return frame.Response{}, err
	}
	v.secret = key
	return frame.Page(draftPage(v)), nil
}

func (a *Apps) filled(r *frame.Request, app id.App) (draft, error) {
	got, releases, err := a.Install.Get(r.Context(), r.Scope(), app)
	if err != nil {
		return draft{}, err
	}
	v, err := a.form(r, got.Title(r.Lang()))
	if err != nil {
		return draft{}, err
	}
	v.action, v.app, v.releases = "/developer/"+id.String(app), got, releases
	if len(releases) > 0 {
		for _, s := range releases[0].Scopes {
			v.picked = append(v.picked, string(s))
		}
	}
	v.sheet = desk.Filled(map[string]string{"name": got.Name, "name_en": got.NameEn, "about": got.About, "about_en": got.AboutEn, "home": got.Home,
		"manner": string(got.Manner), "redirects": strings.Join(got.Redirects, "\n"), "install_hook": got.InstallHook,
		"uninstall_hook": got.UninstallHook, "version": strconv.FormatInt(got.Version, 10)})
	return v, nil
}

func (a *Apps) edit(r *frame.Request) (frame.Response, error) {
	app, err := frame.PathID[id.App](r, "app")
	if err != nil {
		return frame.Response{}, err
	}
	v, err := a.filled(r, app)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(draftPage(v)), nil
}

func (a *Apps) change(r *frame.Request) (frame.Response, error) {
	app, f, version, err := posted(r)
	if err != nil {
		return frame.Response{}, err
	}
	if _, err := a.Install.Change(r.Context(), r.Scope(), app, version, typed(f)); err != nil {
		v, ferr := a.filled(r, app)
		if ferr != nil {
			return frame.Response{}, ferr
		}
		v.sheet, v.picked = desk.Typed(r, f, err, names()...), f.All("scopes")
		return desk.Again(err, draftPage(v))
	}
	r.SetFlash("saved")
	return frame.Redirect(r.URLPath()), nil
}

func posted(r *frame.Request) (app id.App, f frame.Form, version int64, err error) {
	if app, err = frame.PathID[id.App](r, "app"); err != nil {
		return 0, f, 0, err
	}
	if f, err = r.Form(); err != nil {
		return 0, f, 0, err
	}
	version, _ = strconv.ParseInt(f.Get("version"), 10, 64) // 0 is no version: somebody else has changed it
	return app, f, version, nil
}

func (a *Apps) secret(r *frame.Request) (frame.Response, error) {
	app, err := frame.PathID[id.App](r, "app")
	if err != nil {
		return frame.Response{}, err
	}
	key, err := a.Install.NewSecret(r.Context(), r.Scope(), app)
	if err != nil {
		return frame.Response{}, err
	}
	return a.shown(r, app, key)
}

func (a *Apps) submit(r *frame.Request) (frame.Response, error) {
	app, _, version, err := posted(r)
	if err != nil {
		return frame.Response{}, err
	}
	if err := a.Install.Submit(r.Context(), r.Scope(), app, version); err != nil {
		v, ferr := a.filled(r, app)
		if ferr != nil {
			return frame.Response{}, ferr
		}
		v.sheet.Errors = ui.ErrorsOf(r.Lang(), err)
		return frame.Page(draftPage(v)).Status(http.StatusConflict), nil
	}
	r.SetFlash("app-submitted")
	return frame.Redirect("/developer/" + id.String(app)), nil
}

func (v draft) has(s actor.Scope) bool { return slices.Contains(v.picked, string(s)) }
