package hook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/apps/feed"
	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/apps/webhook"
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/hook"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

// got is one message as a receiver saw it.
type got struct {
	host, name, stamp, signature, body string
}

// stage is a shop, two apps whose receivers are at good.example and bad.example, and the flow.
type stage struct {
	*flowtest.Kit
	clock     *vaulttest.Clock
	flow      *hook.Flow
	hooks     *webhook.Service
	out       *outbox.Runner
	jobs      *job.Runner
	feed      *feed.Service
	dev       db.Scope
	good, bad id.App
	key       secret.Text
	cfg       hook.Config

	mu     sync.Mutex
	seen   []got
	told   []id.App
	answer func(w http.ResponseWriter, r *http.Request)
}

func each(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, c *vaulttest.Clock) { test(t, newStage(t, k, c)) })
}

func (s *stage) receive(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	if r.Host == "bad.example" {
		s.answer(w, r)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, got{r.Host, r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp"), r.Header.Get("Webhook-Signature"), string(b)})
}

// world leads every name to the receiver, by addresses that are public, except private.example.
func world(srv *httptest.Server) egress.Net {
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return egress.Net{Roots: roots,
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			if host == "private.example" {
				return []netip.Addr{netip.MustParseAddr("10.0.0.9")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
		},
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", srv.Listener.Addr().String())
		}}
}

func newStage(t *testing.T, k *flowtest.Kit, c *vaulttest.Clock) *stage {
	t.Helper()
	s := &stage{Kit: k, clock: c, answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(s.receive))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, "good.example", "bad.example", "private.example")}}
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	log := slog.New(slog.DiscardHandler)
	s.hooks = webhook.New(k.Vault.Client)
	apps := registry.New()
	s.cfg = hook.Config{Store: k.DB, Hooks: s.hooks, Apps: apps, Tenants: k.Tenant, Log: log,
		Post: egress.Poster(egress.Untrusted(egress.Limits{Total: 2 * time.Second, Body: 1 << 10, Redirects: -1}, world(srv))),
		Tell: func(_ context.Context, _ id.Shop, app registry.App) error {
			s.told = append(s.told, app.ID)
			return nil
		}}
	s.feed = feed.New(k.DB)
	s.start()
	s.dev = db.Scope{Actor: actor.Actor{Kind: actor.Staff, Account: 900}.With(actor.DevelopApps, actor.BrowseShop), Request: "test"}
	for _, a := range []struct {
		app *id.App
		no  id.App
	}{{&s.good, 41}, {&s.bad, 42}} {
		*a.app = a.no
		err := k.DB.Write(t.Context(), s.dev, func(tx *db.Tx) error {
			_, err := apps.Create(t.Context(), tx, a.no, "client-"+id.String(a.no), registry.In{Name: "倉庫連携", About: "在庫を写す", Manner: registry.Modern,
				Redirects: []string{"https://good.example/back"}, Scopes: []actor.Scope{actor.ReadProducts}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		s.install(t, apps, a.no)
	}
	if err := s.out.Drain(t.Context()); err != nil { // the shop's own past
		t.Fatal(err)
	}
	return s
}

// start makes the flow anew, as a process that starts does.
func (s *stage) start() {
	s.flow = hook.New(s.cfg)
	s.out, s.jobs = outbox.NewRunner(s.DB, s.cfg.Log, "test"), job.NewRunner(s.DB, s.cfg.Log, "test")
	s.out.Follow(s.flow.Follower())
	s.out.Follow(s.feed.Follower())
	s.flow.Handle(s.jobs)
}

func (s *stage) install(t *testing.T, apps *registry.Service, app id.App) {
	t.Helper()
	err := s.DB.Write(t.Context(), s.Staff(), func(tx *db.Tx) error {
		return apps.Install(t.Context(), tx, registry.Installation{App: app, Release: 1, Scopes: []actor.Scope{actor.ReadProducts}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *stage) subscribe(t *testing.T, app id.App, event outbox.Event, url string) {
	t.Helper()
	key, err := s.flow.Subscribe(t.Context(), s.dev, webhook.Subscription{App: app, Event: event, URL: url})
	if err != nil {
		t.Fatal(err)
	}
	if app == s.good && key.Len() > 0 {
		s.key = key
	}
}

// happen publishes facts and has them become messages.
func (s *stage) happen(t *testing.T, event outbox.Event, n int) {
	t.Helper()
	err := s.DB.Write(t.Context(), db.Scope{Shop: flowtest.Shop, Actor: flowtest.Seed()}, func(tx *db.Tx) error {
		for i := range n {
			if err := outbox.Publish(tx, event, int64(i+1), nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.out.Drain(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// send tries until nothing is due.
func (s *stage) send(t *testing.T) {
	t.Helper()
	for range 1_000 {
		n, err := s.flow.RunDue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	t.Fatal("messages never end")
}

func (s *stage) states(t *testing.T, app id.App) map[webhook.State]int {
	t.Helper()
	out := map[webhook.State]int{}
	err := s.DB.Across("test").Read(t.Context(), s.dev, func(r db.Reader) error {
		clear(out)
		list, err := s.hooks.OfApp(t.Context(), r, app, "", 0)
		for _, d := range list {
			out[d.State]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAHundredFactsReachOneReceiverWhileAnotherFailsFor72Hours(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		s.subscribe(t, s.good, "stock.changed", "https://good.example/hooks")
		s.subscribe(t, s.bad, "stock.changed", "https://bad.example/hooks")
		s.happen(t, "stock.changed", 100)
		s.send(t)
		names := map[string]bool{}
		for _, g := range s.seen {
			names[g.name] = true
			want, err := webhook.Sign([]secret.Text{s.key}, g.name, unix(t, g.stamp), []byte(g.body))
			if err != nil || want["webhook-signature"] != g.signature || !strings.Contains(g.body, `"id":"`+g.name+`"`) {
				t.Fatalf("%+v is not signed: %v %v", g, want, err)
			}
		}
		if len(s.seen) != 100 || len(names) != 100 {
			t.Fatalf("%d messages of %d names arrived", len(s.seen), len(names))
		}
		if got := s.states(t, s.good); got[webhook.Delivered] != 100 {
			t.Errorf("good: %v", got)
		}
		s.start() // a restart changes nothing
		for range 80 {
			s.clock.Add(time.Hour)
			s.send(t)
		}
		if got := s.states(t, s.bad); got[webhook.Failed] != 100 {
			t.Errorf("bad, after 80 hours: %v", got)
		}
		s.clock.Add(time.Hour)
		if _, err := s.jobs.RunDue(t.Context()); err != nil || len(s.told) != 1 || s.told[0] != s.bad {
			t.Errorf("told %v, %v", s.told, err)
		}
		s.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
		n, err := s.flow.ReplayRange(t.Context(), s.dev, webhook.Range{App: s.bad, State: webhook.Failed, From: time.Unix(0, 0), To: s.clock.Now()})
		if err != nil || n != 100 {
			t.Fatalf("replayed %d: %v", n, err)
		}
		s.send(t)
		if got := s.states(t, s.bad); got[webhook.Delivered] != 100 {
			t.Errorf("bad, after the replay: %v", got)
		}
	})
}

func unix(t *testing.T, s string) time.Time {
	t.Helper()
	var n int64
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatal(err)
	}
	return time.Unix(n, 0)
}

func TestHostileReceiversAreNotFollowedAndHoldUpNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		for path, want := range map[string]string{"slow": "no answer in time", "redirect": "redirects", "huge": "too large", "no": "answered 404"} {
			s.answer = func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/slow":
					select {
					case <-r.Context().Done():
					case <-time.After(10 * time.Second):
					}
				case "/redirect":
					http.Redirect(w, r, "https://private.example/", http.StatusTemporaryRedirect)
				case "/huge":
					_, _ = w.Write(make([]byte, 1<<20))
				default:
					http.NotFound(w, r)
				}
			}
			s.try(t, "https://bad.example/"+path, want)
		}
		s.try(t, "https://private.example/", "not a public one")
	})
}

// try brings one fact to an address and looks at what the developer sees of it.
func (s *stage) try(t *testing.T, url, want string) {
	t.Helper()
	s.subscribe(t, s.bad, "product.changed", url)
	s.happen(t, "product.changed", 1)
	if _, err := s.flow.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	o, err := s.flow.Overview(t.Context(), s.dev, s.bad, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range o.Deliveries {
		if d.URL != url {
			continue
		}
		_, tries, err := s.flow.Delivery(t.Context(), s.dev, s.bad, d.Shop, d.ID)
		if err != nil || len(tries) != 1 || !strings.Contains(tries[0].Error, want) || d.State != webhook.Pending {
			t.Errorf("%s: %+v is %s, want %q: %v", url, tries, d.State, want, err)
		}
	}
	for _, sub := range o.Subscriptions {
		if err := s.flow.Unsubscribe(t.Context(), s.dev, s.bad, sub.ID); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTwoSecretsAreGoodAtOnceForADay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		s.subscribe(t, s.good, "stock.changed", "https://good.example/hooks")
		next, err := s.flow.Rotate(t.Context(), s.dev, s.good)
		if err != nil {
			t.Fatal(err)
		}
		s.happen(t, "stock.changed", 1)
		s.send(t)
		s.clock.Add(25 * time.Hour)
		s.happen(t, "stock.changed", 1)
		s.send(t)
		if len(s.seen) != 2 {
			t.Fatalf("%d messages", len(s.seen))
		}
		for i, keys := range [][]secret.Text{{next, s.key}, {next}} {
			g := s.seen[i]
			if want, err := webhook.Sign(keys, g.name, unix(t, g.stamp), []byte(g.body)); err != nil || want["webhook-signature"] != g.signature {
				t.Errorf("message %d is signed %q, want %q", i, g.signature, want["webhook-signature"])
			}
		}
		stranger := s.dev
		stranger.Actor.Account = 901
		if _, err := s.flow.Rotate(t.Context(), stranger, s.good); err != registry.ErrNone {
			t.Errorf("a stranger rotates: %v", err)
		}
	})
}

func TestAnAppHearsOnlyWhatItsScopesReachAndTheFeedProvesItself(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		s.subscribe(t, s.good, "order.paid", "https://good.example/hooks") // it may read products only
		s.happen(t, "order.paid", 3)
		s.happen(t, "stock.changed", 120)
		s.happen(t, "order.paid", 2)
		s.send(t)
		if len(s.seen) != 0 {
			t.Errorf("an app without the scope heard of orders: %+v", s.seen)
		}
		scope := db.Scope{Shop: flowtest.Shop, Actor: actor.ForApp(actor.Actor{App: s.good}, []actor.Scope{actor.ReadProducts})}
		var digest string
		var no, after int64
		for more := true; more; {
			err := s.DB.Read(t.Context(), scope, func(r db.Reader) error {
				p, err := s.feed.After(t.Context(), r, after, 50)
				for _, e := range p.Events {
					if e.Stream != "catalog" {
						continue
					}
					no++
					if digest = feed.Digest(digest, no, e.Event, e.Subject); e.No != no || e.Digest != digest {
						t.Fatalf("%+v does not follow", e)
					}
				}
				for _, e := range p.Events {
					if e.Stream == "orders" {
						t.Fatalf("%+v is shown", e)
					}
				}
				after, more = p.Next, p.More
				if !more && (len(p.Heads) == 0 || p.Heads[0].Digest != digest) {
					t.Errorf("heads %+v, want %s", p.Heads, digest)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if no < 120 {
			t.Errorf("%d events", no)
		}
		s.clock.Add(31 * 24 * time.Hour)
		if err := s.feed.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := s.DB.Read(t.Context(), scope, func(r db.Reader) error {
			_, err := s.feed.After(t.Context(), r, 1, 50)
			return err
		})
		if err != feed.ErrGone {
			t.Errorf("after 31 days: %v", err)
		}
	})
}
