package frame_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/web/frame"
)

// logs collects what a door logs.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *logs) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

func (l *logs) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// open serves a door on loopback and returns its address and log.
func open(t testing.TB, make func(frame.Config) (*frame.Mux, error), c frame.Config) (string, *logs) {
	t.Helper()
	l := &logs{}
	if c.Name == "" {
		c.Name = "storefront"
	}
	c.Log = l.logger()
	m, err := make(c)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	return s.URL, l
}

func text(s string) frame.Handler {
	return func(*frame.Request) (frame.Response, error) { return frame.Text(s), nil }
}

func get(pattern string, h frame.Handler) frame.Route {
	return frame.Route{Method: "GET", Pattern: pattern, Right: frame.Public, Handler: h}
}

func post(pattern string, h frame.Handler) frame.Route {
	return frame.Route{Method: "POST", Pattern: pattern, Right: frame.Public, Handler: h}
}

type answer struct {
	*http.Response
	body string
}

// ask sends one request; headers come in pairs.
func ask(t testing.TB, method, address, body string, headers ...string) answer {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			q.Host = headers[i+1]
			continue
		}
		q.Header.Set(headers[i], headers[i+1])
	}
	c := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 20 * time.Second}
	res, err := c.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res, string(b)}
}

const formType = "application/x-www-form-urlencoded"

func TestRoutesMustNameARight(t *testing.T) {
	t.Parallel()
	h := text("x")
	for name, routes := range map[string][]frame.Route{
		"no right":     {{Method: "GET", Pattern: "/", Handler: h}},
		"no handler":   {{Method: "GET", Pattern: "/", Right: frame.Public}},
		"no method":    {{Pattern: "/", Right: frame.Public, Handler: h}},
		"host":         {{Method: "GET", Pattern: "a.example/", Right: frame.Public, Handler: h}},
		"twice":        {get("/a", h), get("/a", h)},
		"keeps a post": {{Method: "POST", Pattern: "/", Right: frame.Public, Handler: h, Keep: frame.KeepPage}},
		"keeps orders": {{Method: "GET", Pattern: "/", Right: actor.ViewOrders, Handler: h, Keep: frame.KeepPage}},
	} {
		if _, err := frame.Browser(frame.Config{Name: "x", Log: (&logs{}).logger(), Routes: routes}); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
	m, err := frame.Browser(frame.Config{Name: "x", Log: (&logs{}).logger(), Routes: []frame.Route{get("/a", h)}})
	if err != nil || len(m.Routes()) != 1 || m.Routes()[0].Pattern != "/a" {
		t.Errorf("the table cannot be read: %v", err)
	}
}

func TestFaultsBecomeStatuses(t *testing.T) {
	t.Parallel()
	x := fault.Text{Ja: "日本語の説明", En: "english words"}
	faults := map[string]error{
		"422": fault.Invalid("quantity", x), "404": fault.NotFound(x), "409": fault.Conflict(x), "403": fault.Denied(x),
		"401": fault.Unauthenticated(x), "429": fault.TooMany(x), "503": fault.Unavailable(x).Because(errors.New("disk")),
		"400": frame.Malformed(), "413": frame.TooLarge(), "500": errors.New("secret cause"),
		"500p": nil,
	}
	h := func(r *frame.Request) (frame.Response, error) {
		if r.Path("n") == "500p" {
			panic("boom")
		}
		return frame.Response{}, fmt.Errorf("do it: %w", faults[r.Path("n")])
	}
	web, l := open(t, frame.Browser, frame.Config{Routes: []frame.Route{get("/{n}", h)}})
	api, _ := open(t, frame.API, frame.Config{Routes: []frame.Route{get("/{n}", h)}})
	for n := range faults {
		page := ask(t, "GET", web+"/"+n, "", "Accept-Language", "ja")
		en := ask(t, "GET", web+"/"+n, "", "Accept-Language", "en")
		js := ask(t, "GET", api+"/"+n, "", "Accept-Language", "en")
		for _, a := range []answer{page, en, js} {
			if fmt.Sprint(a.StatusCode) != n[:3] {
				t.Errorf("%s: status %d", n, a.StatusCode)
			}
			if strings.Contains(a.body, "secret") || strings.Contains(a.body, "boom") || strings.Contains(a.body, "goroutine") {
				t.Errorf("%s: shows the cause: %s", n, a.body)
			}
			if !strings.Contains(a.body, a.Header.Get("X-Request-Id")) {
				t.Errorf("%s: shows no request id", n)
			}
		}
		if js.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(js.body, `{"error":"`) {
			t.Errorf("%s: the API answers %s", n, js.body)
		}
		if n == "429" && page.Header.Get("Retry-After") == "" {
			t.Error("429 says nothing of when to come back")
		}
		if n == "401" && js.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Error("401 does not name the scheme")
		}
	}
	for _, want := range []string{"secret cause", "boom", "disk", "mux.go"} {
		if !strings.Contains(l.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

func TestMissingPageAndWrongMethod(t *testing.T) {
	t.Parallel()
	web, _ := open(t, frame.Browser, frame.Config{Routes: []frame.Route{get("/a", text("a"))}})
	if a := ask(t, "GET", web+"/b", ""); a.StatusCode != 404 || !strings.Contains(a.body, "見つかりません") {
		t.Errorf("missing: %d %s", a.StatusCode, a.body)
	}
	if a := ask(t, "DELETE", web+"/a", ""); a.StatusCode != 405 || !strings.Contains(a.Header.Get("Allow"), "GET") {
		t.Errorf("method: %d %s", a.StatusCode, a.Header.Get("Allow"))
	}
	if a := ask(t, "GET", web+"//evil.example/..", ""); strings.HasPrefix(a.Header.Get("Location"), "//") {
		t.Errorf("leads away: %s", a.Header.Get("Location"))
	}
	if a := ask(t, "HEAD", web+"/a", ""); a.StatusCode != 200 || a.body != "" || a.ContentLength != 1 {
		t.Errorf("HEAD: %d %q", a.StatusCode, a.body)
	}
}

func TestBrowserDefences(t *testing.T) {
	t.Parallel()
	var nonce string
	page := func(r *frame.Request) (frame.Response, error) {
		return frame.Page(templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			nonce = r.Nonce()
			_, err := io.WriteString(w, "<p>"+nonce)
			return err
		})).With("Content-Security-Policy", "default-src *").With("Access-Control-Allow-Origin", "*"), nil
	}
	routes := []frame.Route{get("/", page), post("/", text("done"))}
	web, _ := open(t, frame.Browser, frame.Config{Routes: routes, Images: []string{"https://media.example"}})
	a := ask(t, "GET", web+"/", "")
	csp := a.Header.Get("Content-Security-Policy")
	if len(nonce) < 20 || !strings.Contains(csp, "script-src 'nonce-"+nonce+"';") || !strings.Contains(csp, "frame-ancestors 'none'") ||
		!strings.Contains(csp, "https://media.example") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
		t.Errorf("policy: %s", csp)
	}
	for k, v := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "private, no-store",
		"Strict-Transport-Security": "", "Access-Control-Allow-Origin": ""} {
		if a.Header.Get(k) != v {
			t.Errorf("%s: %q, want %q", k, a.Header.Get(k), v)
		}
	}
	first := nonce
	if ask(t, "GET", web+"/", ""); nonce == first {
		t.Error("the nonce came twice")
	}
	for _, bad := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		if got := ask(t, "POST", web+"/", "", bad...); got.StatusCode != 403 {
			t.Errorf("%v: %d", bad, got.StatusCode)
		}
	}
	if got := ask(t, "POST", web+"/", "", "Sec-Fetch-Site", "same-origin"); got.StatusCode != 200 {
		t.Errorf("own form: %d", got.StatusCode)
	}
	tls, _ := open(t, frame.Browser, frame.Config{Routes: routes, TLS: true})
	if ask(t, "GET", tls+"/", "").Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS under TLS")
	}
}

func TestCookiesBelongToDoorAndShop(t *testing.T) {
	t.Parallel()
	routes := []frame.Route{
		get("/set", func(r *frame.Request) (frame.Response, error) {
			r.SetCookie("session", "s3", time.Hour)
			r.SetFlash("saved")
			return frame.Redirect("/see"), nil
		}),
		get("/fail", func(r *frame.Request) (frame.Response, error) {
			r.SetCookie("session", "s3", time.Hour)
			return frame.Response{}, errors.New("rolled back")
		}),
		get("/see", func(r *frame.Request) (frame.Response, error) {
			return frame.Text(r.Cookie("session") + "|" + r.Flash()), nil
		}),
	}
	resolve := func(string) (id.Shop, bool) { return 7, true }
	for _, c := range []struct {
		tls  bool
		name string
	}{{false, "storefront-7-session"}, {true, "__Host-storefront-7-session"}} {
		web, _ := open(t, frame.Browser, frame.Config{Routes: routes, Resolve: resolve, TLS: c.tls})
		a := ask(t, "GET", web+"/set", "")
		k := a.Cookies()[0]
		if k.Name != c.name || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Secure != c.tls || k.Path != "/" || k.Domain != "" {
			t.Errorf("cookie: %+v", k)
		}
		if a.StatusCode != 303 || a.Header.Get("Location") != "/see" {
			t.Errorf("redirect: %d %s", a.StatusCode, a.Header.Get("Location"))
		}
		see := ask(t, "GET", web+"/see", "", "Cookie", k.Name+"=s3; "+a.Cookies()[1].Name+"=saved")
		if see.body != "s3|saved" || len(see.Cookies()) != 1 || see.Cookies()[0].MaxAge >= 0 {
			t.Errorf("back: %q %v", see.body, see.Cookies())
		}
		if bad := ask(t, "GET", web+"/see", "", "Cookie", a.Cookies()[1].Name+"=<b>free text</b>"); bad.body != "|" {
			t.Errorf("flash took free text: %q", bad.body)
		}
		if f := ask(t, "GET", web+"/fail", ""); len(f.Cookies()) != 0 {
			t.Errorf("a failed handler set %v", f.Cookies())
		}
	}
}

func TestRedirectsStayHere(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{"/": true, "/a?b=c": true, "/日本": true, "": false, "a": false, "//evil": false,
		"/\\evil": false, "https://evil": false, "/\t/evil": false, "/a\r\nX: y": false, "/a\\b": false, "javascript:alert(1)": false} {
		if frame.IsLocal(path) != want {
			t.Errorf("IsLocal(%q) = %v", path, !want)
		}
	}
}

func TestLanguageIsChosenAndRemembered(t *testing.T) {
	t.Parallel()
	web, _ := open(t, frame.Browser, frame.Config{Routes: []frame.Route{
		get("/", func(r *frame.Request) (frame.Response, error) { return frame.Text(string(r.Lang())), nil })}})
	for _, c := range []struct{ path, accept, cookie, want string }{
		{"/", "", "", "ja"}, {"/", "en", "", "en"}, {"/", "en", "ja", "ja"}, {"/?lang=en", "ja", "ja", "en"}, {"/?lang=xx", "en", "", "en"},
	} {
		a := ask(t, "GET", web+c.path, "", "Accept-Language", c.accept, "Cookie", "storefront-lang="+c.cookie)
		if a.body != c.want {
			t.Errorf("%+v: %s", c, a.body)
		}
		if strings.Contains(c.path, "=en") && (len(a.Cookies()) != 1 || a.Cookies()[0].Value != "en") {
			t.Errorf("not remembered: %v", a.Cookies())
		}
	}
}

func TestReadAndWriteCarryActorAndShop(t *testing.T) {
	t.Parallel()
	routes := []frame.Route{
		{Method: "GET", Pattern: "/orders/{order}", Right: actor.ViewOrders, Handler: func(r *frame.Request) (frame.Response, error) {
			order, err := frame.PathID[id.Order](r, "order")
			if err != nil {
				return frame.Response{}, err
			}
			var out string
			err = r.Write(func(tx *db.Tx) error {
				out = fmt.Sprintf("%d %s %d %t ", tx.Shop(), tx.Actor().Kind, order, tx.Scope().Request == r.ID())
				return tx.Allow(actor.ViewOrders)
			})
			if err == nil {
				err = r.Read(func(rd db.Reader) error { out += fmt.Sprint(rd.Shop()); return nil })
			}
			return frame.Text(out), err
		}},
	}
	c := frame.Config{Name: "admin", Routes: routes, Store: dbtest.New(t), Login: func(r *frame.Request) string { return "/login?to=" + url.QueryEscape(r.LocalURL()) },
		Authenticate: func(r *frame.Request) (actor.Actor, error) {
			r.SetShop(9)
			switch r.Cookie("session") {
			case "owner":
				return actor.Actor{Kind: actor.Staff, Role: actor.Owner}.With(), nil
			case "stranger":
				return actor.Actor{Kind: actor.Staff}.With(), nil
			}
			return r.Actor(), nil
		}}
	web, _ := open(t, frame.Browser, c)
	if a := ask(t, "GET", web+"/orders/5", "", "Cookie", "admin-9-session=owner"); a.StatusCode != 200 || a.body != "9 staff 5 true 9" {
		t.Errorf("owner: %d %q", a.StatusCode, a.body)
	}
	if a := ask(t, "GET", web+"/orders/x", "", "Cookie", "admin-9-session=owner"); a.StatusCode != 404 {
		t.Errorf("bad id: %d", a.StatusCode)
	}
	if a := ask(t, "GET", web+"/orders/5", "", "Cookie", "admin-9-session=stranger"); a.StatusCode != 403 {
		t.Errorf("no right: %d", a.StatusCode)
	}
	if a := ask(t, "GET", web+"/orders/5", ""); a.StatusCode != 303 || a.Header.Get("Location") != "/login?to=%2Forders%2F5" {
		t.Errorf("unknown: %d %s", a.StatusCode, a.Header.Get("Location"))
	}
}

func TestAddressesAndRequestIDsComeFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	h := get("/", func(r *frame.Request) (frame.Response, error) {
		return frame.Text(r.ClientIP().String() + " " + r.ID() + fmt.Sprint(" ", r.Secure())), nil
	})
	head := []string{"X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.0.0.2", "X-Request-Id", "proxy-id-1", "X-Forwarded-Proto", "https"}
	far, l := open(t, frame.Browser, frame.Config{Routes: []frame.Route{h}})
	if a := ask(t, "GET", far+"/?q=personal", "", head...); !strings.HasPrefix(a.body, "127.0.0.1 ") || strings.Contains(a.body, "proxy-id") ||
		!strings.HasSuffix(a.body, "false") {
		t.Errorf("stranger: %s", a.body)
	}
	near, nl := open(t, frame.Browser, frame.Config{Routes: []frame.Route{h}, Proxies: []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}})
	if a := ask(t, "GET", near+"/?q=personal", "", head...); a.body != "203.0.113.9 proxy-id-1 true" {
		t.Errorf("proxy: %s", a.body)
	}
	if a := ask(t, "GET", near+"/", "", "X-Request-Id", "bad id\t!"); strings.Contains(a.body, "bad") {
		t.Errorf("took a bad id: %s", a.body)
	}
	for _, s := range []string{l.String(), nl.String()} {
		if strings.Contains(s, "personal") || strings.Contains(s, "203.0.113.9") || strings.Contains(s, "127.0.0.1") || !strings.Contains(s, `route="GET /"`) {
			t.Errorf("the log: %s", s)
		}
	}
}

func TestHealthSaysReadyOnlyWhenItIs(t *testing.T) {
	t.Parallel()
	down := errors.New("no database at 10.0.0.5")
	var now error
	web, _ := open(t, frame.API, frame.Config{Name: "ops", Routes: frame.HealthRoutes(func(context.Context) error { return now })})
	if a := ask(t, "GET", web+"/readyz", ""); a.StatusCode != 200 {
		t.Errorf("ready: %d", a.StatusCode)
	}
	now = down
	if a := ask(t, "GET", web+"/readyz", ""); a.StatusCode != 503 || strings.Contains(a.body, "10.0.0.5") {
		t.Errorf("down: %d %s", a.StatusCode, a.body)
	}
	if a := ask(t, "GET", web+"/healthz", ""); a.StatusCode != 200 {
		t.Errorf("alive: %d", a.StatusCode)
	}
}
