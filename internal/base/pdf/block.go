package pdf

import (
	"errors"
	"fmt"
)

var errPages = errors.New("the document has too many pages")

// Align is where in its column a text stands.
type Align int

// The alignments. Sums stand right.
const (
	Left Align = iota
	Right
	Centre
)

// A Heading is the paper's title, or, Small, a part's.
type Heading struct {
	Text  string
	Small Smaller
}

// Smaller says which of the two sizes of heading.
type Smaller int

// The sizes.
const (
	Title Smaller = iota
	Part
)

func (h Heading) draw(p *page) error {
	size, align := sizeTitle, Centre
	if h.Small == Part {
		size, align = sizeHead, Left
	}
	lines, err := p.lines(h.Text, size, innerWidth)
	if err != nil {
		return err
	}
	if err := p.room(float64(len(lines))*size*leading + 40); err != nil { // not alone at the foot
		return err
	}
	for _, l := range lines {
		if err := p.at(margin, p.y, innerWidth, size, l, align); err != nil {
			return err
		}
		p.y += size * leading
	}
	p.y += size * 0.4
	return nil
}

// Columns are two blocks of lines side by side: who it is for at the left, who sends it at the right.
type Columns struct{ Left, Right []Line }

// A Line is one line of words, Large for a name.
type Line struct {
	Text string
	Size Size
}

// A Size of a line.
type Size int

// The sizes.
const (
	Normal Size = iota
	Large
	Small
)

func (s Size) points() float64 {
	switch s {
	case Large:
		return sizeHead
	case Small:
		return sizeSmall
	}
	return sizeText
}

func (c Columns) draw(p *page) error {
	const gap = 24.0
	width := (innerWidth - gap) / 2
	top, page := p.y, p.count
	left, err := p.column(c.Left, margin, top, width)
	if err != nil {
		return err
	}
	if p.count != page {
		top = margin // what is at the left has filled a page: the right side follows on the new one
	}
	right, err := p.column(c.Right, margin+width+gap, top, width)
	if err != nil {
		return err
	}
	p.y = max(left, right) + 10
	return nil
}

func (p *page) column(list []Line, x, y, width float64) (float64, error) {
	for _, l := range list {
		size := l.Size.points()
		lines, err := p.lines(l.Text, size, width)
		if err != nil {
			return 0, err
		}
		for _, s := range lines {
			if y+size*leading > bottom {
				if err := p.next(); err != nil {
					return 0, err
				}
				y = margin
			}
			if err := p.at(x, y, width, size, s, Left); err != nil {
				return 0, err
			}
			y += size * leading
		}
	}
	return y, nil
}

// Pairs are names with their values, one a line. The last one may be Strong: the sum to pay.
type Pairs struct {
	List   []Pair
	Strong int // index of the one written large; below 0 none
}

// A Pair is a name and its value.
type Pair struct{ Name, Value string }

func (b Pairs) draw(p *page) error {
	const nameWidth = 130.0
	for i, pair := range b.List {
		size := sizeText
		if i == b.Strong {
			size = sizeHead + 3
		}
		value, err := p.lines(pair.Value, size, innerWidth-nameWidth)
		if err != nil {
			return err
		}
		name, err := p.lines(pair.Name, sizeText, nameWidth-8)
		if err != nil {
			return err
		}
		for j := range max(len(value), len(name)) {
			if err := p.room(size * leading); err != nil {
				return err
			}
			if j < len(name) {
				if err := p.at(margin, p.y+(size-sizeText)*0.6, nameWidth, sizeText, name[j], Left); err != nil {
					return err
				}
			}
			if j < len(value) {
				if err := p.at(margin+nameWidth, p.y, innerWidth-nameWidth, size, value[j], Left); err != nil {
					return err
				}
			}
			p.y += size * leading
		}
	}
	p.y += 8
	return nil
}

// A Note is a paragraph.
type Note struct {
	Text string
	Size Size
}

func (n Note) draw(p *page) error {
	size := n.Size.points()
	lines, err := p.lines(n.Text, size, innerWidth)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if err := p.room(size * leading); err != nil {
			return err
		}
		if err := p.at(margin, p.y, innerWidth, size, l, Left); err != nil {
			return err
		}
		p.y += size * leading
	}
	p.y += 6
	return nil
}

// A Gap is empty space, in points.
type Gap float64

func (g Gap) draw(p *page) error { p.y += min(max(float64(g), 0), 200); return nil }

// A Table has columns with heads, rows, and sums below a stronger line. A row is never torn over two pages unless it is
// longer than one; the heads are repeated.
type Table struct {
	Columns []Column
	Rows    [][]string
	Foot    [][]string
}

// A Column of a table. Widths are shares of the whole.
type Column struct {
	Head  string
	Share float64
	Align Align
}

func (t Table) check() error {
	if len(t.Columns) == 0 || len(t.Columns) > 12 {
		return fmt.Errorf("print table: %d columns", len(t.Columns))
	}
	for _, c := range t.Columns {
		if c.Share <= 0 {
			return fmt.Errorf("print table: column %q has no width", c.Head)
		}
	}
	for _, row := range append(append([][]string{}, t.Rows...), t.Foot...) {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("print table: a row of %d cells in %d columns", len(row), len(t.Columns))
		}
	}
	return nil
}
