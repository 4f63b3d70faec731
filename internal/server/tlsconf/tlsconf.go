// Package tlsconf says how visitors' connections are protected: by certificates from files, by certificates fetched for
// every host that the service has (ACME with TLS-ALPN-01, so that no second port is needed), or by a proxy.
//
// It guarantees TLS 1.2 and newer, and that a certificate is asked for only for a host that a shop or a door has. It
// refuses to guess: a strange host gets no certificate and no page.
package tlsconf

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/config"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// ErrStrangeHost means that a host is none of the service's.
var ErrStrangeHost = errors.New("no shop or door has this host")

// New makes the listener's configuration, or nil where nobody or a proxy speaks TLS. known says whether a host is ours.
func New(c *config.Config, known func(ctx context.Context, host string) bool) (*tls.Config, func(), error) {
	switch c.TLS.Mode {
	case config.TLSFiles:
		t, err := files(c.TLS.CertFile, c.TLS.KeyFile)
		return t, func() {}, err
	case config.TLSACME:
		t, stop := acme(c, known, nil)
		return t, stop, nil
	}
	return nil, func() {}, nil
}

// reload is how often the files are looked at again, so that a renewed certificate needs no restart.
const reload = time.Hour

func files(cert, key string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	var mu sync.Mutex
	read := time.Now()
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			mu.Lock()
			defer mu.Unlock()
			if time.Since(read) > reload {
				read = time.Now()
				if p, err := tls.LoadX509KeyPair(cert, key); err == nil { // a half-written file: the old one serves on
					pair = p
				}
			}
			return &pair, nil
		}}, nil
}

// acme fetches certificates when a host is first asked for. roots are the certificate authority's own, for tests.
func acme(c *config.Config, known func(context.Context, string) bool, roots *x509.CertPool) (*tls.Config, func()) {
	var magic *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{Logger: zap.NewNop(),
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return magic, nil }})
	magic = certmagic.New(cache, certmagic.Config{
		Logger:  zap.NewNop(),
		Storage: &certmagic.FileStorage{Path: filepath.Join(c.DataDir, "acme")},
		OnDemand: &certmagic.OnDemandConfig{DecisionFunc: func(ctx context.Context, host string) error {
			if !known(ctx, host) {
				return ErrStrangeHost
			}
			return nil
		}},
	})
	host, port := doors(c.Listen.Doors)
	magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{CA: c.TLS.Directory, Email: c.TLS.Email,
		Agreed: true, DisableHTTPChallenge: true, ListenHost: host, AltTLSALPNPort: port, TrustedRoots: roots, Logger: zap.NewNop()})}
	t := magic.TLSConfig()
	t.MinVersion = tls.VersionTLS12
	t.NextProtos = append([]string{"h2", "http/1.1"}, t.NextProtos...)
	return t, cache.Stop
}

// doors is where the challenge is answered: where the shops' doors are, open already, so that no second listener is tried
// (443 may be another's, or not ours to open). Port 0 leaves it at 443, for a socket file with a forwarder before it.
func doors(address string) (string, int) {
	host, name, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0
	}
	port, err := net.LookupPort("tcp", name)
	if err != nil {
		return "", 0
	}
	return host, port
}
