package tea

import (
	"math"
	"math/rand/v2"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
	"github.com/noren-shop/noren/internal/sample/art/lathe"
)

// Tin is a tea tin wrapped in printed paper.
func Tin(c *canvas.Canvas, b Blend, r *rand.Rand) {
	scene(c, b, 0.58)
	w, h := vary(r, 158, 0.06), vary(r, 400, 0.12)
	x := float32(500)
	if r.IntN(2) == 0 { // with some of its leaves before it
		x = 450
		defer func() {
			c.Shadow(c.Soft(canvas.Ellipse(672, 800, 92, 30), 12), canvas.RGB{R: 0.34, G: 0.27, B: 0.24}, 0.5)
			leafPile(c, b, r, 668, 790, 88, 26, 34, 240)
		}()
	}
	TinAt(c, b, r, x, 780, w, h)
}

// TinAt puts a tin of radius w and height h somewhere.
func TinAt(c *canvas.Canvas, b Blend, r *rand.Rand, x, y, w, h float32) {
	const tilt = 0.25
	lid := h * 0.80
	knots := []lathe.Knot{{R: w - 3, H: 0}, {R: w, H: 3}, {R: w, H: lid - 3}, {R: w - 1.5, H: lid - 1.5}, {R: w - 1.5,
		H: lid + 1},
		{R: w, H: lid + 2.5}, {R: w, H: h - 6}, {R: w - 2, H: h - 2}, {R: w - 7, H: h}, {R: w * 0.5, H: h}, {R: 0,
			H: h}}
	body := lathe.Body{X: x, Y: y, Tilt: tilt, Profile: knots, Rim: len(knots) - 1}
	c.Standing(x, y, w, h, tilt)
	motif, off := r.IntN(5), r.Float32()*40
	metal := canvas.Hex([]uint32{0xc9b583, 0xb9b6ad, 0x4b4640}[r.IntN(3)])
	wrapped := r.IntN(3) > 0 // the lid too
	label := h * 0.40
	body.Draw(c, func(s lathe.Spot) canvas.RGB {
		surface := lathe.Surface{Gloss: 0.22, Soft: 0.5}
		onTop := s.N.Y > 0.7
		var col canvas.RGB
		switch {
		case !wrapped && (onTop || s.H > lid):
			col, surface.Gloss = metal, 0.8
		case onTop:
			x, y := s.R*canvas.Sin(s.Phi)+90, s.R*canvas.Cos(s.Phi)+off
			col = canvas.Around(x, y, 0.5/c.Scale, func(x, y float32) canvas.RGB {
				return printed(c.Noise, b, motif,
					x, y)
			})
		default:
			col = canvas.Around(s.Phi*w, s.H, 0.5/c.Scale, func(x, y float32) canvas.RGB {
				if paper, ok := labelAt(b, x, y-label, w*0.44, h*0.23); ok {
					return paper
				}
				return printed(c.Noise, b, motif, x, y+off)
			})
		}
		if !onTop && s.H > lid-2.5 && s.H < lid+2 {
			col = col.Mul(0.45)
		}
		return lathe.Light(s, tilt, col, surface)
	})
}

// labelAt is a paper label with a frame, a leaf and lines of print that are too small to read.
func labelAt(b Blend, dx, dy, w, h float32) (canvas.RGB, bool) {
	ax, ay := dx, dy
	if ax < 0 {
		ax = -ax
	}
	if ay < 0 {
		ay = -ay
	}
	if ax > w || ay > h {
		return canvas.RGB{}, false
	}
	ink := b.ink
	if ink.Luma() > 0.6 {
		ink = b.paper
	}
	col := canvas.Hex(0xf6f1e6)
	if ax > w-7 && ax < w-4.5 || ay > h-7 && ay < h-4.5 {
		if ax < w-4.4 && ay < h-4.4 {
			return col.Mix(ink, 0.75), true
		}
	}
	// a leaf above
	ly := dy - h*0.34
	for side := float32(-1); side <= 1; side += 2 {
		u, v := (dx*0.8+side*ly*0.6)-side*h*0.13, (ly - side*dx*0.6)
		if q := u*u/(h*h*0.035) + v*v/(h*h*0.006); q < 1 {
			return ink, true
		}
	}
	// two columns of strokes, like upright writing
	for k := range 2 {
		cx := w*0.16 - float32(k)*w*0.40
		dist, tall := dx-cx, h*0.02
		if dist < 0 {
			dist = -dist
		}
		if dist < w*0.085*(1-0.4*float32(k)) && dy < tall+h*0.05 && dy > -h*0.78+float32(k)*h*0.28 {
			row := float32(math.Mod(float64(dy+h*4), float64(h*0.17))) / (h * 0.17)
			if row > 0.22 && (row < 0.42 || row > 0.62 && row < 0.8 || dist < w*0.022) {
				return col.Mix(ink, 0.82), true
			}
		}
	}
	return col, true
}

// printed is the wrapping paper's pattern at a place.
func printed(n *canvas.Noise, b Blend, motif int, x, y float32) canvas.RGB {
	fibre := 1 + 0.05*(n.At(x/3, y/9)-0.5) + 0.03*(n.At(x/30, y/22)-0.5)
	paper := b.paper.Mul(fibre)
	second := b.paper.Mix(b.ink, 0.34)
	wrap := func(v, step float32) float32 { return v - step*float32(math.Floor(float64(v/step))) }
	switch motif {
	case 0: // stripes
		if v := wrap(x, 26); v < 5 || v > 9 && v < 11 {
			return second
		}
	case 1: // dots in a quincunx
		row := float32(math.Floor(float64(y / 22)))
		dx, dy := wrap(x+11*float32(int(row)&1), 22)-11, wrap(y, 22)-11
		return paper.Mix(second, 1-canvas.Smooth(3.4, 4.8, canvas.Sqrt(dx*dx+dy*dy)))
	case 2: // seven treasures: overlapping circles
		var ink float32
		for _, o := range [4][2]float32{{0, 0}, {22, 22}, {44, 0}, {22, -22}} {
			dx, dy := wrap(x, 44)-o[0], wrap(y+22, 44)-22-o[1]
			d := canvas.Sqrt(dx*dx+dy*dy) - 22
			ink = max(ink, 1-canvas.Smooth(0.8, 2.0, max(d, -d)))
		}
		return paper.Mix(second, ink)
	case 3: // arrows
		v := wrap(y+max(wrap(x, 48)-24, 24-wrap(x, 48)), 30)
		if v < 9 {
			return paper.Mix(second, 0.9)
		}
	}
	return paper
}

// Leaves is loose tea in a shallow dish.
func Leaves(c *canvas.Canvas, b Blend, r *rand.Rand) {
	scene(c, b, 0.36)
	const x, y, w = 500, 610, 330
	dish := canvas.Hex([]uint32{0xf2efe8, 0x3c3a38, 0xcdbfa8}[r.IntN(3)])
	vessel(c, x, y, 0.62, 10, dish, []lathe.Knot{{R: w * 0.6, H: 0}, {R: w * 0.62, H: 6}, {R: w * 0.85, H: 22}, {R: w,
		H: 58}})
	leafPile(c, b, r, x, y-26, w*0.80, w*0.80*0.60, 66, 1000)
}

// Caddy is an open chazutsu with leaves to its brim and a wooden scoop.
func Caddy(c *canvas.Canvas, b Blend, r *rand.Rand) {
	scene(c, b, 0.50)
	wood := canvas.Hex([]uint32{0xb07a4a, 0x7c4a2f, 0xc79a68}[r.IntN(3)])
	w, h := vary(r, 165, 0.05), vary(r, 290, 0.08)
	knots := []lathe.Knot{{R: w * 0.96, H: 0}, {R: w, H: 6}, {R: w * 1.01, H: h * 0.4}, {R: w, H: h * 0.95},
		{R: w * 0.985, H: h}}
	profile, rim := lathe.Vessel(knots, 10)
	body := lathe.Body{X: 420, Y: 745, Tilt: 0.42, Profile: profile, Rim: rim}
	c.Standing(420, 745, w, h, 0.42)
	body.Draw(c, func(s lathe.Spot) canvas.RGB {
		// Cherry bark has short bright lines across.
		bark := canvas.Smooth(0.70, 0.86, c.Noise.At(s.Phi*5, s.H/3.4)) * canvas.Smooth(0.4, 0.7, c.Noise.At(s.Phi*2,
			s.H/30))
		col := grain(c.Noise, s.Phi*w*1.5, s.H*1.2, wood).Mix(wood.Lighten(0.35), 0.55*bark)
		return lathe.Light(s, 0.42, col, lathe.Surface{Gloss: 0.35, Soft: 0.5})
	})
	cx, cy, cr := body.RimAt()
	leafPile(c, b, r, cx, cy+8, cr-16, (cr-16)*0.42, 30, 330)
	scoop(c, b, r, 690, 800)
}

func scoop(c *canvas.Canvas, b Blend, r *rand.Rand, x, y float32) {
	wood := canvas.Hex(0xc79a66)
	shape := canvas.Curve(canvas.Pt(x-96, y-6), canvas.Pt(x-60, y-44), canvas.Pt(x+6, y-36), canvas.Pt(x+48, y-14),
		canvas.Pt(x+168, y-22), canvas.Pt(x+176, y-4), canvas.Pt(x+52, y+10), canvas.Pt(x+6, y+30), canvas.Pt(x-60,
			y+34)).
		Turn(-0.2, x, y)
	tone := canvas.RGB{R: 0.34, G: 0.27, B: 0.24}
	c.Shadow(c.Soft(shape.Move(14, 18), 14), tone, 0.55)
	c.Paint(shape, func(px, py float32) canvas.RGB { return grain(c.Noise, px, py, wood) })
	c.Shadow(c.Soft(canvas.Ellipse(x-30, y+8, 56, 26), 10), tone, 0.35)
	leafPile(c, b, r, x-34, y+2, 54, 24, 22, 130)
}

// Cup is a cup of the tea, filled, on a small tray.
func Cup(c *canvas.Canvas, b Blend, r *rand.Rand) {
	scene(c, b, 0.52)
	clay := canvas.Hex([]uint32{0xf1eee7, 0xd9dfd6, 0x46423e, 0xe6d8c6}[r.IntN(4)])
	if r.IntN(2) == 0 {
		board(c, 500, 620, 640, 800, canvas.Hex(0xb98d60))
	}
	CupAt(c, b, r, 500, 740, vary(r, 175, 0.05), vary(r, 225, 0.1), clay)
}

// CupAt puts a filled cup somewhere.
func CupAt(c *canvas.Canvas, b Blend, r *rand.Rand, x, y, w, h float32, clay canvas.RGB) {
	const tilt = 0.40
	body := vessel(c, x, y, tilt, w*0.05, clay, []lathe.Knot{{R: w * 0.50, H: 0}, {R: w * 0.50, H: h * 0.07},
		{R: w * 0.74, H: h * 0.22}, {R: w * 0.93, H: h * 0.6}, {R: w, H: h}})
	_, ry, _ := body.RimAt()
	surface(c, b, x, ry+h*0.15, w*0.885, tilt)
	steam(c, r, x, ry-6)
}

// surface is the tea itself: deeper in colour in the middle, with the window in it.
func surface(c *canvas.Canvas, b Blend, x, y, w, tilt float32) {
	edge := b.liquor.Lighten(0.22)
	c.Paint(canvas.Ellipse(x, y, w, w*tilt), func(px, py float32) canvas.RGB {
		dx, dy := (px-x)/w, (py-y)/(w*tilt)
		d := canvas.Sqrt(dx*dx + dy*dy)
		col := edge.Mix(b.liquor, 1-canvas.Smooth(0.62, 1, d)).Mul(0.86 + 0.14*canvas.Smooth(-1, 0.6, dx+dy*0.6))
		col = col.Mul(1 - 0.28*(1-canvas.Smooth(-1, -0.45, dy-0.2*dx)))
		shine := canvas.Smooth(0.20, 0.02, (dx+0.30)*(dx+0.30)+(dy+0.15)*(dy+0.15)*1.5)
		return col.Add(0.16 * shine * canvas.Smooth(1, 0.7, d))
	})
	ring := canvas.RGB{R: 1, G: 1, B: 1}
	for i := range 40 {
		a := 0.2 + float32(i)*0.068
		p := canvas.Ellipse(x+canvas.Cos(a)*w*0.985, y+canvas.Sin(a)*w*tilt*0.985, 2.6, 1.5)
		c.Fill(p, ring, 0.22)
	}
}

// Matcha is a bowl of whisked tea with its foam.
func Matcha(c *canvas.Canvas, b Blend, r *rand.Rand) {
	if b.Name != "sakura" { // whatever the shop calls it, whisked tea is green
		b.leaf2, b.liquor = canvas.Hex(0x8fab4c), canvas.Hex(0x8aa544)
	}
	scene(c, b, 0.46)
	const tilt = 0.50
	w, h := vary(r, 235, 0.05), float32(230)
	clay := canvas.Hex([]uint32{0x35302d, 0xd8cbb8, 0x8f9a8c, 0xb9805c}[r.IntN(4)])
	body := vessel(c, 470, 700, tilt, w*0.06, clay, []lathe.Knot{{R: w * 0.44, H: 0}, {R: w * 0.43, H: h * 0.08},
		{R: w * 0.75, H: h * 0.16}, {R: w * 0.95, H: h * 0.45}, {R: w, H: h}})
	x, ry, _ := body.RimAt()
	y := ry + h*0.21
	rx := w * 0.885
	foam := b.leaf2.Mix(b.liquor, 0.4).Lighten(0.16)
	c.Paint(canvas.Ellipse(x, y, rx, rx*tilt), func(px, py float32) canvas.RGB {
		dx, dy := (px-x)/rx, (py-y)/(rx*tilt)
		d := canvas.Sqrt(dx*dx + dy*dy)
		bubbles := c.Noise.At(px/3.6, py/2.2)*0.5 + c.Noise.At(px/8, py/5)*0.5
		swirl := canvas.Sin(d*17+float32(math.Atan2(float64(dy), float64(dx)))*2) * 0.02
		col := foam.Mul(0.90 + 0.16*bubbles + swirl)
		col = col.Mix(b.liquor.Mul(0.72), canvas.Smooth(0.80, 1, d+0.08*c.Noise.At(px/24, py/14)))
		return col.Mul(1 - 0.30*(1-canvas.Smooth(-1, -0.35, dy-0.3*dx)))
	})
	for range 26 {
		a, d := r.Float32()*6.28, canvas.Sqrt(r.Float32())*0.9
		s := 2 + 4*r.Float32()
		px, py := x+canvas.Cos(a)*d*rx, y+canvas.Sin(a)*d*rx*tilt
		c.Fill(canvas.Ellipse(px, py, s, s*0.6), foam.Lighten(0.35), 0.5)
	}
	whisk(c, 775, 770)
}

// whisk is a chasen standing on its tines.
func whisk(c *canvas.Canvas, x, y float32) {
	bamboo := canvas.Hex(0xdcbf86)
	c.Standing(x, y-8, 54, 170, 0.4)
	for i := range 44 {
		t := float32(i)/43*2 - 1
		front := float32(1)
		if i%2 == 0 {
			front = -1
		}
		z := front * canvas.Sqrt(1-t*t)
		line := canvas.Line(canvas.Pt(x+t*22, y-104), canvas.Pt(x+t*48, y-62+z*6), canvas.Pt(x+t*55, y-26+z*13),
			canvas.Pt(x+t*46, y-4+z*15))
		c.Fill(canvas.Stroke(line, 3.4, 2), bamboo.Mul(0.78+0.12*z-0.18*t), 0.95)
	}
	grip := canvas.Rect(x-23, y-186, 46, 86, 7)
	c.Paint(grip, func(px, py float32) canvas.RGB {
		t := (px - x) / 23
		return grain(c.Noise, py*2, px, bamboo).Mul(1.02 - 0.30*t*t - 0.14*t)
	})
	c.Fill(canvas.Ellipse(x, y-186, 22, 8), bamboo.Lighten(0.25), 1)
	c.Fill(canvas.Ellipse(x, y-185, 14, 4.6), bamboo.Mul(0.55), 1)
	for k := range 3 {
		c.Fill(canvas.Rect(x-25, y-112+float32(k)*6, 50, 3, 1.5), canvas.Hex(0x3f352c), 0.9)
	}
}
