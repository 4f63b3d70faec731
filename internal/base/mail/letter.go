package mail

import (
	"fmt"
	"io/fs"
	"strings"
	"text/template"

	"github.com/noren-shop/noren/internal/base/i18n"
)

// A Letter is a template of a letter's text in both languages, side by side in one file:
//
//	=== ja
//	Subject: ご注文ありがとうございます（{{line .Shop}}）
//
//	{{line .Name}} 様
//	…
//	=== en
//	Subject: Thank you for your order ({{line .Shop}})
//
//	Dear {{line .Name}},
//	…
//
// It may use line (one line of what somebody typed), yen, number, date and dateTime (milliseconds, in Japan's zone).
type Letter struct{ ja, en part }

type part struct{ subject, text *template.Template }

// ParseLetter reads a letter's file. A letter without one of the languages is refused.
func ParseLetter(files fs.FS, name string) (*Letter, error) {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("read letter: %w", err)
	}
	head, rest, ok := strings.Cut("\n"+strings.ReplaceAll(string(b), "\r\n", "\n"), "\n=== ja\n")
	ja, en, both := strings.Cut(rest, "\n=== en\n")
	if !ok || !both || strings.TrimSpace(head) != "" {
		return nil, fmt.Errorf("parse letter %s: wants === ja, then === en", name)
	}
	var l Letter
	if l.ja, err = parsePart(name, i18n.Ja, ja); err != nil {
		return nil, err
	}
	if l.en, err = parsePart(name, i18n.En, en); err != nil {
		return nil, err
	}
	return &l, nil
}

func parsePart(name string, lang i18n.Lang, s string) (part, error) {
	subject, text, ok := strings.Cut(s, "\n")
	subject, isSubject := strings.CutPrefix(subject, "Subject: ")
	text = strings.TrimSpace(text)
	if !ok || !isSubject || strings.TrimSpace(subject) == "" || text == "" {
		return part{}, fmt.Errorf("parse letter %s, %s: wants a line `Subject: …`, then the text", name, lang)
	}
	funcs := template.FuncMap{"line": line, "yen": lang.Yen, "number": i18n.Number, "date": lang.Date, "dateTime": lang.DateTime}
	parse := func(what, s string) (*template.Template, error) {
		return template.New(what).Option("missingkey=error").Funcs(funcs).Parse(s)
	}
	var p part
	var err error
	if p.subject, err = parse("subject", subject); err != nil {
		return part{}, fmt.Errorf("parse letter %s, %s: %w", name, lang, err)
	}
	if p.text, err = parse("text", text); err != nil {
		return part{}, fmt.Errorf("parse letter %s, %s: %w", name, lang, err)
	}
	return p, nil
}

// Render fills the letter in the reader's language. The subject is one line whatever the data holds.
func (l *Letter) Render(lang i18n.Lang, data any) (subject, text string, err error) {
	p := l.ja
	if lang == i18n.En {
		p = l.en
	}
	var s, t strings.Builder
	if err := p.subject.Execute(&s, data); err != nil {
		return "", "", fmt.Errorf("render letter: %w", err)
	}
	if err := p.text.Execute(&t, data); err != nil {
		return "", "", fmt.Errorf("render letter: %w", err)
	}
	return line(s.String()), t.String() + "\n", nil
}

// line makes one line of a text: every run of white space and control characters becomes a space.
func line(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || !oneLine(string(r)) }), " ")
}
