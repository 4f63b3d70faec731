// Package demo is `noren demo`: a whole service with living sample shops on this machine, for as long as it runs.
//
// It guarantees that it needs nothing prepared, that it is made of the same processes as a real service (a vault, a locked
// web process), that it says what it does while one waits, and that it leaves nothing behind unless a folder is named. It
// refuses to send mail: letters land in a sink that can be read on a page.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/server"
)

// Options of the demo.
type Options struct {
	Listen   string // of the doors by name
	Dir      string // "" is a temporary folder, gone at the end
	Store    string // "" is SQLite
	Shops    int
	Products int
	Orders   int
	JSON     bool // one line for programs instead of words for people
	Lang     i18n.Lang
	Out, Err io.Writer
	Log      *slog.Logger
}

// Run shows the service until the context ends.
func Run(ctx context.Context, o Options) (err error) {
	started := time.Now()
	dir, cleanup, err := folder(o.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanup()) }()
	if o.Listen, err = freePort(o.Listen); err != nil {
		return err
	}
	d := &demo{Options: o, dir: dir}
	mail, err := server.OpenMailSink(o.Log)
	if err != nil {
		return err
	}
	defer mail.Close()
	if d.payments, err = d.startPayments(ctx); err != nil {
		return err
	}
	defer d.payments.process.Stop() //nolint:errcheck // it is ending anyway
	if d.conf, d.environ, err = d.configure(mail.SMTP); err != nil {
		return err
	}
	d.say("保管庫を起動しています…", "Starting the vault …")
	vault, err := server.StartVault(ctx, d.conf, d.environ, o.Log)
	if err != nil {
		return err
	}
	defer vault.Stop() //nolint:errcheck // it is ending anyway
	if err := server.AwaitVault(ctx, d.conf, vault); err != nil {
		return err
	}
	witness, err := d.witness(ctx)
	if err != nil {
		return err
	}
	defer witness.Stop() //nolint:errcheck // it is ending anyway
	made, err := d.seed(ctx)
	if err != nil {
		return fmt.Errorf("make sample shops: %w", err)
	}
	if made.handle != "" {
		d.environ = append(d.environ, "NOREN_WATCH_SHOP="+made.handle)
	}
	d.say("店を開けています…", "Opening the doors …")
	ready, serve, err := d.serve(ctx)
	if err != nil {
		return err
	}
	defer serve.Stop() //nolint:errcheck // it is ending anyway
	watcher, err := d.watcher(ctx, ready)
	if err != nil {
		return err
	}
	defer watcher.Stop() //nolint:errcheck // it is ending anyway
	made.into(&ready)
	ready.Mail = &server.ReadyDoor{URL: mail.URL}
	ready.Payments = &server.ReadyDoor{URL: d.payments.URL}
	if err := d.tell(ready, made, time.Since(started)); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-serve.Done():
		return fmt.Errorf("the web process ended: %w", serve.Err())
	case <-vault.Done():
		return fmt.Errorf("the vault ended: %w", vault.Err())
	case <-witness.Done():
		return fmt.Errorf("the witness ended: %w", witness.Err())
	case <-d.payments.process.Done():
		return fmt.Errorf("the payment simulator ended: %w", d.payments.process.Err())
	case <-watcher.Done():
		return fmt.Errorf("the watcher ended: %w", watcher.Err())
	}
}

// A demo is one run.
type demo struct {
	Options
	dir     string
	conf    *config.Config
	environ []string

	payments *payments
}

// say tells a waiting person what is being done.
func (d *demo) say(ja, en string) {
	if !d.JSON {
		fmt.Fprintln(d.Err, d.Lang.Pick(ja, en))
	}
}

// folder makes the demo's folder, and how it goes at the end.
func folder(named string) (dir string, cleanup func() error, err error) {
	if named != "" {
		dir, err = filepath.Abs(named)
		if err == nil {
			err = os.MkdirAll(dir, 0o755)
		}
		return dir, func() error { return nil }, err
	}
	dir, err = os.MkdirTemp("", "noren-demo-")
	if err != nil {
		return "", nil, fmt.Errorf("make the demo's folder: %w", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the processes' own users pass through; what is in it is theirs alone
		return "", nil, err
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// freePort turns port 0 into a free one, since the vault must know the doors' addresses before they are open.
func freePort(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil && port != "0" {
		// Somebody else has the port: another will do for a demo.
		l, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// The users that the processes become when root starts the demo: numbers, since a fresh machine has no such users.
const (
	webUser     = "64880"
	vaultUser   = "64881"
	witnessUser = "64882"
	paysimUser  = "64883"
	watcherUser = "64884"
)

// configure is the demo's configuration, and the environment that tells it to the children.
func (d *demo) configure(smtp string) (*config.Config, []string, error) {
	host, port, err := net.SplitHostPort(smtp)
	if err != nil {
		return nil, nil, err
	}
	environ := []string{
		"NOREN_DATA=" + filepath.Join(d.dir, "data"),
		"NOREN_VAULT_DIR=" + filepath.Join(d.dir, "vault"),
		"NOREN_VAULT_KEY=" + filepath.Join(d.dir, "key", "vault.key"),
		"NOREN_VAULT_SOCKET=" + filepath.Join(d.dir, "run", "vault.sock"),
		"NOREN_WITNESS=unix:" + d.witnessSocket(),
		"NOREN_WATCHERS=unix:" + d.watcherSocket(),
		"NOREN_USER=" + webUser,
		"NOREN_VAULT_USER=" + vaultUser,
		"NOREN_LISTEN=" + d.Listen,
		"NOREN_LISTEN_OPS=off",
		"NOREN_LISTEN_METRICS=off",
		"NOREN_SMTP_HOST=" + host,
		"NOREN_SMTP_PORT=" + port,
		"NOREN_SMTP_TLS=off",
		"NOREN_SMTP_FROM=noren@example.jp",
		"NOREN_LOG_LEVEL=warn",
		"NOREN_PAYSIM=" + d.payments.API, "NOREN_PAYSIM_PAGES=" + d.payments.URL,
	}
	if d.Store != "" {
		environ = append(environ, "NOREN_STORE="+d.Store)
	}
	c, _, err := config.Load(config.Source{Environ: environ})
	return &c, environ, err
}

func (d *demo) witnessSocket() string { return filepath.Join(d.dir, "witness", "sock") }

// witness starts the ledger's outside memory, which stands on this machine in a demo only.
func (d *demo) witness(ctx context.Context) (*child.Process, error) {
	key, err := server.LedgerKey(d.conf)
	if err != nil {
		return nil, err
	}
	self, err := child.Self()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(d.dir, "witness")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the witness's folder: %w", err)
	}
	c := child.Command{Path: self, Env: []string{"NOREN_LOG_LEVEL=warn"}, Args: []string{"witness", "-dir", filepath.Join(dir, "own"),
		"-listen", "unix:" + d.witnessSocket(), "-ledger-key", key}, Line: func(_ child.Stream, line string) { fmt.Fprintln(d.Err, line) }}
	if os.Getuid() == 0 {
		u, err := child.LookupUser(witnessUser)
		if err != nil {
			return nil, err
		}
		if err := os.Chown(dir, int(u.UID), int(u.GID)); err != nil {
			return nil, fmt.Errorf("give the witness its folder: %w", err)
		}
		c.User = &u
	}
	p, err := child.Start(context.WithoutCancel(ctx), c)
	if err != nil {
		return nil, fmt.Errorf("start witness: %w", err)
	}
	return p, nil
}

func (d *demo) watcherSocket() string { return filepath.Join(d.dir, "watcher", "sock") }

// ports are those that the doors have beside their names.
func ports(r server.Ready) string {
	var out []string
	for name, door := range map[string]server.ReadyDoor{"account": r.Account, "admin": r.Admin, "media": r.Media, "ops": r.Ops} {
		if u, err := url.Parse(door.URL); err == nil && u.Port() != "" {
			out = append(out, name+"="+u.Port())
		}
	}
	return strings.Join(out, ",")
}

// watcher starts what looks at the pages from outside; on this machine in a demo only.
func (d *demo) watcher(ctx context.Context, r server.Ready) (*child.Process, error) {
	self, err := child.Self()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(d.dir, "watcher")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the watcher's folder: %w", err)
	}
	c := child.Command{Path: self, Env: d.environ, Args: []string{"watch-pages", "-dir", filepath.Join(dir, "own"), "-at", "unix:" + d.watcherSocket(), "-ports", ports(r)},
		Line: func(_ child.Stream, line string) { fmt.Fprintln(d.Err, line) }}
	if os.Getuid() == 0 {
		u, err := child.LookupUser(watcherUser)
		if err != nil {
			return nil, err
		}
		if err := os.Chown(dir, int(u.UID), int(u.GID)); err != nil {
			return nil, fmt.Errorf("give the watcher its folder: %w", err)
		}
		c.User = &u
	}
	p, err := child.Start(context.WithoutCancel(ctx), c)
	if err != nil {
		return nil, fmt.Errorf("start watcher: %w", err)
	}
	return p, nil
}

// serve starts the web process and waits for its line.
func (d *demo) serve(ctx context.Context) (server.Ready, *child.Process, error) {
	self, err := child.Self()
	if err != nil {
		return server.Ready{}, nil, err
	}
	lines := make(chan string, 1)
	p, err := child.Start(context.WithoutCancel(ctx), child.Command{Path: self, Args: []string{"serve", "-ports", "-json"}, Env: d.environ,
		Line: func(s child.Stream, line string) {
			if s == child.Stdout {
				select {
				case lines <- line:
				default:
				}
				return
			}
			fmt.Fprintln(d.Err, line)
		}})
	if err != nil {
		return server.Ready{}, nil, err
	}
	var ready server.Ready
	select {
	case line := <-lines:
		return ready, p, json.Unmarshal([]byte(line), &ready)
	case <-p.Done():
		return ready, nil, fmt.Errorf("the web process ended: %w", p.Err())
	case <-ctx.Done():
		return ready, nil, errors.Join(ctx.Err(), p.Stop())
	}
}
