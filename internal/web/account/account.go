// Package account is the origin of its own where purchasers say who they are: the checkout, the final confirmation, their
// orders and, for those who want one, an account at the shop. Nobody needs one to buy. No owner's and no app's script ever runs here.
//
// It guarantees that a cart comes in by a one-use hand-over; that every wrong field is named at once and nothing typed is
// lost; that nothing typed is stored before the order (the pages carry it along); that the bytes of the final confirmation
// which are kept with the order are those that were shown; and that the order button is there only when the six items of
// the law are. An order is shown to who proves that it is theirs, also while the vault is away;
// an unknown e-mail and a wrong password look the same, and a member of one shop is nobody at another.
// It refuses prices, sums and quantities from the client: no field for them is read.
package account

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog/shelf"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/member"
	"github.com/noren-shop/noren/internal/flow/own"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/account/paying"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/asset"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Deps is what the door needs.
type Deps struct {
	Tenants  *tenant.Service
	Carts    *cart.Service
	Checkout *checkout.Service
	Own      *own.Service
	Shelf    *shelf.Service
	Postal   *postal.Table
	Places   *place.Book
	Assets   *asset.Set
	Vault    *vault.Client
	Member   *member.Flow
	Letters  Letters
	Pay      *pay.Service
	Frames   []string // origins of the card pages that may stand in a frame
	Now      func() time.Time
}

// A Letters sends the letters of this door.
type Letters interface {
	// Reset sends the link for a new password, later, whatever becomes of the mail server.
	Reset(ctx context.Context, who vault.Subject, link, request string)
	// Changed tells a member that their account was changed.
	Changed(ctx context.Context, who vault.Subject, what fault.Text, request string)
}

// Account is the door.
type Account struct {
	Deps
	paying *paying.Pages
}

// New makes the door.
func New(d Deps) *Account {
	a := &Account{Deps: d}
	a.paying = &paying.Pages{Pay: d.Pay, Own: d.Own, Shop: a.shop, Quiet: a.quiet, Proof: proof, Frames: d.Frames}
	return a
}

// Routes of the door.
func (a *Account) Routes() []frame.Route {
	return append(a.paying.Routes(), []frame.Route{
		{Method: "GET", Pattern: "/postcode/{code}", Right: frame.Public, Handler: a.postcode},
		{Method: "GET", Pattern: "/s/{shop}/enter", Right: frame.Public, Handler: a.enter},
		{Method: "GET", Pattern: "/s/{shop}/checkout", Right: actor.FillCart, Handler: a.showCheckout},
		{Method: "POST", Pattern: "/s/{shop}/checkout", Right: actor.FillCart, Handler: a.checkout},
		{Method: "GET", Pattern: "/s/{shop}/checkout/place", Right: actor.FillCart, Handler: a.backToCheckout},
		{Method: "POST", Pattern: "/s/{shop}/checkout/place", Right: actor.FillCart, Handler: a.place},
		{Method: "GET", Pattern: "/s/{shop}/orders/{order}", Right: frame.Public, Handler: a.order},
		{Method: "GET", Pattern: "/s/{shop}/orders/{order}/open/{link}", Right: frame.Public, Handler: a.openOrder},
		{Method: "GET", Pattern: "/s/{shop}/orders/{order}/readers", Right: frame.Public, Handler: a.readers},
		{Method: "GET", Pattern: "/s/{shop}/orders/{order}/thanks", Right: frame.Public, Handler: a.thanks},
		{Method: "GET", Pattern: "/s/{shop}/register", Right: frame.Public, Handler: a.showRegister},
		{Method: "POST", Pattern: "/s/{shop}/register", Act: frame.Registers, Right: frame.Public, Handler: a.register},
		{Method: "GET", Pattern: "/s/{shop}/login", Right: frame.Public, Handler: a.showLogin},
		{Method: "POST", Pattern: "/s/{shop}/login", Act: frame.LogsIn, Right: frame.Public, Handler: a.login},
		{Method: "POST", Pattern: "/s/{shop}/logout", Act: frame.LogsOut, Right: frame.Public, Handler: a.logout},
		{Method: "GET", Pattern: "/s/{shop}/reset", Right: frame.Public, Handler: a.showReset},
		{Method: "POST", Pattern: "/s/{shop}/reset", Act: frame.Resets, Right: frame.Public, Handler: a.reset},
		{Method: "GET", Pattern: "/s/{shop}/reset/{token}", Right: frame.Public, Handler: a.showNewPassword},
		{Method: "POST", Pattern: "/s/{shop}/reset/{token}", Act: frame.Resets, Right: frame.Public, Handler: a.newPassword},
		{Method: "GET", Pattern: "/s/{shop}/me", Right: actor.ManageAccount, Handler: a.me},
		{Method: "GET", Pattern: "/s/{shop}/me/readers", Right: actor.ManageAccount, Handler: a.myReaders},
		{Method: "POST", Pattern: "/s/{shop}/me/password", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: a.changePassword},
	}...)
}

// OrderPath is where a purchaser sees their order at this door's origin, for letters. With the link it needs no log-in; the
// page takes the link out of the address at once.
func OrderPath(shop id.Shop, o id.Order, link secret.Token) string {
	p := base(shop) + "/orders/" + id.String(o)
	if link.IsZero() {
		return p
	}
	return p + "/open/" + link.Reveal()
}

func base(shop id.Shop) string { return "/s/" + id.String(shop) }

// ErrNoShop is the answer for a shop that is not there, or not open to visitors.
var ErrNoShop = fault.NotFound(fault.Text{Ja: "ショップが見つかりません。", En: "There is no such shop."})

const cartCookie = "cart"

// cartOf is the secret of the visitor's cart in this shop.
func cartOf(r *frame.Request) secret.Token { return secret.ParseToken(r.Cookie(cartCookie)) }

// shop is the one that the address names.
func (a *Account) shop(r *frame.Request) (s tenant.Shop, err error) {
	err = r.Read(func(rd db.Reader) (err error) {
		s, err = a.Tenants.Get(r.Context(), rd)
		return err
	})
	if fault.Is(err, fault.KindNotFound) {
		return s, ErrNoShop
	}
	return s, err
}

// front is an address at the shop's storefront.
func (a *Account) front(r *frame.Request, s tenant.Shop, path string) string {
	return a.Places.Shop(s.ID, s.Handle, r.Host()) + path
}

// quiet begins a page.
func (a *Account) quiet(r *frame.Request, s tenant.Shop, title string) ui.Quiet {
	return ui.Quiet{
		Page: ui.Page{Lang: r.Lang(), Title: title, Site: s.Name, Nonce: r.Nonce(), Assets: a.Assets, Path: r.URLPath(),
			Hidden: ui.Unlisted},
		Shop: s.Name, Home: a.front(r, s, "/"),
		Legal: []ui.Link{
			{Href: a.front(r, s, "/legal"), Text: r.Lang().Pick("特定商取引法に基づく表記", "Legal notice")},
			{Href: a.front(r, s, "/privacy"), Text: r.Lang().Pick("プライバシーポリシー", "Privacy")},
		},
	}
}

// Explain shows a problem, with the way back to the shop where there is one.
func (a *Account) Explain(r *frame.Request, p frame.Problem) frame.Response {
	title := r.Lang().Pick(p.Title.Ja, p.Title.En)
	if strings.Contains(r.Header("Accept"), "application/json") {
		return frame.JSON(map[string]string{"message": title, "request": p.RequestID}).Status(p.Status)
	}
	q := ui.Quiet{Shop: "Noren", Page: ui.Page{Lang: r.Lang(), Title: title, Site: "Noren", Nonce: r.Nonce(), Assets: a.Assets,
		Path: r.URLPath(), Hidden: ui.Unlisted}}
	if r.Shop() != id.Platform {
		if s, err := a.shop(r); err == nil {
			q = a.quiet(r, s, title)
		}
	}
	return frame.Page(problemPage(q, p)).Status(p.Status)
}

// steps are those of a purchase.
func steps(q ui.Quiet, at int) ui.Quiet {
	q.Steps = []string{q.T("カート", "Cart"), q.T("お届け先", "Delivery"), q.T("確認", "Review"), q.T("完了", "Done")}
	q.Step = at
	return q
}

// errShown is a confirmation that would be shown differently now.
var errShown = errors.New("the confirmation is not what was shown")
