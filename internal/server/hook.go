package server

import (
	"context"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/flow/hook"
	"github.com/noren-shop/noren/internal/flow/install"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/api"
	"github.com/noren-shop/noren/internal/web/api/rate"
	"github.com/noren-shop/noren/internal/web/place"
)

// post is the way to receivers that developers name. A redirect is not followed: the address that was checked is the one.
func post(n egress.Net) egress.Post {
	return egress.Poster(egress.Untrusted(egress.Limits{Total: 15 * time.Second, Body: 64 << 10, Redirects: -1}, n))
}

// openHooks ties what apps hear to how it is brought.
func openHooks(h *House, f *Flows, n egress.Net) {
	send := post(n)
	f.Install = install.New(h.DB, h.Vault, h.Apps, install.Outside{Hooks: h.Hooks, Tenants: h.Tenants, Post: send,
		Contact: func(ctx context.Context, shop id.Shop) (tenant.Legal, error) {
			return f.Signup.LegalPage(ctx, shop, "install")
		}})
	f.Hook = hook.New(hook.Config{Store: h.DB, Hooks: h.Hooks, Apps: h.Apps, Tenants: h.Tenants, Post: send, Log: h.Log, Tell: h.tellDeveloper,
		Stopped: func(app id.App) bool { _, is := h.Switches.Stopped(int64(app)); return is }})
}

// tellDeveloper writes that messages to an app could not be brought.
func (h *House) tellDeveloper(ctx context.Context, shop id.Shop, app registry.App) error {
	to, err := h.Signup.Letter(ctx, vault.AccountSubject(vault.ShopOwner, app.Developer), "webhook")
	if err != nil {
		return err
	}
	link := h.Book.Door(place.Admin, "") + "/developer/" + id.String(app.ID) + "/hooks?state=failed"
	m := mail.Message{ID: fmt.Sprintf("webhook-failed-%d-%d-%d", shop, app.ID, h.Now().UnixMilli()), To: mail.Address{Name: to.Name, Addr: to.Email}}
	m.Subject = to.Lang.Pick("[Noren] 届かなかった通知があります: ", "[Noren] Webhooks could not be delivered: ") + app.Title(to.Lang)
	m.Text = undelivered(to.Lang, app, link)
	return h.Sender.Send(ctx, m)
}

func undelivered(l i18n.Lang, app registry.App, link string) string {
	return l.Pick("「"+app.Title(l)+"」への通知のうち、決められた回数または72時間にわたり送り直しても届かなかったものがあります。\n"+
		"通知は捨てられていません。受け取り側を直したら、次のページから30日以内に再送できます。\n\n",
		"Some messages to “"+app.Title(l)+"” could not be delivered, although they were tried again for 72 hours, or as often as is due.\n"+
			"Nothing was dropped. Once your receiver works, send them again from this page within 30 days.\n\n") + link + "\n"
}

// bounds of the API. Below zero a minute is no bound: for the bench and for tests of other things.
func (h *House) bounds() api.Bounds {
	switch {
	case h.apiRate < 0:
		return api.Bounds{}
	case h.apiRate == 0:
		return api.Bounds{Rate: rate.New(rate.PerMinute, h.Now)}
	}
	return api.Bounds{Rate: rate.New(h.apiRate, h.Now)}
}
