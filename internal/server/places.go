package server

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/web/place"
)

// Places says where the doors of a set-up are, by name.
func Places(c *config.Config) *place.Book {
	b := &place.Book{Scheme: "https", Domain: c.Domain, Doors: map[place.Door]int{}, Shops: map[id.Shop]int{}}
	if c.TLS.Mode == config.TLSOff {
		b.Scheme = "http"
	}
	// Behind a proxy the outside's port is the scheme's own.
	if _, port, err := net.SplitHostPort(c.Listen.Doors); err == nil && c.TLS.Mode != config.TLSProxy {
		n, _ := strconv.Atoi(port) // config has checked it
		if !(b.Scheme == "https" && n == 443) && !(b.Scheme == "http" && n == 80) {
			b.Port = n
		}
	}
	return b
}

// listenOn binds host:port or unix:/path.
func listenOn(address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("listen on %s: %w", address, err)
		}
		l, err := net.Listen("unix", path)
		if err != nil {
			return nil, fmt.Errorf("listen on %s: %w", address, err)
		}
		return l, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

func portOf(l net.Listener) int {
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}
