package account

import (
	"errors"
	"net/http"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/handover"
	"github.com/noren-shop/noren/internal/web/frame"
)

// enter takes the cart that the storefront handed over.
func (a *Account) enter(r *frame.Request) (frame.Response, error) {
	s, err := a.shop(r)
	if err != nil {
		return frame.Response{}, err
	}
	var tok secret.Token
	err = r.Write(func(tx *db.Tx) (err error) {
		tok, err = handover.Take(r.Context(), tx, secret.ParseToken(r.Query("t")))
		return err
	})
	if errors.Is(err, handover.ErrSpent) {
		q := a.quiet(r, s, r.Lang().Pick("カートからやり直してください", "Please start from your cart"))
		q.Path = base(s.ID) + "/checkout" // no address with a spent token
		on := ""
		if !cartOf(r).IsZero() {
			on = base(s.ID) + "/checkout"
		}
		return frame.Page(spentPage(q, a.front(r, s, "/cart"), on)).Status(http.StatusGone), nil
	}
	if err != nil {
		return frame.Response{}, err
	}
	r.SetCookie(cartCookie, tok.Reveal(), 0)
	return frame.Redirect(base(s.ID) + "/checkout"), nil
}
