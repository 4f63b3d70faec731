package pan

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// A Field is one of a form, a JSON object or a row, in the order in which they stand there.
type Field struct{ Name, Value string }

// A Hit is a field in which something was found: its number in the list, and what.
type Hit struct {
	Field int
	Kind  Kind
}

// FindFields looks at every field's name and value, and at fields beside each other that are one number together. It gives
// the first.
func FindFields(fields []Field) (Hit, bool) {
	for i, f := range fields {
		if m := Find(f.Name); len(m) > 0 {
			return Hit{i, m[0].Kind}, true
		}
		if m := Find(f.Value); len(m) > 0 {
			return Hit{i, m[0].Kind}, true
		}
		if k, is := named(f); is {
			return Hit{i, k}, true
		}
	}
	for i := range fields {
		if i > 0 && FindPair(fields[i-1].Value, fields[i].Value) {
			return Hit{i, Number}, true
		}
		if i > 2 && four(fields[i-3:i+1]) {
			return Hit{i, Number}, true
		}
	}
	return Hit{}, false
}

// FindForm is FindFields for a form whose order is not known.
func FindForm(v url.Values) (name string, k Kind, found bool) {
	var list []Field
	for n, values := range v {
		for _, s := range values {
			list = append(list, Field{n, s})
		}
	}
	slices.SortStableFunc(list, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	h, found := FindFields(list)
	if !found {
		return "", "", false
	}
	return list[h.Field].Name, h.Kind, true
}

// named looks at a field whose name says what it is for.
func named(f Field) (Kind, bool) {
	if len(f.Value) < 3 || !numeric(f.Value) || len(f.Name) > 200 {
		return "", false
	}
	d, _, all := bare(f.Value)
	switch {
	case !all:
		return "", false
	case (len(d) == 3 || len(d) == 4) && codeName(f.Name):
		return Code, true
	case len(d) >= 12 && len(d) <= maxLen && cardName(f.Name) && d[0].v >= 2 && d[0].v <= 6 && luhn(d):
		return Number, true
	}
	return "", false
}

// cardName says that a field is for a card's number, so that the lengths count which elsewhere are a parcel's or an article's.
func cardName(name string) bool {
	name = plain(name)
	return slices.ContainsFunc([]string{"cardnumber", "cardno", "creditcard", "ccnumber", "ccnum", "カード番号"},
		func(n string) bool { return strings.Contains(name, n) }) || name == "pan" || name == "card"
}

// numeric is a quick look: a text that is short and has nothing in it which no number has.
func numeric(s string) bool {
	if len(s) > 200 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c >= 'g' && c <= 'z' && c != 'u' && c != 'x') || c == '@' || c == ':' || c == '=' {
			return false
		}
	}
	return true
}

// bare reads a text that is nothing but digits and what may stand between them.
func bare(text string) (d []glyph, groups []group, ok bool) {
	s := scan(text, 0, len(text))
	for i := 0; i < len(text); {
		g := at(text, i)
		if g.class == stop || g.class == letter || g.class == hexLetter {
			return nil, nil, false
		}
		i = int(g.to)
	}
	return s.digits, s.groups, len(s.digits) > 0
}

// The sizes of a half, so that an id (13 digits and more), a count and an article's number are none.
const (
	minHalf = 4
	maxHalf = 12
)

// FindPair says whether two texts that stand beside each other are one card number, cut in two.
func FindPair(a, b string) bool {
	if len(a) < minHalf || len(b) < minHalf || !numeric(a) || !numeric(b) {
		return false
	}
	da, ga, ok := bare(a)
	if !ok || len(da) < minHalf || len(da) > maxHalf {
		return false
	}
	db, gb, ok := bare(b)
	if !ok || len(db) < minHalf || len(db) > maxHalf || ours(a, ga) || ours(b, gb) || phone(db) {
		return false
	}
	if n := len(da) + len(db); n > 16 && n != maxLen {
		return false
	}
	return brandOf(slices.Concat(da, db)) != ""
}

func ours(text string, gs []group) bool {
	return len(gs) == 2 && scan(text, 0, len(text)).orderNumber(gs[0], gs[1])
}

// phone says that digits are a phone number in Japan.
func phone(d []glyph) bool { return (len(d) == 10 || len(d) == 11) && d[0].v == 0 }

// four says that four fields of one name (card1, card2, card[]) hold four digits each and are one number. Prices, which stand
// in such rows too, are not asked.
func four(fields []Field) bool {
	var all []glyph
	stem := strings.Trim(plain(fields[0].Name), "0123456789")
	for _, n := range []string{"price", "list", "stock", "count", "quantity", "weight", "amount", "fee", "delta", "year"} {
		if strings.Contains(stem, n) {
			return false
		}
	}
	for _, f := range fields {
		d, _, ok := bare(f.Value)
		if !ok || len(d) != 4 || strings.Trim(plain(f.Name), "0123456789") != stem {
			return false
		}
		all = append(all, d...)
	}
	return brandOf(all) != ""
}

// FindJSON is FindFields for a JSON text, or for one that ought to be JSON.
func FindJSON(raw []byte) (name string, k Kind, found bool) {
	n := 0
	for _, c := range raw {
		if c-'0' <= 9 || c >= 0x80 {
			n++
		}
	}
	if n < 3 || n < minLen && !Has(onHeap(raw)) {
		return "", "", false
	}
	list := JSONFields(raw)
	h, found := FindFields(list)
	if !found {
		return "", "", false
	}
	return list[h.Field].Name, h.Kind, true
}

const maxJSONFields = 10_000

// JSONFields gives the names and values of a JSON text in their order, for FindFields. What is no JSON is one field without
// a name.
func JSONFields(raw []byte) []Field {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var out []Field
	var names []string // of the objects and lists around
	key := true        // whether a text is a key
	var in []json.Delim
	add := func(v string) {
		name := ""
		if len(names) > 0 {
			name = names[len(names)-1]
		}
		out = append(out, Field{name, v})
	}
	after := func() { key = len(in) > 0 && in[len(in)-1] == '{' }
	for len(out) < maxJSONFields {
		t, err := d.Token()
		if err != nil {
			break
		}
		switch v := t.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				in = append(in, v)
				name := ""
				if len(names) > 0 {
					name = names[len(names)-1]
				}
				names = append(names, name)
			} else {
				in, names = in[:len(in)-1], names[:len(names)-1]
			}
			after()
		case string:
			if key && len(in) > 0 && in[len(in)-1] == '{' {
				names[len(names)-1], key = v, false
				continue
			}
			add(v)
			after()
		case json.Number:
			add(v.String())
			after()
		default:
			after()
		}
	}
	return append(out, Field{"", onHeap(raw)})
}
