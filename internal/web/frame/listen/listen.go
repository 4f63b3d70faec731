// Package listen runs doors behind listeners.
//
// It guarantees that a listener leads to one door (and, where it says so, to one shop) or chooses the door by host; that
// headers, idle connections and their number are bounded; and that stopping waits for the answers under way, for a
// bounded time. It refuses to open listeners itself: they are bound before the process locks itself down.
package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/web/frame"
)

// A Listener is a bound socket and what stands behind it. Exactly one of Door and Hosts is set.
type Listener struct {
	Net   net.Listener
	Door  *frame.Mux
	Shop  id.Shop                      // not zero: the door is this shop's, whatever the host says
	Hosts func(host string) *frame.Mux // chooses the door by host (lower case, without port); nil: no such host
	TLS   *tls.Config                  // nil: plain HTTP
}

// Config of the server; zero fields take the defaults.
type Config struct {
	Listeners   []Listener
	Log         *slog.Logger
	Connections int           // at once, per listener; 4096
	HeaderTime  time.Duration // to send the headers; 5 s
	IdleTime    time.Duration // between requests; 2 min
	HeaderBytes int           // 32 KiB
	Grace       time.Duration // for answers under way when stopping; 20 s
}

// A Server is every door of the process, open.
type Server struct {
	conf    Config
	servers []*http.Server
}

// New checks the configuration and makes the servers; Serve opens them.
func New(c Config) (*Server, error) {
	if c.Log == nil {
		return nil, errors.New("open listeners: no log")
	}
	if c.Connections == 0 {
		c.Connections = 4096
	}
	if c.HeaderTime == 0 {
		c.HeaderTime = 5 * time.Second
	}
	if c.IdleTime == 0 {
		c.IdleTime = 2 * time.Minute
	}
	if c.HeaderBytes == 0 {
		c.HeaderBytes = 32 << 10
	}
	if c.Grace == 0 {
		c.Grace = 20 * time.Second
	}
	s := &Server{conf: c}
	for _, l := range c.Listeners {
		h, err := handler(l)
		if err != nil {
			return nil, err
		}
		s.servers = append(s.servers, &http.Server{
			Handler: h, TLSConfig: l.TLS, ReadHeaderTimeout: c.HeaderTime, IdleTimeout: c.IdleTime, MaxHeaderBytes: c.HeaderBytes,
			// Routes set nearer deadlines; these hold where none was reached.
			ReadTimeout: 10 * time.Minute, WriteTimeout: 10 * time.Minute,
			ErrorLog: slog.NewLogLogger(quiet{c.Log.Handler()}, slog.LevelDebug),
		})
	}
	return s, nil
}

func handler(l Listener) (http.Handler, error) {
	switch {
	case l.Net == nil:
		return nil, errors.New("open listener: it is not bound")
	case (l.Door == nil) == (l.Hosts == nil):
		return nil, fmt.Errorf("open listener %s: it needs a door or a choice by host, one of them", l.Net.Addr())
	case l.Door != nil && l.Shop != id.Platform:
		return l.Door.ForShop(l.Shop), nil
	case l.Door != nil:
		return l.Door, nil
	}
	return byHost(l.Hosts), nil
}

func byHost(hosts func(string) *frame.Mux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if door := hosts(Host(r.Host)); door != nil {
			door.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.Error(w, "このアドレスのサイトはありません。 / There is no site at this address.", http.StatusMisdirectedRequest)
	})
}

// Host is a Host header without port and final dot, in lower case.
func Host(header string) string {
	host := header
	if bare, _, err := net.SplitHostPort(host); err == nil {
		host = bare
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// quiet keeps visitors' addresses out of the log: net/http writes them into its own messages.
type quiet struct{ slog.Handler }

// Handle writes that a connection failed, not whose.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	return q.Handler.Handle(ctx, slog.NewRecord(r.Time, r.Level, "connection failed", 0))
}

// Serve answers until ctx ends or a listener fails, then lets the answers under way finish.
func (s *Server) Serve(ctx context.Context) error {
	g, gone := errgroup.WithContext(ctx)
	for i, l := range s.conf.Listeners {
		srv, open := s.servers[i], netutil.LimitListener(l.Net, s.conf.Connections)
		g.Go(func() error {
			var err error
			if l.TLS != nil {
				err = srv.ServeTLS(open, "", "")
			} else {
				err = srv.Serve(open)
			}
			if errors.Is(err, http.ErrServerClosed) {
				return nil
			}
			return fmt.Errorf("serve %s: %w", l.Net.Addr(), err)
		})
	}
	g.Go(func() error {
		<-gone.Done()
		return s.stop(context.WithoutCancel(ctx))
	})
	return g.Wait()
}

func (s *Server) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.conf.Grace)
	defer cancel()
	var g errgroup.Group
	for _, srv := range s.servers {
		g.Go(func() error {
			if err := srv.Shutdown(ctx); err != nil {
				return errors.Join(fmt.Errorf("stop server: %w", err), srv.Close())
			}
			return nil
		})
	}
	return g.Wait()
}
