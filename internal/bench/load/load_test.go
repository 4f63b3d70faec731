package load_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/bench/load"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestEveryRequestIsAskedOnceAndItsWholeAnswerRead(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		b, err := io.ReadAll(r.Body)
		if err != nil || string(b) != "a=1" {
			t.Errorf("got %q, %v", b, err)
		}
		if n%2 == 0 {
			w.(http.Flusher).Flush() // chunked
		}
		fmt.Fprint(w, strings.Repeat("x", int(n)*100))
	})
	s, err := load.Ask(t.Context(), load.Target{Address: at, Status: http.StatusOK,
		Next: func(int) []byte { return load.Post("/", []byte("a=1")) }}, load.Run{Conns: 4, Count: 100, Time: time.Minute})
	if err != nil || s.Done != 100 || s.Failed != 0 || asked.Load() != 100 || len(s.Each) != 100 {
		t.Errorf("%d done, %d failed, %d asked, %v", s.Done, s.Failed, asked.Load(), err)
	}
}

func TestUnexpectedStatusIsNotFast(t *testing.T) {
	t.Parallel()
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	s, err := load.Ask(t.Context(), load.Target{Address: at, Status: http.StatusOK, Next: func(int) []byte { return load.Get("/") }},
		load.Run{Conns: 1, Count: 3, Time: time.Minute})
	if err != nil || s.Done != 0 || s.Failed != 3 || s.Wrong != http.StatusTeapot || s.Rate() != 0 {
		t.Errorf("%+v %v", s, err)
	}
}

func TestOnlyLoopbackIsAsked(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"192.0.2.1:80", "example.com:80", "nowhere"} {
		if _, err := load.Ask(t.Context(), load.Target{Address: at}, load.Run{Conns: 1, Time: time.Second}); err == nil {
			t.Errorf("%s was asked", at)
		}
	}
}

func TestPercentileIsOfAllSamples(t *testing.T) {
	t.Parallel()
	a, b := load.Sample{}, load.Sample{}
	for i := 1; i <= 50; i++ {
		a.Each, b.Each = append(a.Each, time.Duration(i)), append(b.Each, time.Duration(50+i))
	}
	if p50, p99 := load.Percentile(.5, a, b), load.Percentile(.99, b, a); p50 != 51 || p99 != 100 {
		t.Errorf("p50 %d, p99 %d", p50, p99)
	}
	if got := load.Percentile(.5); got != 0 {
		t.Errorf("of nothing: %d", got)
	}
}
