package storefront_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/server/servertest"
)

// fetch asks over kept-alive connections, from several clients at once.
func fetch(b *testing.B, address, host, path, cookie string) {
	b.Helper()
	b.RunParallel(func(pb *testing.PB) {
		c := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext, DisableCompression: true}}
		defer c.CloseIdleConnections()
		for pb.Next() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://"+address+path, nil)
			if err != nil {
				b.Error(err)
				return
			}
			r.Host = host
			if cookie != "" {
				r.Header.Set("Cookie", cookie)
			}
			res, err := c.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			n, err := io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if err != nil || res.StatusCode != 200 || n < 1000 {
				b.Errorf("%d, %d bytes, %v", res.StatusCode, n, err)
				return
			}
		}
	})
}

// BenchmarkHome compares the top page, kept and made anew for a visitor with a cart, with the same bytes from bare
// net/http.
func BenchmarkHome(b *testing.B) {
	s := servertest.New(b)
	shop := s.OpenShop(b, "tea")
	var p catalog.Product
	for i := range 24 {
		p = s.Product(b, shop, catalog.In{Name: fmt.Sprint("煎茶", i), Handle: fmt.Sprint("p", i), Variants: []catalog.VariantIn{{Price: 1080}}}, 50)
	}
	v := s.Browse(b, shop.Origin)
	page := v.Get("/").Body
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = io.WriteString(w, page)
	}))
	b.Cleanup(bare.Close)
	host := strings.TrimPrefix(shop.Origin, "http://")
	cookie, _, _ := strings.Cut(v.Post("/products/p23", "variant", id.String(p.Variants[0].ID), "quantity", "1").Header.Get("Set-Cookie"), ";")
	b.Run("bare", func(b *testing.B) { fetch(b, bare.Listener.Addr().String(), host, "/", "") })
	b.Run("kept", func(b *testing.B) { fetch(b, s.Address, host, "/", "") })
	b.Run("cart", func(b *testing.B) { fetch(b, s.Address, host, "/", cookie) })
	b.Run("product", func(b *testing.B) { fetch(b, s.Address, host, "/products/p3", cookie) })
}
