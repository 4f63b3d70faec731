package postal

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"github.com/noren-shop/noren/internal/base/kana"
)

// The columns of KEN_ALL that count.
const (
	columnCity     = 0 // JIS code
	columnCode     = 2
	columnPref     = 6
	columnCityName = 7
	columnTown     = 8
	columns        = 15

	jisDigits = 5
	maxKenAll = 64 << 20
	maxParts  = 64 // lines that one town may fill
)

// Load reads Japan Post's list of addresses, in both its forms: KEN_ALL.CSV (Shift_JIS, long towns broken over
// several lines, half-width kana) and utf_ken_all.csv (one line a town). Source is kept with the table: say the
// file's month.
func Load(r io.Reader, source string) (*Table, error) {
	if source == "" || strings.ContainsAny(source, "\r\n") || !utf8.ValidString(source) {
		return nil, errors.New("read KEN_ALL: say in one line where the file comes from")
	}
	text, err := decode(r)
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.FieldsPerRecord, in.ReuseRecord = columns, true
	l := loader{index: map[int]int32{}}
	for {
		record, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read KEN_ALL: %w", err)
		}
		if err := l.line(record); err != nil {
			n, _ := in.FieldPos(0)
			return nil, fmt.Errorf("read KEN_ALL, line %d: %w", n, err)
		}
	}
	if l.open > 0 {
		return nil, errors.New("read KEN_ALL: the last town is not complete")
	}
	if len(l.rows) == 0 {
		return nil, errors.New("read KEN_ALL: the file is empty")
	}
	return newTable(source, l.cities, l.rows), nil
}

// decode gives UTF-8: a file that is none is Shift_JIS.
func decode(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxKenAll+1))
	if err != nil {
		return nil, fmt.Errorf("read KEN_ALL: %w", err)
	}
	if len(b) > maxKenAll {
		return nil, errors.New("read KEN_ALL: the file is too large")
	}
	if utf8.Valid(b) {
		return bytes.TrimPrefix(b, []byte("\uFEFF")), nil
	}
	b, err = japanese.ShiftJIS.NewDecoder().Bytes(b)
	if err != nil {
		return nil, fmt.Errorf("read KEN_ALL: %w", err)
	}
	if bytes.ContainsRune(b, utf8.RuneError) {
		return nil, errors.New("read KEN_ALL: neither UTF-8 nor Shift_JIS")
	}
	return b, nil
}

// A loader gathers lines; between the lines of one town it holds what has come.
type loader struct {
	cities []city
	index  map[int]int32 // JIS code → index into cities
	rows   []row
	open   int // lines of the town at hand, 0 between towns
	town   string
	at     row
}

func (l *loader) line(record []string) error {
	code, ok := parseCode(record[columnCode])
	jis, err := strconv.ParseUint(record[columnCity], 10, 32)
	if !ok || err != nil || len(record[columnCity]) != jisDigits {
		return errors.New("no postcode or no city's code")
	}
	if p := ByJIS(int(jis) / 1000); !p.Valid() || p != ByName(record[columnPref]) {
		return errors.New("the city's code is not of the prefecture")
	}
	at := row{code: code, city: l.city(int(jis), record[columnCityName])}
	if at.city < 0 {
		return errors.New("a city without a name, with two, or too many cities")
	}
	if l.open > 0 && (at != l.at || l.open >= maxParts) {
		return errors.New("the town before is not complete")
	}
	l.at, l.town = at, l.town+record[columnTown]
	if l.open++; strings.Count(l.town, "（") > strings.Count(l.town, "）") {
		return nil // goes on in the next line
	}
	for _, name := range Towns(l.town) {
		l.rows = append(l.rows, row{at.code, at.city, name})
	}
	if len(l.rows) > maxRows {
		return errors.New("too many lines")
	}
	l.open, l.town = 0, ""
	return nil
}

// city is the city's index, or -1.
func (l *loader) city(jis int, name string) int32 {
	name = clean(name)
	i, ok := l.index[jis]
	if !ok {
		i = int32(len(l.cities))
		l.index[jis] = i
		l.cities = append(l.cities, city{jis, name})
	}
	if name == "" || l.cities[i].name != name || i >= maxCities {
		return -1
	}
	return i
}

var (
	lots   = regexp.MustCompile(`第?[0-9]+地割.*$`)
	blocks = regexp.MustCompile(`[0-9]+丁目$`)
)

// Towns gives the names in one town field, in the form in which addresses are kept: what stands in brackets is left
// out, 以下に掲載がない場合 and its like are no name (the empty one), and a list (甲、乙) is several.
func Towns(field string) []string {
	name := clean(brackets(field))
	whole := strings.HasSuffix(name, "一円") && name != "一円" // 多賀町 has a town of that name
	if whole || name == "以下に掲載がない場合" || strings.HasSuffix(name, "がくる場合") {
		return []string{""}
	}
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == '、' })
	var names []string
	for i, part := range parts {
		if i > 0 && startsLikeNumber(part) {
			continue // 大江1丁目、2丁目 is two parts of one town
		}
		part, _, _ = strings.Cut(part, "~")
		part = lots.ReplaceAllString(part, "")
		if len(parts) > 1 {
			part = blocks.ReplaceAllString(part, "")
		}
		if part = strings.TrimSpace(part); part != "" {
			names = append(names, part)
		}
	}
	if len(names) == 0 {
		return []string{""}
	}
	return names
}

func startsLikeNumber(s string) bool { return s[0] >= '0' && s[0] <= '9' }

// brackets leaves out what stands in brackets.
func brackets(s string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch r {
		case '（':
			depth++
			return -1
		case '）':
			depth = max(depth-1, 0)
			return -1
		}
		if depth > 0 {
			return -1
		}
		return r
	}, s)
}

// clean is the normal form, without line breaks and tabs, which would break the compact form.
func clean(s string) string {
	return kana.Tidy(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, s))
}
