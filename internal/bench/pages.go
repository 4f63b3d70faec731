package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/bench/limit"
	"github.com/noren-shop/noren/internal/bench/load"
)

// roundTime is how long a side is asked in one round.
func (b *bencher) roundTime() time.Duration {
	if b.Quick {
		return 400 * time.Millisecond
	}
	return 2 * time.Second
}

var bare = fault.Text{Ja: "上限: net/http、同じ内容", En: "limit: bare net/http, same bytes"}

// pages measures a storefront's first page.
func (b *bencher) pages(ctx context.Context) error {
	shop := b.ready.Storefronts[0]
	for _, s := range b.ready.Storefronts {
		if id.Shop(s.ShopID) == b.crowd.Shop {
			shop = s
		}
	}
	at := address(shop.URL)
	tok, err := b.crowd.Cart(ctx, b.crowd.Two(0, 0))
	if err != nil {
		return fmt.Errorf("fill cart: %w", err)
	}
	cookie := fmt.Sprintf("Cookie: storefront-%d-cart=%s", shop.ShopID, tok.Reveal())
	for _, c := range []struct {
		name   fault.Text
		req    []byte
		target float64
	}{
		{fault.Text{Ja: "店頭のページ(保存済み)", En: "Storefront page, cached"}, load.Get("/"), .7},
		{fault.Text{Ja: "店頭のページ(都度作成)", En: "Storefront page, uncached"}, load.Get("/?uncached=1"), .1},
		{fault.Text{Ja: "店頭のページ(カートのある訪問者)", En: "Storefront page, visitor with a cart"}, load.Get("/", cookie), .1},
	} {
		res, body, err := load.Fetch(ctx, at, c.req)
		if err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("the storefront answered %d", res.StatusCode)
		}
		if err := b.teach(ctx, "/page", limit.Page{Type: res.Header.Get("Content-Type"), Body: body}); err != nil {
			return err
		}
		run := load.Run{Conns: b.Conns, Time: b.roundTime()}
		ask := func(address string, req []byte) side {
			return func(ctx context.Context, _ int) (load.Sample, error) {
				return load.Ask(ctx, load.Target{Address: address, Status: http.StatusOK, Next: func(int) []byte { return req }}, run)
			}
		}
		row := Row{Part: PartPages, Name: c.name, Of: bare, Target: c.target,
			Note: fault.Text{Ja: fmt.Sprintf("%d バイト", len(body)), En: fmt.Sprintf("%d bytes", len(body))}}
		if err := b.versus(ctx, row, ask(at, c.req), ask(b.limit, load.Get("/page"))); err != nil {
			return err
		}
	}
	return nil
}

// teach tells the limit what to answer or to write.
func (b *bencher) teach(ctx context.Context, path string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	res, _, err := load.Fetch(ctx, b.limit, load.Post(path, body))
	if err == nil && res.StatusCode != http.StatusNoContent {
		err = fmt.Errorf("the limit answered %d", res.StatusCode)
	}
	return err
}
