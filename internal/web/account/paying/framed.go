package paying

import (
	"net/url"
	"slices"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/frame"
)

// frameable is the origin of a card page that is to be shown in a frame: the shop wants it, its provider allows it, and the page stands
// where this house expects it. Else it is empty, and the browser is led to the page.
func (p *Pages) frameable(got pay.Begun) string {
	u, err := url.Parse(got.URL)
	if !got.Inline || err != nil {
		return ""
	}
	if at := u.Scheme + "://" + u.Host; slices.Contains(p.Frames, at) {
		return at
	}
	return ""
}

// framed shows the provider's card page in a frame of ours, on this one answer: what is typed there is typed at the provider.
func (p *Pages) framed(r *frame.Request, s tenant.Shop, o id.Order, page, origin string) frame.Response {
	q := p.Quiet(r, s, r.Lang().Pick("カードでのお支払い", "Pay by card"))
	q.Path = p.path(r, o) + "/pay"
	return frame.Page(framePage(q, page, origin, q.Path)).FramesFrom(origin)
}
