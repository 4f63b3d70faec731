package page

import (
	"math"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/noren-shop/noren/internal/base/fault"
)

func TestCursorReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := Cursor{rapid.Int64().Draw(t, "key"), rapid.Int64().Draw(t, "id")}
		s := c.String()
		if got, err := ParseCursor("after", s); err != nil || got != c || url.QueryEscape(s) != s {
			t.Fatalf("%v → %q → %v, %v", c, s, got, err)
		}
	})
}

func badCursors() []string {
	good := Cursor{1, 2}.String()
	return []string{"0", good + "A", good[1:], good + "=", "B" + good[1:], strings.Replace(good, "A", "\n", 1),
		" " + good[1:], strings.Repeat("A", len(good)), good[:len(good)-1] + "J", "AQAAAAAAAAAAAAAAAAAAAAA"}
}

func TestForeignCursorIsRefused(t *testing.T) {
	t.Parallel()
	for _, s := range badCursors() {
		if c, err := ParseCursor("after", s); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%q read as %v, %v", s, c, err)
		}
	}
	if c, err := ParseCursor("after", ""); err != nil || !c.IsZero() {
		t.Error(c, err)
	}
}

func TestLimitIsBounded(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{"": 50, "1": 1, "100": 100, "50": 50} {
		if got, err := ParseLimit("limit", s); err != nil || got != want {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"0", "-1", "101", "1.5", "+1", "01", "1 ", "９", "99999999999999999999", "x"} {
		if got, err := ParseLimit("limit", s); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
}

func TestCutShowsEachRowOnce(t *testing.T) {
	t.Parallel()
	all := []int64{9, 7, 7, 7, 4, 2, 1}
	place := func(i int) Cursor { return Cursor{all[i], int64(i) + 1} }
	seen, after := []int{}, Cursor{}
	for range all {
		rows := []int{}
		for i := range all {
			if c := place(i); after.IsZero() || c.Key < after.Key || (c.Key == after.Key && c.ID > after.ID) {
				rows = append(rows, i)
			}
		}
		rows, after = Cut(rows[:min(len(rows), 3+1)], 3, place)
		if seen = append(seen, rows...); after.IsZero() {
			break
		}
	}
	if !reflect.DeepEqual(seen, []int{0, 1, 2, 3, 4, 5, 6}) {
		t.Fatal(seen)
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(Cursor{math.MaxInt64, math.MinInt64}.String())
	for _, s := range badCursors() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseCursor("after", s); err == nil && c.String() != s {
			t.Fatalf("%q is another form of %v", s, c)
		}
	})
}

func FuzzParseLimit(f *testing.F) {
	f.Add("50")
	f.Add("-1")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseLimit("limit", s); err == nil && (n < 1 || n > MaxLimit) {
			t.Fatalf("%q: %d", s, n)
		}
	})
}
