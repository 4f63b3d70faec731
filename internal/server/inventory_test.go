package server_test

import (
	"testing"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/security/pages"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
)

func TestInventoryIsCompleteAndJustified(t *testing.T) {
	t.Parallel()
	c := &config.Config{Domain: servertest.Domain}
	c.TLS.Mode = config.TLSFiles
	v, err := server.PageInventory(c, server.Places(c))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range v.Files {
		if f.Why.Ja == "" || f.Why.En == "" || len(f.SHA256) != 64 || f.Size == 0 {
			t.Errorf("%s: %+v", f.Name, f)
		}
	}
	watched, kinds := 0, map[pages.Kind]int{}
	for _, p := range v.Pages {
		kinds[p.Kind]++
		if p.Watched != pages.NotWatched {
			watched++
		}
		for _, name := range p.Loads {
			if _, ok := v.File(name); !ok {
				t.Errorf("%s loads %s, which the inventory does not have", p.Key(), name)
			}
		}
		names := map[string]bool{}
		for _, h := range p.Headers {
			names[h.Name] = true
			if h.Why.Ja == "" || h.Why.En == "" || h.Value == "" {
				t.Errorf("%s: %s has no reason", p.Key(), h.Name)
			}
		}
		for _, n := range []string{"Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "Cross-Origin-Opener-Policy"} {
			if !names[n] {
				t.Errorf("%s needs no %s", p.Key(), n)
			}
		}
	}
	if watched != 8 {
		t.Errorf("%d pages are watched, want 8: does the list name routes that are there?", watched)
	}
	if kinds[pages.Checkout] < 4 || kinds[pages.LogIn] < 10 || kinds[pages.Account] < 5 {
		t.Errorf("kinds: %v", kinds)
	}
}
