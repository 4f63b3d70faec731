package frame

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/web/frame/blob"
)

// writeResponse puts a value on the wire. It returns the error that the visitor could not be shown.
func (m *Mux) writeResponse(w *counter, r *Request, res Response) error {
	if res.kind == "error" {
		return fmt.Errorf("encode JSON: %s", res.header.Get("Error"))
	}
	if m.kind == KindAPI && res.page != nil {
		return errors.New("write page: the API speaks JSON")
	}
	if r.keep() && (r.pageKey.zero() || len(r.cookies) > 0) {
		res.cache = Private() // made for this visitor: nobody else may see it
	}
	if res.page != nil {
		var buf bytes.Buffer
		if err := res.page.Render(r.ctx, &buf); err != nil {
			return fmt.Errorf("render page: %w", err)
		}
		res.blob = &Blob{Type: res.kind, Plain: buf.Bytes()}
	}
	h := w.Header()
	for k, v := range res.header {
		if !m.owns(k) {
			h[k] = v
		}
	}
	m.dynamicHeaders(h, r, res)
	for _, c := range r.cookies {
		http.SetCookie(w, c)
	}
	switch {
	case res.to != "":
		h.Set("Location", res.to)
		w.WriteHeader(res.status)
	case res.stream != nil:
		return m.writeStream(w, r, res)
	case res.file != nil:
		if c, ok := res.file.(io.Closer); ok {
			defer c.Close()
		}
		if res.cache.public && res.cache.etag != "" {
			h.Set("Etag", res.cache.etag)
		}
		h.Set("Content-Type", res.kind)
		http.ServeContent(w, r.http, "", time.Time{}, res.file)
	case res.blob != nil:
		return m.writeBlob(w, r, res)
	default:
		w.WriteHeader(res.status)
	}
	return nil
}

func (m *Mux) writeStream(w *counter, r *Request, res Response) error {
	w.Header().Set("Content-Type", res.kind)
	w.WriteHeader(res.status)
	if r.http.Method == http.MethodHead {
		return nil
	}
	if err := res.stream(w); err != nil {
		return fmt.Errorf("write stream: %w", err)
	}
	return nil
}

func (m *Mux) writeBlob(w *counter, r *Request, res Response) error {
	h, b := w.Header(), res.blob
	etag := res.cache.etag
	if res.cache.public && res.status == http.StatusOK {
		if etag == "" {
			etag = b.ETag
		}
		if etag == "" || r.keep() {
			ready, err := blob.New(res.kind, b.Plain)
			if err != nil {
				return err
			}
			b = ready
			etag = b.ETag
		}
		h.Set("Etag", etag)
		h.Add("Vary", "Accept-Encoding")
		if r.keep() && m.conf.Pages != nil {
			m.conf.Pages.put(r, b, res.cache)
			h.Set("Vary", keptVary)
		}
		if matches(r.http.Header.Get("If-None-Match"), etag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	out := b.Plain
	if len(b.Plain) > 0 && blob.TakesGzip(r.http.Header) {
		switch {
		case b.Gzip != nil:
			out = b.Gzip
			h.Set("Content-Encoding", "gzip")
		case b.ETag == "" && blob.Compressible(res.kind, len(b.Plain)):
			z, err := m.zips.Pack(b.Plain)
			if err != nil {
				return fmt.Errorf("compress answer: %w", err)
			}
			out = z
			h.Set("Content-Encoding", "gzip")
			h.Set("Vary", "Accept-Encoding")
		}
	}
	if res.kind != "" {
		h.Set("Content-Type", res.kind)
	}
	h.Set("Content-Length", strconv.Itoa(len(out)))
	w.WriteHeader(res.status)
	if r.http.Method != http.MethodHead {
		_, _ = w.Write(out) // the visitor may have left
	}
	return nil
}

func matches(header, etag string) bool {
	if header == "" || etag == "" {
		return false
	}
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimPrefix(strings.TrimSpace(part), "W/"); part == etag || part == "*" {
			return true
		}
	}
	return false
}

// counter notes what was written, for the log and for knowing whether an answer has begun.
type counter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *counter) WriteHeader(n int) {
	if w.status == 0 {
		w.status = n
	}
	w.ResponseWriter.WriteHeader(n)
}

func (w *counter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *counter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
