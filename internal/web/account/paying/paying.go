// Package paying is where purchasers pay an order through a provider: the way to its page and back, the number for the
// convenience store, another try or another way, the link of a letter, and a member's saved cards.
//
// It guarantees that an order is paid only by who proves that it is theirs or has its link; that whoever comes back sees how it
// stands, also without a script; and that nothing typed is lost by a decline: the order is kept. It refuses card numbers: they
// are typed at the provider, and no field here could take one.
package paying

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/own"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Pages are the pages.
type Pages struct {
	Pay   *pay.Service
	Own   *own.Service
	Shop  func(r *frame.Request) (tenant.Shop, error)
	Quiet func(r *frame.Request, s tenant.Shop, title string) ui.Quiet
	Proof func(r *frame.Request, o id.Order) own.Proof
	// Frames are the origins of the card pages that may stand in a frame here.
	Frames []string
}

// Routes of the pages.
func (p *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/s/{shop}/orders/{order}/pay", Right: frame.Public, Handler: p.show},
		{Method: "POST", Pattern: "/s/{shop}/orders/{order}/pay", Right: frame.Public, Handler: p.begin},
		{Method: "POST", Pattern: "/s/{shop}/orders/{order}/pay/method", Right: frame.Public, Handler: p.method},
		{Method: "GET", Pattern: "/s/{shop}/orders/{order}/paid", Right: frame.Public, Handler: p.back},
		{Method: "GET", Pattern: "/s/{shop}/pay/{token}", Right: frame.Public, Handler: p.link},
		{Method: "GET", Pattern: "/s/{shop}/me/cards", Right: actor.ManageAccount, Handler: p.cards},
		{Method: "POST", Pattern: "/s/{shop}/me/cards/{card}/remove", Act: frame.ChangesWho, Right: actor.ManageAccount, Handler: p.forget},
	}
}

// LinkPath is where a letter's link to pay leads.
func LinkPath(shop id.Shop, tok secret.Token) string {
	return "/s/" + id.String(shop) + "/pay/" + tok.Reveal()
}

// ReturnPath is where the provider sends the purchaser's browser back to.
func ReturnPath(shop id.Shop, o id.Order) string {
	return "/s/" + id.String(shop) + "/orders/" + id.String(o) + "/paid"
}

const linkCookie = "paylink"

func base(r *frame.Request) string { return "/s/" + id.String(r.Shop()) }

func (p *Pages) path(r *frame.Request, o id.Order) string { return base(r) + "/orders/" + id.String(o) }

// owned is an order whose payer was proved.
type owned struct {
	shop  tenant.Shop
	order order.Order
	link  bool // by the link to pay alone: the order's own page is not theirs to see
	mine  bool // the member who placed it
}

// owned proves the order: by its key, its link, its member's session, or the link to pay.
func (p *Pages) owned(r *frame.Request) (owned, error) {
	o := id.Parse[id.Order](r.Path("order"))
	if o == 0 {
		return owned{}, own.ErrNone
	}
	v, err := p.Own.Placed(r.Context(), r.Scope(), o, p.Proof(r, o))
	if errors.Is(err, own.ErrNone) {
		v, err = p.Own.Get(r.Context(), r.Scope(), o, p.Proof(r, o))
	}
	if err == nil {
		return owned{shop: v.Shop, order: v.Order, mine: v.Order.Member != 0 && v.Order.Member == r.Actor().Member}, nil
	}
	tok := secret.ParseToken(r.Cookie(linkCookie))
	if tok.IsZero() || !errors.Is(err, own.ErrNone) && !fault.Is(err, fault.KindUnavailable) {
		return owned{}, err
	}
	_, linked, linkErr := p.Pay.Linked(r.Context(), r.Scope(), tok)
	if linkErr != nil || linked.ID != o {
		return owned{}, err
	}
	shop, shopErr := p.Shop(r)
	return owned{shop: shop, order: linked, link: true}, shopErr
}

// link takes the link out of the address, so that it stays in no history and goes out in no Referer.
func (p *Pages) link(r *frame.Request) (frame.Response, error) {
	tok := secret.ParseToken(r.Path("token"))
	_, o, err := p.Pay.Linked(r.Context(), r.Scope(), tok)
	if err != nil {
		return frame.Response{}, err
	}
	r.SetCookie(linkCookie, tok.Reveal(), 0)
	return frame.Redirect(p.path(r, o.ID) + "/pay"), nil
}

// show is how the order's payment stands, with what can be done about it. It asks no provider.
func (p *Pages) show(r *frame.Request) (frame.Response, error) {
	of, err := p.owned(r)
	if err != nil {
		return frame.Response{}, err
	}
	sh, err := p.sheet(r, of.order.ID)
	if err != nil {
		return frame.Response{}, err
	}
	return p.page(r, of, sh, nil, 0)
}

func (p *Pages) sheet(r *frame.Request, o id.Order) (sh pay.Sheet, err error) {
	err = r.Read(func(rd db.Reader) error {
		sh, err = p.Pay.See(r.Context(), rd.As(actor.OwnOrder), o)
		return err
	})
	return sh, err
}

// The wait after the way back: the page asks again by itself, so many times, and then leaves it to the visitor.
const (
	waitTries = 12
	waitTime  = 3 * time.Second
)

// back is the page after the provider's.
func (p *Pages) back(r *frame.Request) (frame.Response, error) {
	of, err := p.owned(r)
	if err != nil {
		return frame.Response{}, err
	}
	sh, err := p.Pay.Returned(r.Context(), r.Scope(), of.order.ID)
	if err != nil {
		return frame.Response{}, err
	}
	n, err := strconv.Atoi(r.Query("n"))
	if err != nil || n < 1 {
		n = 1
	}
	res, err := p.page(r, of, sh, nil, n)
	if err == nil && sh.Payment.State == payment.Pending && sh.Payment.Method == payment.Card && sh.Last().Waits() && sh.Last().Reason == "" &&
		n < waitTries {
		res = res.With("Refresh", strconv.Itoa(int(waitTime.Seconds()))+"; url="+p.path(r, of.order.ID)+"/paid?n="+strconv.Itoa(n+1))
	}
	return res, err
}

// begin opens the charge and leads to the provider.
func (p *Pages) begin(r *frame.Request) (frame.Response, error) {
	of, err := p.owned(r)
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	in := pay.BeginIn{Order: of.order.ID}
	if of.mine { // only who is logged in pays with their cards, or keeps one
		in.Saved, in.Save = frame.FormID[id.Card](f, "card"), f.Has("save")
	}
	return p.Start(r, of.shop, in)
}

// Start begins to pay: the answer leads the browser on, or says why it cannot.
func (p *Pages) Start(r *frame.Request, s tenant.Shop, in pay.BeginIn) (frame.Response, error) {
	said := sha256.Sum256([]byte(r.Header("User-Agent") + "\n" + r.Header("Accept-Language")))
	in.Addr, in.Browser = r.ClientIP().String(), hex.EncodeToString(said[:8])
	got, err := p.Pay.Begin(r.Context(), r.Scope(), in)
	if errors.Is(err, pay.ErrPaid) {
		return frame.Redirect(p.path(r, in.Order) + "/pay"), nil
	}
	if _, ok := fault.Of(err); ok {
		return p.failed(r, in.Order, err)
	}
	if err != nil {
		return frame.Response{}, err
	}
	if got.URL == "" {
		return frame.Redirect(p.path(r, in.Order) + "/paid"), nil
	}
	if at := p.frameable(got); at != "" {
		return p.framed(r, s, in.Order, got.URL, at), nil
	}
	q := p.Quiet(r, s, r.Lang().Pick("お支払い画面へ移動します", "On to the payment page"))
	return frame.Page(goPage(q, got.URL)).With("Refresh", "0; url="+got.URL), nil
}

// failed shows the page of the order with what went wrong.
func (p *Pages) failed(r *frame.Request, o id.Order, why error) (frame.Response, error) {
	of, err := p.ownedOrder(r, o)
	if err != nil {
		return frame.Response{}, err
	}
	sh, err := p.sheet(r, o)
	if err != nil {
		return frame.Response{}, err
	}
	return p.page(r, of, sh, why, 0)
}

// ownedOrder is owned for an order that the address may not name yet: it was placed by this very request.
func (p *Pages) ownedOrder(r *frame.Request, o id.Order) (owned, error) {
	if r.Path("order") != "" {
		return p.owned(r)
	}
	s, err := p.Shop(r)
	if err != nil {
		return owned{}, err
	}
	var placed order.Order
	err = r.Read(func(rd db.Reader) (err error) {
		placed, err = p.Own.Orders.Get(r.Context(), rd.As(actor.OwnOrder), o)
		return err
	})
	return owned{shop: s, order: placed, mine: placed.Member != 0 && placed.Member == r.Actor().Member}, err
}

// method changes the way to pay.
func (p *Pages) method(r *frame.Request) (frame.Response, error) {
	of, err := p.owned(r)
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	to := payment.Method(f.Get("payment"))
	if to != payment.Method(of.order.Payment) {
		if err := p.Pay.Change(r.Context(), r.Scope(), of.order.ID, to); err != nil {
			if _, ok := fault.Of(err); !ok || fault.Is(err, fault.KindNotFound) {
				return frame.Response{}, err
			}
			return p.failed(r, of.order.ID, err)
		}
	}
	if to.Rails() {
		return p.Start(r, of.shop, pay.BeginIn{Order: of.order.ID})
	}
	return frame.Redirect(p.path(r, of.order.ID) + "/pay"), nil
}

// forget takes a saved card away.
func (p *Pages) forget(r *frame.Request) (frame.Response, error) {
	n, err := frame.PathID[id.Card](r, "card")
	if err != nil {
		return frame.Response{}, err
	}
	if err := p.Pay.Forget(r.Context(), r.Scope(), n); err != nil {
		return frame.Response{}, err
	}
	return frame.Redirect(base(r) + "/me/cards"), nil
}
