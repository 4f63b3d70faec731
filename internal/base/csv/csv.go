// Package csv reads and writes tables of text as shops exchange them with banks, carriers and spreadsheets.
//
// It guarantees that what it reads is UTF-8 without NUL, whichever of UTF-8 (with or without its mark) and Shift_JIS
// (CP932) it came in, and is within bounds; that what it writes follows RFC 4180; and that no cell which it writes can begin
// a formula in a spreadsheet. It refuses files of too many bytes, rows, columns or characters in a cell, and text that is
// in neither encoding.
package csv

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/fault"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"
)

// An Encoding of text.
type Encoding string

// The encodings.
const (
	UTF8     Encoding = "utf-8"
	ShiftJIS Encoding = "shift_jis"
)

// The faults of files that cannot be read. They name no line's content.
var (
	ErrEncoding = fault.Invalid("file", fault.Text{
		Ja: "文字コードを読み取れません。UTF-8 か Shift_JIS の CSV（テキスト）ファイルを選んでください。",
		En: "The text's encoding is not known. Choose a CSV (text) file in UTF-8 or Shift_JIS.",
	})
	ErrTooLarge = fault.Invalid("file", fault.Text{
		Ja: "ファイルが大きすぎます。期間を分けて、もう一度書き出してください。",
		En: "The file is too large. Please export a shorter period.",
	})
	ErrBroken = fault.Invalid("file", fault.Text{
		Ja: "CSV として読み取れない行があります。ファイルを編集せずに、もう一度書き出してください。",
		En: "A line cannot be read as CSV. Please export the file again without editing it.",
	})
)

// Limits bound a file that is read. Zero fields take the defaults.
type Limits struct {
	Bytes   int64
	Rows    int
	Columns int
	Cell    int // bytes of UTF-8
}

func (l Limits) orDefault() Limits {
	if l.Bytes == 0 {
		l.Bytes = 8 << 20
	}
	if l.Rows == 0 {
		l.Rows = 20_000
	}
	if l.Columns == 0 {
		l.Columns = 200
	}
	if l.Cell == 0 {
		l.Cell = 10_000
	}
	return l
}

// bom is what some programs put before UTF-8.
const bom = "\uFEFF"

// Text is a file's text in UTF-8, and what it came in. Half-width kana stay half-width.
func Text(r io.Reader, most int64) (string, Encoding, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return "", "", fmt.Errorf("read file: %w", err)
	}
	if int64(len(b)) > most {
		return "", "", ErrTooLarge
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return "", "", ErrEncoding
	}
	if utf8.Valid(b) {
		return strings.TrimPrefix(string(b), bom), UTF8, nil
	}
	out, _, err := transform.Bytes(japanese.ShiftJIS.NewDecoder(), b)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", "", ErrEncoding
	}
	return string(out), ShiftJIS, nil
}

// Read is a file's rows. Rows may differ in length; empty lines are left out.
func Read(r io.Reader, l Limits) ([][]string, error) {
	l = l.orDefault()
	text, _, err := Text(r, l.Bytes)
	if err != nil {
		return nil, err
	}
	return Parse(text, l)
}

// Parse is Read for text.
func Parse(text string, l Limits) ([][]string, error) {
	l = l.orDefault()
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord, in.LazyQuotes = -1, false
	var out [][]string
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, ErrBroken.Because(err)
		}
		if len(out) >= l.Rows || len(row) > l.Columns {
			return nil, ErrTooLarge
		}
		for _, cell := range row {
			if len(cell) > l.Cell {
				return nil, ErrTooLarge
			}
		}
		out = append(out, row)
	}
}

// Write writes rows with CRLF. UTF-8 begins with its mark, for spreadsheets; what Shift_JIS lacks becomes a question mark.
func Write(w io.Writer, as Encoding, rows [][]string) error {
	var b bytes.Buffer
	if as == UTF8 {
		b.WriteString(bom)
	}
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = Safe(strings.ToValidUTF8(cell, "?"))
		}
		if err := out.Write(safe); err != nil {
			return fmt.Errorf("write row: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	text := b.Bytes()
	if as == ShiftJIS {
		text = narrow(b.String())
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

// narrow encodes text, character by character where it must.
func narrow(s string) []byte {
	e := japanese.ShiftJIS.NewEncoder()
	if all, err := e.Bytes([]byte(s)); err == nil {
		return all
	}
	out := make([]byte, 0, len(s))
	for _, r := range s {
		b, err := e.Bytes([]byte(string(r)))
		if err != nil {
			b = []byte("?")
		}
		out = append(out, b...)
	}
	return out
}

// Safe is a cell that no spreadsheet takes for a formula: one that begins like one is led in by an apostrophe, unless it is
// a plain number.
func Safe(cell string) string {
	start := strings.TrimLeft(cell, " \u3000")
	if start == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(start)[0]) {
		return cell
	}
	if (start[0] == '-' || start[0] == '+') && number(start[1:]) {
		return cell
	}
	return "'" + cell
}

// number says whether s is digits with at most one point.
func number(s string) bool {
	whole, part, point := strings.Cut(s, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (!point || digits(part))
}
