package csv_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/csv"
)

func TestBothEncodingsReadBack(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"日付", "入金", "摘要"}, {"2026-11-22", "1,080", "ﾌﾘｺﾐ ﾔﾏﾀﾞ\"ﾊﾅｺ\""}, {"a\nb", "", "髙﨑"}}
	for _, as := range []csv.Encoding{csv.UTF8, csv.ShiftJIS} {
		var b bytes.Buffer
		if err := csv.Write(&b, as, rows); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "\r\n") {
			t.Errorf("%s: no CRLF", as)
		}
		got, err := csv.Read(&b, csv.Limits{})
		if err != nil || !reflect.DeepEqual(got, rows) {
			t.Errorf("%s: %v %v", as, got, err)
		}
	}
}

func TestCellsDoNotBeginFormulas(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+81-3": "'+81-3", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", " =1": "' =1", "＝1": "'＝1",
		"-1200": "-1200", "+3.5": "+3.5", "": "", "山田": "山田", "1-2": "1-2", "-": "'-", "-1.2.3": "'-1.2.3",
	} {
		if got := csv.Safe(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestFilesOutOfBoundsAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		l    csv.Limits
		want error
	}{
		"bytes":    {"aaaa", csv.Limits{Bytes: 3}, csv.ErrTooLarge},
		"rows":     {"a\nb\nc", csv.Limits{Rows: 2}, csv.ErrTooLarge},
		"columns":  {"a,b,c", csv.Limits{Columns: 2}, csv.ErrTooLarge},
		"cell":     {"aaaa", csv.Limits{Cell: 3}, csv.ErrTooLarge},
		"nul":      {"a\x00b", csv.Limits{}, csv.ErrEncoding},
		"encoding": {"\xff\xfe\xfa", csv.Limits{}, csv.ErrEncoding},
		"quotes":   {"\"a", csv.Limits{}, csv.ErrBroken},
	} {
		if _, err := csv.Read(strings.NewReader(c.text), c.l); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatShiftJISLacksIsShown(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := csv.Write(&b, csv.ShiftJIS, [][]string{{"𠮷野", "ok"}}); err != nil {
		t.Fatal(err)
	}
	got, err := csv.Read(&b, csv.Limits{})
	if err != nil || got[0][0] != "?野" || got[0][1] != "ok" {
		t.Errorf("%v %v", got, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("a,b\r\n\"c\"\"\",d"))
	f.Add([]byte("\x82\xa0,\xb1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := csv.Read(bytes.NewReader(b), csv.Limits{Bytes: 1 << 16})
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := csv.Write(&out, csv.UTF8, rows); err != nil {
			t.Fatal(err)
		}
		if _, err := csv.Read(&out, csv.Limits{Bytes: 1 << 20}); err != nil {
			t.Fatal(err)
		}
	})
}
