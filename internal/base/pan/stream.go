package pan

import (
	"errors"
	"io"
)

// Bounds of a stream's windows. A number's longest form (19 digits as %EF%BC%94, and separators) fits into the overlap.
const (
	chunk   = 64 << 10
	overlap = 1 << 10
)

// A Stream searches what is fed to it piece by piece, in bounded memory, also across the pieces' edges.
type Stream struct {
	found func(Match) error // offsets are from the stream's beginning
	buf   []byte
	base  int64 // of the buffer's first byte
	done  int   // bytes at the buffer's beginning that were looked at
	err   error
}

// NewStream calls found for every match, in order; its error ends the search.
func NewStream(found func(at int64, m Match) error) *Stream {
	s := &Stream{}
	s.found = func(m Match) error { return found(s.base+int64(m.Start), m) }
	return s
}

// Write feeds a piece.
func (s *Stream) Write(p []byte) (n int, err error) {
	for n < len(p) && s.err == nil {
		take := min(len(p)-n, chunk+2*overlap-len(s.buf))
		s.buf = append(s.buf, p[n:n+take]...)
		n += take
		if len(s.buf) == chunk+2*overlap {
			s.look(len(s.buf) - overlap)
		}
	}
	return n, s.err
}

// Close looks at the rest.
func (s *Stream) Close() error {
	if s.err == nil {
		s.look(len(s.buf))
	}
	clear(s.buf)
	return s.err
}

// look searches the buffer, tells of what begins before the limit, and keeps an overlap on both sides of it.
func (s *Stream) look(limit int) {
	for _, m := range Find(onHeap(s.buf)) {
		if m.Start < s.done || m.Start >= limit {
			continue
		}
		s.done = m.End
		if s.err = s.found(m); s.err != nil {
			return
		}
	}
	s.done = max(s.done, limit)
	if cut := min(limit, len(s.buf)) - overlap; cut > 0 {
		rest := copy(s.buf, s.buf[cut:])
		clear(s.buf[rest:])
		s.buf = s.buf[:rest]
		s.base, s.done = s.base+int64(cut), s.done-cut
	}
}

// Scan searches a reader to its end.
func Scan(r io.Reader, found func(at int64, m Match) error) error {
	s := NewStream(found)
	_, err := io.Copy(s, r)
	return errors.Join(err, s.Close())
}

// A Reader hands on what it reads until a number or a code comes by: then it fails with the error it was given, at the latest
// where the input ends.
type Reader struct {
	r      io.Reader
	stream *Stream
}

// NewReader wraps r.
func NewReader(r io.Reader, refuse func(Match) error) *Reader {
	return &Reader{r, NewStream(func(_ int64, m Match) error { return refuse(m) })}
}

// Read reads on.
func (r *Reader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if _, found := r.stream.Write(p[:n]); found != nil {
		clear(p[:n])
		return 0, found
	}
	if errors.Is(err, io.EOF) {
		if found := r.stream.Close(); found != nil {
			clear(p[:n])
			return 0, found
		}
	}
	return n, err
}

// A Writer redacts what is written through it. It holds some back until Close.
type Writer struct {
	w   io.Writer
	buf []byte
	cut int // bytes at the buffer's beginning that are written already
}

// NewWriter wraps w; what is written in lines is best written through Redact instead.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write takes a piece.
func (w *Writer) Write(p []byte) (int, error) {
	w.buf = append(w.buf, p...)
	if len(w.buf) < chunk+2*overlap {
		return len(p), nil
	}
	return len(p), w.flush(len(w.buf) - overlap)
}

// Close writes the rest.
func (w *Writer) Close() error { return w.flush(len(w.buf)) }

// flush writes what stands before the limit. A match that crosses it waits.
func (w *Writer) flush(limit int) error {
	var out []byte
	at := w.cut
	for _, m := range Find(string(w.buf)) {
		if m.End <= at {
			continue
		}
		if m.Start >= limit {
			break
		}
		if m.End > limit && limit < len(w.buf) && m.End-m.Start < overlap {
			limit = m.Start
			break
		}
		out = append(out, w.buf[at:max(at, m.Start)]...)
		out = append(out, m.mask()...)
		at = m.End
	}
	if at < limit {
		out = append(out, w.buf[at:limit]...)
		at = limit
	}
	if keep := at - overlap; keep > 0 {
		rest := copy(w.buf, w.buf[keep:])
		w.buf, at = w.buf[:rest], at-keep
	}
	w.cut = at
	_, err := w.w.Write(out)
	return err
}
