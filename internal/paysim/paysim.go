// Package paysim is a payment company that does not exist: `noren paysim`, a process on an origin of its own, with everything that a
// real one has — hosted card pages, 3-D Secure, convenience stores' numbers, notices, settlements — and the faults of one.
//
// It guarantees that it behaves as documented in docs/payments.md and goes wrong only when told to. It refuses real cards (there
// are test cards, and no others) and every address but this machine's: it is for trying and testing, not for anybody's money.
package paysim

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/paysim/api"
	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/paysim/news"
	"github.com/noren-shop/noren/internal/paysim/pages"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/listen"
)

// Config of the simulator.
type Config struct {
	Listen  string           // of the pages; "127.0.0.1:0" takes a free port
	API     string           // of the interface for programs
	Journal string           // a file that survives a restart; empty keeps everything in memory
	Control secret.Token     // opens accounts, faults and the people at the pages; a zero one is drawn
	Seed    uint64           // of the faults' dice
	Now     func() time.Time // nil is the machine's clock
	Net     egress.Net       // how notices reach their merchants
	Log     *slog.Logger
}

// A Simulator is running.
type Simulator struct {
	URL     string // the dashboard and the hosted pages
	API     string
	Control secret.Token
	Book    *book.Book

	stop context.CancelFunc
	done sync.WaitGroup
	fail chan error
}

// Start opens it. It runs until Close.
func Start(c Config) (_ *Simulator, err error) {
	pagesAt, err := bind(c.Listen)
	if err != nil {
		return nil, err
	}
	apiAt, err := bind(c.API)
	if err != nil {
		return nil, err
	}
	if c.Control.IsZero() {
		c.Control = secret.NewToken()
	}
	if c.Net.Dial == nil {
		c.Net.Dial = near
	}
	s := &Simulator{URL: "http://" + pagesAt.Addr().String(), API: "http://" + apiAt.Addr().String(), Control: c.Control, fail: make(chan error, 1)}
	s.Book, err = book.Open(book.Config{Now: c.Now, Journal: c.Journal, Pages: s.URL, Seed: c.Seed})
	if err != nil {
		return nil, err
	}
	programs, err := api.New(s.Book, c.Control, c.Log)
	if err != nil {
		return nil, err
	}
	people, err := pages.New(s.Book, s.API, c.Log)
	if err != nil {
		return nil, err
	}
	srv, err := listen.New(listen.Config{Log: c.Log, Grace: time.Second, Listeners: []listen.Listener{
		{Net: pagesAt, Hosts: own(people)}, {Net: apiAt, Hosts: own(programs)}}})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.done.Go(func() {
		if err := srv.Serve(ctx); err != nil && ctx.Err() == nil {
			s.fail <- err
		}
	})
	s.done.Go(func() { news.New(s.Book, c.Net).Run(ctx) })
	return s, nil
}

// near reaches every name below localhost on this machine, as browsers do: a demo's doors have such names.
func near(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err == nil && strings.HasSuffix(host, ".localhost") {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	d := net.Dialer{Timeout: 30 * time.Second}
	return d.DialContext(ctx, network, address)
}

// own answers to this machine's names only, so that no other site's name can be pointed here.
func own(m *frame.Mux) func(string) *frame.Mux {
	return func(host string) *frame.Mux {
		if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
			return m
		}
		return nil
	}
}

func bind(address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("listen: %s is not this machine's own address: the simulator takes no strangers", address)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// Failed tells when it cannot go on.
func (s *Simulator) Failed() <-chan error { return s.fail }

// Close ends it.
func (s *Simulator) Close() error {
	s.stop()
	s.done.Wait()
	return s.Book.Close()
}
