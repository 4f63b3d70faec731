package account

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// confirm shows the final confirmation.
func (a *Account) confirm(r *frame.Request, f checkout.Form, what ...fault.Text) (frame.Response, error) {
	a.onlyWay(r, &f)
	c, err := a.Checkout.Confirm(r.Context(), r.Scope(), cartOf(r), f)
	if err != nil {
		return a.refuse(r, f, err)
	}
	return a.confirmation(r, f, c, what)
}

// onlyWay chooses the way to send where there is but one, for who came without the script that shows it.
func (a *Account) onlyWay(r *frame.Request, f *checkout.Form) {
	if f.Shipping != "" || checkout.Prefecture(f.Prefecture) == 0 {
		return
	}
	asked := *f
	if q, err := a.quote(r, &asked); err == nil && len(q.Methods) == 1 {
		f.Shipping = id.String(q.Methods[0].Method.ID)
	}
}

// confirmation is the page; what says what has changed since it was shown last.
func (a *Account) confirmation(r *frame.Request, f checkout.Form, c checkout.Confirmation,
	what []fault.Text) (frame.Response, error) {
	shown, err := document(r.Context(), c)
	if err != nil {
		return frame.Response{}, err
	}
	s := c.Quote.Shop
	p := review{Quiet: steps(a.quiet(r, s, r.Lang().Pick("ご注文内容の確認", "Review your order")), 2), c: c, shown: string(shown),
		digest: digest(shown), f: f, base: base(s.ID), what: what}
	p.Broad, p.Path = ui.Wide, p.base+"/checkout"
	page := frame.Page(confirmPage(p))
	if len(what) > 0 {
		page = page.Status(http.StatusConflict)
	}
	return page, nil
}

// document renders the confirmation, once: these bytes stand in the page and, when the button is pressed, with the order.
func document(ctx context.Context, c checkout.Confirmation) ([]byte, error) {
	var b bytes.Buffer
	if err := confirmed(c).Render(ctx, &b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// place is the press of the order button.
func (a *Account) place(r *frame.Request) (frame.Response, error) {
	typed, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	f, shown := read(typed, r.Lang()), typed.Get("shown")
	in := checkout.PlaceIn{Cart: cartOf(r), Form: f, Digest: typed.Get("digest"), Key: secret.ParseToken(typed.Get("key")),
		Screen: func(c checkout.Confirmation) ([]byte, error) {
			b, err := document(r.Context(), c)
			if err == nil && digest(b) != shown {
				return nil, errShown // a date has passed, or the page was another language's
			}
			return b, err
		}}
	p, err := a.Checkout.Place(r.Context(), r.Scope(), in)
	if err != nil {
		return a.refuse(r, f, err)
	}
	r.SetCookie(keyCookie(p.Order), in.Key.Reveal(), 0)
	if !p.Link.IsZero() {
		r.SetCookie(linkCookie(p.Order), p.Link.Reveal(), 0)
	}
	switch way := payment.Method(f.Payment); {
	case way == payment.Card && r.Actor().Kind == actor.Member:
		return frame.Redirect(orderPath(r, p.Order) + "/pay"), nil // to choose a saved card, or to keep one
	case way.Rails():
		s, err := a.shop(r)
		if err != nil {
			return frame.Response{}, err
		}
		return a.paying.Start(r, s, pay.BeginIn{Order: p.Order})
	}
	return frame.Redirect(orderPath(r, p.Order) + "/thanks"), nil
}

// refuse answers what came of a confirmation or a press that did not go through.
func (a *Account) refuse(r *frame.Request, f checkout.Form, err error) (frame.Response, error) {
	if c, is := errors.AsType[*checkout.Changed](err); is {
		return a.confirmation(r, f, c.Now, c.What)
	}
	switch {
	case errors.Is(err, errShown):
		return a.confirm(r, f, fault.Text{Ja: "日付などの表示", En: "the dates shown"})
	case errors.Is(err, checkout.ErrKey):
		return a.confirm(r, f, fault.Text{Ja: "確認画面の有効期限", En: "the validity of this page"})
	}
	if _, ok := fault.Of(err); !ok {
		return frame.Response{}, err
	}
	if errors.Is(err, checkout.ErrEmpty) || errors.Is(err, checkout.ErrClosed) || errors.Is(err, checkout.ErrIncomplete) {
		s, shopErr := a.shop(r)
		if shopErr != nil {
			return frame.Response{}, shopErr
		}
		return a.sorry(r, s, err)
	}
	return a.form(r, f, err)
}
