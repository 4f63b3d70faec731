package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/paysim/paysimtest"
)

func TestEveryPageSpeaksBothLanguagesUnderItsPolicy(t *testing.T) {
	t.Parallel()
	s := paysimtest.Start(t)
	s.Account(t, "")
	account := s.Book.Accounts()[0].ID
	open := func(key, means string) book.Charge {
		c, err := s.Book.OpenCharge(account, book.Order{Key: key, Amount: 5000, Means: means, Order: "1001", Shop: "<b>shop", Lang: "ja", Capture: true,
			Return: "http://127.0.0.1/r"})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	card, held, store, slip, over := open("a", book.Card), open("b", book.Card), open("c", book.Convenience), open("d", book.Convenience), open("e", book.Card)
	s.Post(t, held.URL+"/card", "number", paysimtest.Number(t, "challenge"), "expiry", "12/40", "code", "123", "name", "TARO")
	s.Post(t, slip.URL+"/store", "store", "seven")
	s.Pay(t, over.URL, "approve")
	for page, want := range map[string][2]string{
		"/":                               {"支払い", "Charges"},
		"/accounts":                       {"口座を開く", "Open an account"},
		"/cards":                          {"4242 4242 4242 4242", "Test cards"},
		"/charges/" + over.Ref:            {"売上確定", "captured"},
		"/faults":                         {"接続が切れる", "Cut off"},
		"/notices":                        {"slip.issued", "charge.authorised"},
		"/settlements":                    {"いま精算する", "Settle now"},
		"/till":                           {"期限の3日後", "three days late"},
		"/pay/" + card.Ref:                {"セキュリティコード", "Security code"},
		"/pay/" + held.Ref:                {"認証コード", "Confirm that it is you"},
		"/pay/" + store.Ref:               {"ローソン", "Lawson"},
		"/pay/" + slip.Ref:                {"お支払い番号", "Your payment number"},
		"/pay/" + over.Ref:                {"受け付けました", "went through"},
		"/pay/ch_nothing":                 {"見つかりません", "could not find"},
		"/pay/" + over.Ref + "/challenge": {"受け付けました", "went through"},
	} {
		for i, l := range []string{"ja", "en"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+page+"?lang="+l, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Cookie", "paysim-lang="+l) // through the redirects, too
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			b := new(strings.Builder)
			if err := res.Write(b); err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			csp := res.Header.Get("Content-Security-Policy")
			if got := b.String(); !strings.Contains(got, want[i]) || strings.Contains(got, "<b>shop") {
				t.Errorf("%s in %s: %d without %q", page, l, res.StatusCode, want[i])
			}
			if !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "form-action 'self'") || strings.Contains(csp, "unsafe") ||
				res.Header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("%s: %s", page, csp)
			}
		}
	}
}

func TestOtherSitesCannotPress(t *testing.T) {
	t.Parallel()
	s := paysimtest.Start(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/faults", strings.NewReader("lost=100"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden || s.Book.Faults().Lost != 0 {
		t.Errorf("%d %+v", res.StatusCode, s.Book.Faults())
	}
}

func TestDashboardSetsEveryFault(t *testing.T) {
	t.Parallel()
	s := paysimtest.Start(t)
	_, body := s.Post(t, s.URL+"/faults", "lost", "1", "errors", "2", "errors_after", "3", "slow", "4", "slow_ms", "5", "notice_dropped", "6",
		"notice_delayed", "7", "delay_ms", "8", "notice_doubled", "9", "notice_swapped", "10", "notice_forged", "11", "refund_fails", "120",
		"withhold", "on", "slips_stay", "on")
	want := book.Faults{Lost: 1, Errors: 2, ErrorsAfter: 3, Slow: 4, SlowMS: 5, NoticeDropped: 6, NoticeDelayed: 7, DelayMS: 8, NoticeDoubled: 9,
		NoticeSwapped: 10, NoticeForged: 11, RefundFails: 100, Withhold: true, SlipsStay: true}
	if got := s.Book.Faults(); got != want {
		t.Errorf("%+v", got)
	}
	for _, name := range []string{"lost", "slow_ms", "notice_forged", "refund_fails"} {
		if !strings.Contains(body, `name="`+name+`"`) {
			t.Errorf("the form lacks %s", name)
		}
	}
}
