package settings

import (
	"errors"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"

	"golang.org/x/text/unicode/norm"
)

type shippingView struct {
	view
	methods []shipping.Method
}

func (s *Settings) showShipping(r *frame.Request) (frame.Response, error) {
	v, err := s.page(r, "配送方法と送料", "Delivery and fees", desk.Sheet{})
	if err != nil {
		return frame.Response{}, err
	}
	st, err := s.state(r)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(shippingPage(shippingView{v, st.methods})), nil
}

func methodFields() []string {
	out := []string{"carrier", "name_ja", "name_en", "active", "free_over", "lead_days", "wish_days", "version", "region.all"}
	for _, region := range regions() {
		out = append(out, regionField(region))
	}
	for p := range shipping.Prefectures {
		out = append(out, feeField(p))
	}
	return out
}

// regions are those that a shop can send to.
func regions() []postal.Region {
	all := postal.Regions()
	return all[:len(all)-1] // the last is overseas
}

func regionField(r postal.Region) string { return "region." + string(r) }

// feeField is the name of a prefecture's field, counted from 0; the service's faults count from 1.
func feeField(p int) string { return "fee." + strconv.Itoa(p+1) }

func methodValues(m shipping.Method) map[string]string {
	out := map[string]string{"carrier": string(m.Carrier), "name_ja": m.Name.Ja, "name_en": m.Name.En, "free_over": optional(m.FreeOver),
		"lead_days": strconv.FormatInt(m.LeadDays, 10), "wish_days": strconv.FormatInt(m.WishDays, 10),
		"version": strconv.FormatInt(m.Version, 10)}
	if m.Active {
		out["active"] = "on"
	}
	for i, fee := range m.Fees {
		if fee.Reached {
			out[feeField(i)] = strconv.FormatInt(fee.Yen, 10)
		}
	}
	return out
}

// optional is a sum whose zero means that there is none.
func optional(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func (s *Settings) method(r *frame.Request) (m shipping.Method, err error) {
	n, err := frame.PathID[shipping.MethodID](r, "method")
	if err != nil {
		return m, err
	}
	err = r.Read(func(rd db.Reader) (err error) {
		m, err = s.Shipping.Get(r.Context(), rd, n)
		return err
	})
	return m, err
}

func (s *Settings) newMethod(r *frame.Request) (frame.Response, error) {
	return s.methodForm(r, desk.Filled(map[string]string{"carrier": string(shipping.Yamato), "active": "on", "lead_days": "3", "wish_days": "10",
		"name_ja": "宅配便", "name_en": "Parcel delivery"}), nil)
}

func (s *Settings) showMethod(r *frame.Request) (frame.Response, error) {
	m, err := s.method(r)
	if err != nil {
		return frame.Response{}, err
	}
	return s.methodForm(r, desk.Filled(methodValues(m)), nil)
}

// methodForm shows the form, with an error's status when there is one.
func (s *Settings) methodForm(r *frame.Request, sheet desk.Sheet, wrong error) (frame.Response, error) {
	v, err := s.page(r, "配送方法", "A way to deliver", sheet)
	if err != nil {
		return frame.Response{}, err
	}
	if wrong == nil {
		return frame.Page(methodPage(v)), nil
	}
	return desk.Again(wrong, methodPage(v))
}

func (s *Settings) saveMethod(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if f.Has("apply") {
		return s.methodForm(r, applied(r, f), nil)
	}
	var old shipping.Method
	if r.Path("method") != "" {
		if old, err = s.method(r); err != nil {
			return frame.Response{}, err
		}
	}
	m, err := readMethod(f)
	if err == nil {
		m.ID, m.Position = old.ID, old.Position
		err = r.Write(func(tx *db.Tx) error {
			if m.ID == 0 {
				_, err := s.Shipping.Create(r.Context(), tx, m)
				return err
			}
			_, err := s.Shipping.Change(r.Context(), tx, m)
			return err
		})
	}
	if err == nil {
		r.SetFlash("saved")
		return frame.Redirect(s.URL(r, "/settings/shipping")), nil
	}
	sheet := desk.Typed(r, f, err, methodFields()...)
	if errors.Is(err, shipping.ErrChanged) {
		if old, err = s.method(r); err != nil {
			return frame.Response{}, err
		}
		sheet, err = sheet.Newer(methodValues(old)), shipping.ErrChanged
	}
	return s.methodForm(r, sheet, err)
}

// applied is the form after "the same fee for a region": filled in, not saved.
func applied(r *frame.Request, f frame.Form) desk.Sheet {
	sheet := desk.Typed(r, f, nil, methodFields()...)
	where := f.Get("apply")
	fee := f.Get("region." + where)
	for i := range shipping.Prefectures {
		if where == "all" || string(postal.Prefecture(i+1).Region()) == where {
			sheet.Set(feeField(i), fee)
		}
	}
	return sheet
}

func readMethod(f frame.Form) (shipping.Method, error) {
	m := shipping.Method{Carrier: shipping.Carrier(f.Get("carrier")), Name: fault.Text{Ja: f.Get("name_ja"), En: f.Get("name_en")}, Active: f.Has("active")}
	var wrong fault.Faults
	m.FreeOver = whole(&wrong, f, "free_over")
	m.LeadDays = whole(&wrong, f, "lead_days")
	m.WishDays = whole(&wrong, f, "wish_days")
	m.Version = whole(&wrong, f, "version")
	for i := range m.Fees {
		if f.Get(feeField(i)) != "" {
			m.Fees[i] = shipping.Fee{Reached: true, Yen: whole(&wrong, f, feeField(i))}
		}
	}
	if m.Active && !reaches(m) {
		wrong = append(wrong, fault.Invalid(feeField(0), fault.Text{Ja: "送料を1つ以上の都道府県に入力してください。",
			En: "Enter the fee for at least one prefecture."}))
	}
	if err := wrong.Add(m.Check()); err != nil {
		return m, err
	}
	return m, wrong.Err()
}

func reaches(m shipping.Method) bool {
	for _, fee := range m.Fees {
		if fee.Reached {
			return true
		}
	}
	return false
}

// whole reads a number as people type it: full-width digits, commas, 円. An empty field is 0.
func whole(wrong *fault.Faults, f frame.Form, name string) int64 {
	typed := strings.NewReplacer(",", "", " ", "", "円", "", "日", "").Replace(norm.NFKC.String(f.Get(name)))
	if typed == "" {
		return 0
	}
	n, err := strconv.ParseInt(typed, 10, 64)
	if err != nil {
		*wrong = append(*wrong, fault.Invalid(name, fault.Text{Ja: "整数で入力してください。", En: "Enter a whole number."}))
	}
	return n
}

// span is the cheapest and the dearest fee, and how many prefectures are reached.
func span(m shipping.Method, l i18n.Lang) string {
	low, high, n := int64(-1), int64(0), 0
	for _, fee := range m.Fees {
		if !fee.Reached {
			continue
		}
		n++
		high = max(high, fee.Yen)
		if low < 0 || fee.Yen < low {
			low = fee.Yen
		}
	}
	switch {
	case n == 0:
		return l.Pick("送料が未入力です", "No fees yet")
	case low == high:
		return l.Yen(low) + where(n, l)
	}
	return l.Yen(low) + l.Pick("〜", "–") + l.Yen(high) + where(n, l)
}

func where(n int, l i18n.Lang) string {
	if n == shipping.Prefectures {
		return l.Pick("（全国）", " (all of Japan)")
	}
	return l.Pick("（"+strconv.Itoa(n)+"都道府県）", " ("+strconv.Itoa(n)+" prefectures)")
}
