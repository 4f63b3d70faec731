// Package account is the people who run shops and the service: owners, staff, operators. It keeps what they are called and
// where mail reaches them, sealed; what proves who they are (passwords, passkeys, sessions, roles) is the vault's.
//
// It guarantees that name and e-mail are opened for a named purpose only. It refuses to know passwords.
package account

import (
	"context"
	"errors"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/contact"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/vault"
)

// An Account is a person in the platform's realm.
type Account struct {
	ID         id.Account
	Population vault.Population
	Name       vault.Sealed
	Email      vault.Sealed
	Lang       i18n.Lang
	Made       int64
}

// Subject is the person, as the vault and the ledger know them.
func (a Account) Subject() vault.Subject { return vault.AccountSubject(a.Population, a.ID) }

// In is what a person gives on signing up.
type In struct {
	Population  vault.Population
	Name, Email string
	Lang        i18n.Lang
}

// Validate normalises the input and returns every wrong field.
func (in *In) Validate() error {
	var fs fault.Faults
	name, err := contact.Name("name", in.Name)
	fs.Add(err) //nolint:errcheck // contact's readers return faults only
	email, err := contact.Email("email", in.Email)
	fs.Add(err) //nolint:errcheck // contact's readers return faults only
	if err := fs.Err(); err != nil {
		return err
	}
	in.Name, in.Email = name, email
	return nil
}

// Service is the accounts. Its methods work in the platform's scope.
type Service struct{ vault *vault.Client }

// New makes the service.
func New(v *vault.Client) *Service { return &Service{v} }

const table = "account"

// Create stores a person under an id that the vault has registered.
func (s *Service) Create(ctx context.Context, tx *db.Tx, account id.Account, in In) error {
	if err := tx.Allow(actor.CreateShops); err != nil {
		return err
	}
	if err := in.Validate(); err != nil {
		return err
	}
	a := Account{ID: account, Population: in.Population, Lang: in.Lang, Made: tx.NowMS()}
	rec, err := s.vault.NewRecord(ctx, tx, vault.Record{Table: table, Row: int64(account), Subject: a.Subject()})
	if err != nil {
		return err
	}
	if a.Name, err = rec.Seal("name", vault.Name, in.Name); err != nil {
		return err
	}
	if a.Email, err = rec.Seal("email", vault.Email, in.Email); err != nil {
		return err
	}
	if err := rec.Save(ctx, tx); err != nil {
		return err
	}
	return insert(ctx, tx, a)
}

// ErrUnknown is the answer for an account that is not there.
var ErrUnknown = fault.NotFound(fault.Text{Ja: "アカウントが見つかりません。", En: "There is no such account."})

// A Contact is what a letter to a person needs.
type Contact struct {
	Name, Email string
	Lang        i18n.Lang
}

// Contact opens a person's name and mail address for the purpose, with the actor's credential.
func (s *Service) Contact(ctx context.Context, r db.Reader, account id.Account, why vault.Purpose) (Contact, error) {
	if err := r.Allow(actor.ManageAccount); err != nil {
		return Contact{}, err
	}
	a, err := selectOne(ctx, r, account)
	if errors.Is(err, db.ErrNone) {
		return Contact{}, ErrUnknown
	}
	if err != nil {
		return Contact{}, err
	}
	c := Contact{Lang: a.Lang}
	return c, s.vault.Open(ctx, r, why, []vault.Opening{a.opening(&c)})
}
