package settings

import (
	"errors"
	"strconv"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
)

// bracketRows is how many brackets the form has room for.
const bracketRows = 6

// payView has a sheet for each way to pay.
type payView struct {
	view
	cod, bank, card, store desk.Sheet
	account                accountView
	closed                 string // why purchasers cannot pay by card now
}

func belowField(i int) string  { return "below." + strconv.Itoa(i) }
func codFeeField(i int) string { return "fee." + strconv.Itoa(i) }

// activeField is the box that switches a method on; both stand on one page.
func activeField(m payment.Method) string { return string(m) + ".active" }

func payValues(p payment.Setting) map[string]string {
	out := map[string]string{"version": strconv.FormatInt(p.Version, 10), "account": p.Account, "deadline_days": optional(p.DeadlineDays),
		"remind_days": strconv.FormatInt(p.RemindDays, 10), "cancel_days": strconv.FormatInt(p.CancelDays, 10),
		"grace_days": strconv.FormatInt(p.GraceDays, 10), "fee": strconv.FormatInt(p.Flat, 10), "capture": string(p.Capture)}
	if p.Active {
		out[activeField(p.Method)] = "on"
	}
	if p.Inline {
		out["inline"] = "on"
	}
	for i, b := range p.Brackets {
		out[belowField(i)], out[codFeeField(i)] = strconv.FormatInt(b.Below, 10), strconv.FormatInt(b.Fee, 10)
	}
	return out
}

func (s *Settings) payView(r *frame.Request) (payView, error) {
	st, err := s.state(r)
	if err != nil {
		return payView{}, err
	}
	v, err := s.page(r, "お支払い方法", "Payment", desk.Sheet{})
	out := payView{view: v, cod: desk.Filled(map[string]string{"version": "0"}),
		bank:  desk.Filled(map[string]string{"version": "0", "deadline_days": "7", "remind_days": "2", "cancel_days": "0"}),
		card:  desk.Filled(map[string]string{"version": "0", "capture": string(payment.AtDispatch)}),
		store: desk.Filled(map[string]string{"version": "0", "deadline_days": "5", "remind_days": "1", "grace_days": "3", "fee": "0"})}
	if err == nil {
		out.account, err = s.accountView(r)
	}
	if why, closed := s.Closed(r.Context(), r.Shop()); closed {
		out.closed = out.Say(why)
	}
	for _, p := range st.pay {
		switch p.Method {
		case payment.COD:
			out.cod = desk.Filled(payValues(p))
		case payment.BankTransfer:
			out.bank = desk.Filled(payValues(p))
		case payment.Card:
			out.card = desk.Filled(payValues(p))
		case payment.Convenience:
			out.store = desk.Filled(payValues(p))
		}
	}
	return out, err
}

func (s *Settings) showPayment(r *frame.Request) (frame.Response, error) {
	v, err := s.payView(r)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(paymentPage(v)), nil
}

func (s *Settings) saveCOD(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	var wrong fault.Faults
	in := payment.Setting{Method: payment.COD, Active: f.Has(activeField(payment.COD)), Version: whole(&wrong, f, "version")}
	names := []string{activeField(payment.COD), "version"}
	for i := range bracketRows {
		names = append(names, belowField(i), codFeeField(i))
		below, fee := f.Get(belowField(i)), f.Get(codFeeField(i))
		if below == "" && fee == "" {
			continue
		}
		if below == "" || fee == "" {
			wrong = append(wrong, fault.Invalid(belowField(i), fault.Text{Ja: "金額と手数料の両方を入力してください。",
				En: "Enter both the sum and its fee."}))
			continue
		}
		in.Brackets = append(in.Brackets, payment.Bracket{Below: whole(&wrong, f, belowField(i)), Fee: whole(&wrong, f, codFeeField(i))})
	}
	err = s.configure(r, in, wrong)
	if err == nil {
		return s.paySaved(r)
	}
	return s.payAgain(r, err, func(v *payView) {
		stored := v.cod
		v.cod = newer(desk.Typed(r, f, err, names...), stored, err, names)
		v.sheet = v.cod
	})
}

func (s *Settings) saveBank(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	var wrong fault.Faults
	in := payment.Setting{Method: payment.BankTransfer, Active: f.Has(activeField(payment.BankTransfer)), Account: f.Get("account"),
		DeadlineDays: whole(&wrong, f, "deadline_days"), Version: whole(&wrong, f, "version"), RemindDays: days(&wrong, f, "remind_days"),
		CancelDays: days(&wrong, f, "cancel_days")}
	err = s.configure(r, in, wrong)
	if err == nil {
		return s.paySaved(r)
	}
	names := []string{activeField(payment.BankTransfer), "account", "deadline_days", "remind_days", "cancel_days", "version"}
	return s.payAgain(r, err, func(v *payView) {
		stored := v.bank
		v.bank = newer(desk.Typed(r, f, err, names...), stored, err, names)
		v.sheet = v.bank
	})
}

// newer adds what is stored, after another person's change.
func newer(typed, stored desk.Sheet, err error, names []string) desk.Sheet {
	if !errors.Is(err, payment.ErrChanged) {
		return typed
	}
	values := map[string]string{}
	for _, n := range names {
		values[n] = stored.At(n)
	}
	return typed.Newer(values)
}

func (s *Settings) configure(r *frame.Request, in payment.Setting, wrong fault.Faults) error {
	if err := wrong.Add(in.Check()); err != nil {
		return err
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return r.Write(func(tx *db.Tx) error {
		_, err := s.Payment.Configure(r.Context(), tx, in)
		return err
	})
}

func (s *Settings) paySaved(r *frame.Request) (frame.Response, error) {
	r.SetFlash("saved")
	return frame.Redirect(s.URL(r, "/settings/payment")), nil
}

func (s *Settings) payAgain(r *frame.Request, wrong error, typed func(*payView)) (frame.Response, error) {
	if _, ok := fault.Of(wrong); !ok {
		return frame.Response{}, wrong
	}
	v, err := s.payView(r)
	if err != nil {
		return frame.Response{}, err
	}
	typed(&v)
	return desk.Again(wrong, paymentPage(v))
}
