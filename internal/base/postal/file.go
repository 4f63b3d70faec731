package postal

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The compact form is gzip of lines: a heading, the source, the cities (JIS code, name), an empty line, then a row
// each: the code's distance from the row before, the city's index, the town.
const (
	heading   = "noren-postcodes 1"
	maxFile   = 16 << 20 // unpacked
	maxCities = 10_000
	maxRows   = 1_000_000
)

var errShape = errors.New("read postcodes: not a file of this kind")

// WriteTo writes the compact form, the same bytes for the same table.
func (t *Table) WriteTo(w io.Writer) (int64, error) {
	counted := &counter{w: w}
	z, err := gzip.NewWriterLevel(counted, gzip.BestCompression)
	if err != nil {
		return 0, fmt.Errorf("write postcodes: %w", err)
	}
	b := bufio.NewWriter(z)
	fmt.Fprintf(b, "%s\n%s\n", heading, t.source)
	for _, c := range t.cities {
		fmt.Fprintf(b, "%05d\t%s\n", c.jis, c.name)
	}
	fmt.Fprintln(b)
	last := int32(0)
	for _, r := range t.rows {
		fmt.Fprintf(b, "%d\t%d\t%s\n", r.code-last, r.city, r.town)
		last = r.code
	}
	if err := errors.Join(b.Flush(), z.Close()); err != nil {
		return counted.n, fmt.Errorf("write postcodes: %w", err)
	}
	return counted.n, nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Read reads the compact form.
func Read(r io.Reader) (*Table, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("read postcodes: %w", err)
	}
	var text strings.Builder
	text.Grow(4 << 20)
	n, err := io.Copy(&text, io.LimitReader(z, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read postcodes: %w", err)
	}
	if n > maxFile || !utf8.ValidString(text.String()) {
		return nil, errShape
	}
	return parse(text.String())
}

// parse keeps the towns as parts of text, so that opening does not allocate for each.
func parse(text string) (*Table, error) {
	first, text, _ := strings.Cut(text, "\n")
	source, text, ok := strings.Cut(text, "\n")
	if first != heading || !ok {
		return nil, errShape
	}
	cities, text, err := parseCities(text)
	if err != nil {
		return nil, err
	}
	count := strings.Count(text, "\n")
	if count > maxRows || (text != "" && !strings.HasSuffix(text, "\n")) {
		return nil, errShape
	}
	rows := make([]row, 0, count)
	code := int32(0)
	for line := range strings.Lines(text) {
		step, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		index, town, ok := strings.Cut(rest, "\t")
		far, errFar := strconv.ParseUint(step, 10, 24)
		place, errPlace := strconv.ParseUint(index, 10, 16)
		code += int32(far)
		if !ok || errFar != nil || errPlace != nil || int(place) >= len(cities) || code > 9_999_999 {
			return nil, errShape
		}
		rows = append(rows, row{code, int32(place), town})
	}
	return &Table{source, cities, rows}, nil
}

func parseCities(text string) ([]city, string, error) {
	var cities []city
	for len(cities) < maxCities {
		line, rest, ok := strings.Cut(text, "\n")
		if !ok {
			return nil, "", errShape
		}
		if text = rest; line == "" {
			return cities, text, nil
		}
		code, name, ok := strings.Cut(line, "\t")
		jis, err := strconv.ParseUint(code, 10, 32)
		if !ok || err != nil || len(code) != jisDigits || name == "" || !ByJIS(int(jis)/1000).Valid() {
			return nil, "", errShape
		}
		cities = append(cities, city{int(jis), name})
	}
	return nil, "", errShape
}
