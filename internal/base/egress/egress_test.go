package egress_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/egress"
)

// world is a network of names, whose every address is one hostile server.
type world struct {
	mu     sync.Mutex
	names  map[string][][]string // per name, the answers of the first, second … question; the last stays
	asked  map[string]int
	dialed []string
	server string
}

func (w *world) net() egress.Net {
	return egress.Net{Resolve: w.resolve, Dial: w.dial}
}

func (w *world) resolve(_ context.Context, host string) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	answers := w.names[host]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var out []netip.Addr
	for _, a := range answers[min(w.asked[host], len(answers)-1)] {
		out = append(out, netip.MustParseAddr(a))
	}
	w.asked[host]++
	return out, nil
}

func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	w.dialed = append(w.dialed, address)
	w.mu.Unlock()
	var d net.Dialer
	return d.DialContext(ctx, network, w.server)
}

func newWorld(t *testing.T, h http.HandlerFunc, names map[string][][]string) *world {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &world{names: names, asked: map[string]int{}, server: s.Listener.Addr().String()}
}

func get(c *http.Client, url string) (string, error) {
	resp, err := c.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func plain() egress.Limits { return egress.Limits{Total: 2 * time.Second, Plain: true} }

func TestOnlyPublicAddressesArePublic(t *testing.T) {
	t.Parallel()
	for _, a := range []string{"8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "223.255.255.255",
		"2606:4700::1111", "2400:cb00::1", "2001:4860:4860::8888"} {
		if !egress.Public(netip.MustParseAddr(a)) {
			t.Errorf("%s is public", a)
		}
	}
	for _, a := range []string{"0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
		"172.16.0.1", "172.31.255.255", "192.0.0.1", "192.168.1.1", "192.88.99.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1",
		"255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
		"::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1", "2000::%x"} {
		if egress.Public(netip.MustParseAddr(a)) {
			t.Errorf("%s is not public", a)
		}
	}
}

func TestUntrustedRefusesWhatIsNotPublicHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {}, map[string][][]string{
		"inside.example": {{"10.0.0.1"}}, "mixed.example": {{"8.8.8.8", "127.0.0.1"}}, "mapped.example": {{"::ffff:127.0.0.1"}},
		"nat64.example": {{"64:ff9b::7f00:1"}}, "sixtofour.example": {{"2002:7f00:1::"}}, "cgnat.example": {{"100.64.1.1"}},
		"meta.example": {{"169.254.169.254"}}, "zone.example": {{"fe80::1%eth0"}},
		"0x7f.1": {{"127.0.0.1"}}, "2130706433": {{"127.0.0.1"}}, "0177.0.0.1": {{"127.0.0.1"}}, "127.1": {{"127.0.0.1"}},
	})
	c := egress.Untrusted(plain(), w.net())
	for _, u := range []string{
		"http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://0/",
		"http://017700000001/", "http://127.0.0.1./", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:8.8.8.8]/",
		"http://[fe80::1%25eth0]/", "http://[2606:4700::1111%25eth0]/", "http://[64:ff9b::7f00:1]/", "http://localhost/", "http://LOCALHOST./",
		"http://a.localhost/", "http://printer.local/", "http://vault.internal/", "http://intranet/", "http://１２７.０.０.１/", "http://127。0。0。1/",
		"http://inside.example/", "http://mixed.example/", "http://mapped.example/", "http://nat64.example/", "http://sixtofour.example/",
		"http://cgnat.example/", "http://meta.example/", "http://zone.example/", "http://8.8.8.8:22/", "http://8.8.8.8:25/", "http://user@8.8.8.8/",
		"ftp://8.8.8.8/", "file:///etc/passwd", "http://8.8.8.8:0/", "http://8.8.8.8:99999/", "http:///", "http://1.1.1.1.0x10/",
	} {
		if _, err := get(c, u); err == nil {
			t.Errorf("%s was fetched", u)
		}
	}
	if len(w.dialed) != 0 {
		t.Errorf("dialled %v", w.dialed)
	}
	if _, err := get(egress.Untrusted(egress.Limits{}, w.net()), "http://8.8.8.8/"); !errors.Is(err, egress.ErrAddress) {
		t.Errorf("http without Plain: %v", err)
	}
}

// The system's own dialer, without a test's: the address that the socket takes is checked again.
func TestTheSystemsDialerRefusesLoopback(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	resolve := func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	c := egress.Untrusted(plain(), egress.Net{Resolve: resolve})
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	if _, err := get(c, "http://shop.example:"+port+"/"); !errors.Is(err, egress.ErrAddress) {
		t.Errorf("reached a loopback server: %v", err)
	}
}

func TestTheCheckedAddressIsTheOneDialled(t *testing.T) {
	t.Parallel()
	// The name answers with a public address once and with loopback from then on.
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/again" {
			http.Redirect(rw, r, "/second", http.StatusFound)
			return
		}
		io.WriteString(rw, "seen")
	}, map[string][][]string{"rebind.example": {{"8.8.8.8"}, {"127.0.0.1"}}})
	c := egress.Untrusted(plain(), w.net())
	if got, err := get(c, "http://rebind.example/"); err != nil || got != "seen" {
		t.Fatalf("%q, %v", got, err)
	}
	if len(w.dialed) != 1 || w.dialed[0] != "8.8.8.8:80" || w.asked["rebind.example"] != 1 {
		t.Errorf("dialled %v after %d questions", w.dialed, w.asked["rebind.example"])
	}
	if _, err := get(c, "http://rebind.example/"); !errors.Is(err, egress.ErrAddress) {
		t.Errorf("the second answer was used: %v", err)
	}
	w.asked["rebind.example"] = 0
	if _, err := get(c, "http://rebind.example/again"); !errors.Is(err, egress.ErrAddress) {
		t.Errorf("the redirect used the second answer: %v", err)
	}
}

func TestRedirectsAreCheckedAndCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		to := r.URL.Query().Get("to")
		if to == "loop" {
			to = r.URL.String()
		}
		if to == "" {
			io.WriteString(rw, r.Host)
			return
		}
		http.Redirect(rw, r, to, http.StatusTemporaryRedirect)
	}, map[string][][]string{"a.example": {{"8.8.8.8"}}, "b.example": {{"1.1.1.1"}}, "in.example": {{"192.168.0.1"}}})
	c := egress.Untrusted(plain(), w.net())
	if got, err := get(c, "http://a.example/?to=http://b.example/"); err != nil || got != "b.example" {
		t.Errorf("a harmless redirect: %q, %v", got, err)
	}
	before := len(w.dialed)
	for _, to := range []string{"http://127.0.0.1/", "http://[::1]/", "http://in.example/", "http://localhost/", "//0x7f.1/", "gopher://a.example/",
		"http://169.254.169.254/latest/meta-data/", "http://a.example:22/"} {
		if _, err := get(c, "http://a.example/?to="+to); err == nil {
			t.Errorf("followed a redirect to %s", to)
		}
	}
	for _, at := range w.dialed[before:] {
		if at != "8.8.8.8:80" {
			t.Errorf("dialled %s", at)
		}
	}
	if _, err := get(c, "http://a.example/?to=loop"); !errors.Is(err, egress.ErrRedirect) {
		t.Errorf("a loop: %v", err)
	}
	if n := len(w.dialed) - before; n != 8+4 {
		t.Errorf("dialled %d times", n)
	}
}

func TestHostileAnswersEnd(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/endless":
			for line := strings.Repeat("x", 64<<10); ; {
				if _, err := io.WriteString(rw, line); err != nil {
					return
				}
			}
		case "/promises":
			rw.Header().Set("Content-Length", "1099511627776")
		case "/slow":
			for rw.WriteHeader(200); ; {
				select {
				case <-stop:
					return
				case <-r.Context().Done():
					return
				case <-time.After(50 * time.Millisecond):
					io.WriteString(rw, "x")
					http.NewResponseController(rw).Flush()
				}
			}
		case "/silent":
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		case "/header":
			for i := range 1000 {
				rw.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
			}
		case "/bomb":
			rw.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(rw)
			z.Write(make([]byte, 1<<20))
			z.Close()
		case "/cookie":
			if _, err := r.Cookie("c"); err == nil {
				io.WriteString(rw, "kept")
			}
			http.SetCookie(rw, &http.Cookie{Name: "c", Value: "1"})
		case "/exact":
			io.WriteString(rw, strings.Repeat("x", 1000))
		}
	}, map[string][][]string{"evil.example": {{"8.8.8.8"}}})
	c := egress.Untrusted(egress.Limits{Total: time.Second, Body: 1000, Header: 8 << 10, Plain: true}, w.net())
	for _, path := range []string{"/endless", "/promises", "/slow", "/silent", "/header", "/bomb"} {
		began := time.Now()
		if got, err := get(c, "http://evil.example"+path); err == nil {
			t.Errorf("%s: took %d bytes", path, len(got))
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: took %v", path, took)
		}
	}
	if got, err := get(c, "http://evil.example/exact"); err != nil || len(got) != 1000 {
		t.Errorf("an answer of just the limit: %d bytes, %v", len(got), err)
	}
	for range 2 {
		if got, err := get(c, "http://evil.example/cookie"); err != nil || got != "" {
			t.Errorf("cookie: %q, %v", got, err)
		}
	}
}

// A peer that never stops sending interim answers or header lines.
func TestEndlessHeadersEnd(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				line, _ := bufio.NewReader(conn).ReadString('\n')
				say := "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
				if strings.Contains(line, "/lines") {
					io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
					say = "X: y\r\n"
				}
				for range 10_000_000 {
					if _, err := io.WriteString(conn, say); err != nil {
						return
					}
				}
			}()
		}
	}()
	w := &world{names: map[string][][]string{"evil.example": {{"8.8.8.8"}}}, asked: map[string]int{}, server: l.Addr().String()}
	c := egress.Untrusted(plain(), w.net())
	for _, path := range []string{"/hints", "/lines"} {
		if _, err := get(c, "http://evil.example"+path); err == nil {
			t.Errorf("%s ended well", path)
		}
	}
}

func TestConfiguredReachesItsListAndNothingElse(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/moved" {
			http.Redirect(rw, r, "http://127.0.0.1:1/", http.StatusFound)
			return
		}
		io.WriteString(rw, "ok")
	}))
	defer s.Close()
	c, err := egress.Configured([]string{s.URL + "/v1/"}, egress.Limits{}, egress.Net{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := get(c, s.URL+"/v1/charges?a=b"); err != nil || got != "ok" {
		t.Errorf("a private address that was configured: %q, %v", got, err)
	}
	resp, err := c.Get(s.URL + "/v1/moved")
	if err != nil || resp.StatusCode != http.StatusFound {
		t.Errorf("a redirect was followed: %v, %v", resp, err)
	}
	u, _ := url.Parse(s.URL)
	for _, other := range []string{s.URL + "/v2", s.URL + "/v11", s.URL + "/v1/../v2", s.URL + "/v1/%2e%2e/v2", "https://" + u.Host + "/v1/",
		"http://localhost:" + u.Port() + "/v1/", "http://127.0.0.1:1/v1/", "http://user@" + u.Host + "/v1/"} {
		if _, err := get(c, other); !errors.Is(err, egress.ErrUnlisted) {
			t.Errorf("%s: %v", other, err)
		}
	}
	for _, bad := range []string{"", "api.example", "ftp://a.example", "https://u:p@a.example", "https://a.example/?q", "https://"} {
		if _, err := egress.Configured([]string{bad}, egress.Limits{}, egress.Net{}); err == nil {
			t.Errorf("took %q", bad)
		}
	}
}

func TestNoProxyFromTheEnvironment(t *testing.T) {
	proxied := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxied.Close()
	t.Setenv("HTTP_PROXY", proxied.URL)
	t.Setenv("HTTPS_PROXY", proxied.URL)
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, "straight") },
		map[string][][]string{"a.example": {{"8.8.8.8"}}})
	if got, err := get(egress.Untrusted(plain(), w.net()), "http://a.example/"); err != nil || got != "straight" {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzCheckNeverLetsAnInnerAddressPass(f *testing.F) {
	for _, s := range []string{"http://127.0.0.1/", "https://a.example/", "http://[::1%25x]/", "http://0x7f.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse(s)
		if err != nil || (egress.Limits{Plain: true}).Check(u) != nil {
			return
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && !egress.Public(a) {
			t.Errorf("%q passes", s)
		}
	})
}
