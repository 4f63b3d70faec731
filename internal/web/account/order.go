package account

import (
	"errors"
	"strconv"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/own"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// The cookies that prove an order: until the browser closes, and then the letter's link again.
func keyCookie(o id.Order) string  { return "key-" + id.String(o) }
func linkCookie(o id.Order) string { return "link-" + id.String(o) }

func proof(r *frame.Request, o id.Order) own.Proof {
	return own.Proof{Key: secret.ParseToken(r.Cookie(keyCookie(o))), Link: secret.ParseToken(r.Cookie(linkCookie(o)))}
}

func orderPath(r *frame.Request, o id.Order) string {
	return base(r.Shop()) + "/orders/" + id.String(o)
}

// orderID is the address's; what is no id is an order that is not there.
func orderID(r *frame.Request) (id.Order, error) {
	o := id.Parse[id.Order](r.Path("order"))
	if o == 0 {
		return 0, own.ErrNone
	}
	return o, nil
}

// openOrder takes the link out of the address, so that it stays in no history and goes out in no Referer.
func (a *Account) openOrder(r *frame.Request) (frame.Response, error) {
	o, err := orderID(r)
	if err != nil {
		return frame.Response{}, err
	}
	link := secret.ParseToken(r.Path("link"))
	if link.IsZero() {
		return frame.Response{}, own.ErrNone
	}
	r.SetCookie(linkCookie(o), link.Reveal(), 0)
	return frame.Redirect(orderPath(r, o)), nil
}

// thanks is the page after the purchase, for the browser that made it. It needs no vault.
func (a *Account) thanks(r *frame.Request) (frame.Response, error) {
	o, err := orderID(r)
	if err != nil {
		return frame.Response{}, err
	}
	p := proof(r, o)
	if p.Key.IsZero() {
		return frame.Redirect(orderPath(r, o)), nil
	}
	v, err := a.Own.Placed(r.Context(), r.Scope(), o, p)
	if err != nil {
		return frame.Response{}, err
	}
	q := steps(a.quiet(r, v.Shop, r.Lang().Pick("ご注文ありがとうございます", "Thank you for your order")), 4)
	return frame.Page(thanksPage(q, v, orderPath(r, o))), nil
}

// order is the purchaser's page about their order.
func (a *Account) order(r *frame.Request) (frame.Response, error) {
	o, err := orderID(r)
	if err != nil {
		return frame.Response{}, err
	}
	v, err := a.Own.Get(r.Context(), r.Scope(), o, proof(r, o))
	if errors.Is(err, own.ErrNone) && unsure(r) {
		return frame.Response{}, vault.ErrUnavailable // the session could be its member's
	}
	if err != nil {
		return frame.Response{}, err
	}
	q := a.quiet(r, v.Shop, r.Lang().Pick("ご注文 ", "Order ")+v.Order.Number)
	q.Broad = ui.Wide
	readers := orderPath(r, o) + "/readers"
	if v.Mine {
		readers = base(r.Shop()) + "/me/readers"
	}
	return frame.Page(orderPage(q, v, readers)), nil
}

// readers says who has seen the purchaser's data.
func (a *Account) readers(r *frame.Request) (frame.Response, error) {
	o, err := orderID(r)
	if err != nil {
		return frame.Response{}, err
	}
	before, err := strconv.ParseInt(r.Query("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	v, list, next, err := a.Own.Readers(r.Context(), r.Scope(), o, proof(r, o), before)
	if err != nil {
		return frame.Response{}, err
	}
	path := orderPath(r, o)
	older := ""
	if next > 0 {
		older = path + "/readers?before=" + strconv.FormatInt(next, 10)
	}
	q := a.quiet(r, v.Shop, r.Lang().Pick("だれが私の情報を見たか", "Who has seen my data"))
	return frame.Page(readersPage(q, list, readersText{
		lede: q.T("このご注文でお預かりした、お名前やご住所などを、いつ、だれが、何のために見たかの記録です。記録は見る前に必ず書かれ、あとから書き換えられれば分かるようになっています。",
			"When, by whom and for what the data that you gave with this order was read. The record is written before anything is shown, and a later change of it would be noticed."),
		back: q.T("ご注文のページに戻る", "Back to your order"), path: path, older: older})), nil
}
