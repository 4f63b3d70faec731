package frame_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/web/frame"
)

// TestOnlyAProvidersPageStandsInAFrame has every door say it, and origins that are none.
func TestOnlyAProvidersPageStandsInAFrame(t *testing.T) {
	t.Parallel()
	const origin = "https://account.shops.example"
	for _, c := range []struct {
		name, by, from string
		provider       string
		ancestors, src string
	}{
		{"a provider's page", origin, "", "yes", origin, ""},
		{"a page of ours", origin, "", "", "'none'", ""},
		{"a page of ours with a frame", "", "https://pay.example", "", "'none'", "https://pay.example"},
		{"no origin", "*", "https://pay.example/x", "yes", "'none'", ""},
		{"more than an origin", origin + "; script-src *", "'self'", "yes", "'none'", ""},
	} {
		m, err := frame.Browser(frame.Config{Name: "test", Log: slog.New(slog.DiscardHandler), TakesCards: c.provider != "", Routes: []frame.Route{
			{Method: "GET", Pattern: "/{$}", Right: frame.Public, Handler: func(r *frame.Request) (frame.Response, error) {
				r.Nonce()
				return frame.Page(templ.Raw("<p>page")).FramedBy(c.by).FramesFrom(c.from), nil
			}}}})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
		csp, old := w.Header().Get("Content-Security-Policy"), w.Header().Get("X-Frame-Options")
		if !strings.Contains(csp, "; frame-ancestors "+c.ancestors+"; base-uri") || (old == "DENY") != (c.ancestors == "'none'") {
			t.Errorf("%s: %s, %q", c.name, csp, old)
		}
		if strings.Contains(csp, "frame-src") != (c.src != "") || c.src != "" && !strings.HasSuffix(csp, frame.FrameSource(c.src)) {
			t.Errorf("%s: %s", c.name, csp)
		}
	}
}
