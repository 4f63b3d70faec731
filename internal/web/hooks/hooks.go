// Package hooks is the door for payment providers: their news, and browsers that they send back by a cross-site POST.
//
// It guarantees that news is answered at once (what it tells is looked up by a job), that news whose signature does not hold is
// refused and heard of, and that a browser is sent on to the order's own page, which asks for its own proof. It refuses to
// believe anything else that comes with either.
package hooks

import (
	"errors"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/web/frame"
)

// A Door is what the hooks need.
type Door struct {
	Pay *pay.Service
	// Order is the page of an order.
	Order func(shop id.Shop, o id.Order) string
}

// maxNotice bounds one notice.
const maxNotice = 256 << 10

// Routes is the door's table.
func (d *Door) Routes() []frame.Route {
	return []frame.Route{
		{Method: "POST", Pattern: "/payment/{shop}/{token}", Right: frame.Public, Handler: d.notice, Limits: frame.Limits{Body: maxNotice}},
		{Method: "POST", Pattern: "/return/{shop}/{order}", Right: frame.Public, Handler: d.back, Limits: frame.Limits{Body: maxNotice}},
	}
}

// NoticePath is where an account's news comes to.
func NoticePath(shop id.Shop, token string) string {
	return "/payment/" + id.String(shop) + "/" + token
}

// ReturnPath is where browsers come to that are sent back by a POST.
func ReturnPath(shop id.Shop, o id.Order) string {
	return "/return/" + id.String(shop) + "/" + id.String(o)
}

const forged = 400

func (d *Door) notice(r *frame.Request) (frame.Response, error) {
	err := d.Pay.Notice(r.Context(), pay.NoticeIn{Shop: id.Parse[id.Shop](r.Path("shop")), Token: r.Path("token"), Header: r.Header,
		Body: r.Raw(), Addr: r.ClientIP().String()})
	if errors.Is(err, provider.ErrForged) {
		return frame.Text("bad signature\n").Status(forged), nil
	}
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Text("ok\n"), nil
}

func (d *Door) back(r *frame.Request) (frame.Response, error) {
	shop, o := id.Parse[id.Shop](r.Path("shop")), id.Parse[id.Order](r.Path("order"))
	if shop == 0 || o == 0 {
		return frame.Response{}, frame.ErrNotFound
	}
	return frame.Away(d.Order(shop, o)), nil
}
