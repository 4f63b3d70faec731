// Package admin is the door for owners and staff: it joins the admin's rooms into one table of routes.
//
// It guarantees that every page but the way in needs a session, and every page of a shop a role in it. It refuses to hold
// rules: each room decodes, calls one method, and shows what came back.
package admin

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/picture"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/deposit"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/settlement"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/bank"
	billingflow "github.com/noren-shop/noren/internal/flow/billing"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/install"
	"github.com/noren-shop/noren/internal/flow/invite"
	"github.com/noren-shop/noren/internal/flow/opening"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/web/admin/access"
	"github.com/noren-shop/noren/internal/web/admin/apps"
	"github.com/noren-shop/noren/internal/web/admin/bill"
	"github.com/noren-shop/noren/internal/web/admin/deposits"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/admin/entry"
	"github.com/noren-shop/noren/internal/web/admin/goods"
	"github.com/noren-shop/noren/internal/web/admin/goods/album"
	"github.com/noren-shop/noren/internal/web/admin/goods/drawer"
	"github.com/noren-shop/noren/internal/web/admin/home"
	"github.com/noren-shop/noren/internal/web/admin/me"
	"github.com/noren-shop/noren/internal/web/admin/money"
	"github.com/noren-shop/noren/internal/web/admin/orders"
	"github.com/noren-shop/noren/internal/web/admin/settings"
	"github.com/noren-shop/noren/internal/web/admin/staff"
	"github.com/noren-shop/noren/internal/web/admin/stock"
	"github.com/noren-shop/noren/internal/web/frame"
)

// A Letters sends what the rooms have to say by mail.
type Letters interface {
	entry.Letters
	me.Letters
	staff.Letters
}

// Deps are what the rooms call.
type Deps struct {
	Desk     *desk.Desk
	Store    frame.Store
	Signup   *signup.Flow
	Opening  *opening.Flow
	Invites  *invite.Flow
	Letters  Letters
	Accounts *account.Service
	Postal   *postal.Table
	Domain   string
	Log      *slog.Logger
	Catalog  *catalog.Service
	Pictures *picture.Service
	Stock    *inventory.Service
	Orders   *order.Service
	Payment  *payment.Service
	Shipping *shipping.Service
	Fulfil   *fulfil.Service
	Bank     *bank.Flow
	Pay      *pay.Service
	Gateways *gateway.Service
	Deposits *deposit.Service
	Charges  *charge.Service
	Settled  *settlement.Service
	Notices  func(shop id.Shop, token string) string
	Sim      bool
	Billing  *billingflow.Flow
	Install  *install.Flow
}

// try calls the provider of an account, with a question that changes nothing.
func try(p *pay.Service) func(ctx context.Context, shop id.Shop, a gateway.Account) error {
	return func(ctx context.Context, shop id.Shop, a gateway.Account) error {
		to, err := p.Open(ctx, shop, a)
		if err != nil {
			return err
		}
		_, err = to.Settled(ctx, i18n.Time(p.Store.Now().UnixMilli()).Format(time.DateOnly))
		return err
	}
}

// closed says whether new cards are taken.
func closed(p *pay.Service) func(ctx context.Context, shop id.Shop) (fault.Text, bool) {
	return func(ctx context.Context, shop id.Shop) (fault.Text, bool) {
		if p.Closed == nil {
			return fault.Text{}, false
		}
		return p.Closed(ctx, shop)
	}
}

// Routes is the door's table.
func Routes(d Deps) []frame.Route {
	in := &entry.Entry{Desk: d.Desk, Signup: d.Signup, Letters: d.Letters, Domain: d.Domain, Log: d.Log}
	first := &home.Home{Desk: d.Desk, Store: d.Store, Orders: d.Orders, Catalog: d.Catalog, Shipping: d.Shipping, Payment: d.Payment}
	sold := &orders.Orders{Desk: d.Desk, Orders: d.Orders, Payment: d.Payment, Fulfil: d.Fulfil, Pay: d.Pay}
	reads := &access.Access{Desk: d.Desk, Orders: d.Orders}
	set := &settings.Settings{Desk: d.Desk, Opening: d.Opening, Signup: d.Signup, Shipping: d.Shipping, Payment: d.Payment, Postal: d.Postal,
		Gateways: d.Gateways, Notices: d.Notices, Sim: d.Sim, Try: try(d.Pay), Closed: closed(d.Pay)}
	people := &staff.Staff{Desk: d.Desk, Invites: d.Invites, Signup: d.Signup, Letters: d.Letters}
	own := &me.Me{Desk: d.Desk, Accounts: d.Accounts, Letters: d.Letters}
	shelves := &goods.Goods{Desk: d.Desk, Catalog: d.Catalog, Stock: d.Stock}
	pictures := &album.Album{Desk: d.Desk, Catalog: d.Catalog, Pictures: d.Pictures}
	order := &drawer.Drawer{Desk: d.Desk, Catalog: d.Catalog}
	bills := &bill.Bill{Desk: d.Desk, Billing: d.Billing}
	counts := &stock.Stock{Desk: d.Desk, Counts: d.Stock}
	bankFiles := &deposits.Deposits{Desk: d.Desk, Bank: d.Bank}
	sums := &money.Money{Desk: d.Desk, Orders: d.Orders, Deposits: d.Deposits, Charges: d.Charges, Settled: d.Settled}
	programs := &apps.Apps{Desk: d.Desk, Install: d.Install, Store: d.Store}
	return slices.Concat(programs.Routes(), in.Routes(), first.Routes(), sold.Routes(), reads.Routes(), set.Routes(), people.Routes(), own.Routes(),
		shelves.Routes(), pictures.Routes(), order.Routes(), counts.Routes(), bankFiles.Routes(), sums.Routes(), bills.Routes())
}
