package child

import (
	"bytes"

	"github.com/noren-shop/noren/internal/base/pan"
)

// maxLine bounds what is kept of a line that does not end; the rest of it comes as a line of its own.
const maxLine = 64 << 10

// lines is a writer that gives whole lines.
type lines struct {
	stream Stream
	give   func(Stream, string)
	rest   []byte
}

// Write never fails: a child is not to be stopped by what listens to it.
func (l *lines) Write(b []byte) (int, error) {
	n := len(b)
	if l.give == nil {
		return n, nil
	}
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			break
		}
		l.rest = append(l.rest, b[:i]...)
		b = b[i+1:]
		l.send()
	}
	l.rest = append(l.rest, b...)
	if len(l.rest) > maxLine {
		l.send()
	}
	return n, nil
}

func (l *lines) send() {
	line := bytes.TrimSuffix(l.rest, []byte{'\r'})
	for len(line) > maxLine {
		l.give(l.stream, pan.Redact(string(line[:maxLine])))
		line = line[maxLine:]
	}
	l.give(l.stream, pan.Redact(string(line)))
	l.rest = l.rest[:0]
}

// flush gives a last line without an end.
func (l *lines) flush() {
	if len(l.rest) > 0 {
		l.send()
	}
}
