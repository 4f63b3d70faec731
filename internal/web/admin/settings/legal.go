package settings

import (
	"errors"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
)

// legalView is the form with the page as everyone will see it.
type legalView struct {
	view
	state
	legal tenant.Legal // what is published; empty before
}

func (s *Settings) legalView(r *frame.Request) (legalView, error) {
	st, err := s.state(r)
	if err != nil {
		return legalView{}, err
	}
	l, err := s.Signup.LegalPage(r.Context(), r.Shop(), r.ID())
	if err != nil && !errors.Is(err, tenant.ErrNoLegal) {
		return legalView{}, err
	}
	v, err := s.page(r, "特定商取引法に基づく表記", "Legal page", desk.Filled(map[string]string{"seller": l.Seller,
		"representative": l.Representative, "postcode": postal.Hyphenate(l.Postcode), "address": l.Address, "phone": l.Phone,
		"hours": l.Hours, "email": l.Email}))
	return legalView{view: v, state: st, legal: l}, err
}

func (s *Settings) showLegal(r *frame.Request) (frame.Response, error) {
	v, err := s.legalView(r)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(legalPage(v)), nil
}

func (s *Settings) saveLegal(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	err = s.Signup.Legal(r.Context(), r.Actor(), r.Shop(), r.ID(), tenant.Legal{Seller: f.Get("seller"), Representative: f.Get("representative"),
		Postcode: f.Get("postcode"), Address: f.Get("address"), Phone: f.Get("phone"), Hours: f.Get("hours"), Email: f.Get("email")})
	if err == nil {
		r.SetFlash("saved")
		return frame.Redirect(s.URL(r, "/settings/legal")), nil
	}
	if _, ok := fault.Of(err); !ok {
		return frame.Response{}, err
	}
	v, failed := s.legalView(r)
	if failed != nil {
		return frame.Response{}, failed
	}
	v.sheet = desk.Typed(r, f, err, "seller", "representative", "postcode", "address", "phone", "hours", "email")
	return desk.Again(err, legalPage(v))
}

// postcode tells a form's script what a postcode stands for.
func (s *Settings) postcode(r *frame.Request) (frame.Response, error) {
	places := s.Postal.Lookup(r.Path("code"))
	if len(places) == 0 {
		return desk.Message(r, fault.NotFound(fault.Text{Ja: "この郵便番号は見つかりません。", En: "There is no such postcode."}))
	}
	p := places[0]
	for _, q := range places[1:] { // several towns: only what they share is filled in
		if q.Prefecture != p.Prefecture || q.City != p.City {
			p.City = ""
		}
		if q.Town != p.Town {
			p.Town = ""
		}
	}
	return frame.JSON(map[string]string{"prefecture": p.Prefecture.Name(i18n.Ja), "city": p.City, "town": p.Town}), nil
}
