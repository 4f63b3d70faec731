package staff

import (
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
)

// showJoin is the page behind an invitation's link.
func (s *Staff) showJoin(r *frame.Request) (frame.Response, error) {
	v, err := s.invitation(r)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(joinPage(v)), nil
}

func (s *Staff) invitation(r *frame.Request) (joining, error) {
	found, shop, err := s.Invites.Look(r.Context(), secret.ParseToken(r.Path("token")), r.ID())
	if err != nil {
		return joining{}, err
	}
	v := joining{Quiet: s.Quiet(r, r.Lang().Pick("スタッフへの招待", "An invitation")), shop: shop.Name, role: found.Role, action: r.URLPath(),
		known: r.Actor().Kind == actor.Staff}
	if found.Waits() {
		if !v.known || id.Account(found.Accepted.ID) != r.Actor().Account {
			return joining{}, account404()
		}
		v.number = number(r.Actor().Account)
	}
	return v, nil
}

// account404 is for a link that somebody else has used.
func account404() error {
	return fault.NotFound(fault.Text{Ja: "この招待はすでに使われています。", En: "This invitation was used already."})
}

// join accepts with the account that is logged in, or with a new one.
func (s *Staff) join(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	v, err := s.invitation(r)
	if err != nil {
		return frame.Response{}, err
	}
	session := r.Actor().Credential
	if !v.known {
		made, err := s.Signup.Account(r.Context(), signup.Person{Name: f.Get("name"), Email: f.Get("email"), Password: f.Secret("password"),
			Lang: r.Lang(), Population: vault.StaffMember, Network: r.ClientIP().String(), Agent: r.Header("User-Agent"), Request: r.ID()})
		if err != nil {
			return s.joinAgain(r, f, v, err)
		}
		s.LogIn(r, made)
		session = made.Token
	}
	if err := s.Invites.Accept(r.Context(), secret.ParseToken(r.Path("token")), session, r.ID()); err != nil {
		return s.joinAgain(r, f, v, err)
	}
	return frame.Redirect(r.URLPath()), nil
}

func (s *Staff) joinAgain(r *frame.Request, f frame.Form, v joining, err error) (frame.Response, error) {
	if fs, ok := fault.Of(err); ok && fs[0].Is(vault.ErrLoginTaken) {
		err = fault.Invalid("email", fault.Text{Ja: "このメールアドレスは使えません。すでに登録済みの場合は、ログインしてください。",
			En: "This e-mail address cannot be used. If you have an account already, please log in."})
	}
	v.sheet = desk.Typed(r, f, err, "name", "email")
	return desk.Again(err, joinPage(v))
}
