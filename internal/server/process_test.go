package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/server"
)

// TestMain lets the test's binary be the service's processes too, as `noren vault` and `noren serve` are.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		var err error
		switch os.Args[1] {
		case "vault":
			err = vaultProcess()
		case "serve":
			err = serveProcess()
		default:
			os.Exit(m.Run())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, os.Args[1]+":", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func load() (*config.Config, *slog.Logger, error) {
	c, _, err := config.Load(config.Source{Environ: norenEnv()})
	return &c, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), err
}

// norenEnv is the configuration's part of the environment.
func norenEnv() (out []string) {
	for _, e := range os.Environ() {
		if strings.HasPrefix(e, "NOREN_") && !strings.HasPrefix(e, "NOREN_TEST_") {
			out = append(out, e)
		}
	}
	return out
}

func vaultProcess() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if len(os.Args) > 2 && os.Args[2] == "-tied" {
		ctx, stop = child.Tied(ctx)
		defer stop()
	}
	c, log, err := load()
	if err != nil {
		return err
	}
	return server.RunVault(ctx, c, log)
}

func serveProcess() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	c, log, err := load()
	if err != nil {
		return err
	}
	return server.Serve(ctx, server.ServeOptions{Config: c, Log: log, Environ: norenEnv(), Ports: true, Ready: server.PrintReady(os.Stdout)})
}

// A site is a service's folders, and the program that its processes are: a copy of this test's binary where every user can
// run it.
type site struct {
	dir, program string
	environ      []string
}

// The users of a site that root starts: no machine needs to have them.
const (
	webUID   = 64890
	vaultUID = 64891
	soleUID  = 65534 // of a site that is not started by root
)

func newSite(t *testing.T, owner int, more ...string) site {
	t.Helper()
	dir, err := os.MkdirTemp("", "ns") // a socket's path is at most some 100 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := site{dir: dir, program: filepath.Join(dir, "noren.test")}
	if err := errors.Join(os.Chmod(dir, 0o755), copyFile(s.program)); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(dir, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	if owner != os.Getuid() {
		if err := os.Chown(home, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	web, vault := webUID, vaultUID
	if owner != 0 {
		web, vault = owner, owner
	}
	s.environ = append([]string{
		"NOREN_DATA=" + filepath.Join(home, "data"),
		"NOREN_VAULT_DIR=" + filepath.Join(home, "vault"),
		"NOREN_VAULT_KEY=" + filepath.Join(home, "key", "vault.key"),
		"NOREN_VAULT_SOCKET=" + filepath.Join(home, "run", "vault.sock"),
		"NOREN_USER=" + strconv.Itoa(web), "NOREN_VAULT_USER=" + strconv.Itoa(vault),
		"NOREN_LISTEN=127.0.0.1:0", "NOREN_LISTEN_OPS=off", "NOREN_LISTEN_METRICS=off",
		"NOREN_SMTP_FROM=noren@example.jp", "NOREN_LOG_LEVEL=warn",
	}, more...)
	return s
}

func copyFile(to string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Close())
}

func (s site) config(t *testing.T) *config.Config {
	t.Helper()
	c, _, err := config.Load(config.Source{Environ: s.environ})
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
