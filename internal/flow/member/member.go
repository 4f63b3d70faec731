// Package member is a purchaser's account at one shop: joining it, and what its owner sees there of their own.
//
// It guarantees that a member is nobody at another shop, since every account lives in its shop's realm of the vault, and
// that what is listed is the asking member's alone. It refuses to keep passwords or links.
package member

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/customer"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Config is what the flow joins.
type Config struct {
	Store   *db.DB
	Vault   *vault.Client
	Members *customer.Service
	Orders  *order.Service
}

// Flow is a member's account.
type Flow struct {
	Config
	ids *id.Source
}

// New makes the flow.
func New(c Config) *Flow { return &Flow{c, id.NewSource()} }

// A Person is who joins.
type Person struct {
	Name, Email    string
	Password       secret.Text
	Lang           i18n.Lang
	Network, Agent string // of the browser, for the session
}

// Join registers a person in the scope's shop and logs them in. A taken e-mail is ErrLoginTaken.
func (f *Flow) Join(ctx context.Context, scope db.Scope, in Person) (vault.Session, error) {
	store := customer.In{Name: in.Name, Email: in.Email, Lang: in.Lang}
	if err := store.Validate(); err != nil {
		return vault.Session{}, err
	}
	who := vault.MemberSubject(scope.Shop, id.Member(f.ids.Next(f.Store.Now())))
	if err := f.Vault.Register(ctx, vault.Registration{Who: who, Login: store.Email, Password: in.Password}); err != nil {
		return vault.Session{}, err
	}
	err := f.Store.Write(ctx, scope, func(tx *db.Tx) error {
		return f.Members.Create(ctx, tx.Lend(actor.Joining), id.Member(who.ID), store)
	})
	if err != nil {
		return vault.Session{}, fmt.Errorf("store member: %w", err)
	}
	return f.Vault.LogIn(ctx, vault.LogIn{Realm: scope.Shop, Login: store.Email, Password: in.Password, Network: in.Network, Agent: in.Agent})
}

// Self is what the asking member is called and where mail reaches them.
func (f *Flow) Self(ctx context.Context, scope db.Scope) (c customer.Contact, err error) {
	err = f.Store.Read(ctx, scope, func(r db.Reader) (err error) {
		c, err = f.Members.Contact(ctx, r, scope.Actor.Member, vault.OwnData)
		return err
	})
	return c, err
}

// Bought is a page of the asking member's orders, newest first.
func (f *Flow) Bought(ctx context.Context, scope db.Scope, after page.Cursor) (list []order.Head, next page.Cursor, err error) {
	err = f.Store.Read(ctx, scope, func(r db.Reader) (err error) {
		list, next, err = f.Orders.Mine(ctx, r, after)
		return err
	})
	return list, next, err
}

// Readers says who has read the asking member's data, on all their orders.
func (f *Flow) Readers(ctx context.Context, scope db.Scope, before int64) (list []vault.Access, next int64, err error) {
	err = f.Store.Read(ctx, scope, func(r db.Reader) (err error) {
		list, next, err = f.Members.Access(ctx, r, before)
		return err
	})
	return list, next, err
}

// Letter is who a letter about logging in goes to.
func (f *Flow) Letter(ctx context.Context, who vault.Subject, request string) (account.Contact, error) {
	token, err := f.Vault.JobToken(ctx, vault.SignInMail, who.Shop)
	if err != nil {
		return account.Contact{}, err
	}
	var c customer.Contact
	a := actor.Actor{Kind: actor.Job, Credential: token}.With(actor.ManageAccount)
	err = f.Store.Read(ctx, db.Scope{Actor: a, Shop: who.Shop, Request: request}, func(r db.Reader) (err error) {
		c, err = f.Members.Contact(ctx, r, id.Member(who.ID), vault.SignInMail)
		return err
	})
	return account.Contact(c), err
}
