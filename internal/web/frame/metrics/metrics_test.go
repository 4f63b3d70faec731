package metrics_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/metrics"
)

func TestRequestsAreCountedByRoute(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	observe, err := metrics.New(reg)
	if err != nil {
		t.Fatal(err)
	}
	m, err := frame.API(frame.Config{Name: "ops", Log: slog.New(slog.DiscardHandler), Observe: observe, Routes: []frame.Route{
		metrics.Route(reg),
		{Method: "GET", Pattern: "/a/{x}", Right: frame.Public, Handler: func(*frame.Request) (frame.Response, error) { return frame.None(), nil }},
	}})
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) string {
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Body.String()
	}
	get("/a/secret-name")
	get("/nothing")
	out := get("/metrics")
	for _, want := range []string{`noren_http_request_seconds_count{door="ops",route="GET /a/{x}",status="2xx"} 1`, `route="",status="4xx"`} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %s in\n%s", want, out)
		}
	}
	if strings.Contains(out, "secret-name") {
		t.Error("a path became a label")
	}
}
