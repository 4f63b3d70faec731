package lathe

import (
	"cmp"
	"math"
	"slices"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
)

type grid struct {
	c            *canvas.Canvas
	b            Body
	s            []sample
	x0, y0, w, h int
	cells        []cell // two rows to a pixel
	cover        []float32
	cos          float32
}

func newGrid(c *canvas.Canvas, b Body) *grid {
	g := &grid{c: c, b: b, cos: canvas.Sqrt(1 - b.Tilt*b.Tilt)}
	g.s = b.samples(1.1 / c.Scale)
	wide, high := b.Widest(), b.Height()
	px := func(v float32) int { return int(math.Floor(float64(v))) }
	g.x0, g.y0 = px((b.X-wide)*c.Scale+c.OX)-1, px((b.Y-high*g.cos-wide*b.Tilt)*c.Scale+c.OY)-1
	x1, y1 := px((b.X+wide)*c.Scale+c.OX)+2, px((b.Y+wide*b.Tilt)*c.Scale+c.OY)+2
	g.x0, g.y0 = max(g.x0, 0), max(g.y0, 0)
	g.w, g.h = min(x1, c.W)-g.x0, min(y1, c.H)-g.y0
	if g.w > 0 && g.h > 0 {
		g.cells, g.cover = make([]cell, 2*g.w*g.h), make([]float32, g.w*g.h)
	}
	return g
}

// scan walks the profile once for each column and keeps what is nearest.
func (g *grid) scan() {
	for x := range g.w {
		ux := (float32(g.x0+x)+0.5-g.c.OX)/g.c.Scale - g.b.X
		for i := 1; i < len(g.s); i++ {
			g.piece(x, ux, i, 1)
			g.piece(x, ux, i, -1)
		}
		const fine = 4
		for sub := range fine {
			g.coverColumn(x, (float32(g.x0+x)+(float32(sub)+0.5)/fine-g.c.OX)/g.c.Scale-g.b.X, 1.0/fine)
		}
	}
}

// piece fills the rows that one piece of the profile takes in one column, in front (side 1) or behind (side -1).
func (g *grid) piece(x int, ux float32, i int, side float32) {
	a, b := g.s[i-1], g.s[i]
	d := ux
	if d < 0 {
		d = -d
	}
	if a.r <= d && b.r <= d {
		return
	}
	ta, tb := float32(0), float32(1)
	if a.r < d {
		ta = (d - a.r) / (b.r - a.r)
	} else if b.r < d {
		tb = (d - a.r) / (b.r - a.r)
	}
	ra, rb := canvas.Lerp(a.r, b.r, ta), canvas.Lerp(a.r, b.r, tb)
	ha, hb := canvas.Lerp(a.h, b.h, ta), canvas.Lerp(a.h, b.h, tb)
	za, zb := side*canvas.Sqrt(max(ra*ra-ux*ux, 0)), side*canvas.Sqrt(max(rb*rb-ux*ux, 0))
	if ((a.nh+b.nh)*g.b.Tilt*(ra+rb) + (a.nr+b.nr)*(za+zb)*g.cos) <= 0 {
		return
	}
	scale, base := 2*g.c.Scale, 2*(g.b.Y*g.c.Scale+g.c.OY-float32(g.y0))
	ya, yb := base+scale*(za*g.b.Tilt-ha*g.cos), base+scale*(zb*g.b.Tilt-hb*g.cos)
	da, db := za*g.cos+ha*g.b.Tilt, zb*g.cos+hb*g.b.Tilt
	lo, hi := min(ya, yb), max(ya, yb)
	for y := max(0, int(lo-0.5)); y <= min(2*g.h-1, int(hi+0.5)); y++ {
		t := float32(0.5)
		if hi-lo > 1e-3 {
			t = canvas.Clamp((float32(y) + 0.5 - ya) / (yb - ya))
		}
		c := &g.cells[y*g.w+x]
		if depth := canvas.Lerp(da, db, t); !c.hit || depth > c.depth {
			*c = cell{depth, float32(i-1) + canvas.Lerp(ta, tb, t), canvas.Lerp(za, zb, t), true}
		}
	}
}

// coverColumn adds a thin column wherever the body is: once for most shapes, twice beside a waist.
func (g *grid) coverColumn(x int, ux, weight float32) {
	var runs [][2]float32
	open := false
	for _, s := range g.s {
		q := s.r*s.r - ux*ux
		if q <= 0 {
			open = false
			continue
		}
		z, y := canvas.Sqrt(q)*g.b.Tilt, -s.h*g.cos
		if !open {
			runs, open = append(runs, [2]float32{y - z, y + z}), true
		}
		last := &runs[len(runs)-1]
		last[0], last[1] = min(last[0], y-z), max(last[1], y+z)
	}
	slices.SortFunc(runs, func(a, b [2]float32) int { return cmp.Compare(a[0], b[0]) })
	base := g.b.Y*g.c.Scale + g.c.OY - float32(g.y0)
	reached := float32(0)
	for _, run := range runs {
		lo, hi := max(base+run[0]*g.c.Scale, reached), min(base+run[1]*g.c.Scale, float32(g.h))
		for y := int(lo); y < g.h && float32(y) < hi; y++ {
			g.cover[y*g.w+x] += weight * (min(hi, float32(y+1)) - max(lo, float32(y)))
		}
		reached = max(reached, hi)
	}
}

func (g *grid) paint(shade func(Spot) canvas.RGB) {
	colours := make([]canvas.RGB, len(g.cells))
	for i, cl := range g.cells {
		if !cl.hit || g.cover[g.pixel(i)] <= 0 {
			continue
		}
		// The lower half of a pixel is shaded on its own only where it shows another part than the upper half.
		if lower := i/g.w%2 == 1; lower {
			if up := g.cells[i-g.w]; up.hit && up.at-cl.at < 3 && cl.at-up.at < 3 {
				colours[i] = colours[i-g.w]
				continue
			}
		}
		colours[i] = shade(g.spot(i, cl))
	}
	for i, cover := range g.cover {
		if cover <= 0 {
			continue
		}
		top := 2*(i/g.w)*g.w + i%g.w
		a, okA := g.colourAt(colours, top)
		b, okB := g.colourAt(colours, top+g.w)
		switch {
		case okA && okB:
			a = a.Mix(b, 0.5)
		case okB:
			a = b
		case !okA:
			continue
		}
		px := &g.c.Pix[(g.y0+i/g.w)*g.c.W+g.x0+i%g.w]
		*px = px.Mix(a, min(cover, 1))
	}
}

// pixel is the pixel to which a half row's cell belongs.
func (g *grid) pixel(cell int) int { return cell/(2*g.w)*g.w + cell%g.w }

// colourAt is the pixel's own colour, softened where a near edge stands before something far, or a neighbour's colour
// at the outline.
func (g *grid) colourAt(colours []canvas.RGB, i int) (canvas.RGB, bool) {
	w := g.w
	near := [4]int{i - w, i + w, i - 1, i + 1}
	if g.cells[i].hit {
		sum, n := colours[i].Mul(2), float32(2)
		edge := false
		for _, k := range near {
			if k < 0 || k >= len(g.cells) || !g.cells[k].hit || g.cover[g.pixel(k)] <= 0 {
				continue
			}
			if d := g.cells[k].depth - g.cells[i].depth; d > 9 || d < -9 {
				edge = true
			}
			o := colours[k]
			sum, n = canvas.RGB{R: sum.R + o.R, G: sum.G + o.G, B: sum.B + o.B}, n+1
		}
		if !edge {
			return colours[i], true
		}
		return sum.Mul(1 / n), true
	}
	for _, k := range [14]int{i - w, i + w, i - 1, i + 1, i - w - 1, i - w + 1, i + w - 1, i + w + 1,
		i - 2*w, i + 2*w, i - 2, i + 2, i - 3*w, i + 3*w} {
		if k >= 0 && k < len(g.cells) && g.cells[k].hit && g.cover[g.pixel(k)] > 0 {
			return colours[k], true
		}
	}
	return canvas.RGB{}, false
}

func (g *grid) spot(i int, cl cell) Spot {
	n := min(int(cl.at), len(g.s)-2)
	t := cl.at - float32(n)
	a, b := g.s[n], g.s[n+1]
	ux, uy := g.c.Units(g.x0+i%g.w, g.y0+i/(2*g.w))
	dx := ux - g.b.X
	r := max(canvas.Lerp(a.r, b.r, t), 1e-3)
	nr, nh := canvas.Lerp(a.nr, b.nr, t), canvas.Lerp(a.nh, b.nh, t)
	return Spot{
		H: canvas.Lerp(a.h, b.h, t), R: r, Along: canvas.Lerp(a.along, b.along, t),
		Phi:     float32(math.Atan2(float64(dx), float64(cl.z))),
		N:       Vec{nr * dx / r, nh, nr * cl.z / r}.Unit(),
		Outside: a.outside, X: ux, Y: uy,
	}
}
