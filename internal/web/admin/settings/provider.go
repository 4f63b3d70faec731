package settings

import (
	"errors"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
)

// accountView is the shop's account at a provider, as the page shows it.
type accountView struct {
	set     bool
	name    string // as people call it
	notices string // the address for its news
	test    bool   // no real money moves
	framed  bool   // its card page may stand in a frame
}

// providerView is the page of the accounts.
type providerView struct {
	view
	forms []providerForm
	tried string // what came of a test
	fine  bool
}

// providerForm is one provider's account.
type providerForm struct {
	name, title, at         string
	sheet                   desk.Sheet
	set, active, test, keys bool
	notices                 string
}

// days is a number of days in which nothing typed means none.
func days(wrong *fault.Faults, f frame.Form, name string) int64 {
	if f.Get(name) == "" {
		return 0
	}
	return whole(wrong, f, name)
}

func providerTitle(n provider.Name, ja bool) string {
	switch {
	case n == provider.Stripe:
		return "Stripe"
	case ja:
		return "決済シミュレーター（お試し用）"
	}
	return "Payment simulator (to try out)"
}

// isTest says whether an account moves no real money: Stripe's test keys say so.
func isTest(a gateway.Account) bool {
	return a.Name == provider.Simulator || strings.HasPrefix(a.Public, "pk_test_")
}

func (s *Settings) accounts(r *frame.Request) (list []gateway.Account, err error) {
	err = r.Read(func(rd db.Reader) error {
		list, err = s.Gateways.List(r.Context(), rd)
		return err
	})
	return list, err
}

func (s *Settings) accountView(r *frame.Request) (accountView, error) {
	list, err := s.accounts(r)
	for _, a := range list {
		if a.Active {
			return accountView{true, providerTitle(a.Name, r.Lang() == "ja"), s.Notices(r.Shop(), a.Token), isTest(a), a.Name.Framed()}, err
		}
	}
	return accountView{}, err
}

func (s *Settings) providerView(r *frame.Request) (providerView, error) {
	list, err := s.accounts(r)
	if err != nil {
		return providerView{}, err
	}
	v, err := s.page(r, "決済会社のアカウント", "Account at a payment provider", desk.Sheet{})
	out := providerView{view: v}
	for _, n := range []provider.Name{provider.Stripe, provider.Simulator} {
		form := providerForm{name: string(n), title: providerTitle(n, r.Lang() == "ja"), at: v.base + "/payment/provider",
			sheet: desk.Filled(map[string]string{"version": "0"})}
		for _, a := range list {
			if a.Name == n {
				form.set, form.active, form.test, form.keys = true, a.Active, isTest(a), len(a.Key) > 0
				form.notices = s.Notices(r.Shop(), a.Token)
				values := map[string]string{"version": strconv.FormatInt(a.Version, 10), "public": a.Public}
				if a.Active {
					values["active"] = "on"
				}
				form.sheet = desk.Filled(values)
			}
		}
		if n == provider.Stripe || s.Sim || form.set {
			out.forms = append(out.forms, form)
		}
	}
	return out, err
}

func (s *Settings) showProvider(r *frame.Request) (frame.Response, error) {
	v, err := s.providerView(r)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(providerPage(v)), nil
}

// saveProvider stores an account. Its secrets are typed once and sealed; the page never shows them again.
func (s *Settings) saveProvider(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	var wrong fault.Faults
	in := gateway.Account{Name: provider.Name(f.Get("name")), Active: f.Has("active"), Public: f.Get("public"), Version: whole(&wrong, f, "version")}
	if in.Name == provider.Simulator && !s.Sim {
		wrong = append(wrong, fault.Invalid("name", fault.Text{Ja: "この決済会社は選べません。", En: "This provider cannot be chosen."}))
	}
	if err = wrong.Err(); err == nil {
		err = r.Write(func(tx *db.Tx) error {
			for _, x := range []struct {
				to  *[]byte
				raw string
				key bool
			}{{&in.Key, "key", true}, {&in.Notices, "notices", false}} {
				ref := gateway.NoticesRef(in.Name)
				if x.key {
					ref = gateway.KeyRef(in.Name)
				}
				sealed, err := s.Vault.SealCredential(r.Context(), tx, ref, secret.NewText(strings.TrimSpace(f.Secret(x.raw).Reveal())))
				if err != nil {
					return err
				}
				if *x.to, err = sealed.BytesValue(); err != nil {
					return err
				}
			}
			_, err := s.Gateways.Save(r.Context(), tx, in)
			return err
		})
	}
	if err == nil {
		r.SetFlash("saved")
		return frame.Redirect(s.URL(r, "/settings/payment/provider")), nil
	}
	if _, ok := fault.Of(err); !ok {
		return frame.Response{}, err
	}
	v, failed := s.providerView(r)
	if failed != nil {
		return frame.Response{}, failed
	}
	for i := range v.forms {
		if v.forms[i].name == string(in.Name) {
			v.forms[i].sheet = desk.Typed(r, f, err, "public", "version", "active")
		}
	}
	v.sheet = desk.Typed(r, f, err)
	return desk.Again(err, providerPage(v))
}

// testProvider calls the provider with the account that is stored.
func (s *Settings) testProvider(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	list, err := s.accounts(r)
	if err != nil {
		return frame.Response{}, err
	}
	err = gateway.ErrNone
	for _, a := range list {
		if string(a.Name) == f.Get("name") {
			err = s.Try(r.Context(), r.Shop(), a)
		}
	}
	v, failed := s.providerView(r)
	if failed != nil {
		return frame.Response{}, failed
	}
	if v.fine = err == nil; v.fine {
		v.tried = v.T("接続できました。キーは正しく登録されています。", "Connected: the key works.")
	} else {
		v.tried = v.T("接続できませんでした。キーが正しいか、決済会社の状況をお確かめください。", "Not connected. Please check the key, and the provider's status.")
		if fs, ok := fault.Of(err); ok {
			v.tried = v.Say(fs[0].Text)
		}
	}
	return frame.Page(providerPage(v)), nil
}

func (s *Settings) saveCard(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	var wrong fault.Faults
	in := payment.Setting{Method: payment.Card, Active: f.Has(activeField(payment.Card)), Capture: payment.Capture(f.Get("capture")), Inline: f.Has("inline"),
		Version: whole(&wrong, f, "version")}
	err = s.configureRails(r, in, wrong)
	if err == nil {
		return s.paySaved(r)
	}
	names := []string{activeField(payment.Card), "capture", "inline", "version"}
	return s.payAgain(r, err, func(v *payView) {
		stored := v.card
		v.card = newer(desk.Typed(r, f, err, names...), stored, err, names)
		v.sheet = v.card
	})
}

func (s *Settings) saveConvenience(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	var wrong fault.Faults
	in := payment.Setting{Method: payment.Convenience, Active: f.Has(activeField(payment.Convenience)), Version: whole(&wrong, f, "version"),
		DeadlineDays: whole(&wrong, f, "deadline_days"), RemindDays: days(&wrong, f, "remind_days"), GraceDays: days(&wrong, f, "grace_days"),
		Flat: days(&wrong, f, "fee")}
	err = s.configureRails(r, in, wrong)
	if err == nil {
		return s.paySaved(r)
	}
	names := []string{activeField(payment.Convenience), "deadline_days", "remind_days", "grace_days", "fee", "version"}
	return s.payAgain(r, err, func(v *payView) {
		stored := v.store
		v.store = newer(desk.Typed(r, f, err, names...), stored, err, names)
		v.sheet = v.store.In("store")
	})
}

// configureRails saves a way to pay that needs a provider's account to be offered.
func (s *Settings) configureRails(r *frame.Request, in payment.Setting, wrong fault.Faults) error {
	if in.Active {
		a, err := s.accountView(r)
		if err != nil {
			return err
		}
		if !a.set {
			wrong = append(wrong, fault.Invalid(activeField(in.Method), fault.Text{Ja: "先に、決済会社のアカウントを登録してください。",
				En: "Enter the account at a payment provider first."}))
		}
	}
	err := s.configure(r, in, wrong)
	if errors.Is(err, payment.ErrMethod) {
		return fault.Invalid(activeField(in.Method), payment.ErrMethod.Text)
	}
	return err
}
