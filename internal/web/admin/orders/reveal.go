package orders

import (
	"errors"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/admin/access"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// purpose is what somebody says they look for; the vault checks it against their role.
type purpose struct {
	code vault.Purpose
	text fault.Text
}

func purposes() []purpose {
	return []purpose{
		{vault.ShipOrder, fault.Text{Ja: "発送のため", En: "To dispatch it"}},
		{vault.ViewOrder, fault.Text{Ja: "注文の確認のため", En: "To check the order"}},
		{vault.AnswerInquiry, fault.Text{Ja: "お問い合わせ対応のため", En: "To answer the customer"}},
	}
}

const maxReason = 200

// asked reads what for somebody wants to look.
func asked(f frame.Form) (p purpose, reason string, err error) {
	for _, known := range purposes() {
		if string(known.code) == f.Get("purpose") {
			p = known
		}
	}
	if p.code == "" {
		return p, "", fault.Invalid("purpose", fault.Text{Ja: "表示する目的を選んでください。", En: "Choose what you need the data for."})
	}
	if reason = f.Get("why"); utf8.RuneCountInString(reason) > maxReason {
		return p, "", fault.Invalid("why", fault.Text{Ja: "理由は200文字以内で入力してください。", En: "Enter a reason of up to 200 characters."})
	}
	return p, reason, nil
}

// reveal shows the purchaser on this one answer. The ledger has the entry before the vault gives anything.
func (o *Orders) reveal(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	s, all, err := o.sheet(r)
	if err != nil {
		return frame.Response{}, err
	}
	p, reason, err := asked(f)
	if err != nil {
		s.errors = ui.ErrorsOf(r.Lang(), err)
		s.typed["why"] = f.Get("why")
		return o.answer(r, s, all, frame.StatusOf(err))
	}
	found := &person{why: s.Say(p.text)}
	var notes map[int64]string
	err = r.Read(func(rd db.Reader) (err error) {
		if found.Person, err = o.Orders.Reveal(r.Context(), rd, all.order, p.code, reason); err != nil {
			return err
		}
		notes, err = o.Orders.Notes(r.Context(), rd, all.order.Head, all.journal)
		return err
	})
	if err != nil {
		status := 200
		if s.failed, status, err = hidden(r.Lang(), err); err != nil {
			return frame.Response{}, err
		}
		return o.answer(r, s, all, status)
	}
	s.person = found
	for i := range s.events {
		s.events[i].text = notes[all.journal[len(all.journal)-1-i].No]
	}
	return o.answer(r, s, all, 200)
}

// hidden says why nothing was shown, and with which status; another error comes back.
func hidden(l i18n.Lang, err error) (string, int, error) {
	if errors.Is(err, vault.ErrGone) {
		return l.Pick(vault.ErrGone.Text.Ja, vault.ErrGone.Text.En), 200, nil
	}
	return access.Away(l, err)
}

// paper is the packing slip.
type paper struct {
	ui.Quiet
	order  sheet
	person person
	today  string
}

// slip makes the packing slip to be printed. It names the purchaser, so it is a reading like any other.
func (o *Orders) slip(r *frame.Request) (frame.Response, error) {
	s, all, err := o.sheet(r)
	if err != nil {
		return frame.Response{}, err
	}
	p := paper{order: s, person: person{why: s.Say(purposes()[0].text)}}
	var shop tenant.Shop
	err = r.Read(func(rd db.Reader) (err error) {
		if shop, err = o.Tenants.Get(r.Context(), rd); err != nil {
			return err
		}
		p.person.Person, err = o.Orders.Reveal(r.Context(), rd, all.order, vault.ShipOrder, "")
		p.today = r.Lang().Date(rd.Now().UnixMilli())
		return err
	})
	if err != nil {
		status := 200
		if s.failed, status, err = hidden(r.Lang(), err); err != nil {
			return frame.Response{}, err
		}
		return o.answer(r, s, all, status)
	}
	page := o.Page(r, r.Lang().Pick("納品書 ", "Packing slip ")+s.number)
	page.Site, page.Path = shop.Name, s.at
	p.Quiet = ui.Quiet{Page: page, Shop: shop.Name, Home: s.at, Broad: ui.Wide}
	return frame.Page(slipPage(p)), nil
}

// postcode as it is written: 〒104-0061.
func (p person) postcode() string {
	if len(p.Postcode) != 7 {
		return p.Postcode
	}
	return "〒" + p.Postcode[:3] + "-" + p.Postcode[3:]
}
