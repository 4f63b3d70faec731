// Package canvas is the drawing table of the sample shops: anti-aliased shapes, soft shadows, gradients, noise.
//
// It guarantees that the same calls give the same picture on one machine, and that colours are kept as floats until the
// end, so that soft gradients show no bands. It refuses nothing: it is for our own drawings, not for visitors' data.
package canvas

import (
	"image"
	"math"
)

// Canvas is a picture being painted. Shapes are given in units; 1000 units are the side of a square picture.
type Canvas struct {
	W, H   int
	Scale  float32 // pixels per unit
	OX, OY float32 // pixels from the corner to the units' origin
	Pix    []RGB
	Noise  *Noise
	// Ground says that the ground is painted already, so that a scene adds only its things.
	Ground bool
}

// New makes an empty canvas of w by h pixels whose shorter side is 1000 units.
func New(w, h int, seed uint64) *Canvas {
	return &Canvas{W: w, H: h, Scale: float32(min(w, h)) / 1000, Pix: make([]RGB, w*h), Noise: NewNoise(seed)}
}

// View is the same picture seen with other units: the origin moved to (x, y), everything k times as large.
func (c *Canvas) View(x, y, k float32) *Canvas {
	v := *c
	v.OX, v.OY, v.Scale = c.OX+x*c.Scale, c.OY+y*c.Scale, c.Scale*k
	return &v
}

// Units gives the place of a pixel's centre.
func (c *Canvas) Units(px, py int) (x, y float32) {
	return (float32(px) + 0.5 - c.OX) / c.Scale, (float32(py) + 0.5 - c.OY) / c.Scale
}

// Cover paints every pixel; x runs over the width and y over the height, both from 0 to 1.
func (c *Canvas) Cover(shade func(x, y float32) RGB) {
	for py := range c.H {
		v := (float32(py) + 0.5) / float32(c.H)
		row := c.Pix[py*c.W : (py+1)*c.W]
		for px := range row {
			row[px] = shade((float32(px)+0.5)/float32(c.W), v)
		}
	}
}

// Fill lays one colour over a shape.
func (c *Canvas) Fill(p *Path, col RGB, alpha float32) {
	m := c.Mask(p)
	m.each(c, func(px *RGB, cover float32, _, _ int) { *px = px.Mix(col, cover*alpha) })
}

// Paint shades a shape pixel by pixel, in units.
func (c *Canvas) Paint(p *Path, shade func(x, y float32) RGB) {
	m := c.Mask(p)
	m.each(c, func(px *RGB, cover float32, ix, iy int) {
		x, y := c.Units(ix, iy)
		*px = px.Mix(shade(x, y), cover)
	})
}

// Tint changes what is below a shape pixel by pixel, in units.
func (c *Canvas) Tint(p *Path, change func(under RGB, x, y float32) RGB) {
	m := c.Mask(p)
	m.each(c, func(px *RGB, cover float32, ix, iy int) {
		x, y := c.Units(ix, iy)
		*px = px.Mix(change(*px, x, y), cover)
	})
}

// Gradient lays a colour over a shape that runs from a at (x0, y0) to b at (x1, y1).
func (c *Canvas) Gradient(p *Path, a, b RGB, x0, y0, x1, y1 float32) {
	dx, dy := x1-x0, y1-y0
	k := 1 / (dx*dx + dy*dy)
	c.Paint(p, func(x, y float32) RGB { return a.Mix(b, Clamp(((x-x0)*dx+(y-y0)*dy)*k)) })
}

// Shadow darkens towards col by a field.
func (c *Canvas) Shadow(f *Field, col RGB, strength float32) {
	for py := max(0, f.y0); py < min(c.H, f.y1); py++ {
		row := c.Pix[py*c.W : (py+1)*c.W]
		for px := max(0, f.x0); px < min(c.W, f.x1); px++ {
			if v := f.atPixel(px, py) * strength; v > 0.002 {
				p := &row[px]
				p.R *= 1 - v*(1-col.R)
				p.G *= 1 - v*(1-col.G)
				p.B *= 1 - v*(1-col.B)
			}
		}
	}
}

// Image gives the picture in eight bits, with a grain too fine to see that keeps gradients smooth.
func (c *Canvas) Image() *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, c.W, c.H))
	for i, p := range c.Pix {
		grain := c.Noise.grain(i)
		p = p.Mix(RGB{p.Luma(), p.Luma(), p.Luma()}, calm)
		o := out.Pix[4*i : 4*i+4 : 4*i+4]
		o[0], o[1], o[2], o[3] = level(p.R, grain), level(p.G, grain), level(p.B, grain), 255
	}
	return out
}

// calm takes a little colour out of everything, as a matt print does.
const calm = 0.10

func level(v, grain float32) uint8 {
	return uint8(min(max(v*255+grain, 0), 255))
}

// Sqrt is the square root.
func Sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }

// Sin is the sine.
func Sin(v float32) float32 { return float32(math.Sin(float64(v))) }

// Cos is the cosine.
func Cos(v float32) float32 { return float32(math.Cos(float64(v))) }

// Pow is a power.
func Pow(v, e float32) float32 { return float32(math.Pow(float64(v), float64(e))) }

// Clamp bounds to 0…1.
func Clamp(v float32) float32 { return min(max(v, 0), 1) }

// Smooth goes from 0 at a to 1 at b without a corner.
func Smooth(a, b, v float32) float32 {
	t := Clamp((v - a) / (b - a))
	return t * t * (3 - 2*t)
}

// Lerp goes from a to b.
func Lerp(a, b, t float32) float32 { return a + (b-a)*t }

// Glow lightens towards white by a field.
func (c *Canvas) Glow(f *Field, strength float32) {
	for py := max(0, f.y0); py < min(c.H, f.y1); py++ {
		row := c.Pix[py*c.W : (py+1)*c.W]
		for px := max(0, f.x0); px < min(c.W, f.x1); px++ {
			if v := f.atPixel(px, py) * strength; v > 0.002 {
				row[px] = row[px].Mix(RGB{1, 1, 1}, v)
			}
		}
	}
}
