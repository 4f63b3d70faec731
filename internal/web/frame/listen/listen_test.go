package listen_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/listen"
)

func door(t *testing.T, name string, routes ...frame.Route) *frame.Mux {
	t.Helper()
	routes = append(routes, frame.Route{Method: "GET", Pattern: "/{$}", Right: frame.Public, Handler: func(r *frame.Request) (frame.Response, error) {
		return frame.Text(name + " " + id.String(r.Shop())), nil
	}}, frame.Route{Method: "POST", Pattern: "/{$}", Right: frame.Public, Handler: func(r *frame.Request) (frame.Response, error) {
		_, err := r.Form()
		return frame.Text("read"), err
	}, Limits: frame.Limits{Time: 300 * time.Millisecond}})
	m, err := frame.Browser(frame.Config{Name: name, Log: slog.New(slog.DiscardHandler), Routes: routes})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func bind(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// run serves until the test ends (or stop is called) and reports how it ended.
func run(t *testing.T, c listen.Config) (stop context.CancelFunc, ended <-chan error) {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	s, err := listen.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(cancel)
	return cancel, done
}

func fetch(t *testing.T, l net.Listener, host string) (int, string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+l.Addr().String()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Host = host
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestListenersLeadToDoorsAndShops(t *testing.T) {
	t.Parallel()
	one, own, many := bind(t), bind(t), bind(t)
	admin, shop := door(t, "admin"), door(t, "storefront")
	run(t, listen.Config{Listeners: []listen.Listener{
		{Net: one, Door: admin},
		{Net: own, Door: shop, Shop: 42},
		{Net: many, Hosts: func(h string) *frame.Mux {
			return map[string]*frame.Mux{"admin.localhost": admin, "shop.localhost": shop}[h]
		}},
	}})
	for _, c := range []struct {
		l      net.Listener
		host   string
		status int
		body   string
	}{
		{one, "anything", 200, "admin 0"}, {own, "anything", 200, "storefront 42"}, {many, "ADMIN.localhost.:80", 200, "admin 0"},
		{many, "shop.localhost", 200, "storefront 0"}, {many, "other.localhost", 421, ""},
	} {
		if status, body := fetch(t, c.l, c.host); status != c.status || c.body != "" && body != c.body {
			t.Errorf("%s: %d %q", c.host, status, body)
		}
	}
}

func TestAListenerNeedsOneDoor(t *testing.T) {
	t.Parallel()
	l, d := bind(t), door(t, "a")
	for _, bad := range []listen.Listener{{Net: l}, {Door: d}, {Net: l, Door: d, Hosts: func(string) *frame.Mux { return d }}} {
		if _, err := listen.New(listen.Config{Log: slog.New(slog.DiscardHandler), Listeners: []listen.Listener{bad}}); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestStoppingWaitsForAnswersUnderWay(t *testing.T) {
	t.Parallel()
	began, goOn := make(chan struct{}), make(chan struct{})
	l := bind(t)
	stop, ended := run(t, listen.Config{Listeners: []listen.Listener{{Net: l, Door: door(t, "a", frame.Route{
		Method: "GET", Pattern: "/slow", Right: frame.Public, Handler: func(*frame.Request) (frame.Response, error) {
			close(began)
			<-goOn
			return frame.Text("whole"), nil
		}})}}})
	got := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + l.Addr().String() + "/slow")
		if err != nil {
			got <- err.Error()
			return
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		got <- string(b)
	}()
	<-began
	stop()
	select {
	case err := <-ended:
		t.Fatalf("ended with an answer under way: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(goOn)
	if s := <-got; s != "whole" {
		t.Errorf("got %q", s)
	}
	if err := <-ended; err != nil {
		t.Errorf("ended: %v", err)
	}
}

func TestAHundredMegabytesAreRefusedQuickly(t *testing.T) {
	t.Parallel()
	l := bind(t)
	run(t, listen.Config{Listeners: []listen.Listener{{Net: l, Door: door(t, "a")}}})
	for _, length := range []int64{100 << 20, -1} { // declared, then chunked
		body := io.LimitReader(zeros{}, 100<<20)
		q, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+l.Addr().String()+"/", body)
		if err != nil {
			t.Fatal(err)
		}
		q.ContentLength = length
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		began := time.Now()
		res, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatalf("length %d: %v", length, err)
		}
		_ = res.Body.Close()
		if res.StatusCode != 413 || time.Since(began) > 2*time.Second {
			t.Errorf("length %d: %d after %s", length, res.StatusCode, time.Since(began))
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestDawdlersAreCutOff(t *testing.T) {
	t.Parallel()
	l := bind(t)
	run(t, listen.Config{HeaderTime: 300 * time.Millisecond, IdleTime: 300 * time.Millisecond,
		Listeners: []listen.Listener{{Net: l, Door: door(t, "a")}}})
	for name, say := range map[string]string{
		"headers": "GET / HTTP/1.1\r\nHost: a\r\nX-",
		"body":    "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na=",
		"idle":    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, _ = io.WriteString(c, say)
		_ = c.SetReadDeadline(began.Add(5 * time.Second))
		b, err := io.ReadAll(c)
		_ = c.Close()
		if took := time.Since(began); err != nil || took > 3*time.Second {
			t.Errorf("%s: held for %s: %v %q", name, took, err, b)
		}
		if name == "body" && !bytes.Contains(b, []byte("400 Bad Request")) {
			t.Errorf("body: %q", b)
		}
	}
}

func TestHeadersAndConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	l := bind(t)
	run(t, listen.Config{HeaderBytes: 4 << 10, Connections: 1, IdleTime: 200 * time.Millisecond,
		Listeners: []listen.Listener{{Net: l, Door: door(t, "a")}}})
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nX-Long: "+strings.Repeat("x", 16<<10)+"\r\n\r\n")
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	head := make([]byte, 12)
	if _, err := io.ReadFull(c, head); err != nil || string(head) != "HTTP/1.1 431" {
		t.Errorf("long header: %q %v", head, err)
	}
	_ = c.Close()
	var wg sync.WaitGroup
	for range 8 { // they queue, and each is served in turn
		wg.Go(func() {
			if status, _ := fetch(t, l, "a"); status != 200 {
				t.Errorf("status %d", status)
			}
		})
	}
	wg.Wait()
}

func TestTLSIsServed(t *testing.T) {
	t.Parallel()
	donor := httptest.NewTLSServer(nil)
	cert := donor.TLS.Certificates[0]
	client := donor.Client()
	donor.Close()
	l := bind(t)
	run(t, listen.Config{Listeners: []listen.Listener{{Net: l, Door: door(t, "a"),
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}}}})
	q, err := http.NewRequestWithContext(t.Context(), "GET", "https://"+l.Addr().String()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}
