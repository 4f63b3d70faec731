package stripe_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/child"
)

// mockProcess is stripe-mock, Stripe's own server that checks requests against their published OpenAPI description and answers with
// examples. It keeps nothing, so it proves shapes and no behaviour. One process serves all tests of this package.
type mockProcess struct {
	once sync.Once
	base string
	err  error
	p    *child.Process
}

// TestMain ends what the tests started.
func TestMain(m *testing.M) {
	code := m.Run()
	if shared.p != nil {
		_ = shared.p.Stop()
	}
	os.Exit(code)
}

var shared mockProcess

// stripeMock gives the address of the running process.
func stripeMock(t *testing.T) string {
	t.Helper()
	shared.once.Do(func() { shared.err = shared.start() })
	if shared.err != nil {
		t.Skipf("stripe-mock could not be had: %v", shared.err)
	}
	return shared.base
}

// start builds the program, at the version that scripts/tools pins, and waits until it listens. The build cache makes it quick.
func (m *mockProcess) start() error {
	_, here, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(here), "../../../..")
	bin := filepath.Join(root, ".cache", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	path := filepath.Join(bin, "stripe-mock")
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	defer stop()
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/stripe/stripe-mock")
	build.Dir, build.Env = filepath.Join(root, "scripts", "tools"), append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, bytes.TrimSpace(out))
	}
	listening := regexp.MustCompile(`HTTP at address: (127\.0\.0\.1:\d+)`)
	at := make(chan string, 1)
	p, err := child.Start(context.Background(), child.Command{Path: path,
		Args: []string{"-strict-version-check", "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"},
		Line: func(_ child.Stream, line string) {
			if found := listening.FindStringSubmatch(line); found != nil {
				at <- found[1]
			}
		}})
	if err != nil {
		return err
	}
	m.p = p
	select {
	case addr := <-at:
		m.base = "http://" + addr
		return nil
	case <-p.Done():
		return fmt.Errorf("it ended: %w", p.Err())
	case <-time.After(30 * time.Second):
		return fmt.Errorf("it does not listen")
	}
}

// checkShape has stripe-mock check a request and gives its example of an answer.
func checkShape(ctx context.Context, base string, r *http.Request, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, base+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header = r.Header.Clone()
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// A stripe-mock that refuses what is wrong is the proof that it looks at all.
func TestStripeMockRefusesWrongShapes(t *testing.T) {
	t.Parallel()
	base := stripeMock(t)
	for _, c := range []struct{ body, version string }{
		{"amount=100&currency=jpy&payment_method_options[card][request_three_d_secure]=maybe", "2026-08-26.dahlia"},
		{"amount=100&currency=jpy&no_such_field=1", "2026-08-26.dahlia"},
		{"amount=abc&currency=jpy", "2026-08-26.dahlia"},
		{"amount=100&currency=jpy", "2020-01-01"},
	} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/v1/payment_intents", strings.NewReader(c.body))
		r.Header.Set("Authorization", "Bearer sk_test_123")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Stripe-Version", c.version)
		status, answer, err := checkShape(t.Context(), base, r, []byte(c.body))
		if err != nil || status == http.StatusOK {
			t.Errorf("%s with version %s: status %d, %v: %.200s", c.body, c.version, status, err, answer)
		}
	}
}
