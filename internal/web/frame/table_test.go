package frame_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/noren-shop/noren/internal/web/frame"
)

// A shop's pages begin with its id, the door's own with a word; ServeMux alone would refuse the two side by side.
func TestPathsThatBeginWithAWildcardStandBesideOthers(t *testing.T) {
	t.Parallel()
	say := func(s string) frame.Handler {
		return func(*frame.Request) (frame.Response, error) { return frame.Text(s), nil }
	}
	m, err := frame.Browser(frame.Config{Name: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Routes: []frame.Route{
		{Method: "GET", Pattern: "/{$}", Right: frame.Public, Handler: say("top")},
		{Method: "GET", Pattern: "/assets/{asset...}", Right: frame.Public, Handler: say("asset")},
		{Method: "GET", Pattern: "/reset/{token}", Right: frame.Public, Handler: say("reset")},
		{Method: "GET", Pattern: "/{shop}", Right: frame.Public, Handler: say("shop")},
		{Method: "GET", Pattern: "/{shop}/orders", Right: frame.Public, Handler: say("orders")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, want string
		status             int
	}{
		{"GET", "/", "top", 200},
		{"GET", "/assets/orders", "asset", 200},
		{"GET", "/reset/orders", "reset", 200},
		{"GET", "/7", "shop", 200},
		{"GET", "/7/orders", "orders", 200},
		{"GET", "/7/nothing", "", 404},
		{"DELETE", "/7/orders", "", 405},
		{"DELETE", "/reset/x", "", 405},
	} {
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.status || c.want != "" && w.Body.String() != c.want {
			t.Errorf("%s %s: %d %q", c.method, c.path, w.Code, w.Body.String())
		}
		if c.status == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.path)
		}
	}
}
