package orders

import (
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// moneyView is what there is to say and to do about an order's money.
type moneyView struct {
	charges []chargeView
	refunds []refundView
	notes   []string // what is worth knowing, in sentences
	warn    []string // what needs somebody
	left    string   // can be given back; empty: nothing
	max     string
	whys    []ui.Option
	key     string // of the form
	link    bool   // a link to pay can be sent
	look    bool   // there is a provider to ask
	owed    string // the shop must pay back by itself
}

type chargeView struct {
	no, state, sums, more string
	tone                  ui.Tone
}

type refundView struct {
	amount, state, why, when string
	tone                     ui.Tone
}

func moneyOf(p ui.Page, o order.Order, sh pay.Sheet, who actor.Actor) moneyView {
	l, edit := p.Lang, who.May(actor.EditOrders)
	v := moneyView{look: len(sh.Charges) > 0 && edit}
	for _, c := range sh.Charges {
		v.charges = append(v.charges, chargeOf(p, c))
	}
	for _, r := range sh.Refunds {
		at := r.Done
		if at == 0 {
			at = r.Made
		}
		rv := refundView{amount: l.Yen(r.Amount), state: r.State.Label(l), why: p.Say(r.Why.Label()), when: l.DateTime(at), tone: ui.Info}
		switch r.State {
		case charge.Done, charge.ByHand:
			rv.tone = ui.Good
		case charge.Owed:
			rv.tone = ui.Bad
		}
		v.refunds = append(v.refunds, rv)
	}
	keeper := sh.Keeper()
	switch {
	case sh.Payment.State == payment.Authorised && keeper.Capture == payment.AtDispatch:
		v.notes = append(v.notes, p.T("カードの与信を確保しています。発送済みにすると、代金が自動で確定します。", "The money is set aside on the card. It is taken by itself when you mark the order as dispatched."))
	case sh.Payment.State == payment.Lapsed:
		v.warn = append(v.warn, p.T("カードの与信の期限が切れました。お支払いリンクを送り、入金を確認してから発送してください。",
			"The card's authorisation has run out. Send a link to pay, and dispatch when it has been paid."))
	case sh.Payment.State == payment.RefundDue && sh.Payment.Method.Rails() && sh.Owed == 0:
		v.notes = append(v.notes, p.T("決済会社を通じて返金の手続きをしています。", "The refund is on its way through the provider."))
	}
	if keeper.Trouble == charge.NoCapture {
		v.warn = append(v.warn, p.T("決済会社が売上の確定を受け付けませんでした。「決済会社に問い合わせる」でもう一度お試しください。",
			"The provider refused to take the money. Try again by asking the provider."))
	}
	if sh.Left > 0 && edit && o.Status != order.Cancelled {
		v.left, v.max, v.key = l.Yen(sh.Left), strconv.FormatInt(sh.Left, 10), secret.NewToken().Reveal()
		for _, w := range charge.Whys() {
			v.whys = append(v.whys, ui.Option{Value: string(w), Text: p.Say(w.Label())})
		}
	}
	if sh.Owed > 0 && edit {
		v.owed = l.Yen(sh.Owed)
	}
	v.link = edit && sh.Payment.Method.Rails() && sh.Payment.State.Open() && o.Status != order.Cancelled
	return v
}

func chargeOf(p ui.Page, c charge.Charge) chargeView {
	l := p.Lang
	v := chargeView{no: p.T("お支払い "+strconv.FormatInt(c.No, 10)+"回目", "Payment "+strconv.FormatInt(c.No, 10)), state: c.Label(l), tone: ui.Plain}
	switch c.State {
	case provider.Authorised:
		v.tone, v.sums = ui.Info, l.Yen(c.Amount)
	case provider.Captured:
		v.tone, v.sums = ui.Good, l.Yen(c.Captured)
		if c.Refunded > 0 {
			v.sums += p.T("（うち返金 ", " (refunded ") + l.Yen(c.Refunded) + p.T("）", ")")
		}
	case provider.Declined:
		v.tone, v.more = ui.Bad, c.Reason
	default:
		v.sums = l.Yen(c.Amount)
	}
	switch {
	case c.Refused == charge.NoThreeDS:
		v.tone, v.more = ui.Bad, p.T("本人認証が確認できないため受け付けず、返金します。", "Not taken: 3-D Secure did not hold. It is given back.")
	case c.Refused == charge.WrongAmount:
		v.tone, v.more = ui.Bad, p.T("金額が違うため受け付けず、返金します。", "Not taken: another sum. It is given back.")
	case c.ThreeDS == provider.Passed:
		v.more = p.T("本人認証済み（3-Dセキュア）", "3-D Secure passed")
	case c.ThreeDS == provider.Attempted:
		v.more = p.T("本人認証を実施（発行会社は未対応）", "3-D Secure tried (the issuer does not take part)")
	case c.Means == provider.Convenience:
		if s, ok := c.Slip(); ok && s.Number != "" {
			v.more = p.T("番号 ", "Number ") + s.Number
		}
	}
	return v
}

func (o *Orders) moneyRoutes() []frame.Route {
	const at = "/{shop}/orders/{order}/money/"
	return []frame.Route{
		{Method: "POST", Pattern: at + "back", Right: actor.EditOrders, Handler: o.giveBack},
		{Method: "POST", Pattern: at + "link", Right: actor.EditOrders, Handler: o.sendLink},
		{Method: "POST", Pattern: at + "look", Right: actor.EditOrders, Handler: o.lookAgain},
		{Method: "POST", Pattern: at + "returned", Right: actor.EditOrders, Handler: o.paidBack},
	}
}

func (o *Orders) giveBack(r *frame.Request) (frame.Response, error) {
	return o.moneyAct(r, "money-back", func(n id.Order, f frame.Form) error {
		sum, err := strconv.ParseInt(narrow(f.Get("amount")), 10, 64)
		if err != nil {
			return fault.Invalid("amount", fault.Text{Ja: "金額は数字で入力してください。", En: "Enter the sum in digits."})
		}
		_, err = o.Pay.Refund(r.Context(), r.Scope(), pay.RefundIn{Order: n, Amount: sum, Why: charge.Why(f.Get("why")),
			Key: secret.ParseToken(f.Get("key"))})
		return err
	})
}

func (o *Orders) sendLink(r *frame.Request) (frame.Response, error) {
	return o.moneyAct(r, "link-sent", func(n id.Order, _ frame.Form) error { return o.Pay.SendLink(r.Context(), r.Scope(), n) })
}

func (o *Orders) lookAgain(r *frame.Request) (frame.Response, error) {
	return o.moneyAct(r, "looked", func(n id.Order, _ frame.Form) error { return o.Pay.Again(r.Context(), r.Scope(), n) })
}

func (o *Orders) paidBack(r *frame.Request) (frame.Response, error) {
	return o.moneyAct(r, "refunded", func(n id.Order, _ frame.Form) error {
		_, err := o.Pay.PaidBack(r.Context(), r.Scope(), n)
		return err
	})
}

// moneyAct takes a step that calls a provider, outside of any transaction, and leads back to the order.
func (o *Orders) moneyAct(r *frame.Request, said string, do func(id.Order, frame.Form) error) (frame.Response, error) {
	n, err := frame.PathID[id.Order](r, "order")
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if err = do(n, f); err == nil {
		r.SetFlash(said)
		return frame.Redirect(o.page(r, n)), nil
	}
	fs, ok := fault.Of(err)
	if !ok || fault.Is(err, fault.KindNotFound) || fault.Is(err, fault.KindDenied) {
		return frame.Response{}, err
	}
	s, now, lost := o.sheet(r)
	if lost != nil {
		return frame.Response{}, lost
	}
	for _, name := range []string{"amount", "why"} {
		s.typed[name] = f.Get(name)
	}
	if fault.Is(err, fault.KindInvalid) {
		s.errors = ui.ErrorsOf(r.Lang(), err)
	} else {
		s.moved = s.Say(fs[0].Text)
	}
	return o.answer(r, s, now, frame.StatusOf(err))
}
