package asset_test

import (
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/asset"
)

func TestAssetsAreNamedByContentAndKeptForEver(t *testing.T) {
	t.Parallel()
	css := strings.Repeat("a{color:red}\n", 200)
	set, err := asset.New(fstest.MapFS{"noren.css": {Data: []byte(css)}, "mark/a.svg": {Data: []byte("<svg/>")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^/assets/noren\.[A-Za-z0-9_-]{16}\.css$`).MatchString(set.URL("noren.css")) || set.URL("other") != "" {
		t.Errorf("address: %s", set.URL("noren.css"))
	}
	m, err := frame.Browser(frame.Config{Name: "x", Log: slog.New(slog.DiscardHandler), Routes: []frame.Route{set.Route()}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path, etag string) *httptest.ResponseRecorder {
		q := httptest.NewRequest("GET", path, nil)
		q.Header.Set("Accept-Encoding", "br, gzip")
		q.Header.Set("If-None-Match", etag)
		w := httptest.NewRecorder()
		m.ServeHTTP(w, q)
		return w
	}
	w := ask(set.URL("noren.css"), "")
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(z); string(b) != css || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" ||
		w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("served: %v", w.Header())
	}
	if n := ask(set.URL("noren.css"), w.Header().Get("Etag")); n.Code != http.StatusNotModified {
		t.Errorf("again: %d", n.Code)
	}
	if n := ask(set.URL("mark/a.svg"), ""); n.Code != 200 || n.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("mark: %d", n.Code)
	}
	for _, bad := range []string{"/assets/noren.css", "/assets/../go.mod", "/assets/"} {
		if n := ask(bad, ""); n.Code == 200 {
			t.Errorf("%s is served", bad)
		}
	}
}

func TestAScriptWithoutAReasonIsNotServed(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{"pay.js": {Data: []byte("1")}}
	if _, err := asset.New(tree, nil); err == nil || !strings.Contains(err.Error(), "pay.js") {
		t.Errorf("without a reason: %v", err)
	}
	set, err := asset.New(tree, asset.Why{"pay.js": {Ja: "支払い", En: "Payment"}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := set.Load("pay.js")
	if err != nil || f.SHA256 != "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b" || f.Size != 1 || !f.Script() ||
		f.Integrity != "sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=" {
		t.Errorf("loaded %+v, %v", f, err)
	}
	if _, err := set.Load("other.js"); err == nil {
		t.Error("a script that is not registered can be loaded")
	}
}
