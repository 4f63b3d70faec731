package pdf

const cellPad = 4.0

func (t Table) draw(p *page) error {
	widths := t.widths()
	heads := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = c.Head
	}
	if err := t.head(p, heads, widths); err != nil {
		return err
	}
	for _, row := range t.Rows {
		if err := t.row(p, row, heads, widths, 0.4); err != nil {
			return err
		}
	}
	if len(t.Foot) > 0 {
		p.rule(p.y, margin, margin+innerWidth, 1)
	}
	for _, row := range t.Foot {
		if err := t.row(p, row, heads, widths, 0); err != nil {
			return err
		}
	}
	p.y += 10
	return nil
}

func (t Table) widths() []float64 {
	sum := 0.0
	for _, c := range t.Columns {
		sum += c.Share
	}
	out := make([]float64, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = innerWidth * c.Share / sum
	}
	return out
}

func (t Table) head(p *page, heads []string, widths []float64) error {
	if err := p.room(60); err != nil { // with a row below it
		return err
	}
	p.rule(p.y, margin, margin+innerWidth, 1)
	if err := t.cells(p, heads, widths, sizeSmall); err != nil {
		return err
	}
	p.rule(p.y, margin, margin+innerWidth, 1)
	return nil
}

// row writes one row, on a new page with the heads again where there is no room for it.
func (t Table) row(p *page, row, heads []string, widths []float64, rule float64) error {
	height := 0.0
	for i, c := range row {
		lines, err := p.lines(c, sizeText, widths[i]-2*cellPad)
		if err != nil {
			return err
		}
		height = max(height, float64(len(lines))*sizeText*leading)
	}
	if p.y+height+2*cellPad > bottom {
		if err := p.next(); err != nil {
			return err
		}
		if err := t.head(p, heads, widths); err != nil {
			return err
		}
	}
	if err := t.cells(p, row, widths, sizeText); err != nil {
		return err
	}
	if rule > 0 {
		p.rule(p.y, margin, margin+innerWidth, rule)
	}
	return nil
}

// cells writes a row's texts. One that is longer than a page goes on over the next.
func (t Table) cells(p *page, row []string, widths []float64, size float64) error {
	broken := make([][]string, len(row))
	most := 0
	for i, c := range row {
		lines, err := p.lines(c, size, widths[i]-2*cellPad)
		if err != nil {
			return err
		}
		broken[i], most = lines, max(most, len(lines))
	}
	p.y += cellPad
	for l := range most {
		if err := p.room(size * leading); err != nil {
			return err
		}
		x := margin
		for i, lines := range broken {
			if l < len(lines) {
				if err := p.at(x+cellPad, p.y, widths[i]-2*cellPad, size, lines[l], t.Columns[i].Align); err != nil {
					return err
				}
			}
			x += widths[i]
		}
		p.y += size * leading
	}
	p.y += cellPad
	return nil
}
