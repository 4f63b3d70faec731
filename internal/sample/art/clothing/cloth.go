// Package clothing draws garments laid flat: tees, shirts, trousers, jackets, socks, bags, in dyed cloth.
//
// It guarantees folds and a weave that differ by seed. It refuses nothing.
package clothing

import (
	"math"
	"math/rand/v2"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
)

// Dye is a cloth's colour.
type Dye struct {
	Name    string
	col     canvas.RGB
	thread  canvas.RGB // stitching
	surface canvas.RGB // what it lies on
}

// Dyes are all that the label works with.
func Dyes() []Dye {
	h := canvas.Hex
	return []Dye{
		{"kinari", h(0xece3d0), h(0xb9a684), h(0xd8d3c8)}, // undyed
		{"ai", h(0x2f4468), h(0xc9b48a), h(0xebe5d9)},     // indigo
		{"sumi", h(0x3d3d40), h(0x8b8a88), h(0xe6e2d9)},   // ink
		{"asagi", h(0x7fa3ad), h(0xe8e4d8), h(0xefe9de)},  // pale indigo
		{"matsuba", h(0x4f6350), h(0xb9b891), h(0xebe6d8)},
		{"kaki", h(0xb4633d), h(0xe9c9a5), h(0xeee6da)},
		{"hai", h(0xa7a59f), h(0x6f6d69), h(0xeeeae2)},
		{"karashi", h(0xc99b3f), h(0x8a6626), h(0xeee8dc)},
		{"azuki", h(0x7a3d40), h(0xd2a79a), h(0xefe6df)},
		{"shiro", h(0xf4f2ed), h(0xc9c5bb), h(0xd5d0c6)},
	}
}

// Named finds a dye; the first stands in for a name that is not offered.
func Named(name string) Dye {
	all := Dyes()
	for _, d := range all {
		if d.Name == name {
			return d
		}
	}
	return all[0]
}

// Garment draws one article.
type Garment func(c *canvas.Canvas, d Dye, r *rand.Rand)

func table(c *canvas.Canvas, d Dye) {
	if c.Ground {
		return
	}
	c.Paper(d.surface)
	const closer = 1.1
	*c = *c.View(500-500*closer, 500-500*closer, closer)
}

func tone() canvas.RGB { return canvas.RGB{R: 0.30, G: 0.25, B: 0.23} }

// weave is how the threads cross.
type weave int

const (
	jersey weave = iota
	plain
	twill
	knit
)

func line(pts ...canvas.Point) []canvas.Point { return canvas.Line(pts...) }

func pt(x, y float32) canvas.Point { return canvas.Pt(x, y) }

// stroke is the soft ridge of a fold.
func stroke(w float32, pts ...canvas.Point) *canvas.Path {
	return canvas.Stroke(canvas.Line(pts...), w, w*0.4)
}

// lay puts down one piece of cloth: its shadow, its relief, its weave.
func lay(c *canvas.Canvas, shape *canvas.Path, col canvas.RGB, w weave, r *rand.Rand, folds ...*canvas.Path) {
	c.Shadow(c.Soft(shape.Move(9, 13), 20), tone(), 0.42)
	c.Shadow(c.Soft(shape.Move(2, 4), 5), tone(), 0.36)
	cover(c, shape, col, w, r, folds...)
}

// cover is lay without a shadow, for parts that are sewn on.
func cover(c *canvas.Canvas, shape *canvas.Path, col canvas.RGB, w weave, r *rand.Rand, folds ...*canvas.Path) {
	relief := c.NewField(shape, 30).Add(shape, 0.9, 9).Add(shape, 0.8, 26)
	for i, f := range folds {
		k := float32(0.55)
		if i%3 == 2 {
			k = -0.4
		}
		relief.Add(f, k, 9+5*r.Float32())
	}
	ox, oy := r.Float32()*200, r.Float32()*200
	lean := 0.6 + 0.8*r.Float32()
	n := c.Noise
	relief.Each(func(v, x, y float32) float32 {
		wrinkle := n.At((x+y*0.35*lean)/95+ox, (y-x*0.25)/190+oy)
		return v + 0.75*wrinkle + 0.22*n.At(x/34+oy, y/52+ox)
	})
	gain, coarse := float32(0.95), float32(0.055)
	if col.Luma() < 0.35 { // dark cloth hides its folds
		gain, coarse = 1.5, 0.065
	}
	c.Paint(shape, func(x, y float32) canvas.RGB {
		dx, dy := relief.Slope(x, y)
		light := 1 + gain*(dx*0.62+dy*0.78)
		light = canvas.Clamp(light*0.55) / 0.55
		out := col.Mul(light * (1.02 - 0.00009*(x+y-900)))
		if light > 1 {
			out = out.Add((light - 1) * 0.07)
		}
		return out.Add(thread(n, w, x, y, coarse))
	})
}

// thread is the weave's own light and dark, k strong.
func thread(n *canvas.Noise, w weave, x, y, k float32) float32 {
	slub := (n.At(x/52, y/2.6) + n.At(x/2.6+50, y/52) - 1) * 0.6
	switch w {
	case plain:
		return k * (slub + 0.5*(n.At(x/2.1, y/2.1)-0.5))
	case twill:
		d := x + y*0.62
		rib := d/4.6 - float32(math.Floor(float64(d/4.6)))
		return k * (0.5*slub + 0.8*(max(rib-0.5, 0.5-rib)-0.25)*2.2 + 0.4*(n.At(x/2, y/2)-0.5))
	case knit:
		rib := x/9 - float32(math.Floor(float64(x/9)))
		row := canvas.Sin(y*0.9) * 0.12
		return k * (2.4*(0.25-max(rib-0.5, 0.5-rib)) + row + 0.4*(n.At(x/3, y/3)-0.5))
	}
	return k * 0.75 * (0.45*slub + n.At(x/1.9, y/3.1) - 0.5)
}

// stitch is one line of sewing.
func stitch(c *canvas.Canvas, d Dye, pts []canvas.Point) {
	c.Fill(canvas.Dashes(pts, 7, 4.5, 2.6).Move(0.8, 1.4), d.col.Mul(0.45), 0.5)
	c.Fill(canvas.Dashes(pts, 7, 4.5, 2.1), d.thread, 0.8)
}

// quiet stitching is of the cloth's own colour.
func quiet(c *canvas.Canvas, d Dye, pts []canvas.Point) {
	c.Fill(canvas.Dashes(pts, 6, 4, 1.8), d.col.Mul(0.72), 0.75)
}

// seam is a line pressed into the cloth.
func seam(c *canvas.Canvas, d Dye, pts []canvas.Point) {
	c.Shadow(c.Soft(canvas.Stroke(pts, 5, 5), 4), tone(), 0.45)
	c.Fill(canvas.Stroke(pts, 1.8, 1.8), d.col.Mul(0.55), 0.8)
	c.Fill(canvas.Stroke(pts, 1.6, 1.6).Move(-1.8, -1.4), d.col.Lighten(0.22), 0.35)
}

func mirrorLine(x float32, pts []canvas.Point) []canvas.Point {
	out := make([]canvas.Point, len(pts))
	for i, p := range pts {
		out[i] = pt(2*x-p.X, p.Y)
	}
	return out
}

func button(c *canvas.Canvas, x, y, s float32, col canvas.RGB) {
	c.Shadow(c.Soft(canvas.Ellipse(x+2, y+3, s, s), 4), tone(), 0.6)
	c.Gradient(canvas.Ellipse(x, y, s, s), col.Lighten(0.3), col.Mul(0.7), x-s, y-s, x+s, y+s)
	c.Gradient(canvas.Ellipse(x, y, s*0.68, s*0.68), col.Mul(0.8), col.Lighten(0.15), x-s, y-s, x+s, y+s)
	for _, o := range [4][2]float32{{-1, -1}, {1, -1}, {-1, 1}, {1, 1}} {
		c.Fill(canvas.Ellipse(x+o[0]*s*0.22, y+o[1]*s*0.22, s*0.12, s*0.12), col.Mul(0.3), 1)
	}
}

// folds fall from (x, y) to the lower edge, leaning a little.
func falling(r *rand.Rand, n int, x0, x1, y0, y1 float32) []*canvas.Path {
	var out []*canvas.Path
	for i := range n {
		x := canvas.Lerp(x0, x1, (float32(i)+0.2+0.6*r.Float32())/float32(n))
		top := canvas.Lerp(y0, y1, 0.15+0.4*r.Float32())
		d := (r.Float32() - 0.5) * 70
		out = append(out, stroke(14+14*r.Float32(), pt(x, y1), pt(x+d*0.3, (top+y1)/2), pt(x+d, top)))
	}
	return out
}

// pulls are the short folds that spread from a point such as an armpit.
func pulls(r *rand.Rand, x, y, angle, length float32) []*canvas.Path {
	var out []*canvas.Path
	for i := range 3 {
		a := angle + (float32(i)-1)*0.35 + (r.Float32()-0.5)*0.2
		l := length * (0.6 + 0.5*r.Float32())
		dx, dy := canvas.Cos(a)*l, canvas.Sin(a)*l
		out = append(out, stroke(13, pt(x, y), pt(x+dx*0.5+dy*0.08, y+dy*0.5-dx*0.08), pt(x+dx, y+dy)))
	}
	return out
}
