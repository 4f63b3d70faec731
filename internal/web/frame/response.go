package frame

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/web/frame/blob"
)

// A Response is what a handler returns: a value, written after the handler's transaction has ended.
type Response struct {
	status int
	kind   string // content type
	cache  Cache
	page   templ.Component
	blob   *Blob
	file   io.ReadSeeker
	stream func(io.Writer) error
	to     string // Location
	header http.Header
	open   bool   // pictures: other origins of ours may embed it
	forms  string // an origin beside the door's that its forms may lead to
	frames string // an origin that the page may show in a frame
	framer string // an origin that may show the page in a frame
}

// A Blob is an answer whose bytes are ready, as they are and compressed.
type Blob = blob.Blob

// Cache is who may keep an answer, and how long.
type Cache struct {
	public    bool
	immutable bool
	age       time.Duration
	etag      string
}

// Private answers are kept by nobody. It is what every answer is unless it says otherwise.
func Private() Cache { return Cache{} }

// Shared answers may be kept by anyone, that long, and asked again by etag ("" has the frame compute it). They must not
// depend on who asks.
func Shared(age time.Duration, etag string) Cache {
	return Cache{public: true, age: age, etag: quote(etag)}
}

// Immutable answers never change under their address: its name holds a digest.
func Immutable(etag string) Cache {
	return Cache{public: true, immutable: true, age: 365 * 24 * time.Hour, etag: quote(etag)}
}

func quote(etag string) string {
	if etag == "" || strings.HasPrefix(etag, `"`) {
		return etag
	}
	return `"` + etag + `"`
}

func (c Cache) control() string {
	switch {
	case !c.public:
		return "private, no-store"
	case c.immutable:
		return "public, max-age=31536000, immutable"
	case c.age <= 0:
		return "public, no-cache"
	}
	return fmt.Sprintf("public, max-age=%d", int(c.age/time.Second))
}

// Page is HTML for people.
func Page(c templ.Component) Response {
	return Response{status: http.StatusOK, kind: "text/html; charset=utf-8", page: c}
}

// Redirect leads to a page of the same host by GET (303). Anything but a local path leads to "/", so that an address
// which a visitor brought cannot lead them away.
func Redirect(path string) Response {
	if !IsLocal(path) {
		path = "/"
	}
	return Response{status: http.StatusSeeOther, to: path}
}

// IsLocal says that an address is a path of the same host.
func IsLocal(path string) bool {
	if len(path) < 1 || path[0] != '/' || len(path) > 1 && (path[1] == '/' || path[1] == '\\') {
		return false
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
		return false
	}
	u, err := url.Parse(path)
	return err == nil && u.Host == "" && u.Scheme == ""
}

// Away leads to another origin (303): the account door, a provider's page. The address is the door's own, never one that
// a visitor brought; a form that leads there needs the origin in Config.FormTargets.
func Away(address string) Response { return Response{status: http.StatusSeeOther, to: address} }

// JSON encodes v. What cannot be encoded becomes a 500.
func JSON(v any) Response {
	b, err := json.Marshal(v)
	if err != nil {
		return Response{status: http.StatusInternalServerError, kind: "error", header: http.Header{"Error": {err.Error()}}}
	}
	return Bytes("application/json", append(b, '\n'))
}

// Bytes is an answer in memory.
func Bytes(kind string, b []byte) Response {
	return Response{status: http.StatusOK, kind: kind, blob: &Blob{Type: kind, Plain: b}}
}

// Text is plain text.
func Text(s string) Response { return Bytes("text/plain; charset=utf-8", []byte(s)) }

// Ready is an answer whose bytes are ready: an asset.
func Ready(b *Blob) Response {
	return Response{status: http.StatusOK, kind: b.Type, blob: b}
}

// Media is a picture or another file for showing: ranges are served, and pages of our other origins may embed it. Content
// that is an io.Closer is closed.
func Media(kind string, content io.ReadSeeker) Response {
	return Response{status: http.StatusOK, kind: kind, file: content, open: true}
}

// Download is a file that the browser saves under that name.
func Download(name, kind string, b []byte) Response {
	return Bytes(kind, b).With("Content-Disposition", attachment(name))
}

func attachment(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/%;`, r) {
			return '_'
		}
		return r
	}, name)
	return `attachment; filename="` + ascii + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

// Stream writes as it goes: an export. An error after the first byte cuts the answer off, so that it cannot pass for
// complete. The route's time bounds it.
func Stream(kind string, write func(io.Writer) error) Response {
	return Response{status: http.StatusOK, kind: kind, stream: write}
}

// NotModified says that the visitor's copy, which has that etag, still holds.
func NotModified(c Cache) Response { return Response{status: http.StatusNotModified, cache: c} }

// None is an answer without a body (204).
func None() Response { return Response{status: http.StatusNoContent} }

// Status changes the status: 422 for a form that is shown again, 201, 404.
func (r Response) Status(n int) Response { r.status = n; return r }

// FormsTo lets the page's forms lead to one more origin: an app's that the owner is asked about. What is no origin adds nothing.
func (r Response) FormsTo(origin string) Response {
	if isOrigin(origin) {
		r.forms = origin
	}
	return r
}

// Cached changes who may keep the answer.
func (r Response) Cached(c Cache) Response { r.cache = c; return r }

// With adds a header: Link, Retry-After. The frame's own defences cannot be changed by it.
func (r Response) With(name, value string) Response {
	h := r.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set(name, value)
	r.header = h
	return r
}

// Foreign lets a handler of a library answer (metrics, an ACME challenge). Its answer is held in memory.
func Foreign(h http.Handler) Handler {
	return func(r *Request) (Response, error) {
		rec := &recorder{header: http.Header{}, status: http.StatusOK}
		h.ServeHTTP(rec, r.http)
		kind := rec.header.Get("Content-Type")
		rec.header.Del("Content-Type")
		rec.header.Del("Content-Length")
		body := &Blob{Type: kind, Plain: rec.buf.Bytes()}
		return Response{status: rec.status, kind: kind, blob: body, header: rec.header}, nil
	}
}

type recorder struct {
	header http.Header
	status int
	buf    bytes.Buffer
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(n int)           { w.status = n }
func (w *recorder) Write(b []byte) (int, error) { return w.buf.Write(b) }
