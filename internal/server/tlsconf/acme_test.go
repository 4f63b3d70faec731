package tlsconf

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/config"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

const (
	shopHost = "tea.noren.test"
	welcome  = "いらっしゃいませ"
)

// TestMain lets the authority validate at once: by default it waits up to five seconds. It validates all the same.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_VA_ALWAYS_VALID": "0"} {
		if err := os.Setenv(name, value); err != nil {
			log.Fatal(err)
		}
	}
	os.Exit(m.Run())
}

// An authority is pebble, the test server of the ACME protocol's own authors, in this process.
type authority struct {
	directory         string
	clients           *x509.CertPool // trusts its own door
	visitors          *x509.CertPool // trusts what it issues
	requests, orders  atomic.Int64
	challenged, names sync.Map
}

// found starts an authority that resolves every name to this machine and validates at the port.
func found(t *testing.T, port int) *authority {
	t.Helper()
	a := &authority{clients: x509.NewCertPool(), visitors: x509.NewCertPool()}
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	issuer := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {}})
	front := wfe.New(quiet, store, va.New(quiet, 1, port, true, a.resolver(t), store), issuer, []string{"pebble.test"}, true, false, 1, 1)
	inner := front.Handler()
	door := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.requests.Add(1)
		inner.ServeHTTP(&tally{ResponseWriter: w, made: func() {
			if strings.Contains(r.URL.Path, "order") {
				a.orders.Add(1)
			}
		}}, r)
	}))
	t.Cleanup(door.Close)
	a.directory = door.URL + wfe.DirectoryPath
	a.clients.AddCert(door.Certificate())
	if !a.visitors.AppendCertsFromPEM(issuer.GetRootCert(0).PEM()) {
		t.Fatal("the authority has no root")
	}
	return a
}

// resolver answers every question for an IPv4 address with 127.0.0.1, and remembers the names.
func (a *authority) resolver(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		for _, ask := range q.Question {
			a.names.Store(ask.Name, true)
			if ask.Qtype == dns.TypeA {
				m.Answer = append(m.Answer, &dns.A{A: net.IPv4(127, 0, 0, 1),
					Hdr: dns.RR_Header{Name: ask.Name, Rrtype: dns.TypeA, Class: dns.ClassINET}})
			}
		}
		w.WriteMsg(m) //nolint:errcheck // who asked says so
	})}
	go s.ActivateAndServe() //nolint:errcheck // ends with the listener
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// A tally tells when a resource was made (201), which a refused nonce's repeat is not.
type tally struct {
	http.ResponseWriter
	made func()
}

func (w *tally) WriteHeader(code int) {
	if code == http.StatusCreated {
		w.made()
	}
	w.ResponseWriter.WriteHeader(code)
}

// shop opens the doors on a listener that is bound already, as serve does.
func shop(t *testing.T, l net.Listener, a *authority, data string) (stop func()) {
	t.Helper()
	c := &config.Config{DataDir: data, Listen: config.Listen{Doors: l.Addr().String()},
		TLS: config.TLS{Mode: config.TLSACME, Email: "owner@noren.test", Directory: a.directory}}
	conf, forget := acme(c, func(_ context.Context, host string) bool { return host == shopHost }, a.clients)
	inner := conf.GetCertificate
	conf.GetCertificate = func(hi *tls.ClientHelloInfo) (*tls.Certificate, error) {
		for _, p := range hi.SupportedProtos {
			if p == "acme-tls/1" {
				a.challenged.Store(hi.ServerName, true)
			}
		}
		return inner(hi)
	}
	s := &http.Server{ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, welcome) })} //nolint:errcheck // read
	go s.Serve(tls.NewListener(l, conf)) //nolint:errcheck // ends with the listener
	return sync.OnceFunc(func() { s.Close(); forget() })
}

// visit asks for the host's page over a connection of its own.
func visit(ctx context.Context, addr, host string, roots *x509.CertPool) (string, error) {
	tr := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/", nil)
	if err != nil {
		return "", err
	}
	answer, err := (&http.Client{Transport: tr}).Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	return string(page), err
}

// TestCertificateIsFetchedForAShopOnly has a real authority: it validates at our listener, which also serves the page.
func TestCertificateIsFetchedForAShopOnly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second) // for all visits together
	defer cancel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr, data := l.Addr().String(), t.TempDir()
	a := found(t, l.Addr().(*net.TCPAddr).Port)
	stop := shop(t, l, a, data)
	t.Cleanup(func() { stop() })

	if _, err := visit(ctx, addr, "strange.noren.test", a.visitors); err == nil || a.requests.Load() != 0 {
		t.Errorf("a strange host: %v, and the authority was asked %d times", err, a.requests.Load())
	}
	var wg sync.WaitGroup
	for range 8 { // the first visitors come together
		wg.Go(func() {
			if page, err := visit(ctx, addr, shopHost, a.visitors); err != nil || page != welcome {
				t.Errorf("the shop's page: %q, %v", page, err)
			}
		})
	}
	wg.Wait()
	if _, ok := a.challenged.Load(shopHost); !ok {
		t.Error("the authority did not come to our listener")
	}
	if _, ok := a.names.Load(shopHost + "."); !ok {
		t.Error("the authority did not resolve the host")
	}
	if n := a.orders.Load(); n != 1 {
		t.Errorf("%d orders for the first visitors", n)
	}
	stored(t, filepath.Join(data, "acme"), a.visitors)

	// After a restart, the stored certificate serves.
	stop()
	if l, err = net.Listen("tcp", addr); err != nil {
		t.Fatal(err)
	}
	stop = shop(t, l, a, data)
	if page, err := visit(ctx, addr, shopHost, a.visitors); err != nil || page != welcome || a.orders.Load() != 1 {
		t.Errorf("after a restart: %q, %v, %d orders", page, err, a.orders.Load())
	}
	if _, err := visit(ctx, addr, "strange.noren.test", a.visitors); err == nil || a.orders.Load() != 1 {
		t.Errorf("a strange host after a restart: %v, %d orders", err, a.orders.Load())
	}
}

// stored checks that the folder has one pair for the host, and that nobody else may read its key.
func stored(t *testing.T, dir string, roots *x509.CertPool) {
	t.Helper()
	pairs := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".crt" {
			return err
		}
		pairs++
		key := strings.TrimSuffix(path, ".crt") + ".key"
		pair, err := tls.LoadX509KeyPair(path, key)
		if err != nil {
			return err
		}
		between := x509.NewCertPool()
		for _, der := range pair.Certificate[1:] {
			if c, err := x509.ParseCertificate(der); err == nil {
				between.AddCert(c)
			}
		}
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: shopHost, Roots: roots, Intermediates: between}); err != nil {
			return err
		}
		info, err := os.Stat(key)
		if err == nil && filepath.Separator == '/' && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may read the key: %v", info.Mode())
		}
		return err
	})
	if err != nil || pairs != 1 {
		t.Errorf("%d stored certificates, %v", pairs, err)
	}
}

func TestChallengeIsAnsweredAtTheDoors(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct {
		host string
		port int
	}{":443": {"", 443}, "127.0.0.1:8443": {"127.0.0.1", 8443}, "[::1]:https": {"::1", 443}, "unix:/run/noren/doors": {"", 0}, "": {"", 0}} {
		if host, port := doors(address); host != want.host || port != want.port {
			t.Errorf("%q: %q, %d", address, host, port)
		}
	}
}
