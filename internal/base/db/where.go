package db

import (
	"strconv"
	"strings"
)

// Where builds the optional filters of a list: fixed texts joined by AND, with bound arguments. A text names its
// arguments by ?, which become $n in order.
type Where struct {
	text strings.Builder
	args []any
}

// NewWhere starts with filters that always hold, such as "shop_id = ?".
func NewWhere(text string, args ...any) *Where {
	w := &Where{}
	return w.And(text, args...)
}

// And adds a filter.
func (w *Where) And(text string, args ...any) *Where {
	if w.text.Len() > 0 {
		w.text.WriteString(" AND ")
	}
	for {
		before, rest, found := strings.Cut(text, "?")
		w.text.WriteString(before)
		if !found {
			break
		}
		w.args = append(w.args, args[0])
		args = args[1:]
		w.text.WriteString("$" + strconv.Itoa(len(w.args)))
		text = rest
	}
	return w
}

// In adds "column IN (…)"; with no values it matches nothing. The column is a literal of the caller's.
func In[T any](w *Where, column string, values []T) *Where {
	if len(values) == 0 {
		return w.And("1 = 0")
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return w.And(column+" IN ("+strings.TrimSuffix(strings.Repeat("?,", len(values)), ",")+")", args...)
}

// Arg binds one more argument, for a LIMIT, and returns its place.
func (w *Where) Arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// Text is the condition.
func (w *Where) Text() string { return w.text.String() }

// Args are the bound arguments.
func (w *Where) Args() []any { return w.args }
