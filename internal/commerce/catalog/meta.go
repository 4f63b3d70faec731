package catalog

import (
	"encoding/json"
	"fmt"

	"github.com/noren-shop/noren/internal/base/fault"
)

// A Display says who sees a category or a group.
type Display string

// Who sees it.
const (
	Shown       Display = "showing"
	Concealed   Display = "hidden"
	MembersOnly Display = "members"
)

// Valid says whether d is one of the three.
func (d Display) Valid() bool { return d == Shown || d == Concealed || d == MembersOnly }

// Shown says whether everyone sees it. Shops' pages know no members, so what is for members is not among them.
func (d Display) Shown() bool { return d == Shown }

// A Meta is what a category's or a group's page tells search engines. A nil text was not set.
type Meta struct {
	Title       *string `json:"title"`
	Keywords    *string `json:"keywords"`
	Description *string `json:"description"`
}

// The bounds of sections' texts.
const (
	MaxMetaTitle   = 255
	MaxMetaText    = 65_535
	MaxExplanation = 65_535
)

// ReadMeta reads a Meta as it is stored.
func ReadMeta(s string) (*Meta, error) {
	if s == "" {
		return nil, nil
	}
	m := new(Meta)
	if err := json.Unmarshal([]byte(s), m); err != nil {
		return nil, fmt.Errorf("read meta tags: %w", err)
	}
	return m, nil
}

// Stored is what ReadMeta reads.
func (m *Meta) Stored() string {
	if m == nil {
		return ""
	}
	b, err := json.Marshal(m)
	if err != nil { // texts: json cannot fail
		return ""
	}
	return string(b)
}

// CleanSection tidies what categories and groups have in common.
func CleanSection(d Display, explanation *string, m *Meta) (fs fault.Faults) {
	add := func(f *fault.Fault) {
		if f != nil {
			fs = append(fs, f)
		}
	}
	if !d.Valid() {
		add(fault.Invalid("state", fault.Text{Ja: "表示・非表示・会員のみから選んでください。", En: "Choose shown, hidden or for members only."}))
	}
	add(text("explanation", explanation, MaxExplanation))
	if m == nil {
		return fs
	}
	for _, t := range []struct {
		field string
		text  *string
		most  int
	}{{"meta.title", m.Title, MaxMetaTitle}, {"meta.keywords", m.Keywords, MaxMetaText}, {"meta.description", m.Description, MaxMetaText}} {
		if t.text != nil {
			add(text(t.field, t.text, t.most))
		}
	}
	return fs
}

// CleanName tidies a name, which must not be empty.
func CleanName(field string, name *string) (fs fault.Faults) {
	if f := line(field, name, MaxName); f != nil {
		fs = append(fs, f)
	}
	if *name == "" {
		fs = append(fs, fault.Invalid(field, fault.Text{Ja: "名前を入力してください。", En: "Please enter a name."}))
	}
	return fs
}
