package settings

import (
	"errors"
	"strconv"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
)

func basicFields() []string {
	return []string{"name", "tagline", "about", "sells", "theme", "rounding", "delivery", "payment_time", "returns", "version"}
}

func basicValues(s tenant.Shop) map[string]string {
	return map[string]string{"name": s.Name, "tagline": s.Tagline, "about": s.About, "sells": s.Sells, "theme": s.Theme,
		"rounding": string(s.Rounding), "delivery": s.Delivery, "payment_time": s.PaymentTime, "returns": s.Returns,
		"version": strconv.FormatInt(s.Version, 10)}
}

func (s *Settings) shop(r *frame.Request) (shop tenant.Shop, err error) {
	err = r.Read(func(rd db.Reader) (err error) {
		shop, err = s.Tenants.Get(r.Context(), rd)
		return err
	})
	return shop, err
}

func (s *Settings) showBasics(r *frame.Request) (frame.Response, error) {
	shop, err := s.shop(r)
	if err != nil {
		return frame.Response{}, err
	}
	v, err := s.page(r, "ショップの紹介と販売条件", "Texts and terms", desk.Filled(basicValues(shop)))
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(basicsPage(v)), nil
}

func (s *Settings) saveBasics(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	version, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil {
		return frame.Response{}, frame.Malformed()
	}
	err = r.Write(func(tx *db.Tx) error {
		_, err := s.Tenants.Change(r.Context(), tx, version, tenant.Settings{Name: f.Get("name"), Tagline: f.Get("tagline"), About: f.Get("about"),
			Sells: f.Get("sells"), Theme: f.Get("theme"), Rounding: tax.Rounding(f.Get("rounding")), Delivery: f.Get("delivery"),
			PaymentTime: f.Get("payment_time"), Returns: f.Get("returns")})
		return err
	})
	if err == nil {
		r.SetFlash("saved")
		return frame.Redirect(s.URL(r, "/settings")), nil
	}
	sheet := desk.Typed(r, f, err, basicFields()...)
	if errors.Is(err, tenant.ErrStale) {
		now, failed := s.shop(r)
		if failed != nil {
			return frame.Response{}, failed
		}
		sheet = sheet.Newer(basicValues(now))
	}
	v, failed := s.page(r, "ショップの紹介と販売条件", "Texts and terms", sheet)
	if failed != nil {
		return frame.Response{}, failed
	}
	return desk.Again(err, basicsPage(v))
}
