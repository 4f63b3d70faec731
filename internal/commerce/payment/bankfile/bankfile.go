// Package bankfile reads what banks tell of the money that came in: the Zengin association's fixed-length files
// (入出金取引明細 and 振込入金通知) and the CSV files of internet banking.
//
// It guarantees rows in the file's order with a day, a sum above zero, the payer's name as the bank wrote it, and a mark
// that the bank gives the row, where it gives one; that a Zengin file's trailer agrees with its rows; and that what cannot be
// read is refused with the line's number and never skipped. It refuses files beyond its bounds. It is pure.
//
// The Zengin layouts are those of the association's published format (200 bytes, types 01 and 03); days are of the Japanese
// era or of the calendar, whichever is nearer to the day on which the file is read.
package bankfile

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/csv"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/kana"
)

// A Kind of file.
type Kind string

// The kinds.
const (
	Statement Kind = "zengin-03" // 入出金取引明細
	Notice    Kind = "zengin-01" // 振込入金通知
	CSV       Kind = "csv"
)

// Label names the kind.
func (k Kind) Label() fault.Text {
	switch k {
	case Statement:
		return fault.Text{Ja: "全銀形式（入出金取引明細）", En: "Zengin (statement)"}
	case Notice:
		return fault.Text{Ja: "全銀形式（振込入金通知）", En: "Zengin (transfers received)"}
	}
	return fault.Text{Ja: "CSV", En: "CSV"}
}

// A Deposit is money that came in.
type Deposit struct {
	Day    string // 2026-11-22
	Amount int64  // yen, above zero
	Payer  string // as the bank wrote it, made full-width; it is personal data
	Mark   string // what tells the row from others of its day and sum: the bank's number, or the balance after it
	Line   int    // in the file, from 1
}

// A File is what was read.
type File struct {
	Kind     Kind
	Account  string // bank, branch and account, where the file says; else empty
	Deposits []Deposit
	Other    int     // rows that are not money in: withdrawals, cancelled transfers
	Columns  Columns // of a CSV file, as they were used
}

// The bounds of a file.
const (
	MaxBytes = 4 << 20
	MaxRows  = 10_000
	maxYen   = 999_999_999_999
	maxPayer = 100 // characters
)

// The faults that callers branch on.
var (
	// ErrColumns is a CSV whose columns cannot be told: ask for them.
	ErrColumns = fault.Invalid("columns", fault.Text{
		Ja: "どの列が何を表すかを判断できませんでした。日付・入金額・お名前の列を選んで、もう一度取り込んでください。",
		En: "It is not clear what the columns are. Choose those of day, sum and name, and import the file again.",
	})
	ErrEmpty = fault.Invalid("file", fault.Text{Ja: "ファイルが空です。", En: "The file is empty."})
)

// Read reads a file. today settles what a two-digit year means. Columns may be zero: then a CSV's headings tell.
func Read(r io.Reader, today time.Time, c Columns) (File, error) {
	text, _, err := csv.Text(r, MaxBytes)
	if err != nil {
		return File{}, err
	}
	if strings.TrimSpace(text) == "" {
		return File{}, ErrEmpty
	}
	if isZengin(text) {
		return readZengin(text, today)
	}
	return readCSV(text, today, c)
}

// wrong is a line that cannot be read.
func wrong(line int, ja, en string) error {
	n := strconv.Itoa(line)
	return fault.Invalid("file", fault.Text{Ja: n + "行目: " + ja, En: "Line " + n + ": " + en})
}

// payer is a payer's name as it is kept: full-width, without the words that banks put before it.
func payer(s string) string {
	s = kana.Tidy(s)
	for _, lead := range []string{"振込入金", "振込", "フリコミ", "お振込", "振替", "入金"} {
		if rest, ok := strings.CutPrefix(s, lead); ok && rest != "" {
			s = strings.TrimLeft(rest, " *:・-")
			break
		}
	}
	return kana.Cut(s, maxPayer)
}

// shortDay reads YYMMDD of the era Reiwa or of this century: what is nearer to today.
func shortDay(s string, today time.Time) (string, bool) {
	if len(s) != 6 || strings.Trim(s, "0123456789") != "" {
		return "", false
	}
	yy, _ := strconv.Atoi(s[:2])
	best, gap := "", time.Duration(1<<63-1)
	for _, year := range []int{2018 + yy, 2000 + yy} {
		d, err := time.Parse("20060102", strconv.Itoa(year)+s[2:])
		if err != nil {
			continue
		}
		if g := today.Sub(d).Abs(); g < gap {
			best, gap = d.Format(time.DateOnly), g
		}
	}
	return best, best != ""
}
