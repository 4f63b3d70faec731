package install

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/apps/webhook"
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// Outside is how developers hear of installs.
type Outside struct {
	Hooks   *webhook.Service
	Tenants *tenant.Service
	Post    egress.Post
	Contact func(ctx context.Context, shop id.Shop) (tenant.Legal, error) // the shop's public particulars
}

// The faults of an install.
var (
	ErrAborted = fault.Conflict(fault.Text{Ja: "アプリから正しい応答がなかったため、インストールを中止しました。何も変更していません。時間をおいて、もう一度お試しください。",
		En: "The app did not answer as it should, so it was not installed. Nothing was changed. Please try again later."})
	ErrNoPage = fault.Conflict(fault.Text{Ja: "このアプリは、ここからはインストールできません。アプリの開発者にお問い合わせください。",
		En: "This app cannot be installed from here. Please ask its developer."})
)

// announcement is the install hook's body. The mail address is the one that the shop's legal page shows to everyone.
type announcement struct {
	Account string `json:"account_id"`
	Source  string `json:"application_charge_source_id"`
	Mail    string `json:"mail"`
}

// Begin tells an app's developer that an owner wants the app, and gives where the owner's browser goes on: to the address in the
// app's answer, where OAuth begins, or to the app's page where it has no hook. Nothing is written before consent, so that an install
// which the app does not answer leaves nothing behind.
func (f *Flow) Begin(ctx context.Context, s db.Scope, app id.App) (string, error) {
	if !s.Actor.May(actor.ManageApps) {
		return "", ErrClosed
	}
	var a registry.App
	var keys []webhook.Secret
	err := f.db.Read(ctx, platform(s), func(r db.Reader) (err error) {
		if a, err = f.apps.Get(ctx, r, app); err != nil {
			return err
		}
		keys, err = f.out.Hooks.Secrets(ctx, r, app)
		return err
	})
	switch {
	case err != nil:
		return "", err
	case !a.OpenTo(s.Actor.Account):
		return "", ErrClosed
	case a.InstallHook == "" && a.Home == "":
		return "", ErrNoPage
	case a.InstallHook == "":
		return a.Home, nil
	}
	u, err := f.uninstallation(ctx, s, app)
	if err != nil {
		return "", err
	}
	legal, err := f.out.Contact(ctx, s.Shop)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(announcement{u.Account, u.Source, legal.Email})
	if err != nil {
		return "", fmt.Errorf("write install hook: %w", err)
	}
	open, err := f.out.Hooks.Open(ctx, app, keys)
	if err != nil {
		return "", err
	}
	if len(open) == 0 {
		return "", ErrAborted.Because(fmt.Errorf("app %d has no secret to sign with", app))
	}
	status, answer, err := f.out.Post(ctx, a.InstallHook, webhook.SignStore(open, body), body)
	if err != nil {
		return "", ErrAborted.Because(err)
	}
	to, ok := redirect(answer)
	if status != http.StatusOK || !ok {
		return "", ErrAborted.Because(fmt.Errorf("app %d answered %d", app, status))
	}
	return to, nil
}

func redirect(answer []byte) (string, bool) {
	var v struct {
		To string `json:"redirect_url"`
	}
	if json.Unmarshal(answer, &v) != nil {
		return "", false
	}
	u, err := url.Parse(v.To)
	return v.To, err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// uninstallation is what a developer is told of an installation that ends now.
func (f *Flow) uninstallation(ctx context.Context, s db.Scope, app id.App) (u webhook.Uninstallation, err error) {
	err = f.db.Read(ctx, s, func(r db.Reader) error {
		shop, err := f.out.Tenants.Get(ctx, r)
		u = webhook.Uninstallation{Account: shop.Account, Source: webhook.Source(s.Shop, app), At: r.Now().Unix()}
		return err
	})
	return u, err
}

// Leave takes the app that asks out of its shop: its tokens end, and no hook is sent, for the answer tells the same.
func (f *Flow) Leave(ctx context.Context, s db.Scope) (webhook.Uninstallation, error) {
	app := s.Actor.App
	u, err := f.uninstallation(ctx, s, app)
	if err != nil {
		return u, err
	}
	if err := f.vault.EndApp(ctx, s.Actor.Credential, s.Shop, app); err != nil {
		return u, err
	}
	return u, f.db.Write(ctx, s, func(tx *db.Tx) error {
		_, err := f.apps.Uninstall(ctx, tx, app, registry.ByApp)
		return err
	})
}
