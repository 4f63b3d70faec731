package paysim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/paysim"
	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/paysim/news"
	"github.com/noren-shop/noren/internal/paysim/paysimtest"
)

// order is a card payment at the interface.
func order(key string, change func(*book.Order)) book.Order {
	o := book.Order{Key: key, Amount: 5000, Means: book.Card, Order: "1001", Shop: "茶の丸山", Capture: true, Return: "http://127.0.0.1/return"}
	if change != nil {
		change(&o)
	}
	return o
}

func charge(t *testing.T, b []byte) book.Charge {
	t.Helper()
	var c book.Charge
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return c
}

func TestInterfaceAnswersAsDocumented(t *testing.T) {
	t.Parallel()
	s := paysimtest.Start(t)
	key, other := s.Account(t, "").Key.Reveal(), s.Account(t, "").Key.Reveal()
	_, b := s.Ask(t, "POST", "/v1/charges", key, order("a", nil))
	open := "/v1/charges/" + charge(t, b).Ref
	_, b = s.Ask(t, "POST", "/v1/charges", key, order("b", nil))
	paid := charge(t, b)
	s.Pay(t, paid.URL, "approve")
	taken := "/v1/charges/" + paid.Ref
	type body map[string]any
	for name, c := range map[string]struct {
		method, path, key string
		in                any
		status            int
		want              string
	}{
		"no key":              {"GET", open, "", nil, 401, "unauthenticated"},
		"another's charge":    {"GET", open, other, nil, 404, "not_found"},
		"another's by key":    {"GET", "/v1/charges?key=a", other, nil, 404, "not_found"},
		"own":                 {"GET", open, key, nil, 200, `"state":"open"`},
		"by key":              {"GET", "/v1/charges?key=b", key, nil, 200, paid.Ref},
		"no yen":              {"POST", "/v1/charges", key, order("c", func(o *book.Order) { o.Amount = 0 }), 422, "amount"},
		"too much":            {"POST", "/v1/charges", key, order("c", func(o *book.Order) { o.Amount = 100_000_000 }), 422, "amount"},
		"no means":            {"POST", "/v1/charges", key, order("c", func(o *book.Order) { o.Means = "cash" }), 422, "means"},
		"return by script":    {"POST", "/v1/charges", key, order("c", func(o *book.Order) { o.Return = "javascript:alert(1)" }), 422, "return"},
		"no idempotency key":  {"POST", "/v1/charges", key, order("", nil), 422, "key"},
		"deadline behind":     {"POST", "/v1/charges", key, order("c", func(o *book.Order) { o.Deadline = 1 }), 422, "deadline"},
		"card's number field": {"POST", "/v1/charges", key, body{"key": "c", "number": "4"}, 400, "malformed"},
		"key for another sum": {"POST", "/v1/charges", key, order("a", func(o *book.Order) { o.Amount = 5001 }), 409, "conflict"},
		"same again":          {"POST", "/v1/charges", key, order("a", nil), 200, open[len("/v1/charges/"):]},
		"unknown saved card":  {"POST", "/v1/charges", key, order("c", func(o *book.Order) { o.Saved = "card_x" }), 409, "conflict"},
		"capture open":        {"POST", open + "/capture", key, body{"key": "d", "amount": 1}, 409, "conflict"},
		"void captured":       {"POST", taken + "/void", key, body{"key": "e"}, 409, "conflict"},
		"refund over":         {"POST", taken + "/refund", key, body{"key": "f", "amount": 5001}, 409, "conflict"},
		"refund part":         {"POST", taken + "/refund", key, body{"key": "g", "amount": 10}, 200, `"refunded":10,`},
		"settlement of words": {"GET", "/v1/settlements/today", key, nil, 422, "day"},
		"settlement, not yet": {"GET", "/v1/settlements/2026-01-01", key, nil, 200, "[]"},
		"control, a merchant": {"GET", "/control/charges", key, nil, 401, "unauthenticated"},
		"control":             {"GET", "/control/charges", s.Control.Reveal(), nil, 200, paid.Ref},
		"merchant as control": {"GET", open, s.Control.Reveal(), nil, 401, "unauthenticated"},
	} {
		if status, b := s.Ask(t, c.method, c.path, c.key, c.in); status != c.status || !strings.Contains(string(b), c.want) {
			t.Errorf("%s: %d %s", name, status, b)
		}
	}
	if _, b := s.Ask(t, "GET", open, key, nil); strings.Contains(string(b), "inner") {
		t.Errorf("the merchant sees what the company keeps to itself: %s", b)
	}
}

func TestHundredCallersOfOneKeyMakeOneChargeOneCaptureAndOneRefund(t *testing.T) {
	t.Parallel()
	s := paysimtest.Start(t)
	key := s.Account(t, "").Key.Reveal()
	s.Book.SetFaults(book.Faults{Lost: 20, ErrorsAfter: 10})
	all := func(path string, in any) {
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { s.Ask(t, "POST", path, key, in) })
		}
		wg.Wait()
	}
	all("/v1/charges", order("one", func(o *book.Order) { o.Capture = false }))
	cs := s.Book.Charges(1000)
	if len(cs) != 1 {
		t.Fatalf("%d charges", len(cs))
	}
	s.Pay(t, cs[0].URL, "approve")
	at := "/v1/charges/" + cs[0].Ref
	all(at+"/capture", map[string]any{"key": "take", "amount": 4000})
	all(at+"/refund", map[string]any{"key": "back", "amount": 1500})
	c := s.Book.Charges(1)[0]
	if c.State != book.Captured || c.Captured != 4000 || c.Refunded != 1500 || len(c.Refunds) != 1 {
		t.Errorf("%+v", c)
	}
}

// A merchant writes down what it was told.
type merchant struct {
	*httptest.Server
	mu   sync.Mutex
	got  []told
	sign string
	fail int // that many answers are 500
}

type told struct {
	id, kind string
	holds    bool
}

func newMerchant(t *testing.T) *merchant {
	t.Helper()
	m := &merchant{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		var n book.Words
		_ = json.Unmarshal(b, &n)
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.fail > 0 {
			m.fail--
			w.WriteHeader(500)
			return
		}
		head := r.Header.Get(news.Header)
		at, _, _ := strings.Cut(strings.TrimPrefix(head, "t="), ",")
		sec, _ := time.ParseDuration(at + "s")
		m.got = append(m.got, told{n.ID, n.Kind, news.Sign(m.sign, time.Unix(int64(sec/time.Second), 0), b) == head})
	}))
	t.Cleanup(m.Close)
	return m
}

// patience is what a busy machine may take; nothing waits for it in vain.
const patience = 2 * time.Minute

// await waits until as many notices have come.
func (m *merchant) await(t *testing.T, n int) []told {
	t.Helper()
	var got []told
	until(t, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		got = slices.Clone(m.got)
		return len(got) >= n
	})
	return got
}

func until(t *testing.T, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come to that")
		}
	}
}

func TestNoticesComeWithEachFault(t *testing.T) {
	t.Parallel()
	kinds := func(got []told) string {
		var out []string
		for _, g := range got {
			k := strings.TrimPrefix(g.kind, "charge.")
			if !g.holds {
				k = "forged " + k
			}
			out = append(out, k)
		}
		return strings.Join(out, ", ")
	}
	for name, c := range map[string]struct {
		faults book.Faults
		fail   int
		then   func(s *paysimtest.Sim)
		want   string
	}{
		"none":       {want: "authorised, captured"},
		"doubled":    {faults: book.Faults{NoticeDoubled: 100}, want: "authorised, captured, authorised, captured"},
		"forged":     {faults: book.Faults{NoticeForged: 100}, want: "authorised, forged authorised, captured, forged captured"},
		"delayed":    {faults: book.Faults{NoticeDelayed: 100}, then: func(s *paysimtest.Sim) { s.Clock.Add(11 * time.Second) }, want: "authorised, captured"},
		"withheld":   {faults: book.Faults{Withhold: true}, then: func(s *paysimtest.Sim) { s.Book.Release() }, want: "captured, authorised"},
		"not taken":  {fail: 2, then: func(s *paysimtest.Sim) { s.Clock.Add(6 * time.Second) }, want: "authorised, captured"},
		"never sent": {faults: book.Faults{NoticeDropped: 100}, then: func(s *paysimtest.Sim) { s.Clock.Add(300 * time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, m := paysimtest.Start(t), newMerchant(t)
			a := s.Account(t, m.URL)
			m.sign, m.fail = a.Notices.Reveal(), c.fail
			s.Book.SetFaults(c.faults)
			_, b := s.Ask(t, "POST", "/v1/charges", a.Key.Reveal(), order("k", nil))
			s.Pay(t, charge(t, b).URL, "approve")
			if c.then != nil {
				if c.fail > 0 { // each was refused once
					until(t, func() bool { return refused(s) == c.fail })
				}
				time.Sleep(600 * time.Millisecond) // what would be sent now has been: two of the sender's pulses
				if m.mu.Lock(); len(m.got) != 0 {
					t.Errorf("too early: %v", m.got)
				}
				m.mu.Unlock()
				c.then(s)
			}
			n := strings.Count(c.want, ",") + 1
			if c.want == "" {
				time.Sleep(600 * time.Millisecond)
				n = 0
			}
			if got := kinds(m.await(t, n)); got != c.want {
				t.Errorf("%s; want %s", got, c.want)
			}
		})
	}
}

// refused counts the answers that took nothing.
func refused(s *paysimtest.Sim) (n int) {
	for _, told := range s.Book.Notices(10) {
		n += len(told.Answers)
	}
	return n
}

func TestJournalSurvivesARestartAndHoldsNoCardNumber(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	first, err := paysim.Start(paysim.Config{Journal: path, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	s := &paysimtest.Sim{Simulator: first}
	key := s.Account(t, "").Key.Reveal()
	_, b := s.Ask(t, "POST", "/v1/charges", key, order("k", func(o *book.Order) { o.Save = true }))
	was := charge(t, b)
	s.Pay(t, was.URL, "challenge")
	s.Ask(t, "POST", "/v1/charges/"+was.Ref+"/refund", key, map[string]any{"key": "r", "amount": 100})
	first.Book.Settle()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"charge":{"re`); err != nil { // the process fell while it wrote
		t.Fatal(err)
	}
	f.Close()
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := paysimtest.Number(t, "challenge"); bytes.Contains(kept, []byte(n)) || bytes.Contains(kept, []byte("TEST TARO")) {
		t.Error("the journal holds what was typed")
	}
	second := paysimtest.With(t, paysim.Config{Journal: path, Log: log, Now: time.Now})
	_, b = second.Ask(t, "GET", "/v1/charges?key=k", key, nil)
	is := charge(t, b)
	if is.State != book.Captured || is.Refunded != 100 || is.Saved == "" || !strings.HasPrefix(is.URL, second.URL) || len(is.Refunds) != 1 {
		t.Errorf("%+v", is)
	}
	if status, _ := second.Ask(t, "POST", "/v1/charges/"+is.Ref+"/refund", key, map[string]any{"key": "r", "amount": 100}); status != 200 {
		t.Errorf("the key is forgotten: %d", status)
	}
	if again := second.Book.Charges(1)[0]; len(again.Refunds) != 1 {
		t.Error("a key worked twice")
	}
}

func TestStrangersAreNotServed(t *testing.T) {
	t.Parallel()
	s := paysimtest.Start(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another site's name: %d", res.StatusCode)
	}
	if _, err := paysim.Start(paysim.Config{Listen: "0.0.0.0:0", Log: slog.Default()}); err == nil {
		t.Error("it listens to strangers")
	}
}

func TestControlOpensAccounts(t *testing.T) {
	t.Parallel()
	s := paysimtest.Start(t)
	c, err := paysim.NewControl(s.API, s.Control)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.OpenAccount(t.Context(), "茶の丸山", "http://127.0.0.1/hook")
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := s.Ask(t, "GET", "/v1/charges?key=x", a.Key.Reveal(), nil); status != 404 {
		t.Errorf("the key: %d", status)
	}
	if err := c.Notify(t.Context(), a.ID, "http://127.0.0.1/other"); err != nil {
		t.Fatal(err)
	}
	if got := s.Book.Accounts()[0].Notices; got != "http://127.0.0.1/other" {
		t.Errorf("its notices go to %s", got)
	}
	if err := c.Notify(t.Context(), "acct_none", "http://127.0.0.1/other"); err == nil {
		t.Error("nobody's notices were directed")
	}
}
