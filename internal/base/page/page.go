// Package page cuts long lists into pages by the place where the last page ended, not by counting rows.
//
// It guarantees that a cursor is opaque, safe in a URL, and reads back as it was written; that a page holds 1 to 100
// rows, 50 where nobody says; and that a row is neither shown twice nor left out while others come and go. It
// refuses cursors that it did not write in this form. A cursor is not a secret and not a right: it is a place, and
// the list's own rules decide what is seen from there.
//
// A list is ordered by (sort key, id); the id makes the order unique. Its query takes rows beyond the cursor and
// asks for Limit + 1 of them, and Cut makes the page and the next cursor.
package page

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"

	"github.com/noren-shop/noren/internal/base/fault"
)

// The bounds of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 100
)

// A Cursor is the place of the last row of a page. The zero cursor is the beginning of the list.
type Cursor struct {
	Key int64 // what the list is sorted by
	ID  int64
}

const (
	version = 1
	size    = 1 + 8 + 8
)

// IsZero says that the list is read from its beginning.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// String is the cursor's form in a URL, empty for the beginning.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	b := make([]byte, 0, size)
	b = append(b, version)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Key))
	b = binary.BigEndian.AppendUint64(b, uint64(c.ID))
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what String wrote, and nothing else.
func ParseCursor(field, s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	if len(s) == base64.RawURLEncoding.EncodedLen(size) {
		b, err := base64.RawURLEncoding.Strict().DecodeString(s)
		if err == nil && len(b) == size && b[0] == version {
			c := Cursor{int64(binary.BigEndian.Uint64(b[1:])), int64(binary.BigEndian.Uint64(b[9:]))}
			if c.String() == s {
				return c, nil
			}
		}
	}
	return Cursor{}, fault.Invalid(field, fault.Text{
		Ja: "ページの位置が正しくありません。一覧の先頭から開き直してください。",
		En: "This is not a place in the list. Please start again from its beginning.",
	})
}

// ParseLimit reads how many rows a page should hold; an empty text is the default.
func ParseLimit(field, s string) (int, error) {
	if s == "" {
		return DefaultLimit, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > MaxLimit || strconv.Itoa(n) != s {
		return 0, fault.Invalid(field, fault.Text{
			Ja: "件数は1以上" + strconv.Itoa(MaxLimit) + "以下の整数にしてください。",
			En: "Use a whole number of rows from 1 to " + strconv.Itoa(MaxLimit) + ".",
		})
	}
	return n, nil
}

// Cut takes up to limit + 1 rows and gives the page, and the cursor of the next page: zero when this is the last.
func Cut[T any](rows []T, limit int, place func(T) Cursor) ([]T, Cursor) {
	if limit < 1 || len(rows) <= limit {
		return rows, Cursor{}
	}
	rows = rows[:limit]
	return rows, place(rows[limit-1])
}
