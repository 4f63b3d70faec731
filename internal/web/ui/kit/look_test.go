//go:build look

package kit_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// TestLook writes screenshots to the folder that NOREN_LOOK names, for people to look at.
func TestLook(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("NOREN_LOOK")
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	h := func(r *frame.Request) (frame.Response, error) {
		c := pages(r.Lang(), look{assets, r.Nonce()})[r.Path("page")]
		if c == nil {
			return frame.Response{}, frame.ErrNotFound
		}
		return frame.Page(c), nil
	}
	m, err := frame.Browser(frame.Config{Name: "kit", Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Routes: []frame.Route{{Method: "GET", Pattern: "/{page}", Right: frame.Public, Handler: h}, assets.Route()}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(m)
	defer s.Close()
	for _, name := range strings.Split(os.Getenv("NOREN_PAGES"), ",") {
		for width, height := range map[int]int{390: 2600, 1280: 1900} {
			out := filepath.Join(dir, fmt.Sprintf("%s-%d.png", strings.ReplaceAll(name, "?", "-"), width))
			cmd := exec.CommandContext(t.Context(), "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
				"--user-data-dir="+t.TempDir(), "--accept-lang=ja", "--blink-settings=preferredColorScheme="+scheme(), fmt.Sprintf("--window-size=%d,%d", width, height), "--screenshot="+out, s.URL+"/"+name)
			if b, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v %s", name, err, b)
			}
		}
	}
}

// scheme is Chromium's number for the light scheme, or for the dark one when NOREN_DARK is set.
func scheme() string {
	if os.Getenv("NOREN_DARK") != "" {
		return "0"
	}
	return "1"
}
