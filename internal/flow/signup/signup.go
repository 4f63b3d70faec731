// Package signup takes a person from nothing to a shop: the account, the shop, its legal page.
//
// It guarantees that each step can be taken again after a crash or an error without leaving a second account, a lost
// address or a shop without an owner: the vault is told first, and what it knows leads back to what is unfinished. It
// refuses to open the shop; that is the owner's act, once nothing is missing.
package signup

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Flow is the sign-up.
type Flow struct {
	db       *db.DB
	vault    *vault.Client
	accounts *account.Service
	tenants  *tenant.Service
	ids      *id.Source
	domain   string
}

// New makes the flow; domain is the service's, under which shops get their address.
func New(d *db.DB, v *vault.Client, a *account.Service, t *tenant.Service, domain string) *Flow {
	return &Flow{db: d, vault: v, accounts: a, tenants: t, ids: id.NewSource(), domain: domain}
}

// A Person is who signs up.
type Person struct {
	Name, Email string
	Password    secret.Text
	Lang        i18n.Lang
	Population  vault.Population // ShopOwner, or OperatorStaff from the command line
	By          secret.Token     // an operator's session, to make another operator

	Network, Agent, Request string // of the browser, for the session
}

// Account registers a person and logs them in. A taken e-mail is ErrLoginTaken; the door shows the log-in page for it.
func (f *Flow) Account(ctx context.Context, in Person) (vault.Session, error) {
	store := account.In{Population: in.Population, Name: in.Name, Email: in.Email, Lang: in.Lang}
	if err := store.Validate(); err != nil {
		return vault.Session{}, err
	}
	who := vault.AccountSubject(in.Population, id.Account(f.ids.Next(f.db.Now())))
	if err := f.vault.Register(ctx, vault.Registration{Who: who, Login: store.Email, Password: in.Password, By: in.By}); err != nil {
		return vault.Session{}, err
	}
	err := f.db.Write(ctx, f.scope(actor.Actor{}, id.Platform, in.Request), func(tx *db.Tx) error {
		return f.accounts.Create(ctx, tx, id.Account(who.ID), store)
	})
	if err != nil {
		return vault.Session{}, fmt.Errorf("store account: %w", err)
	}
	return f.vault.LogIn(ctx, vault.LogIn{Realm: id.Platform, Login: store.Email, Password: in.Password, Network: in.Network, Agent: in.Agent})
}

func (f *Flow) scope(a actor.Actor, shop id.Shop, request string) db.Scope {
	return db.Scope{Actor: a.With(actor.Signup.Rights()...), Shop: shop, Request: request}
}

// A NewShop is what the wizard asks.
type NewShop struct {
	Handle, Name, Sells, Theme string
}

// Shop makes a shop for the person whose session it is.
func (f *Flow) Shop(ctx context.Context, session secret.Token, request string, in NewShop) (tenant.Shop, error) {
	handle, err := tenant.Handle(in.Handle)
	settings := tenant.Settings{Name: in.Name, Sells: in.Sells, Theme: in.Theme, Rounding: "down"}
	if settings.Theme == "" {
		settings.Theme = tenant.Themes()[0]
	}
	var wrong fault.Faults
	for _, e := range []error{err, settings.Validate()} {
		if err := wrong.Add(e); err != nil {
			return tenant.Shop{}, err
		}
	}
	if err := wrong.Err(); err != nil {
		return tenant.Shop{}, err
	}
	p, err := f.vault.Check(ctx, session)
	if err != nil {
		return tenant.Shop{}, err
	}
	shop, err := f.unfinished(ctx, p, request)
	if err != nil {
		return tenant.Shop{}, err
	}
	key, err := f.vault.CreateShop(ctx, shop)
	if err != nil {
		return tenant.Shop{}, err
	}
	if p.Role(shop) == "" {
		if err := f.vault.Grant(ctx, session, p.Who, shop, actor.Owner); err != nil {
			return tenant.Shop{}, fmt.Errorf("make owner: %w", err)
		}
	}
	err = f.db.Write(ctx, f.scope(p.Actor(shop, session), id.Platform, request), func(tx *db.Tx) error {
		return f.tenants.Claim(ctx, tx, shop, handle, f.domain)
	})
	if err != nil {
		return tenant.Shop{}, err
	}
	var made tenant.Shop
	err = f.db.Write(ctx, f.scope(p.Actor(shop, session), shop, request), func(tx *db.Tx) error {
		if err := vault.SaveShopKey(ctx, tx, key); err != nil {
			return err
		}
		made, err = f.tenants.Create(ctx, tx, handle, settings)
		return err
	})
	return made, err
}

// unfinished is the shop that the person has begun before and not finished, or a new id.
func (f *Flow) unfinished(ctx context.Context, p vault.Principal, request string) (id.Shop, error) {
	for _, m := range p.Memberships {
		if m.Role != actor.Owner {
			continue
		}
		err := f.db.Read(ctx, f.scope(actor.Actor{Kind: actor.Visitor}, m.Shop, request), func(r db.Reader) error {
			_, err := f.tenants.Get(ctx, r)
			return err
		})
		if fault.Is(err, fault.KindNotFound) {
			return m.Shop, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return id.Shop(f.ids.Next(f.db.Now())), nil
}

// Legal stores the particulars that the law has the shop publish, in the owner's name, and tells the shop.
func (f *Flow) Legal(ctx context.Context, a actor.Actor, shop id.Shop, request string, in tenant.Legal) error {
	if !a.May(actor.EditSettings) {
		return vault.ErrDenied
	}
	if err := in.Validate(); err != nil {
		return err
	}
	err := f.db.Write(ctx, db.Scope{Actor: a, Shop: id.Platform, Request: request}, func(tx *db.Tx) error {
		return f.tenants.PutLegal(ctx, tx, shop, a.Account, in)
	})
	if err != nil {
		return fmt.Errorf("store legal page: %w", err)
	}
	return f.db.Write(ctx, db.Scope{Actor: a, Shop: shop, Request: request}, func(tx *db.Tx) error {
		return f.tenants.LegalIsDone(ctx, tx)
	})
}

// LegalPage reads a shop's particulars for the page that everyone may see.
func (f *Flow) LegalPage(ctx context.Context, shop id.Shop, request string) (tenant.Legal, error) {
	var l tenant.Legal
	read := func(token secret.Token) error {
		a := actor.Actor{Kind: actor.Job, Credential: token}.With(actor.BrowseShop)
		return f.db.Read(ctx, db.Scope{Actor: a, Shop: id.Platform, Request: request}, func(r db.Reader) (err error) {
			l, err = f.tenants.Legal(ctx, r, shop)
			return err
		})
	}
	// Most often it is in memory, and the vault need not be asked for a token.
	err := read(secret.Token{})
	if err == nil || errors.Is(err, tenant.ErrNoLegal) {
		return l, err
	}
	token, err := f.vault.JobToken(ctx, vault.LegalPage, id.Platform)
	if err != nil {
		return tenant.Legal{}, err
	}
	return l, read(token)
}

// Letter is who a letter about an account goes to: for a reset of the password, a new log-in.
func (f *Flow) Letter(ctx context.Context, who vault.Subject, request string) (account.Contact, error) {
	token, err := f.vault.JobToken(ctx, vault.SignInMail, id.Platform)
	if err != nil {
		return account.Contact{}, err
	}
	var c account.Contact
	a := actor.Actor{Kind: actor.Job, Credential: token}.With(actor.ManageAccount)
	err = f.db.Read(ctx, db.Scope{Actor: a, Shop: id.Platform, Request: request}, func(r db.Reader) (err error) {
		c, err = f.accounts.Contact(ctx, r, id.Account(who.ID), vault.SignInMail)
		return err
	})
	return c, err
}
