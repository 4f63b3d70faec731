// Package sample opens the sample shops of the demo, the bench and the tests, and gives them a past.
//
// It guarantees that all of it is made through the flows that real shops are made through (sign-up, catalogue, stock,
// checkout, fulfilment), so that what it shows is what an owner would have; that the same seed gives the same shops, people
// and orders (ids, order numbers and ciphertexts are drawn anew); and that no letter of the made-up past is due.
// It refuses to sow twice into one store: the second time the shops' addresses are taken.
package sample

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/picture"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/sample/goods"
	"github.com/noren-shop/noren/internal/sample/history"
	"github.com/noren-shop/noren/internal/sample/people"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Services are what sowing needs of a house whose followers and jobs do not run yet.
type Services struct {
	DB       *db.DB // its Now is Clock.Now
	Clock    *Clock
	Vault    *vault.Client
	Outbox   *outbox.Runner
	Skip     []string // names of followers that must not see the past: the order letters'
	Postal   *postal.Table
	Signup   *signup.Flow
	Tenants  *tenant.Service
	Catalog  *catalog.Service
	Pictures *picture.Service
	Stock    *inventory.Service
	Carts    *cart.Service
	Orders   *order.Service
	Shipping *shipping.Service
	Payment  *payment.Service
	Gateways *gateway.Service
	Checkout *checkout.Service
	Fulfil   *fulfil.Service
	// Account opens an account at the payment simulator for a shop of that name; nil leaves shops without card and convenience store.
	Account func(ctx context.Context, shop string) (provider.Account, error)
	// Screen renders a confirmation as the storefront shows it, to be kept as evidence; nil keeps its six items as text.
	Screen func(checkout.Confirmation) ([]byte, error)
}

// A Size says how much there is to be.
type Size struct {
	Shops    int
	Products int // in all shops
	Orders   int // in all shops
	Pictures int // products that have any: drawing costs far more than all the rest
}

// Default is the demo's size.
func Default() Size { return Size{Shops: goods.Written, Products: 66, Orders: 360, Pictures: 66} }

// ErrSize is a size that makes no sense.
var ErrSize = errors.New("sample: at least one shop with one product, and no negative number")

// Check refuses what cannot be sown.
func (s Size) Check() error {
	if s.Shops < 1 || s.Products < s.Shops || s.Orders < 0 || s.Pictures < 0 {
		return ErrSize
	}
	return nil
}

// Password is everybody's: these shops are for looking at, on loopback.
const Password = "noren-demo-2026"

// OperatorEmail is the operator's log-in.
const OperatorEmail = "operator@noren.example.jp"

// A Login is a person who can log in.
type Login struct{ Email, Password string }

// A Shop is one that was sown.
type Shop struct {
	ID     id.Shop
	Handle string
	Name   string
	Theme  string
	Owner  Login
	Staff  Login // a packer's; empty where there is none
}

// A Result is what was sown.
type Result struct {
	Operator Login
	Shops    []Shop
	Orders   int
	Cost     Cost
	// Later draws what was left out to be ready sooner: the pictures after each product's first. Call it, once, behind the
	// open doors, or not at all.
	Later func(ctx context.Context) error
}

// Cost is how long the parts took; drawing goes on beside the rest.
type Cost struct{ Shops, Drawing, Orders, All time.Duration }

// drawers are how many goroutines draw at once.
const drawers = 2

// A sower is one sowing.
type sower struct {
	Services
	size  Size
	end   time.Time
	shops []*plot
	gate  chan struct{} // bounds what is stored at once
}

// A plot is one shop in the making.
type plot struct {
	goods.Shop
	inputs   []catalog.In
	trade    history.Trade
	id       id.Shop
	session  secret.Token
	owner    db.Scope
	method   []shipping.Method
	products []id.Product
	variants [][]id.Variant
}

// atOnce bounds the transactions in flight, which the store commits together.
const atOnce = 16

// Seed sows sample shops of that size into an empty store. The clock shows the past meanwhile, and the real time afterwards.
func Seed(ctx context.Context, s Services, size Size, seed uint64) (Result, error) {
	if err := size.Check(); err != nil {
		return Result{}, err
	}
	began := time.Now()
	w := &sower{Services: s, size: size, end: s.Clock.Now(), gate: make(chan struct{}, atOnce)}
	if w.Screen == nil {
		w.Screen = plain
	}
	start, err := w.plan(seed)
	if err != nil {
		return Result{}, err
	}
	s.Clock.set(start)
	defer s.Clock.free()
	res := Result{Operator: Login{OperatorEmail, Password}, Orders: size.Orders}
	if err := w.open(ctx); err != nil {
		return res, fmt.Errorf("open sample shops: %w", err)
	}
	res.Cost.Shops = time.Since(began)
	pictures := w.draw(ctx)
	if err := w.live(ctx); err != nil {
		return res, errors.Join(fmt.Errorf("sow orders: %w", err), (<-pictures).err)
	}
	res.Cost.Orders = time.Since(began) - res.Cost.Shops
	drawn := <-pictures
	res.Cost.Drawing = drawn.took
	if drawn.err != nil {
		return res, fmt.Errorf("draw pictures: %w", drawn.err)
	}
	if err := w.close(ctx); err != nil {
		return res, err
	}
	for _, p := range w.shops {
		res.Shops = append(res.Shops, told(p.Shop, p.id))
	}
	res.Later = w.later
	res.Cost.All = time.Since(began)
	return res, nil
}

// told is what is said about a shop.
func told(g goods.Shop, n id.Shop) Shop {
	s := Shop{ID: n, Handle: g.Handle, Name: g.Name, Theme: g.Theme, Owner: Login{g.Owner.Email, Password}}
	if g.Staff.Email != "" {
		s.Staff = Login{g.Staff.Email, Password}
	}
	return s
}

// plan makes everything up and says when it begins.
func (w *sower) plan(seed uint64) (time.Time, error) {
	shops, err := goods.Shops(w.size.Shops, w.size.Products)
	if err != nil {
		return time.Time{}, err
	}
	each := (w.size.Orders + w.size.Shops - 1) / w.size.Shops
	src := history.New(people.New(w.Postal, seed), seed, w.end, each)
	for i, s := range shops {
		p := &plot{Shop: s}
		for k, g := range s.Products {
			in, err := s.In(g, int64(k))
			if err != nil {
				return time.Time{}, err
			}
			p.inputs = append(p.inputs, in)
		}
		n := w.size.Orders / w.size.Shops
		if i < w.size.Orders%w.size.Shops {
			n++
		}
		p.trade = src.Plan(s, p.inputs, n)
		w.shops = append(w.shops, p)
	}
	return src.Start(), nil
}

// plain keeps a confirmation's six items as text.
func plain(c checkout.Confirmation) ([]byte, error) {
	var b []byte
	for _, s := range c.Six {
		b = fmt.Appendln(b, s.Title)
		for _, l := range s.Lines {
			b = fmt.Appendln(b, " ", l)
		}
	}
	return b, nil
}

// person is somebody who signs up.
func person(name, email string, as vault.Population) signup.Person {
	return signup.Person{Name: name, Email: email, Password: secret.NewText(Password), Lang: i18n.Ja, Population: as,
		Network: "127.0.0.1", Agent: "noren sample", Request: "sample"}
}

// close skips the past for those who would write about it, and ends the sessions.
func (w *sower) close(ctx context.Context) error {
	w.Clock.free()
	for _, name := range w.Skip {
		if err := w.Outbox.Skip(ctx, name); err != nil {
			return fmt.Errorf("skip past of %s: %w", name, err)
		}
	}
	for _, p := range w.shops {
		if err := w.Vault.End(ctx, p.session); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
	}
	return nil
}
