package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

func (t Tone) icon() Icon {
	switch t {
	case Good:
		return IconCheck
	case Warn, Bad:
		return IconAlert
	}
	return IconInfo
}

func (f Field) rows() string {
	if f.Rows == 0 {
		return "4"
	}
	return strconv.Itoa(f.Rows)
}

// Align of a column, as its class.
type Align string

// A column is words, numbers, or the words that lead a card on phones.
const (
	AsText   Align = ""
	AsNumber Align = "num"
	AsLead   Align = "lead"
)

// Column of a table.
type Column struct {
	Head string
	Kind Align
}

// Table is a list of rows with a cell for every column.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]templ.Component
}

func (t Table) cellClass(i int) string {
	if i < len(t.Columns) {
		return string(t.Columns[i].Kind)
	}
	return ""
}

func (t Table) head(i int) string {
	if i < len(t.Columns) {
		return t.Columns[i].Head
	}
	return ""
}

// Price is what something costs, tax included.
type Price struct {
	Yen     int64
	Was     int64 // crossed out when it is more
	UpTo    int64 // the dearest variant, when they differ
	Reduced bool  // food at the reduced rate
}

func (v Price) upwards(p Page) string {
	if v.UpTo > v.Yen {
		return p.T("〜", "–") + p.Lang.Yen(v.UpTo)
	}
	return ""
}

// Card is a product in a grid.
type Card struct {
	Href, Name string
	Image, Alt string
	Set        string // srcset
	Price      Price
	Badge      string // 売り切れ, 新着
	Tone       Tone
}

// Sum is a line of a statement.
type Sum struct {
	Text string
	Yen  int64
}

// Masked is hidden personal data and the form that shows it.
type Masked struct {
	Mask   string // ••••
	Action string
	Carry  []Carried
}

// Carried is a hidden field.
type Carried struct{ Name, Value string }

// Figure is one number that matters.
type Figure struct{ Name, Value, Beside string }
