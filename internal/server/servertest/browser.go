package servertest

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/web/place"
)

// A Browser is one visitor, with cookies. It does not follow redirects: a test looks at them.
type Browser struct {
	t      testing.TB
	client *http.Client
	Origin string // "http://tea.noren.localhost:1234"; paths are taken from here
	Lang   string // Accept-Language
}

// An Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Location is where a redirect leads.
func (a Answer) Location() string { return a.Header.Get("Location") }

// Browse opens a browser at an origin: a Shop's, or a door's.
func (s *Server) Browse(t testing.TB, origin string) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(host, Domain) {
			address = s.Address
		}
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
	tr := &http.Transport{DialContext: dial}
	t.Cleanup(tr.CloseIdleConnections)
	return &Browser{t: t, Origin: origin, Lang: "ja", client: &http.Client{Transport: tr, Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Door opens a browser at one of the service's doors.
func (s *Server) Door(t testing.TB, d place.Door) *Browser {
	t.Helper()
	return s.Browse(t, s.Book.Door(d, Domain))
}

// At is the same visitor, with the same cookies, at another origin.
func (b *Browser) At(origin string) *Browser {
	c := *b
	c.Origin = origin
	return &c
}

// Cookie puts a cookie into the browser, as if the origin had set it.
func (b *Browser) Cookie(t testing.TB, name, value string) {
	t.Helper()
	at, err := url.Parse(b.Origin)
	if err != nil {
		t.Fatal(err)
	}
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// Get asks for a path, or for a whole address.
func (b *Browser) Get(path string) Answer { return b.do(http.MethodGet, path, nil) }

// Post sends a form: field, value, field, value.
func (b *Browser) Post(path string, fields ...string) Answer {
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, v)
}

// Client is the browser's connection, for programs that bring their own requests.
func (b *Browser) Client() *http.Client { return b.client }

// Upload sends files under one field of a form.
func (b *Browser) Upload(path, field string, files ...[]byte) Answer {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i, f := range files {
		part, err := w.CreateFormFile(field, "file"+strconv.Itoa(i)+".jpg")
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := part.Write(f); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.send(http.MethodPost, path, w.FormDataContentType(), &body)
}

func (b *Browser) do(method, path string, form url.Values) Answer {
	b.t.Helper()
	return b.send(method, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (b *Browser) send(method, path, kind string, body io.Reader) Answer {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.Origin + path
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", b.Lang)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return Answer{res.StatusCode, res.Header, drain(res.Body)}
}
