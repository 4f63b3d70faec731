package frame_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/web/frame"
)

func cachedDoor(t testing.TB, made *atomic.Int64, body string, brake func(id.Shop) error) (string, *frame.PageCache) {
	t.Helper()
	pages, err := frame.NewPageCache(1<<20, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	r := get("/{$}", func(r *frame.Request) (frame.Response, error) {
		made.Add(1)
		return frame.Bytes("text/html; charset=utf-8", []byte(string(r.Lang())+r.Cookie("cart")+body)).Cached(frame.Shared(0, "")), nil
	})
	r.Keep = frame.KeepPage
	web, _ := open(t, frame.Browser, frame.Config{Routes: []frame.Route{r}, Pages: pages, Brake: brake,
		Resolve: func(h string) (id.Shop, bool) {
			return map[string]id.Shop{"a.localhost": 1, "b.localhost": 2}[h], h != "none.localhost"
		}})
	return web, pages
}

func TestKeptPagesAreServedUntilTheShopChanges(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	web, pages := cachedDoor(t, &made, strings.Repeat("x", 3000), nil)
	a := func(headers ...string) answer {
		return ask(t, "GET", web+"/", "", append([]string{"Host", "a.localhost:1234"}, headers...)...)
	}
	first, second := a(), a()
	if made.Load() != 1 || first.body != second.body || second.StatusCode != 200 {
		t.Fatalf("made %d times", made.Load())
	}
	for _, k := range []string{"Content-Type", "Etag", "Cache-Control", "Vary", "Content-Security-Policy", "Content-Length"} {
		if first.Header.Get(k) != second.Header.Get(k) || first.Header.Get(k) == "" {
			t.Errorf("%s: %q, then %q", k, first.Header.Get(k), second.Header.Get(k))
		}
	}
	if strings.Contains(second.Header.Get("Content-Security-Policy"), "nonce") {
		t.Error("a kept page has a nonce")
	}
	if z := a("Accept-Encoding", "gzip"); z.Header.Get("Content-Encoding") != "gzip" || len(z.body) > 200 {
		t.Errorf("not compressed: %d bytes", len(z.body))
	}
	if n := a("If-None-Match", first.Header.Get("Etag")); n.StatusCode != 304 {
		t.Errorf("not modified: %d", n.StatusCode)
	}
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
	if en := a("Accept-Language", "en"); !strings.HasPrefix(en.body, "en") {
		t.Error("the wrong language")
	}
	if c := a("Cookie", "storefront-1-cart=abc"); !strings.HasPrefix(c.body, "jaabc") || c.Header.Get("Cache-Control") != "private, no-store" {
		t.Error("a visitor with a cart got the page of one without")
	}
	if c := a(); strings.Contains(c.body, "abc") {
		t.Error("one visitor's cart was kept for all")
	}
	if b := ask(t, "GET", web+"/", "", "Host", "b.localhost"); b.StatusCode != 200 {
		t.Error("the other shop")
	}
	n := made.Load()
	pages.Bump(1)
	if a(); made.Load() != n+1 {
		t.Error("a stale page was served")
	}
	if ask(t, "GET", web+"/", "", "Host", "b.localhost"); made.Load() != n+1 {
		t.Error("the other shop's page was lost")
	}
	pages.Follow(1, 1)
	if pages.Version(1) != 1 {
		t.Errorf("version %d", pages.Version(1))
	}
	if x := ask(t, "GET", web+"/", "", "Host", "none.localhost"); x.StatusCode != 404 {
		t.Errorf("no shop: %d", x.StatusCode)
	}
}

func TestBrakesHoldForKeptPagesToo(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	var stopped atomic.Bool
	web, _ := cachedDoor(t, &made, "page", func(id.Shop) error {
		if stopped.Load() {
			return fault.Unavailable(fault.Text{Ja: "休止中", En: "Paused"})
		}
		return nil
	})
	for range 2 {
		if a := ask(t, "GET", web+"/", "", "Host", "a.localhost"); a.StatusCode != 200 {
			t.Fatal(a.StatusCode)
		}
	}
	stopped.Store(true)
	if a := ask(t, "GET", web+"/", "", "Host", "a.localhost"); a.StatusCode != 503 || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("stopped: %d", a.StatusCode)
	}
}

// BenchmarkKeptPage stands beside two limits: net/http alone sending the same bytes, and the same with the same headers.
func BenchmarkKeptPage(b *testing.B) {
	var made atomic.Int64
	web, _ := cachedDoor(b, &made, strings.Repeat("<p>page</p>", 1200), nil)
	hammer(b, web)
	if made.Load() > 1 {
		b.Errorf("made %d times", made.Load())
	}
}

func BenchmarkBareServer(b *testing.B) { bare(b, nil) }

func BenchmarkBareServerSameHeaders(b *testing.B) {
	var made atomic.Int64
	web, _ := cachedDoor(b, &made, strings.Repeat("<p>page</p>", 1200), nil)
	a := ask(b, "GET", web+"/", "", "Host", "a.localhost")
	a.Header.Del("Date")
	bare(b, a.Header)
}

func bare(b *testing.B, headers http.Header) {
	b.Helper()
	body := []byte("ja" + strings.Repeat("<p>page</p>", 1200))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for k, v := range headers {
			h[k] = v
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}))
	defer s.Close()
	hammer(b, s.URL)
}

// hammer speaks HTTP by hand over one kept connection, so that the client costs next to nothing.
func hammer(b *testing.B, address string) {
	b.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	q := []byte("GET / HTTP/1.1\r\nHost: a.localhost\r\nAccept-Language: ja\r\nUser-Agent: bench\r\n\r\n")
	last := []byte("<p>page</p>")
	buf := make([]byte, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(q); err != nil {
			b.Fatal(err)
		}
		for got := 0; got < 13_202 || !bytes.HasSuffix(buf[:got], last); {
			n, err := c.Read(buf[got:])
			if err != nil {
				b.Fatal(err)
			}
			got += n
		}
	}
}
