// Package flowtest gives tests of flows an open shop with goods, ways to send and to pay, a vault and a mailbox.
//
// It guarantees the real services on a real store and vault; only the mail server is in memory. It refuses to be used
// outside tests: it takes a testing.TB.
package flowtest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/sale"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/wallet"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/migrations"
)

// Shop is the test's shop.
const Shop id.Shop = 7

// A Kit is an open shop.
type Kit struct {
	DB       *db.DB
	Vault    *vaulttest.Vault
	Tenant   *tenant.Service
	Catalog  *catalog.Service
	Stock    *inventory.Service
	Carts    *cart.Service
	Orders   *order.Service
	Payment  *payment.Service
	Shipping *shipping.Service
	Checkout *checkout.Service
	Fulfil   *fulfil.Service
	Charges  *charge.Service
	Gateways *gateway.Service
	Wallet   *wallet.Service
	Owner    actor.Actor
	Tea      id.Variant // reduced rate, 1,080 yen
	Cup      id.Variant // standard rate, 3,300 yen
	Method   shipping.Method
	Legal    tenant.Legal
	Mailbox  *Mailbox
}

// Each runs the test in a new open shop on every engine.
func Each(t *testing.T, test func(t *testing.T, k *Kit)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, New(t, d)) })
}

// EachAt is Each with a clock for the store, which the test moves. The vault has its own.
func EachAt(t *testing.T, test func(t *testing.T, k *Kit, c *vaulttest.Clock)) {
	t.Helper()
	each := func(t *testing.T, open func(testing.TB, db.Config) *db.DB) {
		c := vaulttest.NewClock(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
		test(t, New(t, open(t, db.Config{Schema: migrations.Schema(), Now: c.Now})), c)
	}
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); each(t, dbtest.SQLite) })
	if os.Getenv(dbtest.Env) != "" {
		t.Run("postgres", func(t *testing.T) { t.Parallel(); each(t, dbtest.Postgres) })
	}
}

// Seed is the actor that makes things.
func Seed() actor.Actor {
	return actor.Actor{Kind: actor.Job}.With(append(actor.Seed.Rights(), actor.OpenShops)...)
}

// Visitor is a scope at the shop's storefront.
func Visitor() db.Scope {
	return db.Scope{Shop: Shop, Actor: actor.Actor{Kind: actor.Visitor}.With(), Request: "test"}
}

// New opens a shop on the store.
func New(t testing.TB, d *db.DB) *Kit {
	t.Helper()
	v := vaulttest.New(t)
	k := &Kit{DB: d, Vault: v, Tenant: tenant.New(v.Client), Catalog: catalog.New(), Stock: inventory.New(),
		Carts: cart.New(sale.Variants{}), Orders: order.New(v.Client), Payment: payment.New(), Shipping: shipping.New(),
		Mailbox: &Mailbox{}}
	k.Legal = tenant.Legal{Seller: "暖簾商店", Representative: "暖簾 花子", Postcode: "1000001", Address: "東京都千代田区千代田1-1",
		Phone: "0312345678", Hours: "平日10時〜17時", Email: "shop@example.com"}
	k.Charges, k.Gateways, k.Wallet = charge.NewService(v.Client), gateway.New(), wallet.New(v.Client)
	k.Checkout = checkout.New(checkout.Config{Store: d, Carts: k.Carts, Stock: k.Stock, Shipping: k.Shipping, Payment: k.Payment,
		Orders: k.Orders, Vault: v.Client, Shops: k.Tenant, Contact: k.Contact, Rates: tax.Japan(),
		Charges: k.Charges, Gateways: k.Gateways})
	k.Fulfil = fulfil.New(k.Orders, k.Payment, k.Stock)
	v.Shop(t, d, Shop)
	v.Shop(t, d, id.Platform)
	k.Owner = v.Owner(t, Shop, 101)
	k.open(t)
	k.goods(t)
	k.ways(t)
	return k
}

// Contact is the shop's published particulars.
func (k *Kit) Contact(context.Context, id.Shop) (tenant.Legal, error) { return k.Legal, nil }

// Write runs f as the seed in the shop.
func (k *Kit) Write(t testing.TB, f func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := k.DB.Write(t.Context(), db.Scope{Shop: Shop, Actor: Seed()}, func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// Read runs f as the owner in the shop.
func (k *Kit) Read(t testing.TB, f func(ctx context.Context, r db.Reader) error) {
	t.Helper()
	if err := k.DB.Read(t.Context(), k.Staff(), func(r db.Reader) error { return f(t.Context(), r) }); err != nil {
		t.Fatal(err)
	}
}

// Staff is the owner's scope.
func (k *Kit) Staff() db.Scope { return db.Scope{Shop: Shop, Actor: k.Owner, Request: "test"} }

func (k *Kit) open(t testing.TB) {
	t.Helper()
	k.Write(t, func(ctx context.Context, tx *db.Tx) error {
		_, err := k.Tenant.Create(ctx, tx, "test-shop", tenant.Settings{Name: "暖簾商店", Delivery: "ご注文から3営業日以内に発送します。",
			PaymentTime: "銀行振込は7日以内、代金引換は商品の受け取り時です。", Returns: "お届けから8日以内の未開封品は返品できます。"})
		if err != nil {
			return err
		}
		if err := k.Tenant.LegalIsDone(ctx, tx); err != nil {
			return err
		}
		_, err = k.Tenant.SetState(ctx, tx, tenant.Open)
		return err
	})
}

func (k *Kit) goods(t testing.TB) {
	t.Helper()
	k.Tea = k.Add(t, catalog.In{Name: "煎茶", NameEn: "Sencha", State: catalog.Showing, Tax: tax.Reduced,
		Variants: []catalog.VariantIn{{Price: 1_080}}}, 50)
	k.Cup = k.Add(t, catalog.In{Name: "湯呑", NameEn: "Tea cup", State: catalog.Showing,
		Variants: []catalog.VariantIn{{Price: 3_300}}}, 50)
}

// Add puts a product of one variant on sale with that many pieces.
func (k *Kit) Add(t testing.TB, in catalog.In, count int64) id.Variant {
	t.Helper()
	var p catalog.Product
	k.Write(t, func(ctx context.Context, tx *db.Tx) error {
		n, err := k.Catalog.Create(ctx, tx, in)
		if err != nil {
			return err
		}
		if p, err = k.Catalog.Get(ctx, tx, n); err != nil {
			return err
		}
		return k.Stock.Set(ctx, tx, p.Variants[0].ID, count, inventory.Received)
	})
	return p.Variants[0].ID
}

// Count sets a variant's stock.
func (k *Kit) Count(t testing.TB, v id.Variant, n int64) {
	t.Helper()
	k.Write(t, func(ctx context.Context, tx *db.Tx) error { return k.Stock.Set(ctx, tx, v, n, inventory.Counted) })
}

// Left is how many can still be sold.
func (k *Kit) Left(t testing.TB, v id.Variant) (n int64) {
	t.Helper()
	k.Read(t, func(ctx context.Context, r db.Reader) error {
		left, err := k.Stock.Left(ctx, r, []id.Variant{v})
		n = left[v]
		return err
	})
	return n
}

// Audit fails where counts, movements and holds do not agree.
func (k *Kit) Audit(t testing.TB) {
	t.Helper()
	k.Read(t, func(ctx context.Context, r db.Reader) error {
		bad, err := k.Stock.Audit(ctx, r)
		if err == nil && len(bad) > 0 {
			err = fmt.Errorf("stock does not add up: %v", bad)
		}
		return err
	})
}

func (k *Kit) ways(t testing.TB) {
	t.Helper()
	k.Write(t, func(ctx context.Context, tx *db.Tx) (err error) {
		fees := shipping.Flat(800)
		fees[postal.Okinawa-1].Yen = 1_600
		k.Method, err = k.Shipping.Create(ctx, tx, shipping.Method{Carrier: shipping.Yamato, Name: fault.Text{Ja: "宅急便", En: "Parcel"},
			Active: true, FreeOver: 10_000, LeadDays: 3, WishDays: 10, Fees: fees})
		if err != nil {
			return err
		}
		if _, err = k.Payment.Configure(ctx, tx, payment.Setting{Method: payment.COD, Active: true,
			Brackets: []payment.Bracket{{Below: 10_000, Fee: 330}, {Below: 30_000, Fee: 440}, {Below: 100_000, Fee: 660}}}); err != nil {
			return err
		}
		_, err = k.Payment.Configure(ctx, tx, payment.Setting{Method: payment.BankTransfer, Active: true, DeadlineDays: 7,
			Account: "のれん銀行 本店 普通 1234567 ノレンショウテン"})
		return err
	})
}

// Cart makes a visitor's cart with the lines.
func (k *Kit) Cart(t testing.TB, lines ...cart.Line) secret.Token {
	t.Helper()
	var c cart.Cart
	err := k.DB.Write(t.Context(), Visitor(), func(tx *db.Tx) (err error) {
		if c, err = k.Carts.Open(t.Context(), tx, secret.Token{}, i18n.Ja); err != nil {
			return err
		}
		for _, l := range lines {
			if c, err = k.Carts.Add(t.Context(), tx, c, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.Token
}

// Form is a purchaser's, without fault.
func (k *Kit) Form() checkout.Form {
	return checkout.Form{Lang: i18n.Ja, Name: "山田 花子", Furigana: "やまだ はなこ", Postcode: "104-0061", Prefecture: "13",
		City: "中央区", Street: "銀座1-2-3", Building: "ﾉﾚﾝﾋﾞﾙ 4F", Phone: "03-1234-5678", Email: "hanako@example.jp",
		Payment: string(payment.COD), Shipping: id.String(k.Method.ID)}
}

// Screen renders a confirmation for the evidence.
func Screen(c checkout.Confirmation) ([]byte, error) {
	var b bytes.Buffer
	for _, s := range c.Six {
		fmt.Fprintln(&b, s.Title, s.Lines)
	}
	return b.Bytes(), nil
}

// Confirmed is a place that was confirmed and can be pressed.
func (k *Kit) Confirmed(t testing.TB, tok secret.Token, f checkout.Form) checkout.PlaceIn {
	t.Helper()
	c, err := k.Checkout.Confirm(t.Context(), Visitor(), tok, f)
	if err != nil {
		t.Fatal(err)
	}
	return checkout.PlaceIn{Cart: tok, Form: f, Digest: c.Digest, Key: c.Key, Screen: Screen}
}

// Order places an order of the lines.
func (k *Kit) Order(t testing.TB, f checkout.Form, lines ...cart.Line) checkout.Placed {
	t.Helper()
	p, err := k.Checkout.Place(t.Context(), Visitor(), k.Confirmed(t, k.Cart(t, lines...), f))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Get reads an order.
func (k *Kit) Get(t testing.TB, n id.Order) (o order.Order) {
	t.Helper()
	k.Read(t, func(ctx context.Context, r db.Reader) (err error) {
		o, err = k.Orders.Get(ctx, r, n)
		return err
	})
	return o
}

// A Mailbox keeps what is sent.
type Mailbox struct {
	mu   sync.Mutex
	Fail error // what Send returns
	sent []mail.Message
}

// Send keeps the letter.
func (m *Mailbox) Send(_ context.Context, msg mail.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Fail != nil {
		return m.Fail
	}
	if msg.From == (mail.Address{}) {
		msg.From = mail.Address{Addr: "noren@example.net"}
	}
	if err := msg.Validate(); err != nil {
		return err
	}
	m.sent = append(m.sent, msg)
	return nil
}

// Sent is what was sent.
func (m *Mailbox) Sent() []mail.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]mail.Message(nil), m.sent...)
}
