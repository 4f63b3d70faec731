// Package customer is the purchasers who have an account at a shop: members. It keeps what they are called and where mail
// reaches them, sealed; what proves who they are (passwords, sessions) is the vault's.
//
// It guarantees that a member belongs to one shop, and that name and e-mail are opened for a named purpose only. It refuses
// to know passwords, and to find members by anything but their id.
package customer

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

// A Member is a purchaser with an account at one shop.
type Member struct {
	ID    id.Member
	Name  vault.Sealed
	Email vault.Sealed
	Lang  i18n.Lang
	Made  int64 // milliseconds
}

// In is what a person gives on joining.
type In struct {
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

// Service is the members of the transaction's shop.
type Service struct{ vault *vault.Client }

// New makes the service.
func New(v *vault.Client) *Service { return &Service{v} }

const table = "member"

// Create stores a person under an id that the vault has registered.
func (s *Service) Create(ctx context.Context, tx *db.Tx, member id.Member, in In) error {
	if err := tx.Allow(actor.ManageAccount); err != nil {
		return err
	}
	if err := in.Validate(); err != nil {
		return err
	}
	m := Member{ID: member, Lang: in.Lang, Made: tx.NowMS()}
	rec, err := s.vault.NewRecord(ctx, tx, vault.Record{Table: table, Row: int64(member), Subject: vault.MemberSubject(tx.Shop(), member)})
	if err != nil {
		return err
	}
	if m.Name, err = rec.Seal("name", vault.Name, in.Name); err != nil {
		return err
	}
	if m.Email, err = rec.Seal("email", vault.Email, in.Email); err != nil {
		return err
	}
	if err := rec.Save(ctx, tx); err != nil {
		return err
	}
	return insert(ctx, tx, m)
}

// ErrUnknown is the answer for a member who is not there.
var ErrUnknown = fault.NotFound(fault.Text{Ja: "アカウントが見つかりません。", En: "There is no such account."})

// A Contact is what a letter to a member needs.
type Contact struct {
	Name, Email string
	Lang        i18n.Lang
}

// Contact opens a member's name and mail address for the purpose, with the actor's credential.
func (s *Service) Contact(ctx context.Context, r db.Reader, member id.Member, why vault.Purpose) (Contact, error) {
	if err := r.Allow(actor.ManageAccount); err != nil {
		return Contact{}, err
	}
	m, err := selectOne(ctx, r, member)
	if errors.Is(err, db.ErrNone) {
		return Contact{}, ErrUnknown
	}
	if err != nil {
		return Contact{}, err
	}
	c := Contact{Lang: m.Lang}
	return c, s.vault.Open(ctx, r, why, []vault.Opening{{Table: table, Row: int64(m.ID), Subject: vault.MemberSubject(r.Shop(), m.ID),
		Fields: []vault.Field{
			{Column: "name", Class: vault.Name, Sealed: m.Name, Text: &c.Name},
			{Column: "email", Class: vault.Email, Sealed: m.Email, Text: &c.Email},
		}}})
}

// Access says who has read the data of the member who asks: on this record and on all their orders, newest first. before is
// the last page's next, 0 for the newest.
func (s *Service) Access(ctx context.Context, r db.Reader, before int64) ([]vault.Access, int64, error) {
	if err := r.Allow(actor.ManageAccount); err != nil {
		return nil, 0, err
	}
	who := r.Actor()
	if who.Kind != actor.Member || who.Member == 0 {
		return nil, 0, ErrUnknown
	}
	return s.vault.AccessLog(ctx, r, vault.AccessQuery{Subject: vault.MemberSubject(r.Shop(), who.Member), Before: before})
}
