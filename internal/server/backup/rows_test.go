package backup

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noren-shop/noren/internal/base/db"
)

func chunkOf(t testing.TB, columns []string, rows ...[]any) []byte {
	t.Helper()
	b := startChunk(db.Table{Columns: columns})
	for _, r := range rows {
		var err error
		if b, err = appendRow(b, r); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestRowsComeBack(t *testing.T) {
	t.Parallel()
	want := [][]any{{int64(-1), "茶", []byte{0, 1}, true, nil}, {int64(1) << 62, "", []byte{}, false, nil}}
	columns, rows, err := parseChunk(chunkOf(t, []string{"a", "b", "c", "d", "e"}, want...))
	if err != nil || len(columns) != 5 || columns[4] != "e" {
		t.Fatalf("%v, %v", columns, err)
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if _, err := appendRow(nil, []any{1.5}); err == nil {
		t.Error("took a value that no column has")
	}
}

func FuzzRows(f *testing.F) {
	f.Add(chunkOf(f, []string{"a", "b"}, []any{int64(5), "x"}, []any{nil, []byte{1}}))
	f.Add([]byte{1, 1, 'a', 9})
	f.Add([]byte{1, 1, 'a', 2, 200})
	f.Fuzz(func(t *testing.T, b []byte) {
		columns, rows, err := parseChunk(b)
		if err != nil {
			return
		}
		again := chunkOf(t, columns, rows...)
		c2, r2, err := parseChunk(again)
		if err != nil || !cmp.Equal(columns, c2) || !cmp.Equal(rows, r2) {
			t.Errorf("%v: %v became %v", err, rows, r2)
		}
	})
}
