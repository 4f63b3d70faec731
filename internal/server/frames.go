package server

import (
	"net/url"
	"slices"
	"strings"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
)

// cardFrames are the origins of the card pages that a purchaser's page may show in a frame, where a shop wants it: of the providers that
// let their pages stand in one (provider.Name.Framed), the simulator alone.
func cardFrames(c *config.Config) []string {
	u, err := url.Parse(strings.TrimSuffix(c.PaysimPages, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || c.Paysim == "" {
		return []string{}
	}
	return []string{u.Scheme + "://" + u.Host}
}

// framesOf are the frames of one page: those whose answer may be the frame with the card page.
func framesOf(c *config.Config, door place.Door, r frame.Route) []string {
	if door == place.Account && slices.Contains(framing(), r.Method+" "+r.Pattern) {
		return cardFrames(c)
	}
	return []string{}
}

// framing are the routes that begin a payment.
func framing() []string {
	return []string{"POST /s/{shop}/checkout/place", "POST /s/{shop}/orders/{order}/pay", "POST /s/{shop}/orders/{order}/pay/method"}
}
