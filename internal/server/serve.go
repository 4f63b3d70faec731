package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/filelock"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/lockdown"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/server/backup"
	"github.com/noren-shop/noren/internal/server/tlsconf"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/listen"
	"github.com/noren-shop/noren/internal/web/place"
)

// ServeOptions are what the command line adds to the configuration.
type ServeOptions struct {
	Config  *config.Config
	Log     *slog.Logger
	Environ []string                  // of the vault that serve may have to start: the configuration
	Ports   bool                      // a port per door and storefront on loopback, beside the names
	Ready   func(*House, *place.Book) // called once every door is open
	Now     func() time.Time          // nil is time.Now; tests set it
	Raise   signal.Raise              // who hears of security events; nil is nobody
}

// Serve is `noren serve`: it starts the vault when none answers, opens every door, takes away its own rights, and works
// until the context ends.
func Serve(ctx context.Context, o ServeOptions) error {
	c, log := o.Config, o.Log
	stopVault, err := ensureVault(ctx, o)
	if err != nil {
		return err
	}
	defer stopVault()

	var bound bound
	defer bound.close()
	if err := bound.open(c); err != nil {
		return err
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if err := become(c, log); err != nil {
		return err
	}
	alone, err := lockStore(c)
	if err != nil {
		return err
	}
	defer alone.Close()
	control, err := bindControl(c, log)
	if err != nil {
		return err
	}
	if control != nil {
		defer control.Close()
	}
	h, err := Open(ctx, Options{Config: c, Log: log, Now: o.Now, Raise: o.Raise})
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.Prepare(ctx); err != nil {
		return err
	}
	book := h.Book
	if c.Listen.Doors != "" && book.Port == 0 && c.TLS.Mode == config.TLSOff {
		book.Port = portOf(bound.doors)
	}
	if o.Ports {
		if err := bound.ports(ctx, h, book); err != nil {
			return err
		}
	}
	doors, err := OpenDoors(h, book)
	if err != nil {
		return err
	}
	hosts := newHosts(h.DB)
	tlsConfig, stopTLS, err := tlsconf.New(c, func(ctx context.Context, host string) bool { return book.DoorOf(host) != "" || hosts.shop(host) != 0 })
	if err != nil {
		return err
	}
	defer stopTLS()
	var open []listen.Listener
	for _, l := range bound.listeners(doors, book, tlsConfig) {
		if l.Door != nil || l.Hosts != nil {
			open = append(open, l)
		}
	}
	srv, err := listen.New(listen.Config{Log: log, Listeners: open})
	if err != nil {
		return err
	}
	h.running, h.missing = true, lock(c, log)
	log.Info("the doors are open", "storefronts", book.Shop(0, "*", ""), "admin", book.Door(place.Admin, ""))
	return h.run(ctx, srv, control, func() {
		if o.Ready != nil {
			o.Ready(h, book)
		}
	})
}

// lockStore makes sure that one server at a time works on an SQLite store: two would each number its facts and feed its
// followers. On PostgreSQL, leases do that. It refuses a folder whose restore has not ended.
func lockStore(c *config.Config) (io.Closer, error) {
	if _, err := os.Stat(filepath.Join(c.DataDir, backup.Unfinished)); err == nil {
		return nil, ErrUnfinished
	}
	if db.IsPostgres(c.Store) {
		return io.NopCloser(nil), nil
	}
	l, err := filelock.Take(filepath.Join(c.DataDir, "serve.lock"))
	if errors.Is(err, filelock.ErrHeld) {
		return nil, ErrRunning
	}
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	return l, nil
}

// The reasons for which serve does not begin.
var (
	ErrRunning = fault.Conflict(fault.Text{
		Ja: "このデータフォルダーでは、すでに noren serve が動いています。そちらを止めるか、別の data を指定してください。",
		En: "Another noren serve is already running on this data folder. Stop it, or name another folder with data."})
	ErrUnfinished = fault.Conflict(fault.Text{
		Ja: "このデータフォルダーへの復元が途中で止まっています。フォルダーを空にして、noren restore をもう一度実行してください。",
		En: "A restore into this data folder was not finished. Empty the folder and run noren restore again."})
)

// run works until the context ends: the doors, the facts' followers, the jobs.
func (h *House) run(ctx context.Context, srv *listen.Server, control net.Listener, ready func()) error {
	var wg sync.WaitGroup
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	wg.Go(func() { h.Work(work) })
	wg.Go(func() { h.control(work, control) })
	ready()
	err := srv.Serve(ctx)
	stop() // after the last answer, so that what it published is not left for the next start
	wg.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Work feeds the facts' followers and runs the jobs until the context ends.
func (h *House) Work(ctx context.Context) {
	h.followers()
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	var heard sync.WaitGroup
	heard.Go(func() { h.Signals.Run(listening) })
	defer heard.Wait()
	defer stop() // after all who raise events: the recorder stores the last of them
	var wg sync.WaitGroup
	wg.Go(func() { h.Outbox.Run(ctx) })
	wg.Go(func() { h.Jobs.Run(ctx) })
	wg.Go(func() { h.Hook.Run(ctx) })
	wg.Go(func() { h.Switches.Run(ctx) })
	wg.Wait()
}

// ensureVault uses the vault that answers, or starts one.
func ensureVault(ctx context.Context, o ServeOptions) (stop func(), err error) {
	v := vault.New(vault.Config{Socket: o.Config.Vault.Socket, Timeout: time.Second})
	defer v.Close()
	if _, err := v.Health(ctx); err == nil {
		return func() {}, nil
	}
	p, err := StartVault(ctx, o.Config, o.Environ, o.Log)
	if err != nil {
		return nil, err
	}
	if err := AwaitVault(ctx, o.Config, p); err != nil {
		return nil, err
	}
	return func() {
		if err := p.Stop(); err != nil {
			o.Log.Warn("stop vault", "err", err)
		}
	}, nil
}

// StartVault starts `noren vault` as a child: as its own user when we are root.
func StartVault(ctx context.Context, c *config.Config, environ []string, log *slog.Logger) (*child.Process, error) {
	self, err := child.Self()
	if err != nil {
		return nil, err
	}
	cmd := child.Command{Path: self, Args: []string{"vault", "-tied"}, Env: environ, Line: func(_ child.Stream, line string) { fmt.Fprintln(os.Stderr, line) }}
	if lockdown.Root() {
		u, err := child.LookupUser(c.Vault.User)
		if err != nil {
			return nil, fmt.Errorf("the vault needs a user of its own (adduser --system --group %s), or name another with vault-user: %w",
				c.Vault.User, err)
		}
		cmd.User = &u
		for _, dir := range []string{c.Vault.Dir, filepath.Dir(c.Vault.KeyFile), filepath.Dir(c.Vault.Socket)} {
			if err := give(dir, u); err != nil {
				return nil, err
			}
		}
		if err := os.Chmod(filepath.Dir(c.Vault.Socket), 0o755); err != nil {
			return nil, fmt.Errorf("open the socket's folder: %w", err)
		}
	} else if err := privateFolders(filepath.Dir(c.Vault.Socket)); err != nil {
		return nil, err
	}
	p, err := child.Start(context.WithoutCancel(ctx), cmd)
	if err != nil {
		return nil, fmt.Errorf("start vault: %w", err)
	}
	return p, nil
}

// AwaitVault waits until a vault that was started answers, or ends.
func AwaitVault(ctx context.Context, c *config.Config, p *child.Process) error {
	v := vault.New(vault.Config{Socket: c.Vault.Socket, Timeout: time.Second})
	defer v.Close()
	for {
		if _, err := v.Health(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.Done():
			return fmt.Errorf("the vault ended: %w", p.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// give makes a folder, and everything in it, a user's own.
func give(dir string, u child.User) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	return filepath.WalkDir(dir, func(p string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(p, int(u.UID), int(u.GID))
	})
}

// become gives up root, so that the web process cannot read what is the vault's.
func become(c *config.Config, log *slog.Logger) error {
	if !lockdown.Root() {
		return nil
	}
	u, err := child.LookupUser(c.User)
	if err != nil {
		return fmt.Errorf("the web process needs a user of its own (adduser --system --group %s), or name another with user: %w", c.User, err)
	}
	if err := give(c.DataDir, u); err != nil {
		return err
	}
	log.Info("the web process gives up root", "uid", u.UID)
	return lockdown.Become(lockdown.User{UID: int(u.UID), GID: int(u.GID)})
}

// lock takes the process's other rights away, and says what it could not take.
func lock(c *config.Config, log *slog.Logger) []string {
	missing, err := lockdown.Restrict(lockdown.Rules{Write: []string{c.DataDir}, Read: []string{filepath.Dir(c.Vault.Socket), c.TLS.CertFile, c.TLS.KeyFile}})
	if err != nil {
		missing = append(missing, err.Error())
	}
	for _, m := range missing {
		log.Warn("protection missing", "what", m)
	}
	return missing
}

// bound are the listeners, bound before rights are given up.
type bound struct {
	doors, ops, metrics net.Listener
	byDoor              map[place.Door]net.Listener
	byShop              map[id.Shop]net.Listener
	all                 []net.Listener
}

func (b *bound) open(c *config.Config) error {
	for _, l := range []struct {
		at   string
		into *net.Listener
	}{{c.Listen.Doors, &b.doors}, {c.Listen.Ops, &b.ops}, {c.Listen.Metrics, &b.metrics}} {
		if l.at == "" || l.at == "off" {
			continue
		}
		got, err := listenOn(l.at)
		if err != nil {
			return err
		}
		*l.into = got
		b.all = append(b.all, got)
	}
	return nil
}

func (b *bound) close() {
	for _, l := range b.all {
		l.Close()
	}
}

// ports binds a port per door and storefront, for programs that cannot resolve names.
func (b *bound) ports(ctx context.Context, h *House, book *place.Book) error {
	bind := func() (net.Listener, error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("bind a door's port: %w", err)
		}
		b.all = append(b.all, l)
		return l, nil
	}
	b.byDoor, b.byShop = map[place.Door]net.Listener{}, map[id.Shop]net.Listener{}
	for _, d := range []place.Door{place.Account, place.Admin, place.Media, place.Ops, place.API, place.Hooks} {
		l, err := bind()
		if err != nil {
			return err
		}
		b.byDoor[d], book.Doors[d] = l, portOf(l)
	}
	shops, err := h.Shops(ctx)
	if err != nil {
		return err
	}
	for _, s := range shops[:min(len(shops), maxPorts)] {
		l, err := bind()
		if err != nil {
			return err
		}
		b.byShop[s.ID], book.Shops[s.ID] = l, portOf(l)
	}
	return nil
}

const maxPorts = 50 // storefronts with a port of their own

func (b *bound) listeners(doors *Doors, book *place.Book, t *tls.Config) []listen.Listener {
	var out []listen.Listener
	if b.doors != nil {
		out = append(out, listen.Listener{Net: b.doors, TLS: t, Hosts: func(host string) *frame.Mux {
			if d := book.DoorOf(host); d != "" {
				return doors.ByDoor[d]
			}
			return doors.Storefront
		}})
	}
	if b.ops != nil {
		out = append(out, listen.Listener{Net: b.ops, Door: doors.Ops})
	}
	if b.metrics != nil {
		out = append(out, listen.Listener{Net: b.metrics, Door: doors.Metrics})
	}
	for d, l := range b.byDoor {
		m := doors.ByDoor[d]
		if d == place.Ops {
			m = doors.Ops
		}
		out = append(out, listen.Listener{Net: l, Door: m})
	}
	for s, l := range b.byShop {
		out = append(out, listen.Listener{Net: l, Door: doors.Storefront, Shop: s})
	}
	return out
}

// hosts remembers for a moment which shop a host leads to.
type hosts struct {
	db    *db.DB
	mu    sync.Mutex
	known map[string]knownHost
}

type knownHost struct {
	shop id.Shop
	till time.Time
}

const (
	hostTime = 5 * time.Second
	maxHosts = 100_000
)

func newHosts(d *db.DB) *hosts { return &hosts{db: d, known: map[string]knownHost{}} }
