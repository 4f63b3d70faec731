// Package ceramics draws the wares of a pottery: bowls, plates, cups, vases, flasks, in seven glazes.
//
// It guarantees a different piece for every seed, as from a kiln. It refuses nothing.
package ceramics

import (
	"math"
	"math/rand/v2"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
	"github.com/noren-shop/noren/internal/sample/art/lathe"
)

// Glaze is what a piece was dipped in.
type Glaze struct {
	Name                  string
	base, thin, pool      canvas.RGB // over the body, where it ran off an edge, where it gathered
	clay                  canvas.RGB
	speck                 canvas.RGB
	specks, gloss, mottle float32
	painted               bool
	wall, table           canvas.RGB
}

// Glazes are all that the kiln offers.
func Glazes() []Glaze {
	h := canvas.Hex
	return []Glaze{
		{Name: "celadon", base: h(0xb9c8b7), thin: h(0xdbe0d0), pool: h(0x94ae9c), clay: h(0x9a6b4c),
			speck:  h(0x8aa392),
			specks: 0.10, gloss: 0.9, mottle: 0.10, wall: h(0xf0ece4), table: h(0xe8e1d5)},
		{Name: "tenmoku", base: h(0x33241f), thin: h(0x93552d), pool: h(0x17120f), clay: h(0x6f4a38),
			speck:  h(0x8a4f2a),
			specks: 0.35, gloss: 1.0, mottle: 0.35, wall: h(0xeee9df), table: h(0xe2d9ca)},
		{Name: "shino", base: h(0xeee3d6), thin: h(0xd08a62), pool: h(0xf6efe6), clay: h(0xb5744f), speck: h(0xb86f4a),
			specks: 0.55, gloss: 0.35, mottle: 0.55, wall: h(0xe6e7e1), table: h(0xdad8cf)},
		{Name: "ash", base: h(0xe6e2d6), thin: h(0xcbbfa6), pool: h(0xd3d8c8), clay: h(0xa98565), speck: h(0x6f6152),
			specks: 0.75, gloss: 0.30, mottle: 0.22, wall: h(0xe4e1da), table: h(0xd6d1c7)},
		{Name: "sometsuke", base: h(0xf1f2f0), thin: h(0xe7e9e6), pool: h(0xdfe7ea), clay: h(0xe4ddd0),
			speck:  h(0x31518a),
			specks: 0, gloss: 0.9, mottle: 0.05, painted: true, wall: h(0xf0ece5), table: h(0xe6dfd4)},
		{Name: "indigo", base: h(0x4a6283), thin: h(0xa08a72), pool: h(0x2a3f5e), clay: h(0x8b6a52), speck: h(0x7f9bb8),
			specks: 0.45, gloss: 0.75, mottle: 0.45, wall: h(0xefebe3), table: h(0xe6ded1)},
		{Name: "oribe", base: h(0x567457), thin: h(0x9ea273), pool: h(0x32523f), clay: h(0xc4a27e), speck: h(0x27513e),
			specks: 0.25, gloss: 0.95, mottle: 0.40, wall: h(0xf1ece2), table: h(0xe8dfd0)},
	}
}

// Named finds a glaze; the first stands in for a name that is not offered.
func Named(name string) Glaze {
	all := Glazes()
	for _, g := range all {
		if g.Name == name {
			return g
		}
	}
	return all[0]
}

// coat is a glaze as it came out on one piece.
type coat struct {
	Glaze
	n        *canvas.Noise
	top      float32 // height of the piece
	bare     float32 // the glaze ends about here
	drip     float32
	off      float32
	brush    float32 // where a painted band runs
	motif    int
	rimAlong float32
	wide     float32
	px       float32 // units in a pixel
}

func newCoat(g Glaze, cv *canvas.Canvas, r *rand.Rand, b lathe.Body) coat {
	top := b.Height()
	c := coat{Glaze: g, n: cv.Noise, px: 1 / cv.Scale, top: top, off: r.Float32() * 100, motif: r.IntN(4),
		wide: b.Widest()}
	c.bare = min(top*(0.05+0.07*r.Float32()), 34)
	c.drip = min(top*0.10, 34) * r.Float32()
	if g.painted {
		c.bare, c.drip = 4, 0
	}
	c.brush = 0.35 + 0.3*r.Float32()
	for i := 1; i <= b.Rim; i++ {
		p, q := b.Profile[i-1], b.Profile[i]
		c.rimAlong += canvas.Sqrt((q.R-p.R)*(q.R-p.R) + (q.H-p.H)*(q.H-p.H))
	}
	return c
}

func (c coat) shade(tilt float32) func(lathe.Spot) canvas.RGB {
	return func(s lathe.Spot) canvas.RGB {
		u := s.Phi * 3 // around
		v := s.Along / 60
		if s.Outside {
			if line := c.edge(s.Phi); s.H < line {
				return c.bareClay(s, tilt, line)
			}
		}
		col := c.colour(s, u, v)
		m := lathe.Surface{Gloss: c.gloss, Soft: 0.5}
		if s.Outside {
			d := s.H - c.edge(s.Phi)
			if d < 5 { // the bead where the glaze stopped
				m.Gloss = min(1, m.Gloss+0.2)
				col = col.Mix(c.pool, 0.5).Mul(0.93 + 0.02*d)
			}
		}
		ripple := (c.n.At(u*1.3+c.off, s.H/26) - 0.5) * 0.10
		s.N = lathe.Vec{X: s.N.X, Y: s.N.Y + ripple, Z: s.N.Z}.Unit()
		return c.inner(s, lathe.Light(s, tilt, col, m))
	}
}

// inner darkens a hollow towards its lower left, where the wall keeps the window's light away.
func (c coat) inner(s lathe.Spot, col canvas.RGB) canvas.RGB {
	if s.Outside {
		return col
	}
	depth := canvas.Clamp((c.top - s.H) / max(c.wide*1.6, 1))
	dark := 1 - 0.62*canvas.Smooth(0, 1, depth)
	side := 1 - 0.30*canvas.Smooth(0.02, 0.5, depth)*canvas.Smooth(-0.2, 1, s.N.X)
	return col.Mul(dark * side)
}

// edge is the height at which the glaze ends, with runs.
func (c coat) edge(phi float32) float32 {
	if c.painted {
		return c.bare
	}
	wave := c.n.At(phi*2.2+c.off, 3.3)
	run := canvas.Smooth(0.62, 0.9, c.n.At(phi*5.5+c.off, 9.1))
	return c.bare*(0.55+0.9*wave) - c.drip*run*0.6
}

func (c coat) bareClay(s lathe.Spot, tilt, line float32) canvas.RGB {
	grit := c.n.At(s.Phi*60, s.H/1.6) - 0.5
	rings := canvas.Sin(s.H*0.9) * 0.018
	col := c.clay.Mul(0.92 + 0.22*grit + rings)
	shadow := 1 - 0.22*(1-canvas.Smooth(0, 7, line-s.H))
	return lathe.Light(s, tilt, col.Mul(shadow), lathe.Surface{Soft: 0.6})
}

func (c coat) colour(s lathe.Spot, u, v float32) canvas.RGB {
	cloud := c.n.Cloud(u*0.9+c.off, v*0.9)
	col := c.base.Mix(c.pool, c.mottle*canvas.Smooth(0.45, 0.8, cloud))
	col = col.Mix(c.thin, c.mottle*canvas.Smooth(0.5, 0.2, cloud)*0.7)
	// Thin over the rim, thick below it in runs.
	fromRim := c.rimAlong - s.Along
	if fromRim < 0 {
		fromRim = -fromRim * 1.3
	}
	run := c.n.At(s.Phi*7+c.off, 5.5)
	col = col.Mix(c.thin, 0.85*(1-canvas.Smooth(1, 9+22*run*(0.4+c.mottle), fromRim)))
	if s.Outside {
		col = col.Mix(c.pool, 0.6*(1-canvas.Smooth(0, 40, s.H-c.bare)))
	} else if s.R < c.wide*0.45 {
		col = col.Mix(c.pool, 0.65*(1-canvas.Smooth(0.1, 0.45, s.R/c.wide)))
	}
	if c.mottle > 0.3 { // streaks that ran down
		streak := c.n.At(s.Phi*16+c.off, s.Along/150)
		col = col.Mix(c.thin, 0.35*c.mottle*canvas.Smooth(0.6, 0.85, streak))
	}
	col = c.speckle(s, col)
	if c.painted {
		col = c.paint(s, col)
	}
	return col
}

// speckle puts iron spots into cells of a grid, each with a place and a size of its own.
func (c coat) speckle(s lathe.Spot, col canvas.RGB) canvas.RGB {
	if c.specks <= 0 {
		return col
	}
	x, y := s.Phi*max(s.R, 30), s.Along
	if !s.Outside && s.R < 60 {
		x, y = s.R*canvas.Sin(s.Phi)+500, s.R*canvas.Cos(s.Phi)+500
	}
	for _, size := range [2]float32{13, 29} {
		ix, iy := int(math.Floor(float64(x/size))), int(math.Floor(float64(y/size)))
		p := c.n.Cell(ix+int(c.off), iy+int(size))
		if p > c.specks*0.62 {
			continue
		}
		cx := (float32(ix) + 0.25 + 0.5*c.n.Cell(ix+91, iy+17)) * size
		cy := (float32(iy) + 0.25 + 0.5*c.n.Cell(ix+37, iy+53)) * size
		r := size * (0.045 + 0.075*c.n.Cell(ix+11, iy+29))
		d := canvas.Sqrt((x-cx)*(x-cx) + (y-cy)*(y-cy))
		col = col.Mix(c.speck, 0.75*(1-canvas.Smooth(r*0.4, r*1.6, d)))
	}
	return col
}
