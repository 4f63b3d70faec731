// Package checkout turns a cart into an order: a quote before anyone says who they are, the final confirmation, the order.
//
// It guarantees that what is bought is what was confirmed: the confirmation carries a digest of everything on it, and when a
// price, a fee or a term has changed since, Place makes no order, says what changed and shows the new confirmation. An order
// is one transaction (stock, order, payment, letters, fact, cart), made once however often it is submitted. All wrong fields
// are named at once. Sealing needs no vault, so a purchase survives a vault that is away.
// It refuses to sell for a shop that lacks what the law asks to be shown before the order button (特定商取引法 article 12-6),
// and every price, fee or sum that a client sends.
package checkout

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// HoldTime is how long a confirmed cart's pieces are kept for it.
const HoldTime = 15 * time.Minute

// A Store opens transactions: *db.DB. Both of the flow's writes lock the cart first and move stock by conditional statements.
type Store interface {
	Read(ctx context.Context, s db.Scope, f func(db.Reader) error) error
	WriteLocking(ctx context.Context, s db.Scope, f func(*db.Tx) error) error
	IsTaken(err error) bool
}

// Shops is what the flow asks of tenant.
type Shops interface {
	Get(ctx context.Context, r db.Reader) (tenant.Shop, error)
}

// Contact gives a shop's published particulars, which the confirmation names for withdrawal and cancellation.
type Contact func(ctx context.Context, shop id.Shop) (tenant.Legal, error)

// Config is what the flow joins.
type Config struct {
	Store    Store
	Carts    *cart.Service
	Stock    *inventory.Service
	Shipping *shipping.Service
	Payment  *payment.Service
	Orders   *order.Service
	Vault    order.Vault
	Shops    Shops
	Contact  Contact
	Rates    tax.Table
	// Charges and Gateways keep what goes through payment providers. Closed, which may be nil, says that new cards are not taken.
	Charges  *charge.Service
	Gateways *gateway.Service
	Closed   func(ctx context.Context, shop id.Shop) (fault.Text, bool)
}

// A Service is the flow.
type Service struct {
	Config
	ids  *id.Source
	memo *memo
}

// New makes the flow.
func New(c Config) *Service { return &Service{Config: c, ids: id.NewSource(), memo: newMemo()} }

// The faults that callers branch on.
var (
	ErrEmpty = fault.Conflict(fault.Text{
		Ja: "カートに商品がありません。すでに注文が完了している場合は、確認メールをご覧ください。",
		En: "Your cart is empty. If you have just ordered, please look at the confirmation mail.",
	})
	ErrClosed = fault.Conflict(fault.Text{
		Ja: "このショップは現在ご注文を受け付けていません。",
		En: "This shop is not taking orders at the moment.",
	})
	ErrIncomplete = fault.Conflict(fault.Text{
		Ja: "このショップは、法律で定められた表示がそろっていないため、ご注文を受け付けられません。",
		En: "This shop cannot take orders until everything that the law asks to be shown is in place.",
	})
	ErrKey = fault.Conflict(fault.Text{
		Ja: "確認画面の有効期限が切れました。内容を確かめて、もう一度ご注文ください。",
		En: "This confirmation page has expired. Please look through it once more and order again.",
	})
)

// SoldOut is the fault for a line of the cart that has fewer pieces left than are wanted.
func SoldOut(line int, title string, left int64) *fault.Fault {
	field := lineField(line)
	if left <= 0 {
		return &fault.Fault{Kind: fault.KindConflict, Field: field, Text: fault.Text{
			Ja: "「" + title + "」は売り切れました。カートから外して、もう一度お進みください。",
			En: "“" + title + "” has sold out. Please take it out of your cart and go on.",
		}}
	}
	n := i18n.Number(left)
	return &fault.Fault{Kind: fault.KindConflict, Field: field, Text: fault.Text{
		Ja: "「" + title + "」の在庫は残り" + n + "点です。数量を減らして、もう一度お進みください。",
		En: "Only " + n + " of “" + title + "” are left. Please lower the quantity and go on.",
	}}
}
