package pages

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/signal"
)

// A Difference is something that a page has beside or instead of what the inventory says.
type Difference struct {
	Code signal.Code `json:"code"`
	What string      `json:"what"` // stable: what it is grouped by
	Note string      `json:"note"` // for people
}

// Compare names every difference between a look at a page and the inventory, in a stable order.
func Compare(v Inventory, p Page, at *url.URL, l Look) []Difference {
	c := comparison{v: v, p: p, at: at}
	for _, want := range p.Headers {
		if got := l.Header[want.Name]; got != want.Value && !framing(p, want, got) {
			note := "is missing"
			if got != "" {
				note = "is another: " + got
			}
			c.add(HeaderChanged, want.Name, want.Name+" "+note)
		}
	}
	for _, name := range weakening() {
		if got, has := l.Header[name]; has {
			c.add(HeaderChanged, name, name+" was added: "+got)
		}
	}
	seen := map[string]bool{}
	for _, u := range l.Uses {
		c.use(u, seen)
	}
	for _, name := range p.Loads {
		if f, ok := v.File(name); ok && f.Script && !seen[name] {
			c.add(ScriptChanged, name, "the script is not on the page")
		}
	}
	return c.out
}

// framing says whether a policy differs only by the frame of a provider's card page, which the inventory has for this page: the page
// has it where the shop wants it so. A policy with more, or for another origin, is a difference.
func framing(p Page, want Header, got string) bool {
	return want.Name == "Content-Security-Policy" && slices.ContainsFunc(p.Frames, func(o string) bool { return got == want.Value+"; frame-src "+o })
}

// maxDifferences bounds what one page can say: a page that was taken over may have any number.
const maxDifferences = 40

type comparison struct {
	v   Inventory
	p   Page
	at  *url.URL
	out []Difference
}

func (c *comparison) add(code signal.Code, what, note string) {
	d := Difference{Code: code, What: clip(what, 200), Note: clip(note, 300)}
	if len(c.out) < maxDifferences && !slices.Contains(c.out, d) {
		c.out = append(c.out, d)
	}
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// use compares one use with what the page may do.
func (c *comparison) use(u Use, seen map[string]bool) {
	origin := originOf(u.Address)
	own := origin == originOf(c.at.String())
	switch u.Tag {
	case "script", "link stylesheet", "link icon":
		if u.Address == "" {
			if !slices.Contains(c.p.Inline, u.SHA256) {
				c.add(ScriptChanged, "inline "+short(u.SHA256), "an inline script that the inventory does not have")
			}
			return
		}
		if own && c.file(u, seen) {
			return
		}
		c.add(ScriptChanged, u.Address, fmt.Sprintf("%s %s is not in the inventory", u.Tag, u.Address))
	case "img", "source", "image":
		if !own && u.Address != "data:" && !slices.Contains(c.p.Images, origin) {
			c.add(ScriptChanged, u.Address, "a picture from an unknown origin: "+u.Address)
		}
	case "form", "button", "input":
		if !own && !slices.Contains(c.p.Forms, origin) {
			c.add(ScriptChanged, u.Address, "a form that sends to an unknown origin: "+u.Address)
		}
	case "iframe":
		if !slices.Contains(c.p.Frames, origin) {
			c.add(ScriptChanged, u.Address, "a frame that the inventory does not have: "+u.Address)
		}
	default: // style, handlers, javascript:, base, meta, object, preload …: no page of ours has any
		c.add(ScriptChanged, u.Tag+" "+u.Address+short(u.SHA256), "the page has "+strings.TrimSpace(u.Tag+" "+u.Address)+", which no page of ours has")
	}
}

// file says whether a use of our own origin is one of the page's files, and notes what is wrong with it.
func (c *comparison) file(u Use, seen map[string]bool) bool {
	at, err := url.Parse(u.Address)
	if err != nil {
		return false
	}
	for _, name := range c.p.Loads {
		f, ok := c.v.File(name)
		if !ok || f.Path != at.Path || f.Script != (u.Tag == "script") {
			continue
		}
		seen[name] = true
		if u.SHA256 != "" && u.SHA256 != f.SHA256 {
			c.add(ScriptChanged, name, fmt.Sprintf("its content has the hash %s, the inventory %s", u.SHA256, f.SHA256))
		}
		if u.Tag != "link icon" && u.Integrity != f.Integrity {
			c.add(ScriptChanged, name, "its integrity attribute is missing or another")
		}
		if f.Script && !u.Nonce {
			c.add(ScriptChanged, name, "its nonce is missing or another")
		}
		return true
	}
	return false
}

// Expiring says whether a certificate is a finding; the zero time is no certificate.
func Expiring(end, now time.Time) (Difference, bool) {
	if end.IsZero() || end.Sub(now) >= CertificateDays*24*time.Hour {
		return Difference{}, false
	}
	return Difference{Code: CertificateEnd, What: "certificate", Note: "the certificate ends on " + end.UTC().Format(time.DateOnly)}, true
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func short(hash string) string { return hash[:min(12, len(hash))] }
