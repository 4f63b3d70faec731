// Package invite brings staff into a shop: an owner invites by mail, the invited person uses the link with an account of their
// own, and the owner confirms.
//
// It guarantees that a link alone gives nobody a role: the vault gives it to an owner's session only, after the owner has
// seen who waits. It refuses links that were used or are older than three days, and keeps no link that it has sent.
package invite

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Flow is the staff of shops.
type Flow struct {
	db       *db.DB
	vault    *vault.Client
	accounts *account.Service
	tenants  *tenant.Service
}

// New makes the flow.
func New(d *db.DB, v *vault.Client, a *account.Service, t *tenant.Service) *Flow {
	return &Flow{d, v, a, t}
}

// A Colleague has a role in the shop.
type Colleague struct {
	account.Contact
	Who  vault.Subject
	Role actor.Role
}

// Everyone lists the shop's staff and its open invitations, with names and mail addresses, which the ledger enters.
func (f *Flow) Everyone(ctx context.Context, s db.Scope) (staff []Colleague, open []account.Invitation, err error) {
	members, err := f.vault.Members(ctx, s.Actor.Credential, s.Shop)
	if err != nil {
		return nil, nil, err
	}
	accounts := make([]id.Account, len(members))
	for i, m := range members {
		accounts[i] = id.Account(m.Who.ID)
	}
	err = f.db.Read(ctx, platform(s), func(r db.Reader) error {
		known, err := f.accounts.Colleagues(ctx, r, accounts)
		if err != nil {
			return err
		}
		staff = staff[:0]
		for i, m := range members {
			staff = append(staff, Colleague{known[accounts[i]], m.Who, m.Role})
		}
		open, err = f.accounts.Invitations(ctx, r, s.Shop)
		return err
	})
	return staff, open, err
}

// platform is the same person's scope where accounts live. The rights are those of the role in the shop that was asked for.
func platform(s db.Scope) db.Scope {
	s.Shop = id.Platform
	return s
}

// Invite makes an invitation in the owner's name and gives the token of its link.
func (f *Flow) Invite(ctx context.Context, s db.Scope, email string, role actor.Role) (secret.Token, error) {
	p, err := f.vault.Check(ctx, s.Actor.Credential)
	if err != nil {
		return secret.Token{}, err
	}
	var token secret.Token
	err = f.db.Write(ctx, platform(s), func(tx *db.Tx) error {
		token, err = f.accounts.Invite(ctx, tx, account.Invitation{Shop: s.Shop, Owner: p.Who, Email: email, Role: role})
		return err
	})
	return token, err
}

// Withdraw ends an invitation.
func (f *Flow) Withdraw(ctx context.Context, s db.Scope, n int64) error {
	return f.db.Write(ctx, platform(s), func(tx *db.Tx) error { return f.accounts.Withdraw(ctx, tx, s.Shop, n) })
}

// Look says to which shop and role a link invites.
func (f *Flow) Look(ctx context.Context, token secret.Token, request string) (account.Invitation, tenant.Shop, error) {
	var v account.Invitation
	var shop tenant.Shop
	visitor := actor.Actor{Kind: actor.Visitor}.With()
	err := f.db.Read(ctx, db.Scope{Actor: visitor, Shop: id.Platform, Request: request}, func(r db.Reader) (err error) {
		v, err = f.accounts.Look(ctx, r, token)
		return err
	})
	if err != nil {
		return v, shop, err
	}
	err = f.db.Read(ctx, db.Scope{Actor: visitor, Shop: v.Shop, Request: request}, func(r db.Reader) (err error) {
		shop, err = f.tenants.Get(ctx, r)
		return err
	})
	return v, shop, err
}

// errAlready is a link that is used by somebody who works in the shop.
var errAlready = fault.Conflict(fault.Text{Ja: "このアカウントは、すでにこのショップのスタッフです。別のアカウントで招待を受けてください。",
	En: "This account works in the shop already. Please accept with another account."})

// Accept has the bearer of a session wait for the owner's confirmation.
func (f *Flow) Accept(ctx context.Context, token, session secret.Token, request string) error {
	v, _, err := f.Look(ctx, token, request)
	if err != nil {
		return err
	}
	p, err := f.vault.Check(ctx, session)
	if err != nil {
		return err
	}
	if p.Kind != actor.Staff {
		return vault.ErrDenied
	}
	if p.Role(v.Shop) != "" {
		return errAlready
	}
	who := p.Actor(id.Platform, session).With(actor.ManageAccount)
	return f.db.Write(ctx, db.Scope{Actor: who, Shop: id.Platform, Request: request}, func(tx *db.Tx) error {
		return f.accounts.Accept(ctx, tx, token, p.Who)
	})
}

// Confirm gives who waits the role that the invitation names.
func (f *Flow) Confirm(ctx context.Context, s db.Scope, n int64) error {
	var v account.Invitation
	err := f.db.Read(ctx, platform(s), func(r db.Reader) (err error) {
		v, err = f.accounts.Invitation(ctx, r, s.Shop, n)
		return err
	})
	if err != nil {
		return err
	}
	if !v.Waits() {
		return fault.Conflict(fault.Text{Ja: "まだ招待が受け取られていません。", En: "Nobody has accepted this invitation yet."})
	}
	if err := f.vault.Grant(ctx, s.Actor.Credential, v.Accepted, s.Shop, v.Role); err != nil {
		return err
	}
	return f.Withdraw(ctx, s, n)
}

// ChangeRole gives a colleague another role. The last owner stays one.
func (f *Flow) ChangeRole(ctx context.Context, s db.Scope, who id.Account, role actor.Role) (vault.Subject, error) {
	c, err := f.colleague(ctx, s, who)
	if err != nil {
		return c, err
	}
	return c, f.vault.Grant(ctx, s.Actor.Credential, c, s.Shop, role)
}

// Remove takes a colleague's role, and withdraws the invitations that they have made. The last owner stays.
func (f *Flow) Remove(ctx context.Context, s db.Scope, who id.Account) (vault.Subject, error) {
	c, err := f.colleague(ctx, s, who)
	if err != nil {
		return c, err
	}
	if err := f.vault.Revoke(ctx, s.Actor.Credential, c, s.Shop); err != nil {
		return c, err
	}
	return c, f.db.Write(ctx, platform(s), func(tx *db.Tx) error { return f.accounts.WithdrawAllOf(ctx, tx, s.Shop, c) })
}

func (f *Flow) colleague(ctx context.Context, s db.Scope, who id.Account) (vault.Subject, error) {
	if !s.Actor.May(actor.EditStaff) {
		return vault.Subject{}, vault.ErrDenied
	}
	members, err := f.vault.Members(ctx, s.Actor.Credential, s.Shop)
	if err != nil {
		return vault.Subject{}, err
	}
	for _, m := range members {
		if id.Account(m.Who.ID) == who {
			return m.Who, nil
		}
	}
	return vault.Subject{}, account.ErrUnknown
}
