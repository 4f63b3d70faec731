package tax

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestContainedRoundsOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		total             int64
		rate              Rate
		down, up, nearest int64
	}{
		{0, 10, 0, 0, 0},
		{1, 10, 0, 1, 0},
		{110, 10, 10, 10, 10},
		{115, 10, 10, 11, 10}, // 10.45
		{116, 10, 10, 11, 11}, // 10.54
		{27, 8, 2, 2, 2},      // 2 exactly
		{1579, 10, 143, 144, 144},
		{7322, 8, 542, 543, 542},
		{-116, 10, -10, -11, -11},
		{-115, 10, -10, -11, -10},
		{100, 0, 0, 0, 0},
		{100, -1, 0, 0, 0},
		{103, 3, 3, 3, 3},
	} {
		for r, want := range map[Rounding]int64{Down: c.down, Up: c.up, Nearest: c.nearest} {
			if got := Contained(c.total, c.rate, r); got != want {
				t.Errorf("Contained(%d, %d, %s) = %d, want %d", c.total, c.rate, r, got, want)
			}
		}
	}
}

func TestContainedIsTheFractionRounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(math.MinInt64+1, math.MaxInt64).Draw(t, "total")
		rate := Rate(rapid.Int64Range(1, maxRate).Draw(t, "rate"))
		part := new(big.Int).Mul(big.NewInt(total), big.NewInt(int64(rate)))
		exact := new(big.Rat).SetFrac(part, big.NewInt(int64(100+rate)))
		for _, r := range []Rounding{Down, Up, Nearest} {
			got := Contained(total, rate, r)
			if Contained(-total, rate, r) != -got {
				t.Fatalf("%s: a refund of %d does not mirror its sale", r, total)
			}
			off := new(big.Rat).Sub(new(big.Rat).SetInt64(got), exact)
			if total < 0 {
				off.Neg(off)
			}
			ok := map[Rounding]bool{
				Down:    off.Sign() <= 0 && off.Cmp(big.NewRat(-1, 1)) > 0,
				Up:      off.Sign() >= 0 && off.Cmp(big.NewRat(1, 1)) < 0,
				Nearest: off.Cmp(big.NewRat(-1, 2)) > 0 && off.Cmp(big.NewRat(1, 2)) <= 0,
			}
			if !ok[r] {
				t.Fatalf("%s of %d at %d is %d: off by %s", r, total, rate, got, off)
			}
		}
	})
}

func TestTaxGrowsWithTotalAndRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(0, 1e15).Draw(t, "a")
		b := rapid.Int64Range(a, 1e15).Draw(t, "b")
		rate := Rate(rapid.Int64Range(0, maxRate-1).Draw(t, "rate"))
		r := rapid.SampledFrom([]Rounding{Down, Up, Nearest}).Draw(t, "rounding")
		if Contained(a, rate, r) > Contained(b, rate, r) || Contained(a, rate, r) > Contained(a, rate+1, r) {
			t.Fatalf("tax of %d, %d at %d falls", a, b, rate)
		}
	})
}

func TestRatesFollowTheDayInJapan(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]Rates{
		"1989-03-31T23:59:59+09:00": {},
		"1989-04-01T00:00:00+09:00": {3, 3},
		"1997-04-01T00:00:00+09:00": {5, 5},
		"2014-03-31T23:59:59+09:00": {5, 5},
		"2014-04-01T00:00:00+09:00": {8, 8},
		"2019-09-30T14:59:59Z":      {8, 8},
		"2019-09-30T15:00:00Z":      {10, 8},
		"2026-11-22T00:00:00Z":      {10, 8},
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := Japan().On(moment); got != want {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
}

func TestNothingIsReducedWhereRatesAreEqual(t *testing.T) {
	t.Parallel()
	if got := (Rates{8, 8}).Class(Reduced); got != Standard {
		t.Error(got)
	}
	if r := (Rates{10, 8}); r.Class(Reduced) != Reduced || r.Of(Reduced) != 8 || r.Of(Standard) != 10 {
		t.Error(r)
	}
}

func TestTableReadsBack(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(Japan())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Load(bytes.NewReader(b))
	if err != nil || !reflect.DeepEqual(got, Japan()) {
		t.Fatalf("%v, %v", got, err)
	}
}

func badTables() []string {
	return []string{``, `[]`, `{}`, `[{"from":"2019-10-01","standard":10,"reduced":8}] []`,
		`[{"from":"2019-13-01","standard":10,"reduced":8}]`,
		`[{"from":"2019-10-01","standard":10,"reduced":12}]`,
		`[{"from":"2019-10-01","standard":100,"reduced":8}]`,
		`[{"from":"2019-10-01","standard":10,"reduced":-1}]`,
		`[{"from":"2019-10-01","standard":10,"reduced":8,"x":1}]`,
		`[{"from":"2019-10-01","standard":10,"reduced":8},{"from":"2019-10-01","standard":10,"reduced":8}]`}
}

func TestTableRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, s := range badTables() {
		if got, err := Load(strings.NewReader(s)); err == nil {
			t.Errorf("%s: read as %v", s, got)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(`[{"from":"2019-10-01","standard":10,"reduced":8}]`)
	for _, s := range badTables() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		table, err := Load(strings.NewReader(s))
		if err != nil {
			return
		}
		if r := table.On(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)); !r.Valid() {
			t.Fatalf("%v", r)
		}
	})
}
