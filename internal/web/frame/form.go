package frame

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/pan"
	"github.com/noren-shop/noren/internal/base/secret"
)

// A Form is what was typed: UTF-8, without NUL, bounded in number and length.
type Form struct{ values url.Values }

// NewForm makes one for tests and for forms that are shown with values from the store.
func NewForm(v url.Values) Form { return Form{v} }

// Get gives a field as it was typed, without spaces around it; "" when it is missing.
func (f Form) Get(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// Has says whether the field was sent: a checkbox.
func (f Form) Has(name string) bool { return f.values.Has(name) }

// All gives every value of a field that may come several times.
func (f Form) All(name string) []string { return f.values[name] }

// Secret gives a password or one-time code, exactly as typed.
func (f Form) Secret(name string) secret.Text { return secret.NewText(f.values.Get(name)) }

// Int reads a whole number between two bounds, or a fault at the field.
func (f Form) Int(name string, low, high int64) (int64, error) {
	n, err := strconv.ParseInt(f.Get(name), 10, 64)
	if err != nil || n < low || n > high {
		return 0, fault.Invalid(name, fault.Text{
			Ja: fmt.Sprintf("%dから%dまでの整数を入力してください。", low, high),
			En: fmt.Sprintf("Enter a whole number from %d to %d.", low, high),
		})
	}
	return n, nil
}

// FormID reads an id from a form; 0, which no record has, when the field holds none.
func FormID[T ~int64](f Form, name string) T { return id.Parse[T](f.Get(name)) }

// A File is one uploaded file, streamed: it is read inside the callback or not at all.
type File struct {
	Field string
	Name  string // what the visitor's machine calls it; personal data, never a path of ours
	Type  string // what the visitor's machine says it is; look at the bytes instead
	io.Reader
}

// Form reads the body as a form without files. It may be called again.
func (r *Request) Form() (Form, error) {
	if r.form != nil {
		return *r.form, nil
	}
	kind, _, err := mime.ParseMediaType(r.http.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		if kind == "multipart/form-data" {
			return r.Upload(func(File) error { return errMalformed })
		}
		return Form{}, errMediaType
	}
	raw, err := r.readBody()
	if err != nil {
		return Form{}, err
	}
	if bytes.Count(raw, []byte("&")) >= r.limits.Fields {
		return Form{}, errMalformed
	}
	if err := r.cardInForm(raw); err != nil {
		return Form{}, err
	}
	v, err := url.ParseQuery(string(raw))
	if err != nil {
		return Form{}, errMalformed
	}
	for name, values := range v {
		for _, s := range values {
			if !r.fits(name, s) {
				return Form{}, errMalformed
			}
		}
	}
	r.form = &Form{v}
	return *r.form, nil
}

// lookThrough reads a form before anything is decided by it, so that what may not be typed is refused at every route, also where the
// handler asks for no field.
func (r *Request) lookThrough() error {
	if r.m.kind != KindBrowser || r.http.Method != http.MethodPost {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(r.http.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil
	}
	_, err := r.Form()
	return err
}

func (r *Request) fits(name, value string) bool {
	return len(name) <= 200 && len(value) <= r.limits.FieldSize && cleanText(name) && cleanText(value)
}

// Upload reads a form with files: each file is handed to take while it streams in, the other fields are returned. Files
// that come before a field they depend on must be kept by take until Upload has returned.
func (r *Request) Upload(take func(File) error) (Form, error) {
	if r.form != nil {
		return Form{}, errMalformed
	}
	kind, params, err := mime.ParseMediaType(r.http.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return Form{}, errMediaType
	}
	mr := multipart.NewReader(r.body, params["boundary"])
	f := Form{url.Values{}}
	var sent []pan.Field
	for n := 0; ; n++ {
		p, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			if err := r.cardInFields("form", sent); err != nil {
				return Form{}, err
			}
			r.form = &f
			return f, nil
		}
		if err != nil {
			return Form{}, bodyFault(err)
		}
		if n >= r.limits.Fields {
			return Form{}, errMalformed
		}
		if err := r.takePart(f, p, &sent, take); err != nil {
			return Form{}, err
		}
	}
}

func (r *Request) takePart(f Form, p *multipart.Part, sent *[]pan.Field, take func(File) error) error {
	name := p.FormName()
	if _, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition")); hasKey(params, "filename") {
		if !r.fits(name, p.FileName()) {
			return errMalformed
		}
		if err := r.cardInFields("file name", []pan.Field{{Name: name, Value: p.FileName()}, {Name: name, Value: p.Header.Get("Content-Type")}}); err != nil {
			return err
		}
		err := take(File{Field: name, Name: p.FileName(), Type: p.Header.Get("Content-Type"), Reader: r.fileReader(name, &bodyReader{p})})
		if err != nil {
			return err
		}
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(p, int64(r.limits.FieldSize)+1))
	if err != nil {
		return bodyFault(err)
	}
	if !r.fits(name, string(b)) {
		return errMalformed
	}
	*sent = append(*sent, pan.Field{Name: name, Value: string(b)})
	f.values.Add(name, string(b))
	return nil
}

func hasKey(m map[string]string, k string) bool { _, ok := m[k]; return ok }

// bodyReader turns a body that grew too large into its fault, whoever reads it.
type bodyReader struct{ r io.Reader }

func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		err = bodyFault(err)
	}
	return n, err
}

// Raw gives the body of a hook as it came, for its signature.
func (r *Request) Raw() []byte { return r.raw }

// Body streams the body of an API call, bounded.
func (r *Request) Body() io.Reader {
	if r.m.conf.TakesCards {
		return &bodyReader{r.body}
	}
	return pan.NewReader(&bodyReader{r.body}, func(m pan.Match) error { return r.cardSeen("body", "", m.Kind) })
}

// JSON decodes the body into v. It refuses unknown fields, a second value, and text that is not UTF-8.
func (r *Request) JSON(v any) error {
	raw := r.raw
	if raw == nil {
		var err error
		if raw, err = r.readBody(); err != nil {
			return err
		}
		if err := r.cardInJSON("JSON", raw); err != nil {
			return err
		}
	}
	if !utf8.Valid(raw) || bytes.Contains(raw, []byte(`\u0000`)) {
		return errMalformed
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return errMalformed
	}
	if _, err := d.Token(); err != io.EOF {
		return errMalformed
	}
	return nil
}

func (r *Request) readBody() ([]byte, error) {
	b, err := io.ReadAll(r.body)
	if err != nil {
		return nil, bodyFault(err)
	}
	return b, nil
}

func bodyFault(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	if _, ok := errors.AsType[*refusal](err); ok {
		return err
	}
	return errMalformed // cut off, too slow, or not what its type says
}
