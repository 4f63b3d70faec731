package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/contact"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
)

// InvitationLife is how long an invitation's link works.
const InvitationLife = 3 * 24 * time.Hour

// maxInvitations bounds a shop's open ones.
const maxInvitations = 20

// An Invitation asks somebody to work in a shop. Its link works once; whoever has used it waits for an owner to confirm them.
type Invitation struct {
	ID       int64
	Shop     id.Shop
	Owner    vault.Subject // who invited, and as whose the mail address is sealed
	Email    string        // opened by Invitations alone
	Role     actor.Role
	Accepted vault.Subject // who used the link; zero until then
	Expires  int64         // milliseconds
	sealed   vault.Sealed
}

// Waits says whether somebody waits for an owner's confirmation.
func (v Invitation) Waits() bool { return !v.Accepted.IsZero() }

// ErrInvitation is the answer for a link that is unknown, used or too old.
var ErrInvitation = fault.NotFound(fault.Text{Ja: "この招待は使えません。期限が切れたか、すでに使われています。オーナーにもう一度招待を頼んでください。",
	En: "This invitation does not work any more: it is too old or was used. Please ask the owner for a new one."})

const invitationTable = "invitation"

// Invite makes an invitation and the token of its link, which is not kept.
func (s *Service) Invite(ctx context.Context, tx *db.Tx, in Invitation) (secret.Token, error) {
	if err := tx.Allow(actor.EditStaff); err != nil {
		return secret.Token{}, err
	}
	var wrong fault.Faults
	email, err := contact.Email("email", in.Email)
	wrong.Add(err) //nolint:errcheck // contact's readers return faults only
	if !slices.Contains(Roles(), in.Role) {
		wrong = append(wrong, errRole)
	}
	if err := wrong.Err(); err != nil {
		return secret.Token{}, err
	}
	if err := deleteStale(ctx, tx, in.Shop); err != nil {
		return secret.Token{}, err
	}
	open, err := selectInvitations(ctx, tx, in.Shop)
	if err != nil {
		return secret.Token{}, err
	}
	if len(open) >= maxInvitations {
		return secret.Token{}, fault.TooMany(fault.Text{Ja: "招待中の方が多すぎます。不要な招待を取り消してください。",
			En: "There are too many open invitations. Please withdraw some."})
	}
	in.ID, in.Expires = tx.NewID(), tx.NowMS()+InvitationLife.Milliseconds()
	rec, err := s.vault.NewRecord(ctx, tx, vault.Record{Table: invitationTable, Row: in.ID, Subject: in.Owner})
	if err != nil {
		return secret.Token{}, err
	}
	if in.sealed, err = rec.Seal("email", vault.Email, email); err != nil {
		return secret.Token{}, err
	}
	if err := rec.Save(ctx, tx); err != nil {
		return secret.Token{}, err
	}
	token := secret.NewToken()
	return token, insertInvitation(ctx, tx, in, token.Digest())
}

// Roles are those that an invitation or a change may give.
func Roles() []actor.Role { return []actor.Role{actor.Packer, actor.Manager, actor.Owner} }

var errRole = fault.Invalid("role", fault.Text{Ja: "役割を選んでください。", En: "Please choose a role."})

// Invitations are a shop's open ones, with their mail addresses.
func (s *Service) Invitations(ctx context.Context, r db.Reader, shop id.Shop) ([]Invitation, error) {
	if err := r.Allow(actor.EditStaff); err != nil {
		return nil, err
	}
	all, err := selectInvitations(ctx, r, shop)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(v Invitation) bool { return !v.Waits() && v.Expires <= r.Now().UnixMilli() })
	if len(all) == 0 {
		return nil, nil
	}
	opening := make([]vault.Opening, len(all))
	for i := range all {
		opening[i] = vault.Opening{Table: invitationTable, Row: all[i].ID, Subject: all[i].Owner,
			Fields: []vault.Field{{Column: "email", Class: vault.Email, Sealed: all[i].sealed, Text: &all[i].Email}}}
	}
	return all, s.vault.Open(ctx, r, vault.ManageStaff, opening)
}

// Look finds the invitation of a link, without its mail address: the token is the right to see it.
func (s *Service) Look(ctx context.Context, r db.Reader, token secret.Token) (Invitation, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return Invitation{}, err
	}
	v, err := selectInvitation(ctx, r, token.Digest())
	if errors.Is(err, db.ErrNone) || err == nil && !v.Waits() && v.Expires <= r.Now().UnixMilli() {
		return Invitation{}, ErrInvitation
	}
	return v, err
}

// Accept notes who used the link. It works once.
func (s *Service) Accept(ctx context.Context, tx *db.Tx, token secret.Token, who vault.Subject) error {
	if err := tx.Allow(actor.ManageAccount); err != nil {
		return err
	}
	n, err := acceptInvitation(ctx, tx, token.Digest(), who)
	if err == nil && n == 0 {
		return ErrInvitation
	}
	return err
}

// Invitation is one of a shop's, without its mail address.
func (s *Service) Invitation(ctx context.Context, r db.Reader, shop id.Shop, n int64) (Invitation, error) {
	if err := r.Allow(actor.EditStaff); err != nil {
		return Invitation{}, err
	}
	all, err := selectInvitations(ctx, r, shop)
	if err != nil {
		return Invitation{}, err
	}
	for _, v := range all {
		if v.ID == n {
			return v, nil
		}
	}
	return Invitation{}, ErrInvitation
}

// Withdraw ends an invitation of the shop.
func (s *Service) Withdraw(ctx context.Context, tx *db.Tx, shop id.Shop, n int64) error {
	if err := tx.Allow(actor.EditStaff); err != nil {
		return err
	}
	return deleteInvitation(ctx, tx, shop, n)
}

// WithdrawAllOf ends the invitations to the shop that a person has made.
func (s *Service) WithdrawAllOf(ctx context.Context, tx *db.Tx, shop id.Shop, who vault.Subject) error {
	if err := tx.Allow(actor.EditStaff); err != nil {
		return err
	}
	return deleteInvitationsOf(ctx, tx, shop, who)
}

// Colleagues opens the names and mail addresses of a shop's staff for its owner.
func (s *Service) Colleagues(ctx context.Context, r db.Reader, accounts []id.Account) (map[id.Account]Contact, error) {
	if err := r.Allow(actor.EditStaff); err != nil {
		return nil, err
	}
	found := make([]Contact, len(accounts))
	var opening []vault.Opening
	out := map[id.Account]Contact{}
	for i, n := range accounts {
		a, err := selectOne(ctx, r, n)
		if errors.Is(err, db.ErrNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[i].Lang = a.Lang
		opening = append(opening, a.opening(&found[i]))
	}
	if err := s.vault.Open(ctx, r, vault.ManageStaff, opening); err != nil {
		return nil, err
	}
	for i, n := range accounts {
		out[n] = found[i]
	}
	return out, nil
}

func (a Account) opening(into *Contact) vault.Opening {
	return vault.Opening{Table: table, Row: int64(a.ID), Subject: a.Subject(), Fields: []vault.Field{
		{Column: "name", Class: vault.Name, Sealed: a.Name, Text: &into.Name},
		{Column: "email", Class: vault.Email, Sealed: a.Email, Text: &into.Email},
	}}
}
