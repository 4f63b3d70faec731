package frame

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/web/frame/blob"
	"github.com/noren-shop/noren/internal/web/frame/peer"
)

// A Mux is one door, ready to be hung behind a listener. Browser, API and Hook make it.
type Mux struct {
	kind   Kind
	conf   Config
	mux    *http.ServeMux
	wild   *http.ServeMux // patterns that begin with a wildcard
	cross  *http.CrossOriginProtection
	routes []Route
	static http.Header
	ids    *peer.IDs
	zips   *blob.Zips
}

// ServeHTTP finds the shop by the host and answers.
func (m *Mux) ServeHTTP(w http.ResponseWriter, h *http.Request) {
	shop, known := id.Platform, true
	card := m.cardInHead(h)
	if m.conf.Resolve != nil && card == nil {
		shop, known = m.conf.Resolve(hostOf(h))
	}
	m.enter(w, h, shop, known, card)
}

// ForShop is the door as one shop's, whatever the host says: for a listener of its own.
func (m *Mux) ForShop(shop id.Shop) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, h *http.Request) { m.enter(w, h, shop, true, m.cardInHead(h)) })
}

func (m *Mux) enter(w http.ResponseWriter, h *http.Request, shop id.Shop, known bool, card *CardSeen) {
	began := time.Now()
	if m.conf.Rewrite != nil {
		m.conf.Rewrite(h)
	}
	out := &counter{ResponseWriter: w}
	proxies := m.conf.Proxies
	if card != nil {
		proxies = nil // their request id may be it
	}
	rid := m.ids.Of(h, proxies)
	head := w.Header()
	m.defend(head, h)
	head["X-Request-Id"] = []string{rid}
	seen := Observation{Door: m.conf.Name, Method: h.Method}
	defer func() {
		seen.Status, seen.Bytes, seen.Took = out.status, out.bytes, time.Since(began)
		m.note(h, rid, shop, seen)
	}()
	var key pageKey
	if known && card == nil && m.conf.Pages != nil {
		if m.conf.Fresh != nil {
			m.conf.Fresh(shop)
		}
		k, can := m.conf.Pages.keyOf(m, shop, h)
		if can && (m.conf.Brake == nil || m.conf.Brake(shop) == nil) {
			if seen.Kept = m.conf.Pages.serve(out, h, k); seen.Kept {
				return
			}
			key = k
		}
	}
	r := &Request{m: m, http: h, rid: rid, shop: shop, pageKey: key, sent: h.Body, secure: m.isSecure(h),
		limits: m.conf.Limits, actor: actor.Actor{Kind: actor.Visitor}.With()}
	if card != nil {
		m.refuseHead(out, r, *card)
		return
	}
	seen.Pattern = m.answer(out, r, known)
}

// answer finds the route, runs it and writes; whatever goes wrong becomes an answer too.
func (m *Mux) answer(w *counter, r *Request, known bool) (pattern string) {
	mux, handler, pattern := m.find(r.http)
	s, routed := handler.(*served)
	if routed {
		r.limits = s.limits
	}
	ctx, cancel := context.WithTimeout(r.http.Context(), r.limits.Time)
	defer cancel()
	r.ctx = ctx
	m.deadlines(w, r)
	r.chooseLang()
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			m.fail(w, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	switch {
	case !known:
		m.fail(w, r, ErrNoShop)
	case routed:
		// ServeMux fills the path values in, then calls served.ServeHTTP.
		mux.ServeHTTP(w, r.http.WithContext(context.WithValue(ctx, requestKey{}, r)))
	case pattern != "": // a path that is not clean
		handler.ServeHTTP(w, r.http)
	default:
		m.unrouted(w, r)
	}
	return pattern
}

type requestKey struct{}

// ErrNoShop is a host that no shop has.
var ErrNoShop = fault.NotFound(fault.Text{Ja: "このアドレスのショップはありません。", En: "There is no shop at this address."})

// unrouted tells a missing page from a method that a page does not take.
func (m *Mux) unrouted(w *counter, r *Request) {
	for _, mux := range []*http.ServeMux{m.mux, m.wild} {
		rec := &recorder{header: http.Header{}}
		mux.ServeHTTP(rec, r.http)
		if rec.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", rec.header.Get("Allow"))
			m.fail(w, r, errMethod)
			return
		}
	}
	m.fail(w, r, ErrNotFound)
}

// deadlines bound reading and writing on the wire, so that a visitor who dawdles costs a connection and no more.
func (m *Mux) deadlines(w *counter, r *Request) {
	end := time.Now().Add(r.limits.Time)
	c := http.NewResponseController(w.ResponseWriter)
	// A writer without deadlines (a test's recorder) keeps none.
	_ = c.SetReadDeadline(end)
	_ = c.SetWriteDeadline(end.Add(10 * time.Second))
}

// served is a route in the ServeMux.
type served struct {
	m      *Mux
	route  *Route
	limits Limits
}

func (s *served) ServeHTTP(w http.ResponseWriter, h *http.Request) {
	r, ok := h.Context().Value(requestKey{}).(*Request)
	out, is := w.(*counter)
	if !ok || !is {
		panic("frame: a route was reached around its mux")
	}
	r.http, r.route = h, s.route
	mark := 0
	res, err := s.m.run(out, r, &mark)
	if err == nil {
		err = s.m.writeResponse(out, r, res)
	}
	if err != nil {
		r.cookies = r.cookies[:mark] // what the handler set belongs to what it did not do
		s.m.fail(out, r, err)
	}
}

// run is the path of every request that reaches a route; mark counts the cookies set before the handler.
func (m *Mux) run(w *counter, r *Request, mark *int) (Response, error) {
	if m.conf.Brake != nil {
		if err := m.conf.Brake(r.shop); err != nil {
			return Response{}, err
		}
	}
	if err := m.takeBody(w, r); err != nil {
		return Response{}, err
	}
	if m.conf.Authenticate != nil {
		a, err := m.conf.Authenticate(r)
		*mark = len(r.cookies)
		if err != nil {
			return Response{}, err
		}
		r.actor = a
	}
	*mark = len(r.cookies)
	if m.conf.Inspect != nil {
		if err := m.conf.Inspect(r); err != nil {
			return Response{}, err
		}
	}
	if want := r.route.Right; want != Public && !r.actor.May(want) {
		if r.actor.Kind == actor.Visitor || r.actor.Kind == "" {
			return Response{}, fault.Unauthenticated(fault.Text{Ja: "ログインが必要です。", En: "You need to log in."})
		}
		return Response{}, fault.Denied(fault.Text{Ja: "この操作をする権限がありません。", En: "You may not do this."})
	}
	if err := r.lookThrough(); err != nil {
		return Response{}, err
	}
	if m.conf.Hold != nil {
		if err := m.conf.Hold(r); err != nil {
			return Response{}, err
		}
	}
	if m.conf.Guard == nil || r.route.Act == "" || r.route.Act == LogsOut || r.route.Act == OnlyReads {
		return r.route.Handler(r)
	}
	done, err := m.conf.Guard(r)
	if err != nil {
		return Response{}, err
	}
	status := http.StatusInternalServerError // a handler that panics
	defer func() { done(status) }()
	res, err := r.route.Handler(r)
	if status = res.status; err != nil {
		status = StatusOf(err)
	}
	return res, err
}

// takeBody bounds the body and refuses what the kind of door does not take, before anybody is asked who they are.
func (m *Mux) takeBody(w *counter, r *Request) error {
	h := r.http
	if h.ContentLength > r.limits.Body {
		return errTooLarge // before a byte of it is read
	}
	r.body = http.MaxBytesReader(w.ResponseWriter, h.Body, r.limits.Body)
	switch m.kind {
	case KindBrowser:
		if err := m.cross.Check(h); err != nil {
			return errCross
		}
	case KindAPI:
		if h.ContentLength == 0 || h.Body == http.NoBody || m.conf.AnyBody {
			return nil
		}
		kind, _, err := mime.ParseMediaType(h.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" && !slices.Contains(r.route.Accepts, kind) {
			return errMediaType
		}
	case KindHook:
		raw, err := io.ReadAll(r.body)
		if err != nil {
			return bodyFault(err)
		}
		if err := r.cardInJSON("body", raw); err != nil {
			return err
		}
		r.raw = raw
		r.body = strings.NewReader(string(raw))
	}
	return nil
}

// fail answers with what the visitor may know, and logs what the operator must.
func (m *Mux) fail(w *counter, r *Request, err error) {
	status := StatusOf(err)
	m.hear(r, err, status)
	if status == http.StatusInternalServerError && errors.Is(r.http.Context().Err(), context.Canceled) {
		status = 0 // the visitor left; nothing is wrong here
	}
	if status >= http.StatusInternalServerError {
		m.conf.Log.LogAttrs(r.http.Context(), slog.LevelError, "request failed", slog.String("request", r.rid),
			slog.String("door", m.conf.Name), slog.Any("error", err), slog.Any("cause", causeOf(err)))
	}
	if w.status != 0 {
		panic(http.ErrAbortHandler) // the answer has begun: cut it off, so that it cannot pass for complete
	}
	if status == http.StatusRequestEntityTooLarge {
		w.Header().Set("Connection", "close")
		_ = http.NewResponseController(w.ResponseWriter).EnableFullDuplex() // HTTP/1 would read on before it answers
		defer m.linger(w, r)
	}
	if r.card {
		w.Header().Set("Connection", "close")
	}
	r.form, r.nonce = nil, ""
	if r.keep() {
		r.route = nil // an error page is nobody's to keep
	}
	h := w.Header()
	h.Del("Content-Encoding")
	h.Del("Etag")
	if wErr := m.writeResponse(w, r, m.explain(r, err)); wErr != nil {
		m.conf.Log.Error("write error page", "request", r.rid, "door", m.conf.Name, "error", wErr)
		if w.status == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
}

// causeOf is what a fault keeps for the operator.
func causeOf(err error) error {
	if fs, ok := fault.Of(err); ok {
		return errors.Unwrap(fs[0])
	}
	return nil
}

const (
	lingerTime  = 2 * time.Second
	lingerBytes = 256 << 20
)

// linger reads what a visitor still sends after the answer, for a moment: a connection that is closed on them at once
// would be reset, and they would see that instead of the answer.
func (m *Mux) linger(w *counter, r *Request) {
	c := http.NewResponseController(w.ResponseWriter)
	if c.Flush() != nil || c.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, r.sent, lingerBytes) // whatever ends it, the connection closes
}

// note writes the access log: the route, never the path or the query, and nothing about the person.
func (m *Mux) note(h *http.Request, rid string, shop id.Shop, o Observation) {
	if m.conf.Observe != nil {
		m.conf.Observe(o)
	}
	ctx := h.Context()
	if !m.conf.Log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	m.conf.Log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("request", rid), slog.String("door", o.Door),
		slog.Int64("shop", int64(shop)), slog.String("route", o.Pattern), slog.String("method", methodOf(o.Method)),
		slog.Int("status", o.Status), slog.Int64("bytes", o.Bytes), slog.Duration("took", o.Took), slog.Bool("kept", o.Kept))
}

// methodOf keeps invented methods out of logs and metrics.
func methodOf(s string) string {
	switch s {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return s
	}
	return "other"
}
