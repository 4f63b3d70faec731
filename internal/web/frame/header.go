package frame

import (
	"net/http"
	"strings"
)

// A kept page is one for everybody without cookies, so copies elsewhere must be asked for by these.
const keptVary = "Accept-Encoding, Accept-Language, Cookie"

// staticHeaders are the defences that do not change from request to request. The values are shared and never written to.
func (m *Mux) staticHeaders() http.Header {
	h := http.Header{
		"X-Content-Type-Options":       {"nosniff"},
		"Referrer-Policy":              {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Cache-Control":                {Private().control()},
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
	}
	if m.kind != KindBrowser {
		return h
	}
	h["Content-Security-Policy"] = []string{m.policy("'self'"+join(m.conf.Hashes), "'self'")}
	h["Cross-Origin-Opener-Policy"] = []string{"same-origin"}
	h["X-Frame-Options"] = []string{"DENY"} // for browsers that do not know frame-ancestors
	h["Permissions-Policy"] = []string{"accelerometer=(), browsing-topics=(), camera=(), " +
		"display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), " +
		"publickey-credentials-create=(self), publickey-credentials-get=(self)"}
	return h
}

func join(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return " " + strings.Join(list, " ")
}

// policy is the content security policy: everything from here, nothing inline but what scripts and styles name.
func (m *Mux) policy(scripts, styles string) string {
	return "default-src 'none'; script-src " + scripts + "; style-src " + styles +
		"; img-src 'self' data:" + join(m.conf.Images) + "; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'" + join(m.conf.FormTargets) +
		"; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
}

// owns says that a header is the frame's, so that a handler cannot weaken it.
func (m *Mux) owns(name string) bool {
	if _, ok := m.static[name]; ok {
		return true
	}
	switch name {
	case "Set-Cookie", "Strict-Transport-Security", "X-Request-Id", "Access-Control-Allow-Origin",
		"Access-Control-Allow-Credentials":
		return true
	}
	return false
}

// dynamicHeaders are what follows from the answer: nonce, cache, HSTS, embedding.
func (m *Mux) dynamicHeaders(h http.Header, r *Request, res Response) {
	if r.nonce != "" && !res.cache.public {
		// Scripts by nonce alone: a file that somebody managed to place on this origin does not run.
		n := "'nonce-" + r.nonce + "'"
		policy := m.policy(n, "'self' "+n)
		if res.forms != "" {
			policy = strings.Replace(policy, "form-action 'self'", "form-action 'self' "+res.forms, 1)
		}
		h["Content-Security-Policy"] = []string{policy}
	}
	if res.cache.public {
		h["Cache-Control"] = []string{res.cache.control()}
	}
	if res.open {
		h["Cross-Origin-Resource-Policy"] = []string{"cross-origin"}
		h["Content-Security-Policy"] = []string{"default-src 'none'; sandbox; frame-ancestors 'none'"}
	}
}

var (
	hsts   = []string{"max-age=63072000"}
	varied = []string{keptVary}
	zipped = []string{"gzip"}
)

// defend sets the defences before anything else can be written.
func (m *Mux) defend(h http.Header, req *http.Request) {
	for k, v := range m.static {
		h[k] = v
	}
	if m.isSecure(req) {
		h["Strict-Transport-Security"] = hsts
	}
}
