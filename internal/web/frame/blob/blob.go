// Package blob holds answers whose bytes are ready: as they are, and compressed.
//
// It guarantees an etag that is the digest of the content. It refuses to compress what would not get smaller.
package blob

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// A Blob is an answer whose bytes are ready.
type Blob struct {
	Type  string
	ETag  string // with quotes
	Plain []byte
	Gzip  []byte // nil when it would not be smaller
}

// New makes ready bytes: compressed where that is worth it, with an etag of their digest.
func New(kind string, plain []byte) (*Blob, error) {
	sum := sha256.Sum256(plain)
	b := &Blob{Type: kind, Plain: plain, ETag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	if !Compressible(kind, len(plain)) {
		return b, nil
	}
	z, err := NewZips().Pack(plain)
	if err != nil {
		return nil, fmt.Errorf("compress blob: %w", err)
	}
	if len(z) < len(plain) {
		b.Gzip = z
	}
	return b, nil
}

// Zips lends gzip writers, which are costly to make.
type Zips struct{ pool sync.Pool }

// NewZips makes an empty pool.
func NewZips() *Zips {
	return &Zips{sync.Pool{New: func() any { return gzip.NewWriter(nil) }}}
}

// Pack compresses b.
func (z *Zips) Pack(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, ok := z.pool.Get().(*gzip.Writer)
	if !ok {
		return nil, errors.New("gzip: the pool holds something else")
	}
	defer z.pool.Put(w)
	w.Reset(&out)
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

const worthZipping = 1 << 10

// Compressible says whether a type and size are worth compressing.
func Compressible(kind string, size int) bool {
	if size < worthZipping {
		return false
	}
	for _, p := range []string{"text/", "application/json", "application/javascript", "image/svg+xml", "application/xml"} {
		if strings.HasPrefix(kind, p) {
			return true
		}
	}
	return false
}

// TakesGzip reads Accept-Encoding.
func TakesGzip(h http.Header) bool {
	for _, line := range h["Accept-Encoding"] {
		for part := range strings.SplitSeq(line, ",") {
			name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
			if name == "gzip" && !isZeroQ(q) {
				return true
			}
		}
	}
	return false
}

func isZeroQ(q string) bool {
	v, ok := strings.CutPrefix(strings.TrimSpace(q), "q=")
	if !ok {
		return false
	}
	f, err := strconv.ParseFloat(v, 64)
	return err == nil && f == 0
}
