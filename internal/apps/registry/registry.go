// Package registry keeps other people's programs: what they are, what their releases ask for, and in which shops they are
// installed.
//
// It guarantees that an app is changed by its own developer alone, that a release's scopes never change once it is made, and that an
// operator decides what is listed. It refuses to hold a secret: credentials and grants are the vault's.
package registry

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Manner is how an app speaks OAuth.
type Manner string

// The manners.
const (
	Reference Manner = "reference" // as the reference service: tokens that do not end, coarse scopes
	Modern    Manner = "modern"    // PKCE, tokens that end and rotate
)

// A State says who may install an app.
type State string

// The states.
const (
	Draft   State = "draft"   // its developer's own shops
	Review  State = "review"  // the same, until the operator has looked at it
	Listed  State = "listed"  // every shop
	Refused State = "refused" // as a draft; the operator has said why by mail
	Stopped State = "stopped" // nobody; its tokens are dead everywhere
)

// Label names the state.
func (s State) Label(l i18n.Lang) string {
	switch s {
	case Review:
		return l.Pick("審査中", "In review")
	case Listed:
		return l.Pick("公開中", "Listed")
	case Refused:
		return l.Pick("差し戻し", "Sent back")
	case Stopped:
		return l.Pick("停止", "Stopped")
	}
	return l.Pick("下書き", "Draft")
}

// An App is one program.
type App struct {
	ID            id.App
	Developer     id.Account
	ClientID      string
	Name          string
	NameEn        string
	About         string
	AboutEn       string
	Home          string
	Manner        Manner
	State         State
	Redirects     []string
	Release       id.Release // the newest
	InstallHook   string
	UninstallHook string
	MadeMS        int64
	Version       int64
}

// Title is the name in a language.
func (a App) Title(l i18n.Lang) string {
	if l == i18n.En && a.NameEn != "" {
		return a.NameEn
	}
	return a.Name
}

// Description is what it says of itself in a language.
func (a App) Description(l i18n.Lang) string {
	if l == i18n.En && a.AboutEn != "" {
		return a.AboutEn
	}
	return a.About
}

// OpenTo says whether somebody may install it: everyone when it is listed, its developer before.
func (a App) OpenTo(who id.Account) bool {
	return a.State == Listed || a.State != Stopped && a.Developer == who
}

// A Release is what the app asks for from then on.
type Release struct {
	App    id.App
	No     id.Release
	Scopes []actor.Scope
	Notes  string
	MadeMS int64
}

// An Installation is an app in a shop.
type Installation struct {
	App     id.App
	Release id.Release
	Scopes  []actor.Scope
	Account id.Account // who consented
	SinceMS int64
	EndedMS int64
	Reason  Reason
}

// A Reason is why an installation ended.
type Reason string

// The reasons, as the reference service's uninstall hook names them.
const (
	ByOwner  Reason = "by_shop_owner"
	ByUnpaid Reason = "by_unpaid"
	ByApp    Reason = "by_app"
)

// The facts. Their subject is the app.
const (
	WasInstalled   outbox.Event = "app.installed"
	WasUninstalled outbox.Event = "app.uninstalled"
)

// A Fact is their body.
type Fact struct {
	Release id.Release `json:"release"`
	Scopes  []string   `json:"scopes"`
	Reason  Reason     `json:"reason,omitempty"`
}

// The faults that callers branch on.
var (
	ErrNone    = fault.NotFound(fault.Text{Ja: "このアプリは見つかりません。", En: "There is no such app."})
	ErrChanged = fault.Conflict(fault.Text{Ja: "ほかの画面でこのアプリが変更されました。読み込み直してください。", En: "This app was changed elsewhere. Please reload the page."})
)

// An In is an app as its developer wants it to be.
type In struct {
	Name, NameEn, About, AboutEn, Home string
	Manner                             Manner
	Redirects                          []string
	InstallHook, UninstallHook         string
	Scopes                             []actor.Scope
	Notes                              string
}

const (
	maxName  = 60
	maxAbout = 2000
	maxURL   = 2000
)

// Clean tidies what was typed and returns every wrong field. Redirect addresses are the vault's to check.
func (in *In) Clean() error {
	var fs fault.Faults
	add := func(ok bool, field, ja, en string) {
		if !ok {
			fs = append(fs, fault.Invalid(field, fault.Text{Ja: ja, En: en}))
		}
	}
	for _, s := range []*string{&in.Name, &in.NameEn, &in.About, &in.AboutEn, &in.Home, &in.InstallHook, &in.UninstallHook, &in.Notes} {
		*s = strings.TrimSpace(*s)
	}
	long := func(s string, n int) bool { return utf8.RuneCountInString(s) <= n }
	add(in.Name != "" && long(in.Name, maxName), "name", "アプリの名前を60文字以内で入力してください。", "Enter the app's name, in up to 60 characters.")
	add(long(in.NameEn, maxName), "name_en", "英語の名前は60文字以内で入力してください。", "Enter the English name in up to 60 characters.")
	add(in.About != "" && long(in.About, maxAbout), "about", "アプリの説明を2,000文字以内で入力してください。", "Say what the app does, in up to 2,000 characters.")
	add(long(in.AboutEn, maxAbout) && long(in.Notes, maxAbout), "about_en", "2,000文字以内で入力してください。", "Enter up to 2,000 characters.")
	add(in.Manner == Reference || in.Manner == Modern, "manner", "方式を選んでください。", "Choose how the app speaks OAuth.")
	add(len(in.Redirects) > 0, "redirects", "リダイレクト先を1件以上入力してください。", "Enter at least one redirect address.")
	for _, u := range []struct{ field, v string }{{"home", in.Home}, {"install_hook", in.InstallHook}, {"uninstall_hook", in.UninstallHook}} {
		add(u.v == "" || secure(u.v), u.field, "https:// で始まるURLを入力してください。", "Enter an address that begins with https://.")
	}
	for _, s := range in.Scopes {
		add(Known(s), "scopes", "権限の指定に誤りがあります。", "One of the scopes is not known.")
	}
	slices.Sort(in.Scopes)
	in.Scopes = slices.Compact(in.Scopes)
	return fs.Err()
}

// Known says whether a scope exists.
func Known(s actor.Scope) bool {
	return slices.Contains(actor.Scopes(), s) || s.Class() != "" && vault.ScopeClasses([]actor.Scope{s}) != 0
}

func secure(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxURL && u.Scheme == "https" && u.Host != "" && u.User == nil && u.Fragment == ""
}
