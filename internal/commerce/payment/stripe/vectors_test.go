package stripe_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/secret"
)

func vectors[T any](t *testing.T, file string) (out []T) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("no vectors")
	}
	return out
}

// answers serves one body to everything but lists, which are empty.
func answers(t *testing.T, status int, body []byte) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/refunds" || strings.HasSuffix(r.URL.Path, "/sessions") {
			io.WriteString(w, `{"object":"list","data":[],"has_more":false}`)
			return
		}
		w.WriteHeader(status)
		w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestDocumentedChargesAreTold(t *testing.T) {
	t.Parallel()
	for _, v := range vectors[struct {
		Source          string
		Intent, Session json.RawMessage
		Want            struct{ State, ThreeDS, Expires, Brand, Reason, Slip string }
	}](t, "charges.json") {
		ref, body := "pi_x", v.Intent
		if v.Session != nil {
			ref, body = "cs_x", v.Session
		}
		c, err := clientOf(t, answers(t, http.StatusOK, body), testSecret, time.Now).Look(t.Context(), ref, "")
		if err != nil {
			t.Errorf("%s: %v", v.Source, err)
			continue
		}
		var slips []string
		for _, n := range c.Slip.Numbers {
			slips = append(slips, n.Store+" "+n.Number+" "+n.Confirm)
		}
		got := v.Want
		got.State, got.ThreeDS, got.Expires, got.Brand = string(c.State), string(c.ThreeDS), c.Card.Expires, c.Card.Brand
		got.Reason, got.Slip = c.Reason, strings.Join(slips, ", ")
		if got != v.Want {
			t.Errorf("%s:\n got %+v\nwant %+v", v.Source, got, v.Want)
		}
		if said := fmt.Sprintf("%+v", c); strings.Contains(said, "mihon") || strings.Contains(said, "氏名") {
			t.Errorf("%s: a purchaser's data was taken in: %s", v.Source, said)
		}
	}
}

func TestDocumentedErrorsMeanOneThing(t *testing.T) {
	t.Parallel()
	kinds := map[string]fault.Kind{"denied": fault.KindDenied, "none": fault.KindNotFound, "away": fault.KindUnavailable, "refused": fault.KindConflict}
	for _, v := range vectors[struct {
		Source, Want string
		Status       int
		Body         json.RawMessage
	}](t, "errors.json") {
		_, err := clientOf(t, answers(t, v.Status, v.Body), testSecret, time.Now).Look(t.Context(), "pi_x", "")
		if !fault.Is(err, kinds[v.Want]) {
			t.Errorf("%s: %v; want %s", v.Source, err, v.Want)
		}
		if fs, ok := fault.Of(err); ok && strings.Contains(fmt.Sprint(fs[0].Unwrap()), "mihon") {
			t.Errorf("%s: Stripe's message stands in the log: %v", v.Source, fs[0].Unwrap())
		}
	}
	gone := clientOf(t, "http://127.0.0.1:1", testSecret, time.Now)
	if _, err := gone.Look(t.Context(), "pi_x", ""); !fault.Is(err, fault.KindUnavailable) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestDocumentedNoticesNameTheirCharge(t *testing.T) {
	t.Parallel()
	now := time.Unix(1795326000, 0)
	c := clientOf(t, "http://127.0.0.1:1", testSecret, time.Now)
	for _, v := range vectors[struct {
		Source string
		Body   json.RawMessage
		Want   struct{ ID, Ref, Key string }
	}](t, "notices.json") {
		header := func(string) string { return sign(testSecret, now, v.Body) }
		n, err := c.Notice(header, v.Body, now.Add(4*time.Minute))
		if err != nil || n.ID != v.Want.ID || n.Ref != v.Want.Ref || n.Key != v.Want.Key || !n.At.Equal(now) {
			t.Errorf("%s: %+v, %v", v.Source, n, err)
		}
	}
}

func TestSignaturesAreReadAsDocumented(t *testing.T) {
	t.Parallel()
	now := time.Unix(1795326000, 0)
	body := []byte(`{"id":"evt_1","object":"event","type":"t","created":1795326000,"data":{"object":{}}}`)
	c := clientOf(t, "http://127.0.0.1:1", testSecret, time.Now)
	good := hex.EncodeToString(secret.NewText(testSecret).Sign([]byte("1795326000."), body))
	old := hex.EncodeToString(secret.NewText("whsec_old").Sign([]byte("1795326000."), body))
	for header, want := range map[string]bool{
		"t=1795326000,v1=" + good:                             true,
		"t=1795326000,v1=" + old + ",v1=" + good:              true, // while a secret is replaced
		" t=1795326000, v1=" + good:                           true,
		"v1=" + good + ",t=1795326000":                        true,
		"t=1795326000,v1=zz,v1=" + good:                       true,
		"t=1795326000,v1=" + strings.ToUpper(good):            true,
		"t=1795326000,v1=" + old:                              false,
		"t=1795326000,v0=" + good:                             false, // another scheme
		"t=1795326001,v1=" + good:                             false,
		"t=01795326000,v1=" + good:                            false,
		"t=1795326000,t=1795326000,v1=" + good:                false,
		"v1=" + good:                                          false,
		"t=1795326000":                                        false,
		"":                                                    false,
		"t=1795326000,v1=" + good[:62]:                        false,
		"t=1795326000,v1=" + good + strings.Repeat(",", 5000): false,
	} {
		_, err := c.Notice(func(string) string { return header }, body, now)
		if (err == nil) != want {
			t.Errorf("%.80s: %v", header, err)
		}
	}
	header := func(string) string { return "t=1795326000,v1=" + good }
	for after, want := range map[time.Duration]bool{0: true, 5 * time.Minute: true, 5*time.Minute + time.Second: false, -6 * time.Minute: false} {
		if _, err := c.Notice(header, body, now.Add(after)); (err == nil) != want {
			t.Errorf("%v after: %v", after, err)
		}
	}
	none := clientOf(t, "http://127.0.0.1:1", "", time.Now)
	empty := hex.EncodeToString(secret.NewText("").Sign([]byte("1795326000."), body))
	if _, err := none.Notice(func(string) string { return "t=1795326000,v1=" + empty }, body, now); err == nil {
		t.Error("an account without a notice secret believes a notice")
	}
}

func FuzzNotice(f *testing.F) {
	f.Add("t=1,v1=00", []byte("{}"))
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		c := clientOf(t, "http://127.0.0.1:1", testSecret, time.Now)
		if _, err := c.Notice(func(string) string { return header }, body, time.Unix(1, 0)); err == nil {
			t.Error("a notice that nobody signed holds")
		}
	})
}

func TestNamesThatAreNotStripesAreNotAskedFor(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", r.URL) }))
	defer s.Close()
	c := clientOf(t, s.URL, testSecret, time.Now)
	for _, ref := range []string{"", "pi_", "pi_a/../b", "cs_a?x=y", "pi_a b", "ch_1", "../v1/balance", "pi_" + strings.Repeat("a", 300)} {
		if _, err := c.Look(t.Context(), ref, ""); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("%q: %v", ref, err)
		}
	}
	if err := c.Forget(t.Context(), "pm_a/detach"); err != nil {
		t.Error(err)
	}
}
