package simulator_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/provider/providertest"
	"github.com/noren-shop/noren/internal/commerce/payment/simulator"
	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/paysim/paysimtest"
)

// side is a fresh account at a fresh simulator.
func side(t *testing.T) providertest.Side {
	t.Helper()
	s := paysimtest.Start(t)
	var mu sync.Mutex
	var got []providertest.Delivery
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, providertest.Delivery{Header: r.Header.Clone(), Body: b})
	}))
	t.Cleanup(shop.Close)
	a := s.Account(t, shop.URL)
	other := a
	other.Notices = secret.NewText("another secret")
	return providertest.Side{Provider: open(t, a), Other: open(t, other), Now: s.Clock.Now, Return: shop.URL + "/return",
		Pay:    func(t *testing.T, o provider.Opened, p providertest.Play) bool { return pay(t, s, o, p) },
		Choose: func(t *testing.T, o provider.Opened) { s.Post(t, o.URL+"/store", "store", "lawson") },
		PaySlip: func(t *testing.T, c provider.Charge) {
			if _, body := s.Post(t, s.URL+"/till/"+c.Ref, "late", "0"); strings.Contains(body, c.Slip.Number) {
				t.Fatal("the till still waits")
			}
		},
		Delivered: func(t *testing.T) []providertest.Delivery {
			for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				mu.Lock()
				n := len(got)
				mu.Unlock()
				if n >= 2 { // authorised, captured
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			return got
		},
		Settle: func(*testing.T) string {
			day := book.Day(s.Clock.Now())
			s.Clock.Add(3 * time.Second) // refunds are pending for two
			s.Book.Advance()
			s.Book.Settle()
			return day
		},
	}
}

func open(t *testing.T, a provider.Account) *simulator.Provider {
	t.Helper()
	p, err := simulator.New(&http.Client{Timeout: 10 * time.Second}, a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pay plays the purchaser at the hosted page.
func pay(t *testing.T, s *paysimtest.Sim, o provider.Opened, p providertest.Play) (refused bool) {
	t.Helper()
	if p == providertest.FailsChallenge {
		at, _ := s.Post(t, o.URL+"/card", "number", paysimtest.Number(t, "challenge"), "expiry", "12/40", "code", "123", "name", "TEST TARO")
		s.Post(t, at, "act", "cancel")
		return false
	}
	line := map[providertest.Play]string{providertest.Frictionless: "approve", providertest.Challenged: "challenge",
		providertest.NotTakingPart: "attempted", providertest.LacksFunds: "nofunds", providertest.HasExpiredCard: "expired",
		providertest.LooksFraudulent: "fraud"}[p]
	return strings.Contains(s.Pay(t, o.URL, line), "取りやめ")
}

func TestSimulatorIsAProvider(t *testing.T) {
	t.Parallel()
	providertest.Run(t, side)
}

func TestAnswersThatDidNotComeAreUnavailableAndWorkOnce(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]book.Faults{"cut off": {Lost: 100}, "500 before": {Errors: 100}, "500 after": {ErrorsAfter: 100},
		"slow": {Slow: 100, SlowMS: 3000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := paysimtest.Start(t)
			p, err := simulator.New(&http.Client{Timeout: time.Second}, s.Account(t, ""))
			if err != nil {
				t.Fatal(err)
			}
			in := provider.Intent{Key: "k", Amount: 100, Means: provider.Card, Return: "http://127.0.0.1/x", Capture: true}
			s.Book.SetFaults(f)
			if _, err := p.Open(t.Context(), in); !fault.Is(err, fault.KindUnavailable) {
				t.Fatalf("open: %v", err)
			}
			s.Book.SetFaults(book.Faults{})
			_, err = p.Look(t.Context(), "", "k")
			if done := f.Errors == 0; done != (err == nil) {
				t.Errorf("look: %v", err)
			}
			o, err := p.Open(t.Context(), in)
			if all := s.Book.Charges(10); err != nil || len(all) != 1 || all[0].Ref != o.Ref {
				t.Errorf("%v; %d charges", err, len(all))
			}
		})
	}
}

func TestSimulatorAwayIsUnavailableAndAStrangersKeyIsNot(t *testing.T) {
	t.Parallel()
	s := paysimtest.Start(t)
	a := s.Account(t, "")
	a.Key = secret.NewText("nobody")
	if _, err := open(t, a).Look(t.Context(), "ch_x", ""); !fault.Is(err, fault.KindConflict) {
		t.Errorf("stranger: %v", err)
	}
	a.Endpoint = "http://127.0.0.1:1"
	if _, err := open(t, a).Look(t.Context(), "ch_x", ""); !fault.Is(err, fault.KindUnavailable) {
		t.Errorf("away: %v", err)
	}
}

// FuzzNotice: whatever arrives, nothing holds that was not signed.
func FuzzNotice(f *testing.F) {
	f.Add("t=1,v1=00", []byte(`{"id":"a"}`))
	f.Add("t=-1,v1=", []byte(``))
	f.Add("v1=00,t=1", []byte(`{`))
	p, err := simulator.New(nil, provider.Account{Endpoint: "http://127.0.0.1", Key: secret.NewText("k"), Notices: secret.NewText("s")})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, h string, body []byte) {
		if _, err := p.Notice(func(string) string { return h }, body, time.Unix(1, 0)); err == nil {
			t.Errorf("%q holds", h)
		}
	})
}
