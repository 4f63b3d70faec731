// Package paysimtest starts the payment simulator for a test: on loopback, in this process, with a clock that the test moves.
//
// It guarantees the same program as `noren paysim` runs, doors and all, and hands that type into its pages as people do. It refuses to
// be used outside tests: it takes a testing.TB.
package paysimtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/paysim"
	"github.com/noren-shop/noren/internal/paysim/book"
)

// A Sim is a running simulator. Book has its faults and everyone's hands: b.SetFaults, b.PayAtTill, b.Settle, b.Forward.
type Sim struct {
	*paysim.Simulator
	Clock *Clock
}

// A Clock is moved by the test; it begins now and stands still.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves it on.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Start starts one that ends with the test.
func Start(t testing.TB) *Sim {
	t.Helper()
	return With(t, paysim.Config{})
}

// With is Start with what the configuration sets; a clock of its own (c.Now) leaves Clock without effect.
func With(t testing.TB, c paysim.Config) *Sim {
	t.Helper()
	clock := &Clock{now: time.Now().Truncate(time.Second)}
	if c.Now == nil {
		c.Now = clock.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	s, err := paysim.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Sim{s, clock}
}

// Account opens a merchant's account, whose notices go to that address; empty sends none.
func (s *Sim) Account(t testing.TB, notices string) provider.Account {
	t.Helper()
	a, err := s.Book.OpenAccount("茶の丸山", notices)
	if err != nil {
		t.Fatal(err)
	}
	return provider.Account{Name: provider.Simulator, Endpoint: s.API, Key: secret.NewText(a.Key), Notices: secret.NewText(a.Sign)}
}

// Number is the number of a line of the table of test cards: "approve", "challenge", "nofunds" …
func Number(t testing.TB, line string) string {
	t.Helper()
	for _, l := range book.Lines() {
		if l.Name == line {
			return l.Number
		}
	}
	t.Fatalf("no test card %q", line)
	return ""
}

// Pay types a test card into a charge's hosted page, and the code into the challenge if one comes. It gives the page that is shown
// at the end.
func (s *Sim) Pay(t testing.TB, page, line string) string {
	t.Helper()
	code := "123"
	if line == "amex" {
		code = "1234"
	}
	at, body := s.Post(t, page+"/card", "number", Number(t, line), "expiry", "12/40", "code", code, "name", "TEST TARO")
	if strings.HasSuffix(at, "/challenge") {
		_, body = s.Post(t, at, "act", "confirm", "code", book.ChallengeCode)
	}
	return body
}

// Post sends a form as a browser does, follows redirects, and says where it ended and what was shown.
func (s *Sim) Post(t testing.TB, address string, fields ...string) (at, body string) {
	t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	return s.ask(t, http.MethodPost, address, "application/x-www-form-urlencoded", strings.NewReader(v.Encode()))
}

// Get opens a page.
func (s *Sim) Get(t testing.TB, address string) (at, body string) {
	t.Helper()
	return s.ask(t, http.MethodGet, address, "", http.NoBody)
}

// Ask calls the interface for programs with a key, and gives status and body.
func (s *Sim) Ask(t testing.TB, method, path, key string, in any) (status int, body []byte) {
	t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, s.API+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodGet {
		req.Body, req.ContentLength = http.NoBody, 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil // cut off: a fault, maybe
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	if err != nil {
		return 0, nil
	}
	return res.StatusCode, body
}

func (s *Sim) ask(t testing.TB, method, address, kind string, body io.Reader) (string, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "ja")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.Request.URL.String(), string(b)
}
