// Package log sets up the program's one log: slog, as text or JSON, one line an event.
//
// It guarantees that the request's id stands on every line that belongs to a request, and that every text that is
// written, message or value, has passed through the scrubber first: card numbers and security codes never stand in a log. It refuses secrets: types that mask themselves stay
// masked, values under a secret's name are masked whatever they are, and bytes are written as their number only.
package log

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/pan"
)

// A Format of lines.
type Format string

// The formats.
const (
	Text Format = "text" // for people
	JSON Format = "json" // for programs
)

const mask = "•••"

// Options of a log.
type Options struct {
	Format Format
	Level  slog.Level
	Scrub  func(string) string // takes out what may not be written; nil takes out card numbers and security codes (base/pan)
}

// New is a log that writes to w.
func New(w io.Writer, o Options) *slog.Logger {
	h := &slog.HandlerOptions{Level: o.Level}
	var next slog.Handler
	if o.Format == JSON {
		next = slog.NewJSONHandler(w, h)
	} else {
		next = slog.NewTextHandler(w, h)
	}
	return slog.New(Redact(next, o.Scrub))
}

type requestKey struct{}

// WithRequest gives a context the request's id, which then stands on every line logged with it.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// Request is the id of the context's request; "" when it has none.
func Request(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// Redact puts the request's id and the scrubber before another handler.
func Redact(next slog.Handler, scrub func(string) string) slog.Handler {
	if scrub == nil {
		scrub = pan.Redact
	}
	return redactor{next: next, scrub: scrub}
}

type redactor struct {
	next  slog.Handler
	scrub func(string) string
}

// Enabled asks the handler behind.
func (r redactor) Enabled(ctx context.Context, l slog.Level) bool { return r.next.Enabled(ctx, l) }

// Handle writes a clean copy of the record.
func (r redactor) Handle(ctx context.Context, rec slog.Record) error {
	clean := slog.NewRecord(rec.Time, rec.Level, r.scrub(rec.Message), rec.PC)
	if id := Request(ctx); id != "" {
		clean.AddAttrs(slog.String("request", id))
	}
	rec.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(r.attr(a))
		return true
	})
	return r.next.Handle(ctx, clean)
}

// WithAttrs cleans what is kept for later lines too.
func (r redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	return redactor{next: r.next.WithAttrs(r.attrs(attrs)), scrub: r.scrub}
}

// WithGroup opens a group.
func (r redactor) WithGroup(name string) slog.Handler {
	return redactor{next: r.next.WithGroup(name), scrub: r.scrub}
}

func (r redactor) attrs(list []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(list))
	for i, a := range list {
		clean[i] = r.attr(a)
	}
	return clean
}

func (r redactor) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	if v.Kind() != slog.KindGroup && secretName(a.Key) {
		return slog.String(a.Key, mask)
	}
	return slog.Attr{Key: r.scrub(a.Key), Value: r.value(v)}
}

func (r redactor) value(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(r.scrub(v.String()))
	case slog.KindGroup:
		return slog.GroupValue(r.attrs(v.Group())...)
	case slog.KindInt64:
		return r.number(v, strconv.FormatInt(v.Int64(), 10))
	case slog.KindUint64:
		return r.number(v, strconv.FormatUint(v.Uint64(), 10))
	case slog.KindAny:
		if b, ok := v.Any().([]byte); ok {
			return slog.StringValue(fmt.Sprintf("%d bytes", len(b)))
		}
		// As text, so that what stands inside is scrubbed too: errors, lists, structs. Masking types mask here as well.
		return slog.StringValue(r.scrub(fmt.Sprintf("%+v", v.Any())))
	}
	return v // booleans, durations, times, fractions
}

// number keeps a number as one unless the scrubber objects to it.
func (r redactor) number(v slog.Value, written string) slog.Value {
	if s := r.scrub(written); s != written {
		return slog.StringValue(s)
	}
	return v
}

// secretName says that whatever stands under that name is not to be written.
func secretName(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc([]string{"password", "secret", "token", "cookie", "authorization", "passphrase"},
		func(s string) bool { return strings.Contains(key, s) })
}
