package server

import (
	"context"
	"net/http"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/security/abuse"
	"github.com/noren-shop/noren/internal/security/detect"
	"github.com/noren-shop/noren/internal/security/switches"
	"github.com/noren-shop/noren/internal/web/frame"

	"github.com/prometheus/client_golang/prometheus"
)

// Security is what hears, finds, stops and slows down.
type Security struct {
	Signals  *signal.Recorder
	Findings *detect.Service
	Switches *switches.Set
	Abuse    *abuse.Guard
	Payments *abuse.Book
	heard    *prometheus.CounterVec
}

// openSecurity opens it on a handle of its own where a pool can run dry: on PostgreSQL. SQLite has one writer anyway, which
// commits every transaction by itself.
func openSecurity(ctx context.Context, o Options, main *db.DB, node string) (s Security, stores []*db.DB, err error) {
	own := main
	if db.IsPostgres(StoreURL(o.Config)) {
		if own, err = openStore(ctx, o, signalConns); err != nil {
			return s, nil, err
		}
		stores = append(stores, own)
	}
	s.heard = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "noren_security_events_total", Help: "Security events by code."}, []string{"code"})
	known := map[signal.Code]prometheus.Counter{}
	for _, i := range signal.Codes() {
		known[i.Code] = s.heard.WithLabelValues(string(i.Code)) // shown from the start, as 0
	}
	other := s.heard.WithLabelValues("other")
	s.Findings = detect.New(own, func(f detect.Finding) {
		o.Log.Warn("finding", "rule", string(f.Rule), "shop", int64(f.Shop), "gravity", int(f.Gravity), "finding", id.String(f.ID))
	})
	s.Signals = signal.New(signal.Config{DB: own, Log: o.Log, Node: node, After: s.Findings.Apply, Count: func(c signal.Code) {
		if n, ok := known[c]; ok {
			n.Inc()
			return
		}
		other.Inc()
	}})
	s.Switches = switches.New(main, s.Signals.Raise, o.Log)
	s.Abuse = abuse.New(main.Now, s.Signals.Raise)
	s.Payments = abuse.NewBook(s.Abuse)
	return s, stores, s.Switches.Load(ctx)
}

const signalConns = 2

// defend is a door's frame.Config.Guard.
func defend(g *abuse.Guard) func(*frame.Request) (func(int), error) {
	acts := map[frame.Act]abuse.Act{frame.LogsIn: abuse.LogIn, frame.Registers: abuse.Register, frame.Resets: abuse.Reset, frame.ChangesWho: abuse.Change}
	return func(r *frame.Request) (func(int), error) {
		a := abuse.Attempt{Act: acts[r.Act()], Shop: r.Shop(), Address: r.ClientIP().String(), Device: r.Cookie("device"), Where: r.Door()}
		if who := r.Actor(); who.Account != 0 || who.Member != 0 {
			a.Account = frame.About(who)
		}
		v := g.Ask(r.Context(), a)
		if err := v.Err(); err != nil {
			return nil, err
		}
		return func(status int) { g.Settle(v, outcome(status)) }, nil
	}
}

// outcome tells a mistake from what went well and from what is our own error.
func outcome(status int) abuse.Outcome {
	switch {
	case status >= http.StatusInternalServerError:
		return abuse.Undone
	case status >= http.StatusBadRequest:
		return abuse.Failed
	}
	return abuse.Succeeded
}

// cardsClosed says whether new cards are taken, and why not.
func (h *House) cardsClosed(_ context.Context, shop id.Shop) (fault.Text, bool) {
	_, closed := h.Switches.On(switches.CloseCardSignups, shop)
	i, _ := switches.InfoOf(switches.CloseCardSignups)
	return i.Told, closed
}

// payKey names an order's payment between the asking and its outcome.
func payKey(shop id.Shop, o id.Order) string { return id.String(shop) + "-" + id.String(o) }

// askToPay asks the guard before a card is charged. Other means cost a tester nothing to learn.
func (h *House) askToPay(ctx context.Context, a pay.Attempt) error {
	if a.Means != provider.Card {
		return nil
	}
	try := abuse.Attempt{Act: abuse.Pay, Shop: a.Shop, Address: a.Addr, Device: a.Browser, Where: "payment"}
	if a.Member != 0 {
		try.Account = "member-" + id.String(a.Member)
	}
	return h.Payments.Ask(ctx, payKey(a.Shop, a.Order), try)
}

// toldOfPay tells the guard how it went.
func (h *House) toldOfPay(ctx context.Context, o pay.Outcome) {
	if o.Means != provider.Card {
		return
	}
	told := abuse.Attempt{Act: abuse.Pay, Shop: o.Shop, Fingerprint: o.Fingerprint, Where: "payment"}
	switch o.State {
	case provider.Declined:
		h.Payments.Tell(ctx, payKey(o.Shop, o.Order), told, abuse.Failed)
	case provider.Authorised, provider.Captured:
		h.Payments.Tell(ctx, payKey(o.Shop, o.Order), told, abuse.Succeeded)
	}
}
