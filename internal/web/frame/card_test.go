package frame_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/multipart"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/web/frame"
)

// Numbers of the trade's tests.
const (
	plainCard  = "4242424242424242"
	spacedCard = "4242 4242 4242 4242"
	wideCard   = "４２４２４２４２４２４２４２４２"
)

// TestNoHandlerMeetsACardNumber types one into every part of a request. The handler, which reads everything, must not be reached
// with it, and whoever is told must not be told what it was.
func TestNoHandlerMeetsACardNumber(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []frame.CardSeen
	reached := 0
	take := func(r *frame.Request) (frame.Response, error) {
		switch {
		case r.Header("Content-Type") == "application/json":
			var v any
			if err := r.JSON(&v); err != nil {
				return frame.Response{}, err
			}
		case strings.HasPrefix(r.Header("Content-Type"), "multipart/"):
			_, err := r.Upload(func(f frame.File) error { _, err := io.Copy(io.Discard, f); return err })
			if err != nil {
				return frame.Response{}, err
			}
		case r.Method() == "POST":
			if _, err := r.Form(); err != nil {
				return frame.Response{}, err
			}
		}
		mu.Lock()
		reached++
		mu.Unlock()
		return frame.Text("ok " + r.Query("q") + r.Path("more")), nil
	}
	pages, err := frame.NewPageCache(1<<20, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	web, _ := open(t, frame.Browser, frame.Config{Pages: pages, Routes: []frame.Route{post("/", take), get("/", take),
		get("/p/{more...}", take), {Method: "GET", Pattern: "/kept", Right: frame.Public, Keep: frame.KeepPage, Handler: take}},
		CardSeen: func(_ *frame.Request, s frame.CardSeen) { mu.Lock(); seen = append(seen, s); mu.Unlock() }})

	upload := func(field, name, content string) (body, contentType string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		if name == "" {
			if err := w.WriteField(field, content); err != nil {
				t.Fatal(err)
			}
		} else {
			p, err := w.CreateFormFile(field, name)
			if err == nil {
				_, err = io.WriteString(p, content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String(), w.FormDataContentType()
	}
	multi := func(field, name, content string) []string {
		b, kind := upload(field, name, content)
		return []string{"POST", "/", b, "Content-Type", kind}
	}
	csv := strings.Repeat("4901234567894,急須,5200\n", 20_000)
	for _, c := range []struct {
		name  string
		ask   []string // method, path, body, headers
		part  string
		field string
	}{
		{"form", []string{"POST", "/", "a=1&note=" + plainCard, "Content-Type", formType}, "form", "note"},
		{"form, spaced", []string{"POST", "/", "note=" + url.QueryEscape("カード "+spacedCard), "Content-Type", formType}, "form", "note"},
		{"form, wide", []string{"POST", "/", "note=" + url.QueryEscape(wideCard), "Content-Type", formType}, "form", "note"},
		{"form, base64", []string{"POST", "/", "note=" + base64.URLEncoding.EncodeToString([]byte(plainCard)), "Content-Type", formType}, "form", "note"},
		{"form, split", []string{"POST", "/", "street=42424242&building=42424242", "Content-Type", formType}, "form", "building"},
		{"form, name", []string{"POST", "/", plainCard + "=1", "Content-Type", formType}, "form", ""},
		{"form, code", []string{"POST", "/", "cvc=123", "Content-Type", formType}, "form", "cvc"},
		{"path", []string{"GET", "/p/" + plainCard, ""}, "path", ""},
		{"path, escaped", []string{"GET", "/p/%34242%204242-4242%204242", ""}, "path", ""},
		{"path, missing", []string{"GET", "/nothing/" + plainCard, ""}, "path", ""},
		{"query", []string{"GET", "/?q=" + plainCard, ""}, "query", "q"},
		{"query, split", []string{"GET", "/?a=42424242&b=42424242", ""}, "query", "b"},
		{"kept page", []string{"GET", "/kept?utm=" + plainCard, ""}, "query", "utm"},
		{"header", []string{"GET", "/", "", "User-Agent", "x " + spacedCard}, "header", "User-Agent"},
		{"referer", []string{"GET", "/", "", "Referer", "https://example.com/?n=" + plainCard}, "header", "Referer"},
		{"cookie", []string{"GET", "/", "", "Cookie", "a=b; card=" + plainCard}, "header", "Cookie"},
		{"request id", []string{"GET", "/", "", "X-Request-Id", plainCard}, "header", "X-Request-Id"},
		{"JSON", []string{"POST", "/", `{"a":{"note":"` + plainCard + `"}}`, "Content-Type", "application/json"}, "JSON", "note"},
		{"JSON number", []string{"POST", "/", `{"n":` + plainCard + `}`, "Content-Type", "application/json"}, "JSON", "n"},
		{"JSON escapes", []string{"POST", "/", `{"n":"\u0034242 4242 4242 4242"}`, "Content-Type", "application/json"}, "JSON", "n"},
		{"multipart field", multi("note", "", spacedCard), "form", "note"},
		{"file name", multi("f", plainCard+".jpg", "x"), "file name", "f"},
		{"file", multi("f", "a.csv", csv+plainCard+"\n"+csv), "file", "f"},
		{"file's end", multi("f", "a.txt", csv+plainCard), "file", "f"},
	} {
		seen, reached = nil, 0
		a := ask(t, c.ask[0], web+c.ask[1], c.ask[2], c.ask[3:]...)
		mu.Lock()
		if a.StatusCode != 422 || reached != 0 || len(seen) != 1 || seen[0].Part != c.part || seen[0].Field != c.field {
			t.Errorf("%s: %d, reached %d times, seen %+v, want %s %q", c.name, a.StatusCode, reached, seen, c.part, c.field)
		}
		mu.Unlock()
		if strings.Contains(a.body, "4242") || !strings.Contains(a.body, "カード番号") {
			t.Errorf("%s: the answer says %q", c.name, a.body)
		}
	}
	seen, reached = nil, 0
	for _, ok := range [][]string{
		{"GET", "/?q=4901234567894", ""},
		{"GET", "/", "", "Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-4242424242424242-01"},
		{"GET", "/", "", "Cookie", "storefront-cart=" + plainCard}, // ours: looked up by its digest, never kept
		{"POST", "/", "phone=090-4242-4242&postcode=620-0054&slip=4242-4242-4242&number=261122-483920", "Content-Type", formType},
		multi("f", "a.csv", csv),
	} {
		if a := ask(t, ok[0], web+ok[1], ok[2], ok[3:]...); a.StatusCode != 200 {
			t.Errorf("%v: %d", ok[:2], a.StatusCode)
		}
	}
	if reached != 5 || len(seen) != 0 {
		t.Errorf("ordinary requests: reached %d times, seen %+v", reached, seen)
	}
}
