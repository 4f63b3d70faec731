package account

import (
	"errors"
	"net/http"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"
)

// What a press of the form asks for.
const (
	actConfirm = "confirm"
	actAddress = "address" // fill the address in from the postcode
)

// read takes what was typed. Anything else that a client sends is not read.
func read(f frame.Form, l i18n.Lang) checkout.Form {
	return checkout.Form{Lang: l, Name: f.Get("name"), Furigana: f.Get("furigana"), Company: f.Get("company"),
		Postcode: f.Get("postcode"), Prefecture: f.Get("prefecture"), City: f.Get("city"), Street: f.Get("street"),
		Building: f.Get("building"), Phone: f.Get("phone"), Email: f.Get("email"), Note: f.Get("note"),
		Payment: f.Get("payment"), Shipping: f.Get("shipping"), WishDay: f.Get("wish_day"), WishSlot: f.Get("wish_slot")}
}

// carried is a form as hidden fields: what was typed travels with the page and is stored nowhere.
func carried(f checkout.Form) []ui.Carried {
	return []ui.Carried{{Name: "name", Value: f.Name}, {Name: "furigana", Value: f.Furigana}, {Name: "company", Value: f.Company},
		{Name: "postcode", Value: f.Postcode}, {Name: "prefecture", Value: f.Prefecture}, {Name: "city", Value: f.City},
		{Name: "street", Value: f.Street}, {Name: "building", Value: f.Building}, {Name: "phone", Value: f.Phone},
		{Name: "email", Value: f.Email}, {Name: "note", Value: f.Note}, {Name: "payment", Value: f.Payment},
		{Name: "shipping", Value: f.Shipping}, {Name: "wish_day", Value: f.WishDay}, {Name: "wish_slot", Value: f.WishSlot}}
}

// labels are the form's fields as the page calls them. A fault at anything else stands above the form.
func labels() map[string]fault.Text {
	return map[string]fault.Text{
		"name": {Ja: "お名前", En: "Name"}, "furigana": {Ja: "フリガナ", En: "Reading (furigana)"},
		"company": {Ja: "会社名・部署名", En: "Company"}, "postcode": {Ja: "郵便番号", En: "Postcode"},
		"prefecture": {Ja: "都道府県", En: "Prefecture"}, "city": {Ja: "市区町村", En: "City or ward"},
		"street": {Ja: "町名・番地", En: "Town and number"}, "building": {Ja: "建物名・部屋番号", En: "Building and room"},
		"phone": {Ja: "電話番号", En: "Phone"}, "email": {Ja: "メールアドレス", En: "E-mail"},
		"note": {Ja: "備考", En: "Note to the shop"}, "payment": {Ja: "お支払い方法", En: "Payment"},
		"shipping": {Ja: "配送方法", En: "Delivery"}, "wish_day": {Ja: "お届け希望日", En: "Wished day"},
		"wish_slot": {Ja: "お届け時間帯", En: "Time of day"},
	}
}

func (a *Account) showCheckout(r *frame.Request) (frame.Response, error) {
	return a.form(r, a.prefilled(r), nil)
}

// backToCheckout is for who reloads the address of a press.
func (a *Account) backToCheckout(r *frame.Request) (frame.Response, error) {
	return frame.Redirect(base(r.Shop()) + "/checkout"), nil
}

// checkout is a press of the form: the confirmation, or (also from the confirmation, to correct something) the form again,
// with an address or a new total.
func (a *Account) checkout(r *frame.Request) (frame.Response, error) {
	typed, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	f := read(typed, r.Lang())
	switch typed.Get("act") {
	case actAddress:
		wrong := a.fillAddress(&f)
		return a.form(r, f, wrong)
	case actConfirm:
		return a.confirm(r, f)
	}
	return a.form(r, f, nil)
}

// form shows the form with its total, and what is wrong.
func (a *Account) form(r *frame.Request, f checkout.Form, wrong error) (frame.Response, error) {
	s, err := a.shop(r)
	if err != nil {
		return frame.Response{}, err
	}
	if refused := closed(s); refused != nil {
		return a.sorry(r, s, refused)
	}
	q, err := a.quote(r, &f)
	if err != nil {
		if _, ok := fault.Of(err); ok {
			return a.sorry(r, s, err)
		}
		return frame.Response{}, err
	}
	p := sheet{Quiet: steps(a.quiet(r, s, r.Lang().Pick("お届け先・お支払い", "Delivery and payment")), 1), f: f, quote: q,
		base: base(s.ID), cart: a.front(r, s, "/cart")}
	p.Broad, p.Path, p.known = ui.Wide, p.base+"/checkout", r.Actor().Kind == actor.Member
	if p.pieces, err = a.pieces(r, q); err != nil {
		return frame.Response{}, err
	}
	status := http.StatusOK
	if wrong != nil {
		status = frame.StatusOf(wrong)
	}
	p.errors, p.summary, p.lines = split(r.Lang(), wrong)
	if len(p.lines) == 0 {
		p.lines = q.Short
	}
	return frame.Page(checkoutPage(p)).Status(status), nil
}

// split tells faults at fields of the form (as they stand at the field, and with its name as they stand above the form) from
// those about the cart.
func split(l i18n.Lang, err error) (at, above ui.Errors, cart fault.Faults) {
	all, _ := fault.Of(err)
	var fields, named fault.Faults
	for _, f := range all {
		label, ok := labels()[f.Field]
		if !ok {
			cart = append(cart, f)
			continue
		}
		fields = append(fields, f)
		named = append(named, &fault.Fault{Kind: f.Kind, Field: f.Field,
			Text: fault.Text{Ja: label.Ja + "：" + f.Text.Ja, En: label.En + ": " + f.Text.En}})
	}
	return ui.ErrorsOf(l, fields.Err()), ui.ErrorsOf(l, named.Err()), cart
}

// quote computes the total for what is chosen so far, and chooses where there is but one way.
func (a *Account) quote(r *frame.Request, f *checkout.Form) (q checkout.Quote, err error) {
	ask := func() error {
		return r.Read(func(rd db.Reader) error {
			c, err := a.Carts.Get(r.Context(), rd, cartOf(r))
			if errors.Is(err, cart.ErrNone) {
				return checkout.ErrEmpty
			}
			if err != nil {
				return err
			}
			q, err = a.Checkout.Quote(r.Context(), rd, c, checkout.Ask{Lang: r.Lang(), Prefecture: checkout.Prefecture(f.Prefecture),
				Method: id.Parse[shipping.MethodID](f.Shipping), Payment: payment.Method(f.Payment)})
			return err
		})
	}
	for range 3 { // at most once for each choice that no longer holds
		err = ask()
		fs, ok := fault.Of(err)
		if !ok || len(q.Lines) == 0 || !drop(f, fs) {
			break
		}
	}
	if err != nil {
		return q, err
	}
	if q.Method.ID != 0 {
		f.Shipping = id.String(q.Method.ID)
	}
	if f.Payment != "" {
		return q, nil
	}
	for _, c := range q.Payments {
		if c.Why == nil {
			f.Payment = string(c.Setting.Method)
			return q, ask()
		}
	}
	return q, nil
}

const thumbWidth = 112 // twice what is shown

// pieces are the statement's lines with their pictures.
func (a *Account) pieces(r *frame.Request, q checkout.Quote) ([]piece, error) {
	var sold []id.Image // of what is on sale: the statement's lines, in their order
	for _, l := range q.Lines {
		if l.Item.OnSale {
			sold = append(sold, l.Item.Image)
		}
	}
	var images map[id.Image]catalog.Image
	err := r.Read(func(rd db.Reader) (err error) {
		images, err = a.Shelf.Images(r.Context(), rd, sold)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]piece, len(q.Statement.Lines))
	for i, row := range q.Statement.Lines {
		out[i].row = row
		for _, f := range images[sold[i]].Files { // narrowest first
			out[i].src = a.Places.Picture(r.Shop(), place.PictureName(f.Digest, f.Width, f.Ext()), r.Host())
			if f.Width >= thumbWidth {
				break
			}
		}
	}
	return out, nil
}

// drop forgets choices that are not on offer for this order.
func drop(f *checkout.Form, fs fault.Faults) (dropped bool) {
	for _, bad := range fs {
		switch {
		case bad.Field == "shipping" && f.Shipping != "":
			f.Shipping, dropped = "", true
		case bad.Field == "payment" && f.Payment != "":
			f.Payment, dropped = "", true
		}
	}
	return dropped
}

// closed is why a shop takes no orders, or nil.
func closed(s tenant.Shop) error {
	if !s.Selling() {
		return checkout.ErrClosed
	}
	if len(s.Missing()) > 0 {
		return checkout.ErrIncomplete
	}
	return nil
}

// sorry is a page without a form: there is nothing to buy, or nobody to sell.
func (a *Account) sorry(r *frame.Request, s tenant.Shop, err error) (frame.Response, error) {
	fs, _ := fault.Of(err)
	way, back := r.Lang().Pick("ショップに戻る", "Back to the shop"), a.front(r, s, "/")
	title := r.Lang().Pick("ただいまご注文いただけません", "Orders are not possible now")
	if errors.Is(err, checkout.ErrEmpty) {
		title = r.Lang().Pick("カートは空です", "Your cart is empty")
	}
	q := a.quiet(r, s, title)
	q.Path = base(s.ID) + "/checkout"
	return frame.Page(sorryPage(q, q.Say(fs[0].Text), way, back)).Status(http.StatusConflict), nil
}
