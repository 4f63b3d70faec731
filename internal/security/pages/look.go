package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// A Use is one thing that a page loads, runs or sends to.
type Use struct {
	Tag       string `json:"tag"`       // "script", "link stylesheet", "img", "form" …
	Address   string `json:"address"`   // whole, without its query; "" is inline
	Integrity string `json:"integrity"` // as the page has it
	Nonce     bool   `json:"nonce"`     // it has this answer's nonce
	SHA256    string `json:"sha256"`    // of an inline script, or of what was fetched from Address
}

// A Look is what one answer was.
type Look struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header"` // those that matter, with the nonce put aside
	Uses   []Use             `json:"uses"`
	Nonce  string            `json:"-"`
}

var nonceIn = regexp.MustCompile(`'nonce-([A-Za-z0-9+/=_-]+)'`)

// weakening are headers that no page of ours has, and that would let something in.
func weakening() []string {
	return []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Content-Security-Policy-Report-Only", "Link", "Refresh",
		"Service-Worker-Allowed", "Sourcemap", "X-Sourcemap"}
}

// Read looks at an answer: its headers, as far as the page's inventory or weakening name them, and its HTML.
func Read(p Page, at *url.URL, status int, h http.Header, body io.Reader) (Look, error) {
	l := Look{Status: status, Header: map[string]string{}}
	if m := nonceIn.FindStringSubmatch(h.Get("Content-Security-Policy")); m != nil {
		l.Nonce = m[1]
	}
	for _, want := range p.Headers {
		l.keep(h, want.Name)
	}
	for _, name := range weakening() {
		if len(h.Values(name)) > 0 {
			l.keep(h, name)
		}
	}
	err := l.html(at, body)
	return l, err
}

func (l *Look) keep(h http.Header, name string) {
	v := strings.Join(h.Values(name), ", ")
	if l.Nonce != "" {
		v = strings.ReplaceAll(v, l.Nonce, NonceMark)
	}
	l.Header[name] = v
}

// html notes every use. It reads tags, not a tree: what is written counts, wherever it stands.
func (l *Look) html(at *url.URL, body io.Reader) error {
	z := html.NewTokenizer(body)
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() == io.EOF {
				return nil
			}
			return fmt.Errorf("read page: %w", z.Err())
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			use := l.tag(at, t)
			if (t.Data == "script" || t.Data == "style") && attr(t, "src") == "" {
				text := ""
				if z.Next() == html.TextToken {
					text = string(z.Text())
				}
				use(Use{Tag: t.Data, SHA256: sum(strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n"))})
			}
		}
	}
}

func sum(s string) string {
	b := sha256.Sum256([]byte(s))
	return hex.EncodeToString(b[:])
}

func attr(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// loading are the attributes by which a tag loads or leads somewhere.
func loading() map[string][]string {
	return map[string][]string{"script": {"src"}, "img": {"src", "srcset"}, "iframe": {"src", "srcdoc"}, "frame": {"src"}, "object": {"data"}, "embed": {"src"},
		"video": {"src", "poster"}, "audio": {"src"}, "source": {"src", "srcset"}, "track": {"src"}, "input": {"src", "formaction"}, "button": {"formaction"},
		"form": {"action"}, "base": {"href"}, "image": {"href", "xlink:href"}, "use": {"href", "xlink:href"}, "body": {"background"}, "portal": {"src"},
		"fencedframe": {"src"}, "applet": {"code"}}
}

// tag notes what a tag uses, and gives the function that notes one more use of it.
func (l *Look) tag(at *url.URL, t html.Token) func(Use) {
	nonce := l.Nonce != "" && attr(t, "nonce") == l.Nonce
	use := func(u Use) {
		u.Nonce, u.Integrity = nonce, attr(t, "integrity")
		if !slices.Contains(l.Uses, u) {
			l.Uses = append(l.Uses, u)
		}
	}
	for _, a := range t.Attr {
		key, val := strings.ToLower(a.Key), strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
		if strings.HasPrefix(key, "on") {
			use(Use{Tag: t.Data + " " + key, SHA256: sum(a.Val)})
		}
		if strings.HasPrefix(val, "javascript:") || strings.HasPrefix(val, "vbscript:") {
			use(Use{Tag: t.Data + " javascript:", SHA256: sum(a.Val)})
		}
		if key == "srcdoc" {
			use(Use{Tag: t.Data + " srcdoc", SHA256: sum(a.Val)})
		} else if slices.Contains(loading()[t.Data], key) && a.Val != "" {
			for _, one := range addresses(key, a.Val) {
				use(Use{Tag: t.Data, Address: whole(at, one)})
			}
		}
	}
	switch t.Data {
	case "link":
		rel := strings.ToLower(attr(t, "rel"))
		if rel != "canonical" && rel != "alternate" {
			use(Use{Tag: "link " + rel, Address: whole(at, attr(t, "href"))})
		}
	case "meta":
		if kind := attr(t, "http-equiv"); kind != "" {
			use(Use{Tag: "meta " + strings.ToLower(kind), SHA256: sum(attr(t, "content"))})
		}
	}
	return use
}

// addresses splits a srcset.
func addresses(key, val string) []string {
	if key != "srcset" {
		return []string{val}
	}
	var out []string
	for part := range strings.SplitSeq(val, ",") {
		if f := strings.Fields(part); len(f) > 0 {
			out = append(out, f[0])
		}
	}
	return out
}

// whole is an address as the browser would ask for it, without query and fragment, which may hold what a visitor typed.
func whole(at *url.URL, ref string) string {
	u, err := at.Parse(strings.TrimSpace(ref))
	if err != nil {
		return "unreadable:"
	}
	if u.Scheme == "data" {
		return "data:"
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return u.String()
}
