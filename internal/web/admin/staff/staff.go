// Package staff shows who works in a shop: members and their roles, invitations, and the page behind an invitation's link.
//
// It guarantees that names are opened for the owner alone, with an entry in the ledger, and that nobody gets a role without
// the owner's confirmation. It refuses to take the last owner's role; the vault does.
package staff

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/flow/invite"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
)

// A Letters sends the letters of this package.
type Letters interface {
	// Invite sends an invitation's link, later, whatever becomes of the mail server.
	Invite(ctx context.Context, to account.Contact, shop, link, request string)
}

// Staff is the room.
type Staff struct {
	*desk.Desk
	Invites *invite.Flow
	Signup  *signup.Flow
	Letters Letters
}

// Routes of the room.
func (s *Staff) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/join/{token}", Right: frame.Public, Handler: s.showJoin},
		{Method: "POST", Pattern: "/join/{token}", Act: frame.Registers, Right: frame.Public, Handler: s.join},
		{Method: "GET", Pattern: "/{shop}/staff", Right: actor.EditStaff, Handler: s.show},
		{Method: "POST", Pattern: "/{shop}/staff/invitations", Right: actor.EditStaff, Handler: s.invite},
		{Method: "POST", Pattern: "/{shop}/staff/invitations/{invitation}/confirm", Right: actor.EditStaff, Handler: s.confirm},
		{Method: "POST", Pattern: "/{shop}/staff/invitations/{invitation}/withdraw", Right: actor.EditStaff, Handler: s.withdraw},
		{Method: "POST", Pattern: "/{shop}/staff/{account}/remove", Right: actor.EditStaff, Handler: s.remove},
		{Method: "POST", Pattern: "/{shop}/staff/{account}/role", Right: actor.EditStaff, Handler: s.changeRole},
	}
}

func (s *Staff) title(r *frame.Request) string { return r.Lang().Pick("スタッフ", "Staff") }

func (s *Staff) show(r *frame.Request) (frame.Response, error) {
	page, err := s.list(r, desk.Filled(map[string]string{"role": string(actor.Packer)}))
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(listPage(page)), nil
}

// list gathers the page; sheet is the form for an invitation.
func (s *Staff) list(r *frame.Request, sheet desk.Sheet) (view, error) {
	a, err := s.Admin(r, s.title(r))
	if err != nil {
		return view{}, err
	}
	people, open, err := s.Invites.Everyone(r.Context(), r.Scope())
	if err != nil {
		return view{}, err
	}
	v := view{Admin: a, base: s.URL(r, "/staff"), sheet: sheet}
	for _, p := range people {
		v.people = append(v.people, person{name: p.Name, email: p.Email, role: p.Role, at: v.base + "/" + id.String(id.Account(p.Who.ID)),
			me: id.Account(p.Who.ID) == r.Actor().Account})
	}
	for _, o := range open {
		v.open = append(v.open, invited{email: o.Email, role: o.Role, waits: o.Waits(), number: number(id.Account(o.Accepted.ID)),
			expires: a.Lang.DateTime(o.Expires), at: v.base + "/invitations/" + id.String(id.Shop(o.ID))})
	}
	return v, nil
}

// again shows the list with what went wrong.
func (s *Staff) again(r *frame.Request, f frame.Form, wrong error) (frame.Response, error) {
	if _, ok := fault.Of(wrong); !ok {
		return frame.Response{}, wrong
	}
	v, err := s.list(r, desk.Typed(r, f, wrong, "email", "role"))
	if err != nil {
		return frame.Response{}, err
	}
	return desk.Again(wrong, listPage(v))
}

func (s *Staff) invite(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	token, err := s.Invites.Invite(r.Context(), r.Scope(), f.Get("email"), actor.Role(f.Get("role")))
	if err != nil {
		return s.again(r, f, err)
	}
	var shop tenant.Shop
	err = r.Read(func(rd db.Reader) (err error) {
		shop, err = s.Tenants.Get(r.Context(), rd)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	s.Letters.Invite(r.Context(), account.Contact{Email: f.Get("email"), Lang: r.Lang()}, shop.Name,
		s.Places.Door(place.Admin, r.Host())+"/join/"+token.Reveal(), r.ID())
	r.SetFlash("invited")
	return frame.Redirect(s.URL(r, "/staff")), nil
}

func (s *Staff) confirm(r *frame.Request) (frame.Response, error) {
	return s.act(r, "role-given", func(ctx context.Context) error {
		n, err := frame.PathID[id.Account](r, "invitation")
		if err != nil {
			return err
		}
		return s.Invites.Confirm(ctx, r.Scope(), int64(n))
	})
}

func (s *Staff) withdraw(r *frame.Request) (frame.Response, error) {
	return s.act(r, "withdrawn", func(ctx context.Context) error {
		n, err := frame.PathID[id.Account](r, "invitation")
		if err != nil {
			return err
		}
		return s.Invites.Withdraw(ctx, r.Scope(), int64(n))
	})
}

func (s *Staff) remove(r *frame.Request) (frame.Response, error) {
	return s.act(r, "staff-removed", func(ctx context.Context) error {
		n, err := frame.PathID[id.Account](r, "account")
		if err != nil {
			return err
		}
		who, err := s.Invites.Remove(ctx, r.Scope(), n)
		s.ForgetPerson(who)
		return err
	})
}

func (s *Staff) changeRole(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	return s.act(r, "role-given", func(ctx context.Context) error {
		n, err := frame.PathID[id.Account](r, "account")
		if err != nil {
			return err
		}
		who, err := s.Invites.ChangeRole(ctx, r.Scope(), n, actor.Role(f.Get("role")))
		s.ForgetPerson(who)
		return err
	})
}

// act does something to the list and shows it again.
func (s *Staff) act(r *frame.Request, flash string, do func(context.Context) error) (frame.Response, error) {
	if err := do(r.Context()); err != nil {
		if fault.Is(err, fault.KindNotFound) {
			return frame.Response{}, err
		}
		return s.again(r, frame.NewForm(nil), err)
	}
	p, err := s.Principal(r)
	if err != nil {
		return frame.Response{}, err
	}
	if p.Role(r.Shop()) != actor.Owner { // one's own role is gone: this page is closed to oneself now
		r.SetFlash(flash)
		return frame.Redirect("/"), nil
	}
	r.SetFlash(flash)
	return frame.Redirect(s.URL(r, "/staff")), nil
}

// number is what both sides see of an account, so that the owner can ask whether it is the one that they mean.
func number(a id.Account) string {
	if a == 0 {
		return ""
	}
	text := id.String(a)
	return text[max(0, len(text)-4):]
}
