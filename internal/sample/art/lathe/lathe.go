// Package lathe draws things that were turned on a wheel or a lathe: bowls, cups, vases, tins.
//
// It guarantees every visible part of the outside, the rim and the inside, each pixel with its place and normal, and
// smooth edges. It refuses shapes that are not round: handles and spouts are for canvas.
package lathe

import "github.com/noren-shop/noren/internal/sample/art/canvas"

// Knot is a point of the profile: the radius at a height, both in units. The profile runs from the foot up the outside,
// over the rim and down the inside to the middle.
type Knot struct{ R, H float32 }

// Body is a turned thing standing on (X, Y), the middle of its foot.
type Body struct {
	X, Y    float32
	Tilt    float32 // sine of the camera's height: 0 from the side, 1 from above
	Profile []Knot
	Rim     int // index of the knot where the outside ends
}

// Spot is one visible place on a body.
type Spot struct {
	H, R    float32 // height and radius
	Along   float32 // length of profile walked, in units
	Phi     float32 // angle around the axis; 0 faces the viewer
	N       Vec
	Outside bool
	X, Y    float32 // in the picture, units
}

// Vec is a direction: right, up, towards the viewer's side of the table.
type Vec struct{ X, Y, Z float32 }

// Dot is the inner product.
func (v Vec) Dot(o Vec) float32 { return v.X*o.X + v.Y*o.Y + v.Z*o.Z }

// Unit has length one.
func (v Vec) Unit() Vec {
	l := max(canvas.Sqrt(v.Dot(v)), 1e-6)
	return Vec{v.X / l, v.Y / l, v.Z / l}
}

// Height is that of the highest knot.
func (b Body) Height() float32 {
	var h float32
	for _, k := range b.Profile {
		h = max(h, k.H)
	}
	return h
}

// Widest is the largest radius.
func (b Body) Widest() float32 {
	var r float32
	for _, k := range b.Profile {
		r = max(r, k.R)
	}
	return r
}

// RimAt is where the rim's middle appears in the picture, and its radius.
func (b Body) RimAt() (x, y, r float32) {
	k := b.Profile[b.Rim]
	return b.X, b.Y - k.H*canvas.Sqrt(1-b.Tilt*b.Tilt), k.R
}

type sample struct {
	r, h, along float32
	nr, nh      float32
	outside     bool
}

type cell struct {
	depth, at, z float32
	hit          bool
}

// Draw shades the body onto the canvas.
func (b Body) Draw(c *canvas.Canvas, shade func(Spot) canvas.RGB) {
	g := newGrid(c, b)
	if g.w <= 0 || g.h <= 0 {
		return
	}
	g.scan()
	g.paint(shade)
}

// samples cuts the profile into pieces of at most step, with smooth normals.
func (b Body) samples(step float32) []sample {
	var out []sample
	var along float32
	for i := 1; i < len(b.Profile); i++ {
		p, q := b.Profile[i-1], b.Profile[i]
		l := canvas.Sqrt((q.R-p.R)*(q.R-p.R) + (q.H-p.H)*(q.H-p.H))
		n := max(1, int(l/step))
		for k := range n {
			t := float32(k) / float32(n)
			out = append(out, sample{r: canvas.Lerp(p.R, q.R, t), h: canvas.Lerp(p.H, q.H, t),
				along: along + l*t, outside: i <= b.Rim})
		}
		along += l
	}
	last := b.Profile[len(b.Profile)-1]
	out = append(out, sample{r: last.R, h: last.H, along: along})
	const reach = 2
	for i := range out {
		a, z := out[max(i-reach, 0)], out[min(i+reach, len(out)-1)]
		dr, dh := z.r-a.r, z.h-a.h
		l := max(canvas.Sqrt(dr*dr+dh*dh), 1e-6)
		out[i].nr, out[i].nh = dh/l, -dr/l
	}
	return out
}
