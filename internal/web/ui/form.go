package ui

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
)

// Errors are a form's faults, by field.
type Errors struct {
	lang i18n.Lang
	list fault.Faults
	form string
}

// ErrorsOf takes the faults out of an error; none for nil and for errors that are ours.
func ErrorsOf(l i18n.Lang, err error) Errors {
	fs, _ := fault.Of(err)
	return Errors{lang: l, list: fs}
}

// In says in which form the fields are, where a page has several with fields of the same names.
func (e Errors) In(form string) Errors {
	e.form = form
	return e
}

// At gives the text at a field, or "".
func (e Errors) At(field string) string {
	for _, f := range e.list {
		if f.Field == field {
			return e.lang.Pick(f.Text.Ja, f.Text.En)
		}
	}
	return ""
}

// Any says whether something is wrong.
func (e Errors) Any() bool { return len(e.list) > 0 }

// Size is how wide a field stands.
type Size string

// The sizes; a field fills its column unless it says otherwise.
const (
	Fill   Size = ""
	Short  Size = "short"  // a postcode, a count
	Medium Size = "medium" // a telephone number, a date
	Full   Size = "full"   // both columns
)

// Need says whether a field must be filled in.
type Need int

// Required fields carry 必須; optional ones carry nothing.
const (
	Optional Need = iota
	Required
)

// Field is one input with its label.
type Field struct {
	Name         string
	Form         string // where a page has several forms with fields of the same names
	Label        string
	Hint         string
	Value        string
	Error        string // Errors.At(name)
	Kind         string // text unless named: email, tel, password, number, search, date, file
	Autocomplete string // "postal-code", "email", "one-time-code"…
	InputMode    string // "numeric", "tel", "email"
	Placeholder  string
	Suffix       string // 円, 個
	MaxLength    int
	Rows         int // of a text area
	Need         Need
	Size         Size
	Options      []Option         // of a select or of choices
	More         templ.Attributes // data-postcode, min, max, accept, readonly
}

// Option is one of several.
type Option struct {
	Value, Text, Hint string
	Aside             string // at the right: a price
}

func (f Field) id() string { return fieldID(f.Form, f.Name) }

func fieldID(form, name string) string {
	if form == "" {
		return "f-" + name
	}
	return "f-" + form + "-" + name
}

func (f Field) kind() string {
	if f.Kind == "" {
		return "text"
	}
	return f.Kind
}

func (f Field) class() string {
	if f.Size == Fill {
		return "field"
	}
	return "field " + string(f.Size)
}

// attrs are what the input carries besides its name and value.
func (f Field) attrs() templ.Attributes {
	a := templ.Attributes{}
	set := func(k, v string) {
		if v != "" {
			a[k] = v
		}
	}
	set("autocomplete", f.Autocomplete)
	set("inputmode", f.InputMode)
	set("placeholder", f.Placeholder)
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	if f.Need == Required {
		a["required"] = true
	}
	described := ""
	if f.Hint != "" {
		described = f.id() + "-hint"
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
		described = joinWords(described, f.id()+"-error")
	}
	set("aria-describedby", described)
	for k, v := range f.More {
		a[k] = v
	}
	return a
}

func joinWords(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// Kind of button.
type Kind string

// The kinds of button: one primary a page.
const (
	Normal  Kind = ""
	Primary Kind = "primary"
	Danger  Kind = "danger"
	Soft    Kind = "quiet"
)

// Button is something to press: a submit button, or a link that looks like one when Href is set.
type Button struct {
	Text  string
	Kind  Kind
	Icon  Icon
	Href  string
	Name  string
	Value string
	Class string           // small, wide, large
	More  templ.Attributes // data-confirm, data-passkey, formaction, disabled
}

func (b Button) class() string { return joinWords(joinWords("button", string(b.Kind)), b.Class) }

// attrs are the button's name, value and extras.
func (b Button) attrs() templ.Attributes {
	a := templ.Attributes{}
	if b.Name != "" {
		a["name"], a["value"] = b.Name, b.Value
	}
	for k, v := range b.More {
		a[k] = v
	}
	return a
}
