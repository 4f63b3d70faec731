// Package servertest starts the whole house for a test: a real vault, a store in memory, every door on loopback, a
// clock that the test moves, and a mailbox.
//
// It guarantees that everything is wired as in service; only durability, passwords' cost and the mail server differ.
// Doors and shops are reached by name (tea.noren.test), which the test's browsers lead to the one listener, and the
// service's own doors by a port each as well. It refuses to be used outside tests: it takes a testing.TB.
package servertest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/security/login"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/listen"
	"github.com/noren-shop/noren/internal/web/place"
)

// Domain is the test's service: shops and doors are names below it.
const Domain = "noren.localhost"

// A Server is a running house.
type Server struct {
	*server.House
	Clock *vaulttest.Clock
	Keys  *vaulttest.Vault // the vault itself, for tests that stop it
	Doors *server.Doors
	Book  *place.Book
	Mail  *Mailbox

	Address string // where all names are served
	shops   int
	apps    int
}

// New starts a house that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	return With(t, server.Options{})
}

// With is New with what the options set; the rest is filled in.
func With(t testing.TB, o server.Options) *Server {
	t.Helper()
	names, port := bind(t)
	s := &Server{Keys: vaulttest.With(t, keeper.Config{Parties: parties(port)}), Mail: &Mailbox{}}
	s.Clock = s.Keys.Clock
	if o.Config == nil {
		o.Config = &config.Config{}
	}
	c := o.Config
	if c.DataDir == "" {
		c.DataDir = t.TempDir()
	}
	c.Domain, c.TLS.Mode, c.Vault.Socket = Domain, config.TLSOff, s.Keys.Socket
	if o.Log == nil {
		o.Log = quiet(t)
	}
	if o.Now == nil {
		o.Now = s.Clock.Now
	}
	if o.Sender == nil {
		o.Sender = s.Mail
	}
	if o.APIRate == 0 {
		o.APIRate = -1 // a test of something else is not held in
	}
	o.Volatile = true
	var err error
	if s.House, err = server.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.House.Close)
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.serve(t, names, port)
	return s
}

// quiet shows errors with -v, and everything with NOREN_TEST_LOG.
func quiet(t testing.TB) *slog.Logger {
	level := slog.LevelError
	if os.Getenv("NOREN_TEST_LOG") != "" {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: level}))
}

// bind takes a free port.
func bind(t testing.TB) (net.Listener, int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l, int(netip.MustParseAddrPort(l.Addr().String()).Port())
}

// parties are the doors with passkeys, as the vault knows them.
func parties(port int) []login.Party {
	var out []login.Party
	for _, d := range []place.Door{place.Admin, place.Account, place.Ops} {
		host := string(d) + "." + Domain
		out = append(out, login.Party{ID: host, Name: "Noren", Origins: []string{"http://" + host + ":" + strconv.Itoa(port)}})
	}
	return out
}

// serve hangs the doors behind the listener of all names and one of their own each, and works until the test ends.
func (s *Server) serve(t testing.TB, names net.Listener, port int) {
	t.Helper()
	s.Address = names.Addr().String()
	s.Book = &place.Book{Scheme: "http", Domain: Domain, Port: port, Doors: map[place.Door]int{}, Shops: map[id.Shop]int{}}
	bound := map[place.Door]net.Listener{}
	for _, d := range []place.Door{place.Account, place.Admin, place.Media, place.Ops} {
		bound[d], s.Book.Doors[d] = bind(t)
	}
	s.House.Book = s.Book // letters lead here, too
	var err error
	if s.Doors, err = server.OpenDoors(s.House, s.Book); err != nil {
		t.Fatal(err)
	}
	byDoor := func(d place.Door) *frame.Mux {
		if d == place.Ops {
			return s.Doors.Ops
		}
		return s.Doors.ByDoor[d]
	}
	all := []listen.Listener{{Net: names, Hosts: func(host string) *frame.Mux {
		if d := s.Book.DoorOf(host); d != "" {
			return byDoor(d)
		}
		return s.Doors.Storefront
	}}}
	for d, l := range bound {
		if m := byDoor(d); m != nil {
			all = append(all, listen.Listener{Net: l, Door: m})
			continue
		}
		l.Close()
		delete(s.Book.Doors, d)
	}
	srv, err := listen.New(listen.Config{Log: s.Log, Listeners: all})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() { s.Work(ctx) })
	wg.Go(func() {
		if err := srv.Serve(ctx); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); wg.Wait() })
}

// Seed is the actor that makes things in tests.
func Seed() actor.Actor {
	return actor.Actor{Kind: actor.Job}.With(append(actor.Seed.Rights(), actor.OpenShops)...)
}

// Write runs f in the shop as Seed.
func (s *Server) Write(t testing.TB, shop id.Shop, f func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	err := s.DB.Write(t.Context(), db.Scope{Shop: shop, Actor: Seed(), Request: "test"}, func(tx *db.Tx) error { return f(t.Context(), tx) })
	if err != nil {
		t.Fatal(err)
	}
}

// Read runs f in the shop as Seed.
func (s *Server) Read(t testing.TB, shop id.Shop, f func(ctx context.Context, r db.Reader) error) {
	t.Helper()
	err := s.DB.Read(t.Context(), db.Scope{Shop: shop, Actor: Seed(), Request: "test"}, func(r db.Reader) error { return f(t.Context(), r) })
	if err != nil {
		t.Fatal(err)
	}
}

// A Mailbox keeps what is sent.
type Mailbox struct {
	mu   sync.Mutex
	fail error
	sent []mail.Message
}

var _ mail.Sender = (*Mailbox)(nil)

// Send keeps the letter, or fails as the test has said.
func (m *Mailbox) Send(_ context.Context, msg mail.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	if msg.From == (mail.Address{}) {
		msg.From = mail.Address{Addr: "noren@example.net"}
	}
	if err := msg.Validate(); err != nil {
		return err
	}
	m.sent = append(m.sent, msg)
	return nil
}

// Fail makes every Send return the error; nil ends that.
func (m *Mailbox) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// Sent is what was sent.
func (m *Mailbox) Sent() []mail.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]mail.Message(nil), m.sent...)
}

func drain(r io.ReadCloser) string {
	defer r.Close()
	b, _ := io.ReadAll(io.LimitReader(r, 16<<20)) // what came is what the test looks at
	return string(b)
}
