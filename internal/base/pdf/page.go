package pdf

import (
	"strconv"

	"github.com/signintech/gopdf"
)

const family = "noto"

// A4 in points, and what is kept free.
const (
	paperWidth  = 595.28
	paperHeight = 841.89
	margin      = 48.0
	bottom      = paperHeight - 60
	innerWidth  = paperWidth - 2*margin
	leading     = 1.5 // of the size
	maxPages    = 500
)

// The sizes of letters.
const (
	sizeTitle = 20.0
	sizeHead  = 12.0
	sizeText  = 9.5
	sizeSmall = 8.0
)

// page is the paper being written on.
type page struct {
	g      *gopdf.GoPdf
	y      float64
	count  int
	footer string
}

// next begins a new page.
func (p *page) next() error {
	if p.count++; p.count > maxPages {
		return errPages
	}
	p.g.AddPage()
	p.y = margin
	p.g.SetStrokeColor(120, 120, 120)
	p.g.SetLineWidth(0.5)
	return nil
}

// room makes sure that h points are left, on this page or on a new one.
func (p *page) room(h float64) error {
	if p.y+h > bottom && p.y > margin {
		return p.next()
	}
	return nil
}

// lines breaks a text so that each line fits. A word that is too long is broken within.
func (p *page) lines(s string, size, width float64) ([]string, error) {
	if err := p.g.SetFont(family, "", size); err != nil {
		return nil, err
	}
	var out []string
	for _, line := range split(Clean(s)) {
		got, err := p.wrap(line, width)
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, nil
}

func (p *page) wrap(line string, width float64) (out []string, err error) {
	var now []rune
	space := -1 // the last place in now where a line may end between words
	used := 0.0
	for _, r := range line {
		w, err := p.g.MeasureTextWidth(string(r))
		if err != nil {
			return nil, err
		}
		if used+w > width && len(now) > 0 {
			cut := len(now)
			if space > 0 && wordy(r) {
				cut = space
			}
			out = append(out, string(now[:cut]))
			now = append([]rune{}, now[cut:]...)
			if used, err = p.g.MeasureTextWidth(string(now)); err != nil {
				return nil, err
			}
			space = -1
		}
		now = append(now, r)
		used += w
		if r == ' ' {
			space = len(now)
		}
	}
	return append(out, string(now)), nil
}

// wordy says whether a rune is part of a word that is not broken, as Latin letters and digits are.
func wordy(r rune) bool { return r > ' ' && r < 0x250 }

func split(s string) []string {
	out := []string{""}
	for _, r := range s {
		if r == '\n' {
			out = append(out, "")
			continue
		}
		out[len(out)-1] += string(r)
	}
	return out
}

// at writes one line whose top is y.
func (p *page) at(x, y, width, size float64, s string, a Align) error {
	if s == "" {
		return nil
	}
	if err := p.g.SetFont(family, "", size); err != nil {
		return err
	}
	if a != Left {
		w, err := p.g.MeasureTextWidth(s)
		if err != nil {
			return err
		}
		if a == Right {
			x += width - w
		} else {
			x += (width - w) / 2
		}
	}
	p.g.SetXY(x, y)
	return p.g.Cell(nil, s)
}

// rule draws a line across.
func (p *page) rule(y, x1, x2, weight float64) {
	p.g.SetLineWidth(weight)
	p.g.Line(x1, y, x2, y)
}

// numbers writes every page's foot, once it is known how many there are.
func (p *page) numbers() error {
	for i := 1; i <= p.count; i++ {
		if err := p.g.SetPage(i); err != nil {
			return err
		}
		y := paperHeight - 40
		foot, err := p.lines(p.footer, sizeSmall, innerWidth-60)
		if err != nil {
			return err
		}
		if len(foot) > 0 {
			if err := p.at(margin, y, innerWidth, sizeSmall, foot[0], Left); err != nil {
				return err
			}
		}
		if err := p.at(margin, y, innerWidth, sizeSmall, strconv.Itoa(i)+" / "+strconv.Itoa(p.count), Right); err != nil {
			return err
		}
	}
	return nil
}
