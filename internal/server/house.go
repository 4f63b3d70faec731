package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/apps/feed"
	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/apps/webhook"
	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/group"
	"github.com/noren-shop/noren/internal/commerce/catalog/picture"
	"github.com/noren-shop/noren/internal/commerce/catalog/register"
	"github.com/noren-shop/noren/internal/commerce/catalog/sale"
	"github.com/noren-shop/noren/internal/commerce/catalog/shelf"
	"github.com/noren-shop/noren/internal/commerce/customer"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/deposit"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/settlement"
	"github.com/noren-shop/noren/internal/commerce/payment/wallet"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/bank"
	billingflow "github.com/noren-shop/noren/internal/flow/billing"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/dailymail"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/hook"
	"github.com/noren-shop/noren/internal/flow/index"
	"github.com/noren-shop/noren/internal/flow/install"
	"github.com/noren-shop/noren/internal/flow/invite"
	"github.com/noren-shop/noren/internal/flow/letter"
	"github.com/noren-shop/noren/internal/flow/member"
	"github.com/noren-shop/noren/internal/flow/opening"
	"github.com/noren-shop/noren/internal/flow/operate"
	"github.com/noren-shop/noren/internal/flow/own"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/flow/people"
	"github.com/noren-shop/noren/internal/flow/sales"
	"github.com/noren-shop/noren/internal/flow/signin"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/flow/sweep"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/pages/checks"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/migrations"
)

// Options open a house: its parts below the doors.
type Options struct {
	Config   *config.Config
	Log      *slog.Logger
	Now      func() time.Time // nil is time.Now
	Volatile bool             // tests' stores
	Inject   func() error     // tests' faults
	Sender   mail.Sender      // nil is the configuration's mail server
	Billing  Billing          // how the operator takes its fees
	Payments pay.Open         // how payment providers are reached
	Raise    signal.Raise     // nil is the recorder; tests listen here
	Outside  egress.Net       // how what others name is reached; zero is the system's way
	APIRate  int              // calls a minute and token; 0 is the guideline, below zero no bound
}

// House is everything below the doors, open.
type House struct {
	Config *config.Config
	Log    *slog.Logger
	Now    func() time.Time
	Raise  signal.Raise
	open   pay.Open

	apiRate int

	clients sync.Map // by a provider's address: *http.Client

	Book *place.Book // where the doors are, once they are bound

	running bool     // it serves, as opposed to a command that has opened it
	missing []string // protections that this host does not give the web process
	Base
	Security
	Features
	Flows

	stores []*db.DB // beside DB
}

// Base is the plumbing, with the client of the vault.
type Base struct {
	DB     *db.DB
	Vault  *vault.Client
	Outbox *outbox.Runner
	Jobs   *job.Runner
	Postal *postal.Table
	Blobs  blob.Store
	Sender mail.Sender
	Node   string // this process, for leases
}

// Features are the wings.
type Features struct {
	Tenants  *tenant.Service
	Accounts *account.Service
	Catalog  *catalog.Service
	Register *register.Service
	Groups   *group.Service
	Shelf    *shelf.Service
	Pictures *picture.Service
	Stock    *inventory.Service
	Carts    *cart.Service
	Orders   *order.Service
	Shipping *shipping.Service
	Payment  *payment.Service
	Charges  *charge.Service
	Gateways *gateway.Service
	Wallet   *wallet.Service
	Settled  *settlement.Service
	Members  *customer.Service
	Deposits *deposit.Service
	Books    *billing.Service
	Apps     *registry.Service
	Hooks    *webhook.Service
	Feed     *feed.Service
}

// Flows join them.
type Flows struct {
	Signup   *signup.Flow
	Checkout *checkout.Service
	Fulfil   *fulfil.Service
	Sales    *sales.Service
	People   *people.Service
	Pay      *pay.Service
	Own      *own.Service
	Member   *member.Flow
	Signin   *signin.Letters
	Letters  *letter.Service
	Sweep    *sweep.Flow
	Daily    *dailymail.Flow
	Operate  *operate.Flow
	Opening  *opening.Flow
	Invite   *invite.Flow
	Index    *index.Flow
	Bank     *bank.Flow
	Billing  *billingflow.Flow
	Checks   *checks.Service
	Install  *install.Flow
	Hook     *hook.Flow
}

// Open opens the house. The vault may still be starting: what needs it says so until it answers.
func Open(ctx context.Context, o Options) (*House, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &House{Config: o.Config, Log: o.Log, Now: o.Now, open: o.Payments, apiRate: o.APIRate, Book: Places(o.Config), Raise: o.Raise}
	var err error
	if h.Base, err = openBase(ctx, o); err != nil {
		return nil, err
	}
	if h.Security, h.stores, err = openSecurity(ctx, o, h.DB, h.Node); err != nil {
		return nil, err
	}
	if h.Raise == nil {
		h.Raise = h.Signals.Raise
	}
	h.Sender = mail.Guard(h.Sender, cardInLetter(h.Raise))
	h.Vault = vault.New(vault.Config{Socket: o.Config.Vault.Socket, Raise: h.Raise})
	h.Features = openFeatures(h.Base)
	if h.Flows, err = openFlows(h, o.Outside); err != nil {
		return h, err
	}
	h.Flows.Billing, err = openBilling(h, o.Billing)
	return h, err
}

// Close closes the stores.
func (h *House) Close() {
	h.Vault.Close()
	for _, d := range h.stores {
		d.Close()
	}
	h.DB.Close()
}

// StoreURL is where the shops' data are.
func StoreURL(c *config.Config) string {
	if c.Store != "" {
		return c.Store
	}
	return filepath.Join(c.DataDir, "noren.db")
}

// openStore opens a handle on the shops' store; conns bounds its connections, 0 chooses.
func openStore(ctx context.Context, o Options, conns int) (*db.DB, error) {
	return db.Open(ctx, db.Config{URL: StoreURL(o.Config), Schema: migrations.Schema(), Now: o.Now, Log: o.Log, Volatile: o.Volatile,
		Inject: o.Inject, Conns: conns})
}

func openBase(ctx context.Context, o Options) (Base, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	b := Base{Node: fmt.Sprintf("%s/%d", host, os.Getpid())}
	if b.DB, err = openStore(ctx, o, 0); err != nil {
		return b, err
	}
	b.Outbox = outbox.NewRunner(b.DB, o.Log, b.Node)
	b.Jobs = job.NewRunner(b.DB, o.Log, b.Node)
	if b.Blobs, err = blob.OpenFolder(filepath.Join(o.Config.DataDir, "media"), maxMedia); err != nil {
		return b, err
	}
	if b.Sender, err = sender(o); err != nil {
		return b, err
	}
	b.Postal, err = postal.Open()
	return b, err
}

// maxMedia bounds one stored picture.
const maxMedia = 32 << 20

// sender is the mail server of the configuration. Without one, letters fail and wait.
func sender(o Options) (mail.Sender, error) {
	if o.Sender != nil {
		return o.Sender, nil
	}
	if o.Config.SMTP.Host == "" {
		return noServer{}, nil
	}
	return mail.NewSMTP(o.Config.SMTP, nil)
}

// noServer is the lack of one.
type noServer struct{}

func (noServer) Send(context.Context, mail.Message) error {
	return errors.New("no mail server is configured (smtp-host): the letter waits")
}

func openFeatures(b Base) Features {
	return Features{
		Tenants:  tenant.New(b.Vault),
		Accounts: account.New(b.Vault),
		Catalog:  catalog.New(),
		Shelf:    shelf.New(),
		Register: register.New(),
		Groups:   group.New(),
		Pictures: picture.New(b.Blobs),
		Stock:    inventory.New(),
		Carts:    cart.New(sale.Variants{}),
		Orders:   order.New(b.Vault),
		Shipping: shipping.New(),
		Payment:  payment.New(),
		Charges:  charge.NewService(b.Vault),
		Gateways: gateway.New(),
		Wallet:   wallet.New(b.Vault),
		Settled:  settlement.New(),
		Members:  customer.New(b.Vault),
		Deposits: deposit.New(b.Vault),
		Books:    billing.New(b.Vault),
		Apps:     registry.New(),
		Hooks:    webhook.New(b.Vault),
		Feed:     feed.New(b.DB),
	}
}

// reader is who a letter about logging in goes to.
func (f Flows) reader(ctx context.Context, who vault.Subject, request string) (account.Contact, error) {
	if who.Population == vault.Purchaser {
		return f.Member.Letter(ctx, who, request)
	}
	return f.Signup.Letter(ctx, who, request)
}

func openFlows(h *House, outside egress.Net) (Flows, error) {
	f := Flows{Signup: signup.New(h.DB, h.Vault, h.Accounts, h.Tenants, h.Config.Domain)}
	contact := func(ctx context.Context, shop id.Shop) (tenant.Legal, error) {
		return f.Signup.LegalPage(ctx, shop, "contact")
	}
	f.Checkout = checkout.New(checkout.Config{Store: h.DB, Carts: h.Carts, Stock: h.Stock, Shipping: h.Shipping,
		Payment: h.Payment, Orders: h.Orders, Vault: h.Vault, Shops: h.Tenants, Rates: tax.Japan(),
		Charges: h.Charges, Gateways: h.Gateways, Closed: h.cardsClosed,
		Contact: func(ctx context.Context, shop id.Shop) (tenant.Legal, error) {
			return f.Signup.LegalPage(ctx, shop, "checkout")
		}})
	f.Invite = invite.New(h.DB, h.Vault, h.Accounts, h.Tenants)
	f.Fulfil = fulfil.New(h.Orders, h.Payment, h.Stock)
	f.Sales = sales.New(h.Vault)
	f.People = people.New(h.Vault)
	f.Bank = bank.New(bank.Config{Store: h.DB, Deposits: h.Deposits, Orders: h.Orders, Payment: h.Payment,
		Paid: func(ctx context.Context, tx *db.Tx, o id.Order, version int64) error {
			_, err := f.Fulfil.MarkPaid(ctx, tx, fulfil.Ref{Order: o, Version: version})
			return err
		},
		Unpaid: func(ctx context.Context, tx *db.Tx, o id.Order, version int64) error {
			_, err := f.Fulfil.Unpay(ctx, tx, fulfil.Ref{Order: o, Version: version})
			return err
		}})
	f.Pay = openPay(h, f)
	f.Own = own.New(own.Config{Store: h.DB, Orders: h.Orders, Payment: h.Payment, Tenants: h.Tenants})
	f.Member = member.New(member.Config{Store: h.DB, Vault: h.Vault, Members: h.Members, Orders: h.Orders})
	var err error
	if f.Signin, err = signin.New(h.Sender, h.Log, f.reader); err != nil {
		return f, err
	}
	f.Index = index.New(h.DB, h.Vault, h.Orders, h.Log)
	openHooks(h, &f, outside)
	f.Sweep = sweep.New(h.DB, h.Stock, h.Carts)
	f.Operate = operate.New(h.DB, h.Tenants)
	f.Opening = opening.New(h.Tenants, h.Shipping, h.Payment)
	f.Checks = checks.New(checks.Config{DB: h.DB, Watchers: h.Config.Watch.Watchers, Raise: h.Raise, Log: h.Log})
	f.Daily, err = dailymail.New(dailymail.Config{Store: h.DB, Orders: h.Orders, Tenants: h.Tenants, Vault: h.Vault, Sender: h.Sender,
		Shops: h.Shops, Contact: contact, Link: func(shop id.Shop) string { return h.Book.Door(place.Admin, "") + "/" + id.String(shop) + "/access" }})
	if err != nil {
		return f, err
	}
	f.Letters, err = letter.New(letter.Config{Store: h.DB, Orders: h.Orders, Payment: h.Payment, Shops: h.Tenants, Sender: h.Sender,
		From: h.Config.SMTP.From, Vault: h.Vault, Contact: contact, Charges: h.Charges,
		PayURL: func(ctx context.Context, shop id.Shop, o id.Order) (string, error) {
			tok, err := f.Pay.LinkFor(ctx, shop, o)
			return PayURL(h.Book, shop, tok), err
		},
		OrderURL: func(shop tenant.Shop, o id.Order, link secret.Token) string {
			return OrderURL(h.Book, shop.ID, o, link)
		},
		AdminURL: func(shop tenant.Shop, o id.Order) string {
			return h.Book.Door(place.Admin, "") + "/" + id.String(shop.ID) + "/orders/" + id.String(o)
		}})
	return f, err
}

// platformTime bounds the wait for a vault that is starting.
const platformTime = 30 * time.Second

// Prepare makes the platform's own key, once, when the vault answers.
func (h *House) Prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, platformTime)
	defer cancel()
	for {
		key, err := h.Vault.CreateShop(ctx, id.Platform)
		if err == nil {
			pepper, err := h.Vault.Pepper(ctx)
			if err != nil {
				return err
			}
			h.Signals.SetPepper(pepper)
			return h.DB.Write(ctx, db.Scope{Request: "start"}, func(tx *db.Tx) error { return vault.SaveShopKey(ctx, tx, key) })
		}
		select {
		case <-ctx.Done():
			return errors.Join(errors.New("the vault does not answer"), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
