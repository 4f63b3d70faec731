// Package tea draws the wares of a tea merchant: tins, leaves, cups, bags, sweets.
//
// It guarantees a different picture for every seed in the colours of the tea. It refuses nothing.
package tea

import (
	"math"
	"math/rand/v2"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
	"github.com/noren-shop/noren/internal/sample/art/lathe"
)

// Blend is a tea, or a sweet's flavour, as colours.
type Blend struct {
	Name        string
	leaf, leaf2 canvas.RGB // dry leaves
	liquor      canvas.RGB // in the cup
	paper, ink  canvas.RGB // the wrapping and its print
	wall, table canvas.RGB
	coarse      float32 // how thick the leaves are
}

// Blends are all that the merchant sells.
func Blends() []Blend {
	h := canvas.Hex
	return []Blend{
		{"sencha", h(0x4c6237), h(0x7d8d4f), h(0xc9c56a), h(0xdfe0c4), h(0x48623c), h(0xefede2), h(0xe3dfcf), 1},
		{"gyokuro", h(0x2c4a35), h(0x4f6e45), h(0xb9c272), h(0x2f5140), h(0xdccf9f), h(0xeceee6), h(0xdde0d4), 0.8},
		{"matcha", h(0x6f8f3a), h(0x8fab4c), h(0x8aa544), h(0xa9bb78), h(0x34502c), h(0xefede0), h(0xe4e0cd), 0.5},
		{"hojicha", h(0x6e4427), h(0x98663a), h(0xb5703a), h(0xd9b48c), h(0x5b3722), h(0xf1e9df), h(0xe6d9ca), 1.5},
		{"genmaicha", h(0x5b6b3c), h(0xcaa868), h(0xcdbf6c), h(0xe9dcb8), h(0x7a6a35), h(0xf1ece0), h(0xe6dfcc), 1.1},
		{"wakocha", h(0x3b2620), h(0x643c2b), h(0xb4522a), h(0x8c3f34), h(0xf0dcc0), h(0xf0e8e1), h(0xe4d8cd), 0.9},
		{"sakura", h(0x6f7550), h(0xd9a0a2), h(0xd9a79a), h(0xf0d3d0), h(0x9c5560), h(0xf3ebe8), h(0xe9ddd8), 1},
		{"yuzu", h(0x66743f), h(0xdbb646), h(0xd8c05c), h(0xf0dc95), h(0x75652a), h(0xf2eee1), h(0xe8e0cb), 1.1},
	}
}

// Named finds a blend; the first stands in for a name that is not sold.
func Named(name string) Blend {
	all := Blends()
	for _, b := range all {
		if b.Name == name {
			return b
		}
	}
	return all[0]
}

// Ground paints the empty studio in a blend's tones.
func (b Blend) Ground(c *canvas.Canvas, horizon float32) { c.Studio(b.wall, b.table, horizon) }

// Good is one picture of the shop.
type Good func(c *canvas.Canvas, b Blend, r *rand.Rand)

func vary(r *rand.Rand, k, share float32) float32 { return k * (1 + share*(2*r.Float32()-1)) }

func scene(c *canvas.Canvas, b Blend, horizon float32) {
	if c.Ground {
		return
	}
	b.Ground(c, horizon)
	*c = *c.View(500-500*closer, 540-640*closer, closer)
}

// closer is how much nearer the goods stand than they were first drawn.
const closer = 1.27

// porcelain is the plain ware that the merchant's tea stands in.
func porcelain(tilt float32, col canvas.RGB, deep, top float32, n *canvas.Noise) func(lathe.Spot) canvas.RGB {
	return func(s lathe.Spot) canvas.RGB {
		ring := (n.At(s.Phi*3, s.H/18) - 0.5) * 0.06
		s.N.Y += ring
		s.N = s.N.Unit()
		out := lathe.Light(s, tilt, col, lathe.Surface{Gloss: 0.7, Soft: 0.6})
		if !s.Outside {
			d := canvas.Clamp((top - s.H) / deep)
			out = out.Mul(1 - 0.45*canvas.Smooth(0, 1, d)*canvas.Smooth(-0.4, 0.9, s.N.X+0.3))
		}
		return out
	}
}

// vessel puts a plain vessel at (x, y).
func vessel(c *canvas.Canvas, x, y, tilt, wall float32, col canvas.RGB, knots []lathe.Knot) lathe.Body {
	profile, rim := lathe.Vessel(knots, wall)
	b := lathe.Body{X: x, Y: y, Tilt: tilt, Profile: profile, Rim: rim}
	c.Standing(x, y, max(knots[0].R, knots[1].R), b.Height(), tilt)
	b.Draw(c, porcelain(tilt, col, b.Height(), b.Height(), c.Noise))
	return b
}

// leafPile heaps dry leaves over an ellipse; up is how high the middle stands.
func leafPile(c *canvas.Canvas, b Blend, r *rand.Rand, x, y, rx, ry, up float32, n int) {
	c.Fill(canvas.Ellipse(x, y, rx*0.97, ry*0.97), b.leaf.Mul(0.42), 1)
	steep := 1.5 * up / ry
	for i := range n * 2 {
		// From the back to the front, so that nearer leaves lie over farther ones; as many as the row is wide and
		// as its slope faces the viewer.
		py := -1 + (float32(i)+r.Float32())/float32(n)
		row := canvas.Sqrt(max(1-py*py, 0))
		if r.Float32()*(1+steep) > row*max(1+steep*py, 0.25) {
			continue
		}
		px := (2*r.Float32() - 1) * row
		h := up * canvas.Pow(max(1-px*px-py*py, 0), 0.8)
		lx, ly := x+px*rx, y+py*ry-h
		tone := b.leaf.Mix(b.leaf2, r.Float32()*r.Float32()*1.2)
		light := 0.62 + 0.5*canvas.Clamp(0.55-px*0.42-py*0.3) + 0.12*r.Float32()
		oneLeaf(c, b, r, lx, ly, tone.Mul(light))
	}
}

func oneLeaf(c *canvas.Canvas, b Blend, r *rand.Rand, x, y float32, col canvas.RGB) {
	if b.Name == "genmaicha" && r.IntN(4) == 0 { // roasted rice
		c.Fill(canvas.Ellipse(x+1, y+2, 8, 5.5), col.Mul(0.5), 0.7)
		c.Fill(canvas.Ellipse(x, y, 7.5, 5), canvas.Hex(0xe0c283).Mix(canvas.Hex(0xb98544), r.Float32()), 1)
		return
	}
	if b.Name == "sakura" && r.IntN(9) == 0 {
		petal := canvas.Curve(canvas.Pt(x-8, y), canvas.Pt(x, y-6), canvas.Pt(x+9, y), canvas.Pt(x, y+6))
		c.Fill(petal.Turn(r.Float32()*6, x, y), b.leaf2.Lighten(0.3), 1)
		return
	}
	if b.Name == "yuzu" && r.IntN(8) == 0 {
		c.Fill(canvas.Rect(x-6, y-4, 12, 7, 2).Turn(r.Float32()*6, x, y), b.leaf2, 1)
		return
	}
	l, w := vary(r, 19, 0.45), vary(r, 4.2*b.coarse, 0.35)
	bend := (r.Float32() - 0.5) * 9
	a := r.Float32() * math.Pi
	if r.IntN(3) > 0 {
		a = (r.Float32() - 0.5) * 1.6
	}
	dx, dy := canvas.Cos(a)*l, canvas.Sin(a)*l*0.72
	line := []canvas.Point{{X: x - dx, Y: y - dy}, {X: x - dx*0.3 - dy*bend/l, Y: y - dy*0.3 + dx*bend/l},
		{X: x + dx*0.4 - dy*bend/l, Y: y + dy*0.4 + dx*bend/l}, {X: x + dx, Y: y + dy}}
	c.Fill(canvas.Stroke(line, w*1.2, w*0.5).Move(1.6, 3), b.leaf.Mul(0.25), 0.55)
	c.Fill(canvas.Stroke(line, w, w*0.35), col, 1)
	c.Fill(canvas.Stroke(line[:3], w*0.3, w*0.15).Move(-0.6, -0.9), col.Lighten(0.3), 0.6)
}

// steam rises softly from (x, y).
func steam(c *canvas.Canvas, r *rand.Rand, x, y float32) {
	for i := range 2 {
		o := float32(i)*44 - 22
		k := 0.6 + 0.6*r.Float32()
		line := canvas.Line(canvas.Pt(x+o, y), canvas.Pt(x+o+30*k, y-70), canvas.Pt(x+o-22*k, y-150),
			canvas.Pt(x+o+24*k, y-235), canvas.Pt(x+o, y-310))
		f := c.Soft(canvas.Stroke(line, 20, 46), 22).Each(func(v, _, py float32) float32 {
			return v * canvas.Smooth(y-310, y-150, py) * canvas.Smooth(y+10, y-60, py)
		})
		c.Glow(f, 0.42)
	}
}

// grain is the wood of a tray or board.
func grain(n *canvas.Noise, x, y float32, col canvas.RGB) canvas.RGB {
	v := n.At(x/240, y/13+2.4*n.At(x/330, y/120))
	fine := n.At(x/60, y/2.2) - 0.5
	return col.Mul(0.90 + 0.16*v + 0.07*fine)
}

// board is a wooden board seen in perspective, between the rows y0 and y1.
func board(c *canvas.Canvas, x, w, y0, y1 float32, col canvas.RGB) {
	in := w * 0.06
	top := canvas.Poly(canvas.Pt(x-w/2+in, y0), canvas.Pt(x+w/2-in, y0), canvas.Pt(x+w/2, y1), canvas.Pt(x-w/2, y1))
	edge := canvas.Poly(canvas.Pt(x-w/2, y1), canvas.Pt(x+w/2, y1), canvas.Pt(x+w/2-3, y1+24), canvas.Pt(x-w/2+3,
		y1+24))
	tone := canvas.RGB{R: 0.34, G: 0.27, B: 0.24}
	c.Shadow(c.Soft(edge.Move(18, 22), 26), tone, 0.5)
	c.Shadow(c.Soft(edge.Move(4, 8), 8), tone, 0.5)
	c.Paint(top, func(px, py float32) canvas.RGB {
		return grain(c.Noise, px, py, col).Mul(1.08 - 0.16*(px-x+w/2)/w)
	})
	c.Paint(edge, func(px, py float32) canvas.RGB { return grain(c.Noise, px, py+300, col).Mul(0.70) })
}
