// Package pan knows a card number or a security code when it sees one, and nothing else as one.
//
// It guarantees that a number of a known issuer (range, length, check digit) is found however it is written: with spaces,
// dashes, dots or invisible characters between its digits, in full-width or any other decimal digits, as URL, JSON or HTML
// escapes, in base64, or split over fields beside each other; that a security code is found under its name or right beside a
// number; that what is found never leaves this package but for its last four digits; and that no id or order number of
// ours is taken for one. docs/pan.md has the rates for what others issue, and what is not recognised.
//
// It refuses to judge: whoever calls it refuses the text, or writes it with the number taken out.
package pan

import (
	"slices"
	"strings"
)

// A Kind is what was found.
type Kind string

// The kinds.
const (
	Number Kind = "number" // a card number
	Code   Kind = "code"   // a security code
)

// A Match is a place in a text.
type Match struct {
	Start, End int // bytes
	Kind       Kind
	Brand      Brand  // of a number
	Last4      string // of a number: all that may be kept of it
}

// maxDepth bounds what is decoded out of what was decoded.
const maxDepth = 3

// Find lists the card numbers and security codes in a text, in their order; they do not overlap.
func Find(text string) []Match {
	k, lo, hi := look(text)
	if k == nothing {
		return nil
	}
	return find(text, k, lo, hi, 0)
}

// Has says whether a text holds a card number or a security code.
func Has(text string) bool { return len(Find(text)) > 0 }

func find(text string, k hint, lo, hi, depth int) (out []Match) {
	if k&digits != 0 {
		s := scan(text, lo, hi)
		for run := range s.runs() {
			out = s.numbers(out, run)
		}
		out = s.codes(out)
	}
	if k&armoured != 0 && depth < maxDepth {
		out = inBase64(out, text, depth)
	}
	return tidy(out)
}

// tidy puts matches in order and drops those within others.
func tidy(all []Match) []Match {
	if len(all) < 2 {
		return all
	}
	slices.SortStableFunc(all, func(a, b Match) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return b.End - a.End
	})
	out := all[:1]
	for _, m := range all[1:] {
		if m.Start >= out[len(out)-1].End {
			out = append(out, m)
		}
	}
	return out
}

// Redact gives the text with numbers cut down to their last four digits, and codes taken out.
func Redact(text string) string {
	found := Find(text)
	if len(found) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, m := range found {
		b.WriteString(text[at:m.Start])
		b.WriteString(m.mask())
		at = m.End
	}
	b.WriteString(text[at:])
	return b.String()
}

func (m Match) mask() string {
	if m.Kind == Code {
		return "***"
	}
	return "****" + m.Last4
}
