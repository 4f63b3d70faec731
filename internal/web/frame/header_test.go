package frame_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/web/frame"
)

func TestDefencesAreWhatIsServedAndEachHasItsReason(t *testing.T) {
	t.Parallel()
	m, err := frame.Browser(frame.Config{Name: "x", TLS: true, Log: slog.New(slog.DiscardHandler), Routes: []frame.Route{
		{Method: "GET", Pattern: "/", Right: frame.Public, Handler: func(r *frame.Request) (frame.Response, error) {
			n := r.Nonce()
			return frame.Page(templ.ComponentFunc(func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, n); return err })), nil
		}}}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://x.example/", nil))
	nonce := w.Body.String()
	if !regexp.MustCompile(`^\S{16,}$`).MatchString(nonce) {
		t.Fatalf("nonce %q", nonce)
	}
	list := m.Defences()
	if len(list) < 9 {
		t.Errorf("only %d defences", len(list))
	}
	for _, d := range list {
		if got := strings.ReplaceAll(w.Header().Get(d.Name), nonce, frame.NonceMark); got != d.Value {
			t.Errorf("%s: served %q, listed %q", d.Name, got, d.Value)
		}
		if d.Why.Ja == "" || d.Why.En == "" {
			t.Errorf("%s has no reason", d.Name)
		}
	}
}
