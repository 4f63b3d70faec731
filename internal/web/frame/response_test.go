package frame_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/web/frame"
)

func TestResponsesOfEveryKind(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("お茶 ", 1000)
	routes := []frame.Route{
		get("/page", text(long)),
		get("/public", func(*frame.Request) (frame.Response, error) {
			return frame.Text(long).Cached(frame.Shared(time.Minute, "")), nil
		}),
		get("/etag", func(*frame.Request) (frame.Response, error) {
			return frame.Text("v").Cached(frame.Shared(0, "v7")), nil
		}),
		get("/download", func(*frame.Request) (frame.Response, error) {
			return frame.Download("注文\"\r\n.csv", "text/csv", []byte("a")), nil
		}),
		get("/media", func(*frame.Request) (frame.Response, error) {
			return frame.Media("image/png", strings.NewReader("0123456789")).Cached(frame.Immutable("d")), nil
		}),
		get("/stream", func(*frame.Request) (frame.Response, error) {
			return frame.Stream("text/csv", func(w io.Writer) error { _, err := io.WriteString(w, "row\n"); return err }), nil
		}),
		get("/none", func(*frame.Request) (frame.Response, error) { return frame.None(), nil }),
		get("/json", func(*frame.Request) (frame.Response, error) { return frame.JSON(func() {}), nil }),
		get("/template", func(*frame.Request) (frame.Response, error) {
			return frame.Page(templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
				_, _ = io.WriteString(w, "half a page")
				return errors.New("template broke")
			})), nil
		}),
	}
	web, _ := open(t, frame.Browser, frame.Config{Routes: routes})
	zip := ask(t, "GET", web+"/page", "", "Accept-Encoding", "gzip")
	z, err := gzip.NewReader(strings.NewReader(zip.body))
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(z); string(b) != long || zip.Header.Get("Vary") != "Accept-Encoding" {
		t.Error("gzip changes the page")
	}
	if a := ask(t, "GET", web+"/page", "", "Accept-Encoding", "gzip;q=0"); a.body != long {
		t.Error("compressed against the visitor's wish")
	}
	pub := ask(t, "GET", web+"/public", "")
	if pub.Header.Get("Cache-Control") != "public, max-age=60" || pub.Header.Get("Etag") == "" {
		t.Errorf("public: %v", pub.Header)
	}
	if a := ask(t, "GET", web+"/public", "", "If-None-Match", "W/"+pub.Header.Get("Etag")); a.StatusCode != 304 || a.body != "" {
		t.Errorf("not modified: %d", a.StatusCode)
	}
	if a := ask(t, "GET", web+"/etag", "", "If-None-Match", `"v7"`); a.StatusCode != 304 || a.Header.Get("Cache-Control") != "public, no-cache" {
		t.Errorf("etag: %d %s", a.StatusCode, a.Header.Get("Cache-Control"))
	}
	if a := ask(t, "GET", web+"/download", ""); a.Header.Get("Content-Disposition") !=
		`attachment; filename="______.csv"; filename*=UTF-8''%E6%B3%A8%E6%96%87%22%0D%0A.csv` && !strings.Contains(a.Header.Get("Content-Disposition"), "%E6%B3%A8") {
		t.Errorf("download: %s", a.Header.Get("Content-Disposition"))
	}
	if a := ask(t, "GET", web+"/media", "", "Range", "bytes=2-4"); a.StatusCode != 206 || a.body != "234" ||
		a.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("media: %d %q %v", a.StatusCode, a.body, a.Header)
	}
	if a := ask(t, "GET", web+"/stream", ""); a.body != "row\n" {
		t.Errorf("stream: %q", a.body)
	}
	if a := ask(t, "GET", web+"/none", ""); a.StatusCode != 204 {
		t.Errorf("none: %d", a.StatusCode)
	}
	for _, p := range []string{"/json", "/template"} {
		if a := ask(t, "GET", web+p, ""); a.StatusCode != 500 || strings.Contains(a.body, "half") {
			t.Errorf("%s: %d %q", p, a.StatusCode, a.body)
		}
	}
}
