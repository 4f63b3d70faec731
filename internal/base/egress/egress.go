// Package egress is the one way out by HTTP: who else makes a client is refused by the house's test.
//
// It guarantees that Configured reaches the addresses that the operator listed and nothing else, and that Untrusted, which fetches
// what an owner, a developer or a stranger names, never reaches an address that is not public: each address is checked after the
// name was resolved, and it is that very address that is dialled, for each redirect anew, so that a name which changes its mind
// gains nothing. Both bound time, header and body, and keep neither cookies nor a proxy from the environment. It refuses compressed
// answers, since nobody asks for them: what arrives is as long as it says.
package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
)

// Limits bound one request with all its redirects. A zero field is its default.
type Limits struct {
	Total     time.Duration // until the answer's last byte; 20 s
	Body      int64         // bytes of an answer; 4 MiB
	Header    int64         // bytes of an answer's header; 64 KiB
	Redirects int           // that are followed, by Untrusted; 3. Below zero: none
	Plain     bool          // http is allowed beside https, by Untrusted
}

func (l Limits) filled() Limits {
	if l.Total == 0 {
		l.Total = 20 * time.Second
	}
	if l.Body == 0 {
		l.Body = 4 << 20
	}
	if l.Header == 0 {
		l.Header = 64 << 10
	}
	if l.Redirects == 0 {
		l.Redirects = 3
	}
	return l
}

// A Net is how names and addresses are reached. A nil field is the system's way; tests have their own.
type Net struct {
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Roots   *x509.CertPool
}

// The refusals, for whoever named the address.
var (
	ErrAddress = fault.Denied(fault.Text{Ja: "このアドレスには接続できません。インターネット上に公開された https のアドレスを指定してください。",
		En: "This address cannot be reached from here. Name a public https address on the internet."})
	ErrRedirect = fault.Denied(fault.Text{Ja: "転送の回数が多すぎるか、転送先に接続できません。",
		En: "The address redirects too often, or to where it may not."})
	ErrTooLarge = fault.Denied(fault.Text{Ja: "応答が大きすぎます。", En: "The answer is too large."})
	ErrEncoded  = fault.Denied(fault.Text{Ja: "圧縮された応答は受け取りません。", En: "A compressed answer is not taken."})
	ErrUnlisted = errors.New("the address is not one that the operator configured")
)

// Configured makes a client for the base addresses that an operator's configuration names: scheme, host, port, and the path's
// beginning. They may be private. Redirects are not followed: an interface that moves is configured anew.
func Configured(bases []string, l Limits, n Net) (*http.Client, error) {
	var list []*url.URL
	for _, b := range bases {
		u, err := url.Parse(b)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
			return nil, fmt.Errorf("configured address %q: want http(s)://host[:port][/path]", b)
		}
		list = append(list, u)
	}
	l = l.filled()
	tr := transport(l, n)
	tr.DialContext = n.Dial
	if n.Dial == nil {
		tr.DialContext = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	}
	check := func(u *url.URL) error {
		for _, b := range list {
			if under(u, b) {
				return nil
			}
		}
		return ErrUnlisted
	}
	return &http.Client{Timeout: l.Total, Transport: &guarded{next: tr, limits: l, check: check},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// under says whether u is at the base address or below it.
func under(u, base *url.URL) bool {
	if u.Scheme != base.Scheme || !strings.EqualFold(u.Hostname(), base.Hostname()) || port(u) != port(base) || u.User != nil {
		return false
	}
	dir := strings.TrimSuffix(base.Path, "/")
	path := u.EscapedPath()
	if strings.Contains(path, "..") || strings.Contains(strings.ToLower(path), "%2e") || strings.ContainsRune(path, '\\') {
		return false
	}
	return dir == "" || path == dir || strings.HasPrefix(path, dir+"/")
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// Untrusted makes a client for addresses that someone else named.
func Untrusted(l Limits, n Net) *http.Client {
	l = l.filled()
	tr := transport(l, n)
	tr.DisableKeepAlives = true
	tr.DialContext = publicDialer(n)
	check := func(u *url.URL) error { return l.Check(u) }
	return &http.Client{Timeout: l.Total, Transport: &guarded{next: tr, limits: l, check: check},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > l.Redirects || via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
				return ErrRedirect
			}
			if err := l.Check(req.URL); err != nil {
				return ErrRedirect.Because(err)
			}
			return nil
		}}
}

func transport(l Limits, n Net) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // never from the environment
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: n.Roots},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  l.Total,
		MaxResponseHeaderBytes: l.Header,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        60 * time.Second,
		DisableCompression:     true,
	}
}

// publicDialer resolves, refuses a name with any address that is not public, and dials the addresses that it checked.
func publicDialer(n Net) func(ctx context.Context, network, address string) (net.Conn, error) {
	resolve, dial := n.Resolve, n.Dial
	if resolve == nil {
		resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if dial == nil {
		// Control sees the address that the socket connects to, whatever came before.
		dial = (&net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !Public(at.Addr()) {
				return ErrAddress
			}
			return nil
		}}).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, ErrAddress.Because(err)
		}
		addrs, err := lookup(ctx, resolve, host)
		if err != nil {
			return nil, err
		}
		for _, a := range addrs[:min(len(addrs), 4)] {
			var conn net.Conn
			if conn, err = dial(ctx, "tcp", net.JoinHostPort(a.String(), port)); err == nil {
				return conn, nil
			}
		}
		return nil, err
	}
}

func lookup(ctx context.Context, resolve func(context.Context, string) ([]netip.Addr, error), host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if !Public(a) {
			return nil, ErrAddress
		}
		return []netip.Addr{a}, nil
	}
	if numeric(host) {
		return nil, ErrAddress // some resolvers read 0x7f.1 as an address
	}
	addrs, err := resolve(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("resolve name: %w", err)
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("resolve name: no address")
	}
	for i, a := range addrs {
		if addrs[i] = a.Unmap(); !Public(addrs[i]) {
			return nil, ErrAddress // one private address among public ones is no accident
		}
	}
	return addrs, nil
}

// guarded checks each request's address and bounds its answer.
type guarded struct {
	next   http.RoundTripper
	limits Limits
	check  func(*url.URL) error
}

// RoundTrip does one request.
func (g *guarded) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.check(req.URL); err != nil {
		return nil, err
	}
	resp, err := g.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if e := resp.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		resp.Body.Close()
		return nil, ErrEncoded
	}
	if resp.ContentLength > g.limits.Body {
		resp.Body.Close()
		return nil, ErrTooLarge
	}
	resp.Body = &bounded{resp.Body, g.limits.Body}
	return resp, nil
}

// bounded fails once an answer is longer than it may be. It does not cut silently: half an answer is a wrong one.
type bounded struct {
	io.ReadCloser
	left int64
}

// Read reads at most one byte more than is allowed.
func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}
