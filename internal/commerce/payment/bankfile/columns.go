package bankfile

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/csv"
	"github.com/noren-shop/noren/internal/base/kana"
)

// Columns say what a CSV's columns are, counted from 1; 0 is none.
type Columns struct {
	Day     int
	Amount  int // money in
	Payer   int
	Balance int // after the row, or the bank's own number: tells equal rows apart
	Skip    int // rows before the first deposit
}

// IsZero says that nothing was chosen.
func (c Columns) IsZero() bool { return c == Columns{} }

// String is how columns are kept: 1-4-3-5-1.
func (c Columns) String() string {
	return fmt.Sprintf("%d-%d-%d-%d-%d", c.Day, c.Amount, c.Payer, c.Balance, c.Skip)
}

// ParseColumns reads String's text; anything else is zero.
func ParseColumns(s string) (c Columns) {
	parts := strings.Split(s, "-")
	if len(parts) != 5 {
		return Columns{}
	}
	for i, to := range []*int{&c.Day, &c.Amount, &c.Payer, &c.Balance, &c.Skip} {
		n, err := strconv.Atoi(parts[i])
		if err != nil || n < 0 || n > 200 {
			return Columns{}
		}
		*to = n
	}
	return c
}

// headings are the words by which banks' columns are known, in the order of preference.
func headings() (day, amount, payer, balance []string) {
	return []string{"勘定日", "取引日付", "取引日", "お取引日", "操作日", "年月日", "日付", "取扱日", "入金日", "date"},
		[]string{"入金金額", "預入金額", "お預入金額", "お預入れ額", "お預入れ", "お預り金額", "お預け入れ", "預り金額", "入金額", "入金", "預入", "お預入", "deposit", "credit"},
		[]string{"振込依頼人名", "振込人名", "依頼人名", "お客様名", "振込名義", "お取引内容", "取引内容", "お取り扱い内容", "摘要内容", "摘要", "内容", "備考", "description"},
		[]string{"照会番号", "取引番号", "お取引番号", "取引後残高", "差引残高", "残高", "balance"}
}

// headingRows is how far down a heading is looked for: some banks put the account and the period above it.
const headingRows = 15

// find tells the columns by their headings.
func find(rows [][]string) (Columns, bool) {
	day, amount, payer, balance := headings()
	for i, row := range rows[:min(len(rows), headingRows)] {
		c := Columns{Day: column(row, day), Amount: column(row, amount), Payer: column(row, payer), Balance: column(row, balance), Skip: i + 1}
		if c.Day > 0 && c.Amount > 0 && c.Payer > 0 {
			return c, true
		}
	}
	return Columns{}, false
}

func column(row []string, words []string) int {
	for _, w := range words {
		for i, cell := range row {
			h := strings.ToLower(strings.ReplaceAll(kana.Tidy(cell), " ", ""))
			if h, _, _ = strings.Cut(h, "("); h == w {
				return i + 1
			}
		}
	}
	return 0
}

func readCSV(text string, today time.Time, c Columns) (File, error) {
	rows, err := csv.Parse(text, csv.Limits{Bytes: MaxBytes, Rows: MaxRows, Columns: 60, Cell: 1000})
	if err != nil {
		return File{}, err
	}
	if c.IsZero() {
		found, ok := find(rows)
		if !ok {
			return File{}, ErrColumns
		}
		c = found
	}
	if c.Day < 1 || c.Amount < 1 || c.Payer < 1 || c.Day == c.Amount || c.Amount == c.Payer || c.Day == c.Payer {
		return File{}, ErrColumns
	}
	f := File{Kind: CSV, Columns: c}
	for i, row := range rows[min(c.Skip, len(rows)):] {
		line := i + c.Skip + 1
		d, in, err := c.deposit(row, line, today)
		if err != nil {
			return File{}, err
		}
		if in {
			f.Deposits = append(f.Deposits, d)
		} else {
			f.Other++
		}
	}
	return f, nil
}

func (c Columns) deposit(row []string, line int, today time.Time) (d Deposit, in bool, err error) {
	cell := func(n int) string {
		if n < 1 || n > len(row) {
			return ""
		}
		return kana.Tidy(row[n-1])
	}
	sum := strings.NewReplacer(",", "", "円", "", "¥", "", "\\", "", " ", "", "+", "").Replace(cell(c.Amount))
	if sum == "" || sum == "-" || sum == "0" || sum == "*" {
		return d, false, nil // a withdrawal, or a line of totals
	}
	day, ok := longDay(cell(c.Day), today)
	if !ok && cell(c.Day) == "" {
		return d, false, nil // totals below the rows
	}
	if !ok {
		return d, false, wrong(line, "日付を読み取れません。列の選び方を確かめてください。", "The day cannot be read. Check the columns.")
	}
	n, err := strconv.ParseInt(sum, 10, 64)
	if err != nil || n > maxYen {
		return d, false, wrong(line, "入金額を読み取れません。列の選び方を確かめてください。", "The sum cannot be read. Check the columns.")
	}
	if n <= 0 {
		return d, false, nil
	}
	mark := strings.NewReplacer(",", "", "円", "", "¥", "").Replace(cell(c.Balance))
	if c.Balance > 0 && mark != "" {
		mark = "b" + mark
	}
	return Deposit{Day: day, Amount: n, Payer: payer(cell(c.Payer)), Mark: kana.Cut(mark, 40), Line: line}, true, nil
}

// longDay reads a day as banks write it: 2026/11/22, 2026-11-22, 20261122, 2026年11月22日, R8/11/22, 令和8年11月22日, 26.11.22.
func longDay(s string, today time.Time) (string, bool) {
	s, _, _ = strings.Cut(s, " ") // a time of day
	era := strings.HasPrefix(s, "令和") || strings.HasPrefix(s, "R")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "令和"), "R")
	s = strings.NewReplacer("元年", "1/", "年", "/", "月", "/", "日", "", "-", "/", ".", "/").Replace(s)
	parts := strings.Split(s, "/")
	if len(parts) == 1 && len(s) == 8 {
		parts = []string{s[:4], s[4:6], s[6:]}
	}
	if len(parts) == 1 && len(s) == 6 && !era {
		return shortDay(s, today)
	}
	if len(parts) != 3 {
		return "", false
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 || len(p) > 4 {
			return "", false
		}
		n[i] = v
	}
	switch {
	case era:
		n[0] += 2018
	case n[0] < 100:
		return shortDay(fmt.Sprintf("%02d%02d%02d", n[0], n[1], n[2]), today)
	}
	d := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	if n[0] < 1990 || n[0] > 2200 || int(d.Month()) != n[1] || d.Day() != n[2] {
		return "", false
	}
	return d.Format(time.DateOnly), true
}
