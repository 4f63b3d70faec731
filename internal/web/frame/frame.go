// Package frame is what every door hangs in: it takes requests off the wire, finds who asks and in which shop, calls
// one handler, and writes the value that the handler returned, after its transaction has ended.
//
// It guarantees that there are three kinds of mux and no fourth (Browser, API, Hook), each with its own defences; that
// every route names a right, or says frame.Public; that bodies, fields, headers and time are bounded; that no card number
// and no security code reaches a handler, from whatever part of a request; that faults become
// statuses in one place; that an answer is private unless it says otherwise; and that nothing which a visitor typed, no
// query string and no address of theirs stands in the log.
//
// It refuses to know features: who may log in, which host is which shop, and what a page looks like are functions that
// the door hands in.
package frame

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/web/frame/blob"
	"github.com/noren-shop/noren/internal/web/frame/peer"
)

// Kind tells the three kinds of mux apart.
type Kind string

// The kinds, and no fourth.
const (
	KindBrowser Kind = "browser" // cookies, cross-origin protection, content security policy
	KindAPI     Kind = "api"     // bearer token, JSON, no cookies
	KindHook    Kind = "hook"    // raw body kept for its signature
)

// Public is the right of a route that anybody may call, written out so that no route is open by being forgotten.
const Public actor.Right = "public"

// A Handler decodes, makes one call and returns what is to be written. Nothing is written before it has returned.
type Handler func(*Request) (Response, error)

// A Route is one line of a door's table.
type Route struct {
	Method  string      // GET answers HEAD too
	Pattern string      // as http.ServeMux takes it, without the method: "/orders/{order}"
	Right   actor.Right // asked of the actor before the handler runs; the feature asks again
	Handler Handler
	Limits  Limits   // zero fields take the door's
	Accepts []string // content types that an API route takes besides JSON
	Keep    Keep     // whether the page cache may keep its answer
	Act     Act      // what it does that switches and the guard against abuse ask about
}

// Act says what a route does, where more than its method matters: to the switches and to the guard against abuse.
type Act string

// The acts. A route that names none and is no GET changes what its shop shows.
const (
	LogsIn     Act = "log in"   // a password, a code, a passkey
	Registers  Act = "register" // an account is made
	Resets     Act = "reset"    // a letter with a link, or the link's use
	ChangesWho Act = "change"   // what proves or tells who somebody is
	LogsOut    Act = "log out"
	Pays       Act = "pay"    // what the shop owes for the service: it goes on in a read-only shop
	Exports    Act = "export" // data leaves as a file, by whatever method
	OnlyReads  Act = "read"   // a POST that changes nothing: a search, personal data shown for a purpose
)

// Keep says whether the door's page cache may keep a route's answers.
type Keep int

// A route is kept only when it says so; its answers must then depend on nothing but shop, path, language and version.
const (
	KeepNot  Keep = iota
	KeepPage      // kept for visitors who bring no cookie of the door but the language
)

// Limits bound one request.
type Limits struct {
	Body      int64         // bytes of the body
	Fields    int           // fields of a form
	FieldSize int           // bytes of one field
	Time      time.Duration // from the first byte of the body to the end of the answer
}

// DefaultLimits suit a form: 1 MiB, 400 fields of at most 64 KiB, 15 seconds.
func DefaultLimits() Limits {
	return Limits{Body: 1 << 20, Fields: 400, FieldSize: 64 << 10, Time: 15 * time.Second}
}

func (l Limits) or(d Limits) Limits {
	if l.Body == 0 {
		l.Body = d.Body
	}
	if l.Fields == 0 {
		l.Fields = d.Fields
	}
	if l.FieldSize == 0 {
		l.FieldSize = d.FieldSize
	}
	if l.Time == 0 {
		l.Time = d.Time
	}
	return l
}

// Config is what a door hands in. Name, Routes and Log are needed; the rest has a safe default.
type Config struct {
	Name   string // in cookie names, logs and metrics: "storefront"
	Routes []Route
	Store  Store        // for Request.Read and Write
	Log    *slog.Logger //

	// Authenticate says who asks. Nil makes everyone a visitor. It may call Request.SetShop.
	Authenticate func(*Request) (actor.Actor, error)
	// Resolve finds the shop of a host (lower case, without port). Nil means that the door is the platform's.
	Resolve func(host string) (id.Shop, bool)
	// Brake is asked for every request, kept pages too, before anything else: the switches. It must be quick.
	Brake func(id.Shop) error
	// Fresh is called before a kept page is looked up; it may bump or follow the shop's version. It must be quick.
	Fresh func(id.Shop)
	// Inspect is asked before the handler of every request that is not answered from the page cache: the WAF.
	Inspect func(*Request) error
	// CardSeen is told that a request held a card number or security code, and where: never what. The frame has refused it.
	CardSeen func(*Request, CardSeen)
	// Hold is asked after Authenticate for every request that reaches a route: the switches.
	Hold func(*Request) error
	// Guard is asked before the handler of a route with an Act that can be abused. It may refuse; done is told how it went.
	Guard func(*Request) (done func(status int), err error)
	// Signal hears of denied rights, forged sessions and forms from elsewhere; nil hears nothing.
	Signal signal.Raise
	// TakesCards is a payment provider's: the simulator's pages, where cards are typed. No door of ours says it.
	TakesCards bool
	// Rewrite may change the method and the path before the route is looked up: what a public API's contract calls the same.
	Rewrite func(*http.Request)
	// AnyBody hands bodies of every content type to the handlers of an API door, which then decide.
	AnyBody bool
	// Login gives the address of the log-in page for a browser that is not known; nil shows the 401 page.
	Login func(*Request) string
	// Explain makes the answer for a fault; nil takes the frame's own plain one. It must not fail.
	Explain func(*Request, Problem) Response
	// Observe is called after every request, for metrics.
	Observe func(Observation)

	Proxies     []netip.Prefix // whose X-Forwarded-For, X-Forwarded-Proto and X-Request-Id are believed
	TLS         bool           // visitors come by TLS, ours or a proxy's: Secure cookies, HSTS
	Limits      Limits
	Pages       *PageCache // for routes with KeepPage
	Images      []string   // origins of pictures beside one's own (the media door)
	FormTargets []string   // origins that a form's answer may redirect to (the account door, a provider's page)
	Hashes      []string   // 'sha256-…' of inline scripts on cacheable pages
}

// An Observation is what metrics may know of a request.
type Observation struct {
	Door, Method, Pattern string
	Status                int
	Bytes                 int64
	Took                  time.Duration
	Kept                  bool // answered from the page cache
}

// Browser makes the mux for people.
func Browser(c Config) (*Mux, error) { return newMux(KindBrowser, c) }

// API makes the mux for programs: a bearer token, JSON, no cookies, no CORS.
func API(c Config) (*Mux, error) { return newMux(KindAPI, c) }

// Hook makes the mux for providers' callbacks: the body is kept as it came, for its signature.
func Hook(c Config) (*Mux, error) { return newMux(KindHook, c) }

func newMux(k Kind, c Config) (*Mux, error) {
	if c.Name == "" || strings.ContainsFunc(c.Name, notName) {
		return nil, fmt.Errorf("open door %q: a name has lower-case letters only", c.Name)
	}
	if c.Log == nil {
		return nil, fmt.Errorf("open door %s: no log", c.Name)
	}
	c.Limits = c.Limits.or(DefaultLimits())
	if c.Signal == nil {
		c.Signal = signal.Nowhere
	}
	m := &Mux{kind: k, conf: c, mux: http.NewServeMux(), wild: http.NewServeMux(), ids: peer.NewIDs(), zips: blob.NewZips()}
	m.static = m.staticHeaders()
	m.cross = http.NewCrossOriginProtection()
	for i := range c.Routes {
		if err := m.add(&c.Routes[i]); err != nil {
			return nil, fmt.Errorf("open door %s: %w", c.Name, err)
		}
	}
	return m, nil
}

func notName(r rune) bool { return r < 'a' || r > 'z' }

func (m *Mux) add(r *Route) (err error) {
	line := r.Method + " " + r.Pattern
	switch {
	case r.Right == "":
		return fmt.Errorf("route %s: names no right; say frame.Public if anybody may", line)
	case r.Handler == nil:
		return fmt.Errorf("route %s: has no handler", line)
	case !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, r.Method):
		return fmt.Errorf("route %s: unknown method", line)
	case !strings.HasPrefix(r.Pattern, "/"):
		return fmt.Errorf("route %s: the host is the door's, not the route's", line)
	case r.Keep == KeepPage && (m.kind != KindBrowser || r.Method != "GET"):
		return fmt.Errorf("route %s: only a browser's GET can be kept", line)
	case r.Keep == KeepPage && r.Right != Public && !(actor.Actor{Kind: actor.Visitor}).With().May(r.Right):
		return fmt.Errorf("route %s: kept for everyone, but a visitor may not %s", line, r.Right)
	}
	defer func() { // ServeMux panics on patterns that clash; a door should say which
		if p := recover(); p != nil {
			err = fmt.Errorf("route %s: %v", line, p)
		}
	}()
	m.table(r.Pattern).Handle(line, &served{m: m, route: r, limits: r.Limits.or(m.conf.Limits)})
	m.routes = append(m.routes, *r)
	return nil
}

// table is where a pattern is filed. Those that begin with a wildcard (/{shop}/orders) have a table of their own, asked
// second: ServeMux takes no two patterns of which neither is narrower, and /assets/{asset...} would be such a one.
func (m *Mux) table(pattern string) *http.ServeMux {
	if strings.HasPrefix(pattern, "/{") && pattern != "/{$}" {
		return m.wild
	}
	return m.mux
}

// find is the route of a request, from the first table that has one; no pattern means that none has.
func (m *Mux) find(h *http.Request) (mux *http.ServeMux, handler http.Handler, pattern string) {
	for _, mux = range []*http.ServeMux{m.mux, m.wild} {
		if handler, pattern = mux.Handler(h); pattern != "" {
			return mux, handler, pattern
		}
	}
	return mux, handler, ""
}

// Routes gives the table, for tests that call every line of it.
func (m *Mux) Routes() []Route { return slices.Clone(m.routes) }

// FormTargets are the origins that its forms may lead to, beside its own.
func (m *Mux) FormTargets() []string { return slices.Clone(m.conf.FormTargets) }

// Name of the door.
func (m *Mux) Name() string { return m.conf.Name }

// Kind of the door.
func (m *Mux) Kind() Kind { return m.kind }

// PathID reads an id from the path. What is no id is a record that does not exist.
func PathID[T ~int64](r *Request, name string) (T, error) {
	if v := id.Parse[T](r.Path(name)); v != 0 {
		return v, nil
	}
	return 0, ErrNotFound
}

// ErrNotFound is the page that is not there, and the record of another shop.
var ErrNotFound = fault.NotFound(fault.Text{Ja: "お探しのページは見つかりませんでした。", En: "We could not find this page."})

var errNoStore = errors.New("open transaction: the door has no store")
