package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/bench/buyer"
	"github.com/noren-shop/noren/internal/bench/limit"
	"github.com/noren-shop/noren/internal/sample"
	"github.com/noren-shop/noren/internal/server"
)

// A stack is the running service and its limit: vault, web process, limit, each a process, and a house of our own on the
// same store to fill carts with.
type stack struct {
	dir     string
	conf    *config.Config
	environ []string
	house   *server.House
	ready   server.Ready
	limit   string // its address
	crowd   *buyer.Crowd
	owner   sample.Login
	vault   *child.Process
	web     *child.Process
	undo    []func() error
}

func (s *stack) close() error {
	var errs []error
	for i := len(s.undo) - 1; i >= 0; i-- {
		errs = append(errs, s.undo[i]())
	}
	s.undo = nil
	return errors.Join(errs...)
}

// The users that the processes become when root starts the bench, as in the demo.
const (
	webUser   = "64880"
	vaultUser = "64881"
)

const seedNumber = 20180107

// raise starts everything.
func (b *bencher) raise(ctx context.Context) (s *stack, err error) {
	s = &stack{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "noren-bench-"); err != nil {
		return nil, fmt.Errorf("make the bench's folder: %w", err)
	}
	s.undo = append(s.undo, func() error { return os.RemoveAll(s.dir) })
	if err := os.Chmod(s.dir, 0o755); err != nil { // the processes' own users pass through
		return nil, err
	}
	store := b.Store
	if store != "" {
		var drop func() error
		if store, drop, err = limit.Database(ctx, store); err != nil {
			return nil, err
		}
		s.undo = append(s.undo, drop)
	}
	mail, err := server.OpenMailSink(b.Log)
	if err != nil {
		return nil, err
	}
	s.undo = append(s.undo, func() error { mail.Close(); return nil }) //nolint:errcheck // it is ending anyway
	if err := s.configure(mail.SMTP, store); err != nil {
		return nil, err
	}
	s.undo = append(s.undo, func() error { return s.vault.Stop() })
	if err := s.startVault(ctx, b.Log); err != nil {
		return nil, err
	}
	if err := b.sow(ctx, s); err != nil {
		return nil, fmt.Errorf("make shops: %w", err)
	}
	line, web, err := s.start(ctx, b, nil, "serve", "-ports", "-json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(line), &s.ready); err != nil {
		return nil, err
	}
	s.web = web
	if line, _, err = s.start(ctx, b, nil, "bench", "-limit", filepath.Join(s.dir, "limit")); err != nil {
		return nil, err
	}
	var l limit.Ready
	if err := json.Unmarshal([]byte(line), &l); err != nil {
		return nil, err
	}
	s.limit = l.Address
	return s, b.fill(ctx, s)
}

// startVault starts the vault and waits for it.
func (s *stack) startVault(ctx context.Context, log *slog.Logger) (err error) {
	if s.vault, err = server.StartVault(ctx, s.conf, s.environ, log); err != nil {
		return err
	}
	return server.AwaitVault(ctx, s.conf, s.vault)
}

// startNull starts the vault that enters nothing, in its place and as its user.
func (s *stack) startNull(ctx context.Context, b *bencher) error {
	var as *child.User
	if os.Getuid() == 0 {
		u, err := child.LookupUser(vaultUser)
		if err != nil {
			return err
		}
		as = &u
	}
	p, err := s.launch(ctx, b, as, nil, "bench", "-vault-without-ledger")
	if err != nil {
		return err
	}
	s.vault = p
	return server.AwaitVault(ctx, s.conf, p)
}

// swap ends the vault that runs and starts another.
func (s *stack) swap(start func() error) error {
	if err := s.vault.Stop(); err != nil {
		return fmt.Errorf("stop vault: %w", err)
	}
	return start()
}

func (s *stack) configure(smtp, store string) error {
	host, port, _ := strings.Cut(smtp, ":")
	s.environ = []string{
		"NOREN_DATA=" + filepath.Join(s.dir, "data"),
		"NOREN_VAULT_DIR=" + filepath.Join(s.dir, "vault"),
		"NOREN_VAULT_KEY=" + filepath.Join(s.dir, "key", "vault.key"),
		"NOREN_VAULT_SOCKET=" + filepath.Join(s.dir, "run", "vault.sock"),
		"NOREN_USER=" + webUser, "NOREN_VAULT_USER=" + vaultUser,
		"NOREN_LISTEN=off", "NOREN_LISTEN_OPS=off", "NOREN_LISTEN_METRICS=off",
		"NOREN_SMTP_HOST=" + host, "NOREN_SMTP_PORT=" + port, "NOREN_SMTP_TLS=off", "NOREN_SMTP_FROM=noren@example.jp",
		"NOREN_LOG_LEVEL=error",
	}
	if store != "" {
		s.environ = append(s.environ, "NOREN_STORE="+store)
	}
	c, _, err := config.Load(config.Source{Environ: s.environ})
	s.conf = &c
	return err
}

// sow makes the shops, with a past of enough orders for a list.
func (b *bencher) sow(ctx context.Context, s *stack) error {
	clock := &sample.Clock{}
	if err := os.MkdirAll(s.conf.DataDir, 0o700); err != nil {
		return err
	}
	h, err := server.Open(ctx, server.Options{Config: s.conf, Log: b.Log, Now: clock.Now, APIRate: -1})
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.Prepare(ctx); err != nil {
		return err
	}
	res, err := sample.Seed(ctx, sample.Services{DB: h.DB, Clock: clock, Vault: h.Vault, Outbox: h.Outbox, Skip: []string{"order letters", server.BillingFollower},
		Postal: h.Postal, Signup: h.Signup, Tenants: h.Tenants, Catalog: h.Catalog, Pictures: h.Pictures, Stock: h.Stock, Carts: h.Carts,
		Orders: h.Orders, Shipping: h.Shipping, Payment: h.Payment, Checkout: h.Checkout, Fulfil: h.Fulfil},
		sample.Size{Shops: b.Shops, Products: b.Products * b.Shops, Orders: listed * 2 * b.Shops}, seedNumber)
	if err != nil {
		return err
	}
	s.owner = res.Shops[0].Owner
	return nil
}

// fill opens our own house beside the running web process.
func (b *bencher) fill(ctx context.Context, s *stack) error {
	h, err := server.Open(ctx, server.Options{Config: s.conf, Log: b.Log, APIRate: -1})
	if err != nil {
		return err
	}
	s.house = h
	s.undo = append(s.undo, func() error { h.Close(); return nil })
	there, err := sample.Find(ctx, h.DB, s.conf.Domain)
	if err != nil {
		return err
	}
	s.crowd, err = buyer.New(ctx, buyer.Services{DB: h.DB, Catalog: h.Catalog, Stock: h.Stock, Carts: h.Carts, Orders: h.Orders,
		Checkout: h.Checkout, Vault: h.Vault}, there.Shops[0].ID)
	return err
}

// launch starts ourselves as another process; lines gets what it prints.
func (s *stack) launch(ctx context.Context, b *bencher, as *child.User, lines chan<- string, args ...string) (*child.Process, error) {
	self, err := child.Self()
	if err != nil {
		return nil, err
	}
	p, err := child.Start(context.WithoutCancel(ctx), child.Command{Path: self, Args: args, Env: s.environ, User: as,
		Line: func(from child.Stream, line string) {
			if from != child.Stdout {
				fmt.Fprintln(b.Err, line)
				return
			}
			select {
			case lines <- line:
			default:
			}
		}})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", args[0], err)
	}
	return p, nil
}

// start launches a process that lives as long as the stack, and waits for its line.
func (s *stack) start(ctx context.Context, b *bencher, as *child.User, args ...string) (string, *child.Process, error) {
	lines := make(chan string, 1)
	p, err := s.launch(ctx, b, as, lines, args...)
	if err != nil {
		return "", nil, err
	}
	s.undo = append(s.undo, p.Stop)
	select {
	case line := <-lines:
		return line, p, nil
	case <-p.Done():
		return "", nil, fmt.Errorf("%s ended: %w", args[0], p.Err())
	case <-ctx.Done():
		return "", nil, ctx.Err()
	}
}

// address is a door's host and port.
func address(at string) string {
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	return u.Host
}
