package frame

import (
	"net/http"
	"regexp"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
)

const (
	langCookie  = "lang"
	flashCookie = "flash"
	flashTime   = time.Minute
	langTime    = 365 * 24 * time.Hour
)

var flashCode = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// cookieName belongs to the door and the shop, so that doors and shops that share a host (ports of one machine) do not
// overwrite one another. __Host- makes browsers refuse one that another host, or an unsafe connection, has set.
func (r *Request) cookieName(name string) string {
	full := r.m.conf.Name + "-" + name
	if r.shop != id.Platform {
		full = r.m.conf.Name + "-" + id.String(r.shop) + "-" + name
	}
	if r.secure {
		return "__Host-" + full
	}
	return full
}

// Cookie gives the value of the door's cookie of that name, or "". An API or hook has none.
func (r *Request) Cookie(name string) string {
	if r.m.kind != KindBrowser {
		return ""
	}
	full := r.cookieName(name)
	for _, c := range r.cookies { // what this request has just set
		if c.Name == full {
			return c.Value
		}
	}
	c, err := r.http.Cookie(full)
	if err != nil || len(c.Value) > 4<<10 {
		return ""
	}
	return c.Value
}

// SetCookie sets the door's cookie of that name when the answer is written, for that long; 0 means until the browser
// closes. A handler that ends in an error sets none. On an API or hook it does nothing: they have no cookies.
func (r *Request) SetCookie(name, value string, keep time.Duration) {
	if r.m.kind != KindBrowser {
		r.m.conf.Log.Error("cookie set on a door without cookies", "door", r.m.conf.Name, "cookie", name)
		return
	}
	full := r.cookieName(name)
	kept := r.cookies[:0]
	for _, c := range r.cookies {
		if c.Name != full {
			kept = append(kept, c)
		}
	}
	r.cookies = append(kept, &http.Cookie{
		Name: full, Value: value, Path: "/", MaxAge: int(keep / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.secure,
	})
}

// ClearCookie removes the door's cookie of that name.
func (r *Request) ClearCookie(name string) { r.SetCookie(name, "", -time.Second) }

// SetFlash leaves a message for the next page: a code that the page's own table turns into words, never free text, so
// that nobody can write on the page through a cookie.
func (r *Request) SetFlash(code string) {
	if flashCode.MatchString(code) {
		r.SetCookie(flashCookie, code, flashTime)
	}
}

// Flash takes the message that the page before left, once.
func (r *Request) Flash() string {
	code := r.Cookie(flashCookie)
	if !flashCode.MatchString(code) {
		return ""
	}
	r.ClearCookie(flashCookie)
	return code
}

// chooseLang reads ?lang=, the cookie and Accept-Language, in that order, and remembers a choice made by ?lang=.
func (r *Request) chooseLang() {
	if l, ok := parseLang(r.Query("lang")); ok {
		r.lang = l
		if r.m.kind == KindBrowser && r.http.Method == http.MethodGet {
			r.SetCookie(langCookie, string(l), langTime)
		}
		return
	}
	if l, ok := parseLang(r.Cookie(langCookie)); ok {
		r.lang = l
		return
	}
	r.lang = i18n.Match(r.http.Header.Get("Accept-Language"))
}

func parseLang(s string) (i18n.Lang, bool) {
	switch l := i18n.Lang(s); l {
	case i18n.Ja, i18n.En:
		return l, true
	}
	return "", false
}
