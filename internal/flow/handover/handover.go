// Package handover takes a cart from a storefront's origin, where a shop's scripts may run, to the account's, where
// none do (decision 21).
//
// It guarantees that a token works once, in its shop, for five minutes, and that neither it nor the cart's secret can
// be read from the store: the row holds the token's digest, and the secret covered by the token itself. It refuses to
// say why a token does not work.
//
// The contract between the doors: the storefront answers the order button with 303 to
//
//	Places.Door(place.Account, host) + Path(shop, token, lang)
//
// which is /s/{shop}/enter?t=TOKEN&lang=ja. The account door calls Take within the shop of the path, puts the cart's
// secret that it gets into its own cookie for that shop, and answers 303 to a page without the token in its address.
package handover

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
)

// Time is how long a token works.
const Time = 5 * time.Minute

// ErrSpent is a token that was used, is too old, or never was one.
var ErrSpent = fault.NotFound(fault.Text{
	Ja: "このリンクはすでに使われたか、有効期限が切れています。カートに戻り、もう一度ご購入手続きへお進みください。",
	En: "This link has been used or has expired. Go back to your cart and proceed to checkout again."})

// Path is where a token is taken at the account's origin.
func Path(shop id.Shop, token secret.Token, lang i18n.Lang) string {
	return "/s/" + id.String(shop) + "/enter?t=" + token.Reveal() + "&lang=" + string(lang)
}

// Make hands a cart over, by the secret in its visitor's cookie; the token goes into the address. Tokens of the shop
// that nobody took in time go.
func Make(_ context.Context, tx *db.Tx, cart secret.Token) (secret.Token, error) {
	if err := tx.Allow(actor.FillCart); err != nil {
		return secret.Token{}, err
	}
	token := secret.NewToken()
	cover := token.Cover(cart)
	if cover == nil {
		return secret.Token{}, errors.New("hand cart over: there is no cart")
	}
	if err := tx.Queue(sqlExpire, tx.Shop(), tx.NowMS()); err != nil {
		return secret.Token{}, fmt.Errorf("drop old hand-overs: %w", err)
	}
	if err := tx.Queue(sqlPut, tx.Shop(), token.Digest(), cover, tx.Now().Add(Time).UnixMilli()); err != nil {
		return secret.Token{}, fmt.Errorf("hand cart over: %w", err)
	}
	return token, nil
}

// Take gives the secret of the cart that was handed over, once.
func Take(ctx context.Context, tx *db.Tx, token secret.Token) (secret.Token, error) {
	if err := tx.Allow(actor.FillCart); err != nil {
		return secret.Token{}, err
	}
	if token.IsZero() {
		return secret.Token{}, ErrSpent
	}
	row, err := db.One(ctx, tx, scan, sqlTake, tx.Shop(), token.Digest())
	if errors.Is(err, db.ErrNone) {
		return secret.Token{}, ErrSpent
	}
	if err != nil {
		return secret.Token{}, fmt.Errorf("take cart: %w", err)
	}
	cart := token.Uncover(row.cover)
	if row.expires <= tx.NowMS() || cart.IsZero() {
		return secret.Token{}, ErrSpent
	}
	return cart, nil
}
