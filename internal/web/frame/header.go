package frame

import (
	"net/http"
	"slices"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
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

// NonceMark stands in Defences where an answer has its nonce.
const NonceMark = "{nonce}"

// A Defence is a header that the door's pages must have, with its reason. Value is whole; NonceMark stands for the nonce.
type Defence struct {
	Name  string     `json:"name"`
	Value string     `json:"value"`
	Why   fault.Text `json:"why"`
}

// Defences are the headers of a page that is one visitor's (nobody keeps it), as every answer of the door has them: made
// by the same code, so that what is listed is what is served.
func (m *Mux) Defences() []Defence {
	h := m.staticHeaders()
	m.dynamicHeaders(h, &Request{nonce: NonceMark}, Response{})
	if m.conf.TLS {
		h["Strict-Transport-Security"] = hsts
	}
	out := make([]Defence, 0, len(h))
	for name, v := range h {
		out = append(out, Defence{Name: name, Value: v[0], Why: reasons()[name]})
	}
	slices.SortFunc(out, func(a, b Defence) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// reasons say what each defence is for; a test finds one without.
func reasons() map[string]fault.Text {
	return map[string]fault.Text{
		"Content-Security-Policy": {Ja: "このページが読み込み、実行し、送信できる相手を、名指しした所だけに限ります。スクリプトは一回限りの印（nonce）のあるものだけが動きます。",
			En: "Names everything that the page may load, run and send to. Only scripts with this answer's nonce run."},
		"Strict-Transport-Security": {Ja: "ブラウザーが暗号化していない通信でつながないようにします。", En: "Browsers do not come without encryption."},
		"X-Content-Type-Options": {Ja: "画像などとして送ったものが、スクリプトとして実行されないようにします。",
			En: "What was sent as a picture is never run as a script."},
		"X-Frame-Options": {Ja: "ほかのサイトの枠の中に表示させません（古いブラウザー用）。", En: "No other site shows the page in a frame (for old browsers)."},
		"Referrer-Policy": {Ja: "ページのアドレスを、ほかのサイトに伝えません。", En: "No other site learns the page's address."},
		"Cross-Origin-Opener-Policy": {Ja: "ほかのサイトの窓から、このページを操作できないようにします。",
			En: "Windows of other sites cannot reach into the page."},
		"Cross-Origin-Resource-Policy": {Ja: "ほかのサイトが、この応答を読み込めないようにします。", En: "Other sites cannot load the answer."},
		"Permissions-Policy": {Ja: "使わない機能（カメラ、位置情報、決済など）を、ページのどのスクリプトにも使わせません。",
			En: "No script gets camera, location, payment and other abilities that the page does not use."},
		"Cache-Control": {Ja: "個人のページの写しを、ブラウザーにも途中のサーバーにも残しません。", En: "No copy of a personal page is kept, by the browser or on the way."},
	}
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
		h["Content-Security-Policy"] = []string{m.frames(h, policy, res)}
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
