// Package call reads a request and writes an answer as the public API's contract has them.
//
// It guarantees that a list's bounds are clamped and never refused, that a filter which cannot be read is as if it had not been
// sent, that what a body lacks is told from what it sets to null, and that every refusal is the contract's array of errors. It refuses
// to know a resource.
package call

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/web/frame"
)

// A Call is one operation's request.
type Call struct {
	*frame.Request
	query url.Values
}

// Read takes a request.
func Read(r *frame.Request) *Call { return &Call{Request: r, query: r.Queries()} }

// Text is a parameter of the query; "" when it was not sent.
func (c *Call) Text(name string) string { return strings.TrimSpace(c.query.Get(name)) }

// Has says whether the parameter was sent.
func (c *Call) Has(name string) bool { return c.query.Has(name) }

// List bounds what a list of ids or of fields may hold.
const maxList = 1000

// IDs reads ids between commas. What is no id is left out; given says whether the filter was sent with at least one. The form of
// an array (ids[0]=1) is the error that the reference service makes of it.
func (c *Call) IDs(name string) (ids []int64, given bool, err error) {
	for key := range c.query {
		if strings.HasPrefix(key, name+"[") {
			return nil, false, Internal()
		}
	}
	for i, s := range strings.Split(c.query.Get(name), ",") {
		if n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil && n > 0 && i < maxList {
			ids = append(ids, n)
		}
	}
	return ids, len(ids) > 0, nil
}

// Bool reads true, false, 1 or 0.
func (c *Call) Bool(name string) (value, given bool) {
	switch c.Text(name) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// Choice reads one of a list of words.
func (c *Call) Choice(name string, of ...string) (string, bool) {
	v := c.Text(name)
	return v, slices.Contains(of, v)
}

// Number reads a whole number.
func (c *Call) Number(name string) (int64, bool) {
	n, err := strconv.ParseInt(c.Text(name), 10, 64)
	return n, err == nil
}

// Time reads a date or a date with a time, in Japan's zone. A day alone is its beginning.
func (c *Call) Time(name string) (time.Time, bool) { return ParseTime(c.Text(name)) }

// ParseTime reads what Time reads.
func ParseTime(s string) (time.Time, bool) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "/", "-"), "T", " ")
	for _, layout := range []string{"2006-1-2", "2006-1-2 15:04:05", "2006-1-2 15:04"} {
		if t, err := time.ParseInLocation(layout, s, i18n.Zone()); err == nil {
			return t, true
		}
	}
	if t, err := time.Parse("2006-01-02 15:04:05Z07:00", s); err == nil {
		return t, true
	}
	return time.Time{}, false
}

// Until reads the end of a range: of a day alone, its last moment. exclusive: the first moment after it.
func (c *Call) Until(name string) (exclusive time.Time, given bool) {
	t, ok := c.Time(name)
	if !ok {
		return t, false
	}
	if !strings.Contains(c.Text(name), ":") {
		return t.AddDate(0, 0, 1), true
	}
	return t.Add(time.Second), true
}

// A Page is the part of a list that was asked for.
type Page struct{ Limit, Offset int }

const maxOffset = 1 << 31

// Page reads limit and offset. Too much is the most, nonsense is the default.
func (c *Call) Page(usual, most int) Page {
	p := Page{Limit: usual}
	if n, ok := c.Number("limit"); ok && n > 0 {
		p.Limit = int(min(n, int64(most)))
	}
	if n, ok := c.Number("offset"); ok && n > 0 {
		p.Offset = int(min(n, maxOffset))
	}
	return p
}

// Meta goes with a page.
type Meta struct {
	Total  int64 `json:"total"`
	Limit  int   `json:"limit"`
	Offset int   `json:"offset"`
}

// Of is the page's, with how many there are in all.
func (p Page) Of(total int64) Meta { return Meta{total, p.Limit, p.Offset} }

// A Record is one answer's object, with its keys in the contract's order.
type Record struct {
	keys   []string
	values map[string]any
}

// NewRecord makes a record of pairs: a key, then its value.
func NewRecord(pairs ...any) Record {
	r := Record{values: make(map[string]any, len(pairs)/2)}
	for i := 0; i+1 < len(pairs); i += 2 {
		if key, ok := pairs[i].(string); ok {
			r.Set(key, pairs[i+1])
		}
	}
	return r
}

// Set puts a value in.
func (r *Record) Set(key string, value any) {
	if r.values == nil {
		r.values = map[string]any{}
	}
	if _, has := r.values[key]; !has {
		r.keys = append(r.keys, key)
	}
	r.values[key] = value
}

// Get is a value.
func (r Record) Get(key string) any { return r.values[key] }

// MarshalJSON writes the record.
func (r Record) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range r.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(k)
		if err != nil {
			return nil, err
		}
		v, err := json.Marshal(r.values[k])
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", k, err)
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// only keeps the named keys.
func (r Record) only(names []string) Record {
	var out Record
	for _, k := range r.keys {
		if slices.Contains(names, k) {
			out.Set(k, r.values[k])
		}
	}
	return out
}

// Fields projects records to the keys that the query names. The array form yields records without a key, as the reference service does.
func (c *Call) Fields(list []Record) []Record {
	names := strings.Split(c.query.Get("fields"), ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	if c.query.Get("fields") == "" {
		if !slices.ContainsFunc(slices.Collect(keys(c.query)), func(k string) bool { return strings.HasPrefix(k, "fields[") }) {
			return list
		}
		names = nil
	}
	out := make([]Record, len(list))
	for i, r := range list {
		out[i] = r.only(names)
	}
	return out
}

func keys(v url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range v {
			if !yield(k) {
				return
			}
		}
	}
}

// Wants says whether a key of the records will be shown: what is not asked for need not be read.
func (c *Call) Wants(key string) bool {
	f := c.query.Get("fields")
	if f == "" {
		return true
	}
	return slices.ContainsFunc(strings.Split(f, ","), func(s string) bool { return strings.TrimSpace(s) == key })
}

// Answer is a value as the contract writes it.
func Answer(v any) frame.Response {
	return frame.JSON(v).With("Content-Type", "application/json; charset=utf-8")
}

// Listed is a list under its name, with its meta.
func (c *Call) Listed(name string, list []Record, m Meta) frame.Response {
	if list == nil {
		list = []Record{}
	}
	return Answer(NewRecord(name, c.Fields(list), "meta", m))
}

// Created is 201 with a value.
func Created(v any) frame.Response { return Answer(v).Status(http.StatusCreated) }

// Unix is a time in seconds; null for none.
func Unix(ms int64) any {
	if ms == 0 {
		return nil
	}
	return ms / 1000
}

// Nullable is a text, null when empty.
func Nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Body reads an object from the body. A body of another type, or whose root is no object, is as if it held nothing; JSON that cannot
// be read is the contract's internal error.
func (c *Call) Body() (Object, error) {
	raw, err := io.ReadAll(c.Request.Body())
	if err != nil {
		return nil, err
	}
	kind, _, err := mime.ParseMediaType(c.Header("Content-Type"))
	if err != nil || kind != "application/json" || len(bytes.TrimSpace(raw)) == 0 {
		return Object{}, nil
	}
	if !utf8.Valid(raw) {
		return nil, Internal()
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, Internal()
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, Internal()
	}
	o, _ := v.(map[string]any)
	return Object(o), nil
}

// Root is the object under the body's root key; a body without one, or with an empty one, is refused.
func (c *Call) Root(name string) (Object, error) {
	o, err := c.Body()
	if err != nil {
		return nil, err
	}
	inner, is := o[name].(map[string]any)
	if !is || len(inner) == 0 {
		return nil, Refuse(422210, name, "パラメータがありません。")
	}
	return Object(inner), nil
}
