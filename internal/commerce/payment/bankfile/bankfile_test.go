package bankfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment/bankfile"

	"golang.org/x/text/encoding/japanese"
)

func today() time.Time { return time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC) }

// field pads as the format does: digits to the right with zeros, text to the left with spaces.
func num(n, width int) string { return fmt.Sprintf("%0*d", width, n) }

func txt(s string, width int) string { return s + strings.Repeat(" ", width-len([]rune(s))) }

func statementHead() string {
	return "1" + "03" + "0" + "081125" + "081122" + "081125" + "9999" + txt("ﾉﾚﾝ", 15) + "001" + txt("ﾎﾝﾃﾝ", 15) + "   " + "1" + "0001234567" +
		txt("ﾉﾚﾝｼｮｳﾃﾝ", 40) + "1" + "0" + num(0, 14) + txt("", 71)
}

func statementRow(no int, in, day string, sum int, payer string) string {
	return "2" + num(no, 8) + day + day + in + "11" + num(sum, 12) + num(0, 12) + "000000" + "000000" + "0" + "0000000" + "000" +
		num(0, 10) + txt(payer, 48) + txt("ﾄﾅﾘ", 15) + txt("ｷﾀ", 15) + txt("", 20) + txt("", 20) + " "
}

func statementEnd(n, sum int) string {
	return "8" + num(n, 6) + num(sum, 13) + num(1, 6) + num(500, 13) + "1" + num(0, 14) + num(n+1, 7) + txt("", 139)
}

func notice(rows ...string) []string {
	head := "1" + "01" + "0" + "081125" + "081122" + "081125" + "9999" + txt("ﾉﾚﾝ", 15) + "001" + txt("ﾎﾝﾃﾝ", 15) + "1" + "1234567" +
		txt("ﾉﾚﾝｼｮｳﾃﾝ", 40) + txt("", 93)
	return append([]string{head}, rows...)
}

func noticeRow(no, sum int, payer, back string) string {
	return "2" + num(no, 6) + "081124" + "081124" + num(sum, 10) + num(0, 10) + num(0, 10) + txt(payer, 48) + txt("ﾄﾅﾘ", 15) + txt("ｷﾀ", 15) +
		back + txt("", 20) + txt("", 52)
}

func end() string { return "9" + txt("", 199) }

func sjis(t *testing.T, s string) []byte {
	t.Helper()
	b, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestZenginFilesReadInEveryShape(t *testing.T) {
	t.Parallel()
	rows := []string{statementHead(), statementRow(1, "1", "081122", 3300, "ﾔﾏﾀﾞ ﾊﾅｺ"), statementRow(2, "2", "081123", 500, "ﾃｽｳﾘﾖｳ"),
		statementRow(3, "1", "081124", 12000, "261122483920ｽｽﾞｷ"), statementEnd(2, 15300), end()}
	for name, r := range rows {
		if len([]rune(r)) != 200 {
			t.Fatalf("record %d has %d characters", name, len([]rune(r)))
		}
	}
	for name, b := range map[string][]byte{
		"Shift_JIS, broken": sjis(t, strings.Join(rows, "\r\n")+"\r\n\x1a"), "Shift_JIS, not broken": sjis(t, strings.Join(rows, "")),
		"UTF-8": []byte(strings.Join(rows, "\n")), "trimmed": []byte(strings.Join(rows[:5], "\n") + "\n9"),
		"end cut": sjis(t, strings.Join(rows[:5], "")+"9"),
	} {
		f, err := bankfile.Read(bytes.NewReader(b), today(), bankfile.Columns{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.Kind != bankfile.Statement || f.Account != "9999-001-0001234567" || f.Other != 1 || len(f.Deposits) != 2 {
			t.Errorf("%s: %+v", name, f)
			continue
		}
		want := bankfile.Deposit{Day: "2026-11-22", Amount: 3300, Payer: "ヤマダ ハナコ", Mark: "9999-001-0001234567/00000001", Line: 2}
		if f.Deposits[0] != want {
			t.Errorf("%s: %+v", name, f.Deposits[0])
		}
		if d := f.Deposits[1]; d.Payer != "261122483920スズキ" || d.Day != "2026-11-24" {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestNoticesLeaveOutTransfersTakenBack(t *testing.T) {
	t.Parallel()
	end8 := "8" + num(1, 6) + num(4400, 12) + num(1, 6) + num(4400, 12) + txt("", 163)
	text := strings.Join(notice(noticeRow(1, 4400, "ｶ)ﾉﾚﾝ", " "), noticeRow(2, 4400, "ｶ)ﾉﾚﾝ", "1"), end8, end()), "\r\n")
	f, err := bankfile.Read(bytes.NewReader(sjis(t, text)), today(), bankfile.Columns{})
	if err != nil || f.Kind != bankfile.Notice || len(f.Deposits) != 1 || f.Other != 1 {
		t.Fatalf("%+v %v", f, err)
	}
	if d := f.Deposits[0]; d.Payer != "カ)ノレン" || d.Amount != 4400 || d.Day != "2026-11-24" || f.Account != "9999-001-1234567" {
		t.Errorf("%+v %s", d, f.Account)
	}
}

func TestBrokenZenginFilesAreRefusedWithTheLine(t *testing.T) {
	t.Parallel()
	row := statementRow(1, "1", "081122", 3300, "ﾔﾏﾀﾞ")
	for name, rows := range map[string][]string{
		"cut off":           {statementHead(), row},
		"the sum":           {statementHead(), row, statementEnd(1, 3301)},
		"the count":         {statementHead(), row, statementEnd(2, 3300)},
		"no header":         {statementHead(), row, statementEnd(1, 3300), row},
		"a day":             {statementHead(), statementRow(1, "1", "081322", 3300, "ﾔﾏﾀﾞ"), statementEnd(1, 3300)},
		"another kind":      append([]string{statementHead(), statementEnd(0, 0)}, notice()...),
		"too long":          {statementHead() + "x"},
		"an unknown record": {statementHead(), "7" + txt("", 199)},
	} {
		_, err := bankfile.Read(strings.NewReader(strings.Join(rows, "\n")), today(), bankfile.Columns{})
		if !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCommonLayoutsAreKnownByTheirHeadings(t *testing.T) {
	t.Parallel()
	want := []bankfile.Deposit{{Day: "2026-11-22", Amount: 3300, Payer: "ヤマダ ハナコ"}, {Day: "2026-11-24", Amount: 12000, Payer: "カ)スズキショウテン"}}
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(files) < 4 {
		t.Fatalf("%v %v", files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for as, b := range map[string][]byte{"UTF-8": b, "Shift_JIS": sjis(t, string(b))} {
			f, err := bankfile.Read(bytes.NewReader(b), today(), bankfile.Columns{})
			if err != nil || len(f.Deposits) != len(want) {
				t.Errorf("%s, %s: %+v %v", name, as, f, err)
				continue
			}
			for i, d := range f.Deposits {
				if d.Day != want[i].Day || d.Amount != want[i].Amount || d.Payer != want[i].Payer {
					t.Errorf("%s, %s: %+v", name, as, d)
				}
			}
			if got := bankfile.ParseColumns(f.Columns.String()); got != f.Columns {
				t.Errorf("%s: %+v reads back as %+v", name, f.Columns, got)
			}
		}
	}
}

func TestColumnsCanBeChosen(t *testing.T) {
	t.Parallel()
	text := "x,y,z\nR8/11/22,ﾔﾏﾀﾞ,\"3,300円\"\n令和8年11月24日,ｽｽﾞｷ,12000\n,計,15300\n"
	if _, err := bankfile.Read(strings.NewReader(text), today(), bankfile.Columns{}); !errors.Is(err, bankfile.ErrColumns) {
		t.Errorf("%v", err)
	}
	f, err := bankfile.Read(strings.NewReader(text), today(), bankfile.Columns{Day: 1, Payer: 2, Amount: 3, Skip: 1})
	if err != nil || len(f.Deposits) != 2 || f.Other != 1 || f.Deposits[1].Day != "2026-11-24" || f.Deposits[0].Amount != 3300 {
		t.Errorf("%+v %v", f, err)
	}
	for _, c := range []bankfile.Columns{{Day: 1, Payer: 1, Amount: 2}, {Day: 2, Payer: 1, Amount: 3, Skip: 1}, {Day: 1, Payer: 3, Amount: 2, Skip: 1}} {
		if _, err := bankfile.Read(strings.NewReader(text), today(), c); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestEmptyFilesAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "\r\n", "\uFEFF"} {
		if _, err := bankfile.Read(strings.NewReader(s), today(), bankfile.Columns{}); !errors.Is(err, bankfile.ErrEmpty) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(strings.Join([]string{statementHead(), statementRow(1, "1", "081122", 3300, "ﾔﾏﾀﾞ"), statementEnd(1, 3300), end()}, "\n")))
	f.Add([]byte("日付,入金,摘要\n2026/11/22,3300,ﾌﾘｺﾐ ﾔﾏﾀﾞ"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := bankfile.Read(bytes.NewReader(b), today(), bankfile.Columns{})
		if err != nil {
			if _, ok := fault.Of(err); !ok {
				t.Fatal(err)
			}
			return
		}
		for _, d := range file.Deposits {
			if _, err := time.Parse(time.DateOnly, d.Day); err != nil || d.Amount <= 0 || d.Line < 1 {
				t.Fatalf("%+v", d)
			}
		}
	})
}
