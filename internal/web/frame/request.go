package frame

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/web/frame/peer"
)

// A Request is what a handler sees: decoded, bounded, and bound to an actor and a shop.
type Request struct {
	m      *Mux
	ctx    context.Context
	http   *http.Request
	route  *Route
	limits Limits

	rid    string
	shop   id.Shop
	actor  actor.Actor
	lang   i18n.Lang
	nonce  string
	secure bool

	sent io.Reader // the body as it comes
	body io.Reader // bounded
	raw  []byte    // hook: as it came
	form *Form
	card bool // a card number was met: the connection ends, with what its buffers hold

	cookies []*http.Cookie // to be set with the answer
	pageKey pageKey        // where the page cache would file the answer; zero when it may not
}

// Context ends when the visitor leaves or the route's time is over.
func (r *Request) Context() context.Context { return r.ctx }

// Lang is the visitor's language: ?lang=, then the cookie, then Accept-Language.
func (r *Request) Lang() i18n.Lang { return r.lang }

// Shop that the request is about; id.Platform on the platform's own doors.
func (r *Request) Shop() id.Shop { return r.shop }

// SetShop is for Authenticate, on doors whose shop follows from the path or the session instead of the host.
func (r *Request) SetShop(s id.Shop) { r.shop = s }

// Actor who asks. Inside Authenticate it is a visitor.
func (r *Request) Actor() actor.Actor { return r.actor }

// ID of the request, shown to visitors when something went wrong and written in the log.
func (r *Request) ID() string { return r.rid }

// Door that was entered.
func (r *Request) Door() string { return r.m.conf.Name }

// Pattern of the route, "" before one is found.
func (r *Request) Pattern() string {
	if r.route == nil {
		return ""
	}
	return r.route.Method + " " + r.route.Pattern
}

// Method of the request.
func (r *Request) Method() string { return r.http.Method }

// URLPath is the path that was asked for, without the query.
func (r *Request) URLPath() string { return r.http.URL.Path }

// LocalURL is path and query, for coming back after the log-in.
func (r *Request) LocalURL() string { return r.http.URL.RequestURI() }

// Host that was asked for, with its port, as the visitor wrote it. Links in letters must not be made from it.
func (r *Request) Host() string { return r.http.Host }

// Secure says that the visitor came by TLS.
func (r *Request) Secure() bool { return r.secure }

// Header gives one header of the request.
func (r *Request) Header(name string) string { return r.http.Header.Get(name) }

// Path gives a value of the route's pattern. Ids are read with PathID.
func (r *Request) Path(name string) string {
	v := r.http.PathValue(name)
	if !cleanText(v) {
		return ""
	}
	return v
}

// Query gives a value of the query, or "" when it is missing, too long, not UTF-8 or holds a NUL.
func (r *Request) Query(name string) string {
	if r.http.URL.RawQuery == "" || len(r.http.URL.RawQuery) > 8<<10 {
		return ""
	}
	v := r.http.URL.Query().Get(name)
	if !cleanText(v) || len(v) > r.limits.FieldSize {
		return ""
	}
	return v
}

// Queries gives the whole query, for doors whose contract has lists in it; empty when it is too long or not clean.
func (r *Request) Queries() url.Values {
	if len(r.http.URL.RawQuery) > 8<<10 {
		return url.Values{}
	}
	v := r.http.URL.Query()
	for name, list := range v {
		if !cleanText(name) || slices.ContainsFunc(list, func(s string) bool { return !cleanText(s) }) {
			v.Del(name)
		}
	}
	return v
}

// Nonce for this page's inline scripts and styles; empty on doors without pages and on kept routes.
func (r *Request) Nonce() string {
	if r.m.kind != KindBrowser || r.keep() {
		return ""
	}
	if r.nonce == "" {
		r.nonce = rand.Text()
	}
	return r.nonce
}

func (r *Request) keep() bool { return r.route != nil && r.route.Keep == KeepPage }

// Bearer gives the token of the Authorization header; the empty one when there is none.
func (r *Request) Bearer() secret.Token {
	scheme, rest, _ := strings.Cut(r.http.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return secret.Token{}
	}
	return secret.ParseToken(strings.TrimSpace(rest))
}

// ClientIP is the visitor's address: the peer, or what a trusted proxy says of it. It is personal data: for throttling,
// never for the log.
func (r *Request) ClientIP() netip.Addr { return peer.IP(r.http, r.m.conf.Proxies) }

func (m *Mux) isSecure(h *http.Request) bool {
	return m.conf.TLS || peer.Secure(h, m.conf.Proxies)
}

// hostOf is the host without its port, in lower case.
func hostOf(h *http.Request) string {
	host := h.Host
	if bare, _, err := net.SplitHostPort(host); err == nil {
		host = bare
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// cleanText is what may go into a handler: UTF-8 without NUL.
func cleanText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
