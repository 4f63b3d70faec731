// Package billing charges shops for the service: it counts their orders, closes their months, takes the money by card or waits for
// a transfer, reminds, suspends, and opens again as soon as it has come.
//
// It guarantees that each step may be killed anywhere and be done again, by any number of callers: an invoice and its number are
// made in one transaction, and an attempt at a card is written down before the provider is asked, with a key of its own, so that
// one attempt is one charge. It refuses to talk to the provider within a transaction.
package billing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/pdf"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Cards is what the operator's switch for card payments says to owners.
type Cards struct {
	Register bool       // owners may register a card
	Renew    bool       // registered cards are charged
	Why      fault.Text // said where one of them is not so
}

// OpenCards is the switch as it stands without anyone's touch.
func OpenCards() Cards { return Cards{Register: true, Renew: true} }

// Vault is what the flow asks of vault.Client.
type Vault interface {
	JobToken(ctx context.Context, why vault.Purpose, shop id.Shop) (secret.Token, error)
	SealCredential(ctx context.Context, r db.Reader, ref vault.CredentialRef, text secret.Text) (vault.Sealed, error)
}

// Config is what the flow joins.
type Config struct {
	Store    *db.DB
	Books    *billing.Service
	Tenants  *tenant.Service
	Accounts *account.Service
	Gateways *gateway.Service
	Vault    Vault
	Sender   mail.Sender
	Log      *slog.Logger
	Rates    tax.Table
	Legal    func(ctx context.Context, shop id.Shop) (tenant.Legal, error) // a shop's particulars, or tenant.ErrNoLegal
	Link     func(shop id.Shop) string                                     // the admin's page of plan and bill
	// Provider is the operator's own account at the provider of card payments; ErrNoProvider where none is set up.
	Provider func(ctx context.Context) (provider.Provider, error)
	Cards    func(ctx context.Context, shop id.Shop) (Cards, error)
}

// ErrNoProvider means that the operator takes no cards.
var ErrNoProvider = fault.Unavailable(fault.Text{Ja: "いまはカードでのお支払いをお取り扱いしていません。銀行振込をご利用ください。",
	En: "Cards are not accepted at the moment. Please pay by bank transfer."})

// NoProvider is the Provider of an operator without one.
func NoProvider(context.Context) (provider.Provider, error) { return nil, ErrNoProvider }

// Flow is the billing.
type Flow struct {
	Config
	press   *pdf.Press
	letters letters
}

// New reads the letters and the papers' font.
func New(c Config) (*Flow, error) {
	f := &Flow{Config: c}
	if f.Provider == nil {
		f.Provider = NoProvider
	}
	if f.Cards == nil {
		f.Cards = func(context.Context, id.Shop) (Cards, error) { return OpenCards(), nil }
	}
	var err error
	if f.press, err = pdf.Open(); err != nil {
		return nil, err
	}
	f.letters, err = openLetters()
	return f, err
}

// Counter is the name of the follower that counts orders.
const Counter = "billing"

// Followers count orders and write letters.
func (f *Flow) Followers() []outbox.Follower {
	return []outbox.Follower{
		{Name: Counter, Events: []outbox.Event{tenant.Created, order.WasPaid, order.WasCancelled}, Handle: f.count},
		{Name: "billing letters", Events: []outbox.Event{billing.WasIssued, billing.WasPaid, billing.WasDeclined, billing.WasReminded,
			billing.WasSuspended, billing.WasResumed}, Handle: f.write},
	}
}

// Handle gives the schedule to its runner.
func (f *Flow) Handle(r *job.Runner) {
	r.Every("close billing months", 10*time.Minute, f.CloseMonths)
	r.Every("collect fees", time.Minute, f.Collect)
}

// scope is the flow itself at work in a shop.
func scope(shop id.Shop) db.Scope {
	return db.Scope{Actor: actor.ForJob(actor.Billing, secret.Token{}), Shop: shop, Request: "billing"}
}

func (f *Flow) writeIn(ctx context.Context, shop id.Shop, do func(tx *db.Tx) error) error {
	return f.Store.Write(ctx, scope(shop), do)
}

// begin opens the shop's account, from today, if it has none.
func (f *Flow) begin(ctx context.Context, shop id.Shop) error {
	return f.writeIn(ctx, shop, func(tx *db.Tx) error { return f.Books.Begin(ctx, tx, billing.DayOf(tx.NowMS())) })
}

// count enters what an order's fact costs. A shop without an account gets one at its first fact.
func (f *Flow) count(ctx context.Context, fact outbox.Fact) error {
	if fact.Shop == id.Platform {
		return nil
	}
	if fact.Event == tenant.Created {
		return f.begin(ctx, fact.Shop)
	}
	prices, err := f.catalogue(ctx)
	if err != nil {
		return err
	}
	u := billing.Usage{Order: id.Order(fact.Subject), Fact: fact.Seq, At: fact.At}
	enter := func(tx *db.Tx) error {
		if fact.Event == order.WasPaid {
			return f.Books.OrderPaid(ctx, tx, prices, u)
		}
		return f.Books.OrderCancelled(ctx, tx, u)
	}
	err = f.writeIn(ctx, fact.Shop, enter)
	if !errors.Is(err, billing.ErrNotBegun) {
		return err
	}
	if err := f.begin(ctx, fact.Shop); err != nil {
		return err
	}
	return f.writeIn(ctx, fact.Shop, enter)
}

func (f *Flow) catalogue(ctx context.Context) (c billing.Catalogue, err error) {
	err = f.Store.Read(ctx, scope(id.Platform), func(r db.Reader) error {
		c, err = f.Books.Catalogue(ctx, r)
		return err
	})
	return c, err
}

// Issuer is the operator as printed.
func (f *Flow) Issuer(ctx context.Context) (i billing.Issuer, err error) {
	err = f.Store.Read(ctx, scope(id.Platform), func(r db.Reader) error {
		i, err = f.Books.Issuer(ctx, r)
		return err
	})
	return i, err
}

// CloseMonths closes every month of every shop that has ended. Until the operator has said who issues the invoices, none are made.
func (f *Flow) CloseMonths(ctx context.Context) error {
	issuer, err := f.Issuer(ctx)
	if err != nil || !issuer.Ready() {
		return err
	}
	prices, err := f.catalogue(ctx)
	if err != nil {
		return err
	}
	var failed error
	for after := id.Shop(0); ; {
		var shops []id.Shop
		err := f.Store.Across("shops whose month has ended").Read(ctx, scope(id.Platform), func(r db.Reader) (err error) {
			shops, err = f.Books.ToClose(ctx, r, after)
			return err
		})
		if err != nil {
			return fmt.Errorf("find months to close: %w", err)
		}
		for _, s := range shops {
			if err := f.closeShop(ctx, s, issuer, prices); err != nil {
				failed = errors.Join(failed, fmt.Errorf("close months of shop %d: %w", int64(s), err))
			}
			after = s
		}
		if len(shops) == 0 {
			return failed
		}
	}
}

// maxMonths bounds how many months are made up for at once.
const maxMonths = 36

func (f *Flow) closeShop(ctx context.Context, s id.Shop, issuer billing.Issuer, prices billing.Catalogue) error {
	for range maxMonths {
		var a billing.Account
		err := f.Store.Read(ctx, scope(s), func(r db.Reader) (err error) {
			a, err = f.Books.Account(ctx, r)
			return err
		})
		if err != nil || !a.NextMonth.Closes(f.Store.Now()) {
			return err
		}
		if err := f.recipient(ctx, s, a.NextMonth); err != nil {
			return err
		}
		err = f.writeIn(ctx, s, func(tx *db.Tx) error {
			return f.Books.Close(ctx, tx, billing.Closing{Month: a.NextMonth, Catalogue: prices, Issuer: issuer, Rates: f.Rates})
		})
		if err != nil && !errors.Is(err, billing.ErrChanged) { // somebody else closed it meanwhile
			return err
		}
	}
	return nil
}

// recipient keeps whom the month's papers are written to, before they are made.
func (f *Flow) recipient(ctx context.Context, s id.Shop, m billing.Month) error {
	legal, err := f.Legal(ctx, s)
	if errors.Is(err, tenant.ErrNoLegal) {
		return nil // they are written to the shop's name
	}
	if err != nil {
		return fmt.Errorf("read recipient: %w", err)
	}
	return f.writeIn(ctx, id.Platform, func(tx *db.Tx) error {
		owner, err := f.Tenants.LegalOwner(ctx, tx, s)
		if err != nil || owner == 0 {
			return err
		}
		return f.Books.PutRecipient(ctx, tx, s, m, owner, billing.Recipient{Name: legal.Seller, Postcode: legal.Postcode, Address: legal.Address})
	})
}
