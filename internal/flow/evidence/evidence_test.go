package evidence_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/flow/evidence"
	"github.com/noren-shop/noren/internal/security/pages"
	"github.com/noren-shop/noren/internal/security/pages/checks"
)

func facts() evidence.Facts {
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	p := pages.Page{Door: "account", Method: "GET", Pattern: "/s/{shop}/checkout", Kind: pages.Checkout, Watched: pages.ByCart, Loads: []string{"a.js"}}
	return evidence.Facts{Now: now, Domain: "example.jp", TLS: "acme", Vault: true, WatchShop: "tea",
		Inventory: pages.Inventory{Pages: []pages.Page{p}, Files: []pages.File{{Name: "a.js", Script: true, SHA256: "abc"}}},
		State: checks.State{Watchers: []checks.Watcher{{Address: "unix:/w", Name: "x", Heard: now}},
			Latest: []checks.Check{{Page: p.Key(), Outcome: pages.Same, Last: now, Certificate: now.AddDate(0, 2, 0)}}}}
}

// answer finds an item.
func answer(t *testing.T, r evidence.Report, id string) evidence.Item {
	t.Helper()
	for _, l := range r.Lists {
		for _, i := range l.Items {
			if i.ID == id {
				return i
			}
		}
	}
	t.Fatalf("no item %s", id)
	return evidence.Item{}
}

func TestAnswersFollowTheFacts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*evidence.Facts)
		item   string
		want   evidence.Answer
	}{
		"all is well":                {func(*evidence.Facts) {}, "11.6.1-1", evidence.Met},
		"no watcher":                 {func(f *evidence.Facts) { f.State.Watchers = nil }, "11.6.1-1", evidence.Not},
		"a silent watcher":           {func(f *evidence.Facts) { f.State.Watchers[0].Silent = true }, "11.6.1-1", evidence.Not},
		"a page that differs":        {func(f *evidence.Facts) { f.State.Latest[0].Outcome = pages.Changed }, "11.6.1-1", evidence.Not},
		"a page never looked at":     {func(f *evidence.Facts) { f.State.Latest = nil }, "11.6.1-2", evidence.Not},
		"no encryption":              {func(f *evidence.Facts) { f.TLS = "off" }, "TLS", evidence.Not},
		"encryption":                 {func(*evidence.Facts) {}, "TLS", evidence.Met},
		"an open data folder":        {func(f *evidence.Facts) { f.DataOpen = "-rwxr-xr-x" }, "2-1", evidence.Not},
		"a closed data folder":       {func(*evidence.Facts) {}, "2-1", evidence.Met},
		"the vault is away":          {func(f *evidence.Facts) { f.Vault = false }, "1-3", evidence.Not},
		"what only people can do":    {func(*evidence.Facts) {}, "3-1", evidence.Yours},
		"two factors are not forced": {func(*evidence.Facts) {}, "1-2", evidence.Yours},
	} {
		f := facts()
		c.change(&f)
		if got := answer(t, evidence.PCI(f), c.item); got.Answer != c.want {
			t.Errorf("%s: %s is %s (%s), want %s", name, c.item, got.Answer, got.Fact.En, c.want)
		}
	}
}

func TestEveryItemIsSaidInBothLanguagesAndPrinted(t *testing.T) {
	t.Parallel()
	f := facts()
	f.State.Troubles = []checks.Check{{Page: "p", Outcome: pages.Changed, Differences: []pages.Difference{{Code: pages.ScriptChanged, Note: `<script src="x">`}}}}
	r := evidence.PCI(f)
	var text, html bytes.Buffer
	if err := r.Text(&text, i18n.Ja); err != nil {
		t.Fatal(err)
	}
	if err := r.HTML(&html); err != nil {
		t.Fatal(err)
	}
	for _, l := range r.Lists {
		for _, i := range l.Items {
			if i.Asks.Ja == "" || i.Asks.En == "" || i.Fact.Ja == "" || i.Fact.En == "" || i.Answer == "" {
				t.Errorf("%+v", i)
			}
			if !strings.Contains(text.String(), i.Asks.Ja) || !strings.Contains(html.String(), i.ID) {
				t.Errorf("%s is not printed", i.ID)
			}
		}
	}
	if strings.Contains(html.String(), `<script src="x">`) || !strings.Contains(html.String(), "&lt;script src=") {
		t.Error("what was found on a page is not escaped")
	}
}
