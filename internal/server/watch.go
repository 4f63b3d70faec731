package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/talk"
	"github.com/noren-shop/noren/internal/security/lockdown"
	"github.com/noren-shop/noren/internal/security/pages/watch"
	"github.com/noren-shop/noren/internal/web/place"
)

// hearEvery is how often the server asks its watchers: a change is heard of within a look's minute and this.
const hearEvery = 15 * time.Second

// WatchConfig is a watcher's set-up.
type WatchConfig struct {
	Dir    string        // its own folder
	Listen string        // host:port or unix:/path, where the server asks
	Every  time.Duration // 0 is a minute
	Now    func() time.Time
	Ports  map[place.Door]int // where doors have ports of their own beside their names (a demo): the policy names both
}

// SetPorts reads "media=8001,ops=8002"; "" is none.
func (in *WatchConfig) SetPorts(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		if part == "" {
			continue
		}
		name, number, _ := strings.Cut(part, "=")
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("ports: %q is not door=port", part)
		}
		if in.Ports == nil {
			in.Ports = map[place.Door]int{}
		}
		in.Ports[place.Door(name)] = int(n)
	}
	return nil
}

// RunWatchPages is `noren watch-pages`: it looks at the pages where people log in and pay as a visitor does, until the
// context ends, and tells who asks what it saw.
func RunWatchPages(ctx context.Context, in WatchConfig, c *config.Config, log *slog.Logger) error {
	in.Now = time.Now
	book := Places(c)
	if in.Ports != nil {
		book.Doors = in.Ports
	}
	w, err := OpenWatcher(in, c, book, publicNet(c), log)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // every round was synced
	if network, path := talk.Address(in.Listen); network == "unix" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("make the socket's folder: %w", err)
		}
	}
	l, err := listenOn(in.Listen)
	if err != nil {
		return err
	}
	if l.Addr().Network() == "unix" { // the server is another user; all that it can ask for is what was seen
		if err := os.Chmod(l.Addr().String(), 0o666); err != nil {
			return errors.Join(fmt.Errorf("open the watcher's socket: %w", err), l.Close())
		}
	}
	missing, err := lockdown.Restrict(lockdown.Rules{Write: []string{in.Dir}})
	if err != nil {
		missing = append(missing, err.Error())
	}
	for _, m := range missing {
		log.Warn("protection missing", "what", m)
	}
	log.Info("the watcher looks at pages", "address", l.Addr().String())
	var wg sync.WaitGroup
	defer wg.Wait()
	work, stop := context.WithCancel(ctx)
	defer stop()
	wg.Go(func() { w.Run(work) })
	if err := w.Serve(ctx, l); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// OpenWatcher makes a watcher of the doors that a book names, with the inventory of this program.
func OpenWatcher(in WatchConfig, c *config.Config, book *place.Book, by egress.Net, log *slog.Logger) (*watch.Watcher, error) {
	v, err := PageInventory(c, book)
	if err != nil {
		return nil, err
	}
	conf := watch.Config{Inventory: v, Doors: map[string]string{}, Dir: in.Dir, Every: in.Every, Now: in.Now, Log: log}
	var bases []string
	for _, d := range []place.Door{place.Account, place.Admin, place.Ops} {
		conf.Doors[string(d)] = book.Door(d, "")
		bases = append(bases, book.Door(d, ""))
	}
	if c.Watch.Shop != "" {
		conf.Shop = book.Shop(0, c.Watch.Shop, "")
		bases = append(bases, conf.Shop)
	}
	if conf.Client, err = egress.Configured(bases, egress.Limits{}, by); err != nil {
		return nil, fmt.Errorf("reach pages: %w", err)
	}
	return watch.Open(conf)
}

// publicNet reaches the service's public addresses. Names below localhost lead to this machine, whether or not its resolver
// knows them.
func publicNet(c *config.Config) egress.Net {
	if !c.Local() {
		return egress.Net{}
	}
	return egress.Net{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(address); err == nil && (host == "localhost" || strings.HasSuffix(host, ".localhost")) {
			address = net.JoinHostPort("127.0.0.1", port)
		}
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}}
}
