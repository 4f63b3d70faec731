package tea

import (
	"math"
	"math/rand/v2"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
	"github.com/noren-shop/noren/internal/sample/art/lathe"
)

func shade() canvas.RGB { return canvas.RGB{R: 0.34, G: 0.27, B: 0.24} }

// Bags are pyramids of gauze with a thread and a tag.
func Bags(c *canvas.Canvas, b Blend, r *rand.Rand) {
	scene(c, b, 0.42)
	places := [][3]float32{{330, 560, 0.9}, {640, 600, 0.95}, {450, 800, 1.1}}
	if r.IntN(2) == 0 {
		places = [][3]float32{{380, 600, 1.0}, {610, 780, 1.2}}
	}
	for i, p := range places {
		bag(c, b, r, p[0], p[1], 150*p[2], i)
	}
}

func bag(c *canvas.Canvas, b Blend, r *rand.Rand, x, y, s float32, turn int) {
	lean := (r.Float32() - 0.5) * 0.4 * s
	top := canvas.Pt(x+lean*0.5, y-s*1.32)
	left, right := canvas.Pt(x-s*0.86, y-s*0.08), canvas.Pt(x+s*0.84, y-s*0.14)
	front := canvas.Pt(x+lean, y+s*0.24)
	c.Shadow(c.Soft(canvas.Poly(left, front, right, canvas.Pt(x+s*1.4, y-s*0.1)), 24), shade(), 0.40)
	c.Shadow(c.Soft(canvas.Poly(left, front, right).Move(4, 6), 8), shade(), 0.45)
	gauze := canvas.Hex(0xf7f3e8)
	all := canvas.Poly(left, front, right, top)
	c.Fill(all, gauze, 0.72)
	heap := canvas.Curve(left, front, right, canvas.Pt(x+s*0.30, y-s*0.52), canvas.Pt(x-s*0.34, y-s*0.46))
	c.Fill(heap, b.leaf.Mul(0.7), 0.55)
	for range int(s * 1.5) {
		u, v := r.Float32(), r.Float32()
		if u+v > 1 {
			u, v = 1-u, 1-v
		}
		e := 0.62 + 0.3*r.Float32()
		px := left.X*(1-u-v) + right.X*u + front.X*v
		py := left.Y*(1-u-v) + right.Y*u + front.Y*v - (1-e)*s*1.1*min(u+v, 1-u)*1.4
		oneLeaf(c, b, r, x+(px-x)*0.90, py-s*0.05, b.leaf.Mix(b.leaf2, r.Float32()).Mul(0.9))
	}
	veil := func(p *canvas.Path, k float32) {
		c.Tint(p, func(under canvas.RGB, px, py float32) canvas.RGB {
			mesh := 0.5 + 0.25*canvas.Sin((px+py*0.4)*1.9) + 0.25*canvas.Sin((py-px*0.3)*1.9)
			return under.Mix(gauze, 0.20+0.20*mesh*k).Mul(0.86 + 0.14*k)
		})
	}
	veil(canvas.Poly(left, front, top), 1)
	veil(canvas.Poly(front, right, top), 0.35)
	for _, e := range [][2]canvas.Point{{left, front}, {front, right}, {left, top}, {right, top}, {front, top}} {
		c.Fill(canvas.Stroke([]canvas.Point{e[0], e[1]}, 2.2, 2.2), gauze.Lighten(0.5), 0.75)
	}
	side := float32(1 - 2*(turn%2))
	tag := canvas.Pt(x+side*s*1.25, y+s*0.02)
	thread := canvas.Line(top, canvas.Pt(top.X+side*s*0.45, top.Y-s*0.12), canvas.Pt(top.X+side*s*0.95, y-s*0.62), tag)
	c.Fill(canvas.Stroke(thread, 2.4, 2.4), canvas.Hex(0xfbf8f0), 1)
	paper := canvas.Rect(tag.X-s*0.21, tag.Y-s*0.03, s*0.42, s*0.46, 4).Turn(side*0.22, tag.X, tag.Y)
	c.Shadow(c.Soft(paper.Move(5, 7), 6), shade(), 0.45)
	c.Fill(paper, b.paper.Lighten(0.1), 1)
	c.Fill(canvas.Ellipse(tag.X-side*s*0.05, tag.Y+s*0.2, s*0.10, s*0.10), b.ink, 0.85)
}

// Pouch is a stand-up bag of kraft paper with a label.
func Pouch(c *canvas.Canvas, b Blend, r *rand.Rand) {
	scene(c, b, 0.60)
	kraft := canvas.Hex([]uint32{0xf2eee4, 0xc9a578, 0x3d3f3a}[r.IntN(3)])
	w, h := vary(r, 215, 0.05), vary(r, 530, 0.06)
	x, y := float32(490), float32(850)
	left := canvas.Line(canvas.Pt(x-w*0.97, y-h), canvas.Pt(x-w*0.99, y-h*0.7), canvas.Pt(x-w*1.02, y-h*0.3),
		canvas.Pt(x-w*0.96, y-10))
	bottom := canvas.Line(canvas.Pt(x-w*0.96, y-10), canvas.Pt(x-w*0.5, y+14), canvas.Pt(x, y+20), canvas.Pt(x+w*0.5,
		y+14),
		canvas.Pt(x+w*0.96, y-10))
	right := canvas.Line(canvas.Pt(x+w*0.96, y-10), canvas.Pt(x+w*1.02, y-h*0.3), canvas.Pt(x+w*0.99, y-h*0.7),
		canvas.Pt(x+w*0.97, y-h))
	shape := canvas.Poly(append(append(left, bottom...), right...)...)
	c.Standing(x+10, y-16, w*0.98, h*0.8, 0.16)
	off := r.Float32() * 30
	c.Paint(shape, func(px, py float32) canvas.RGB {
		u, v := (px-x)/w, (y-py)/h
		belly := canvas.Smooth(0, 0.35, v) * (1 - canvas.Smooth(0.55, 0.95, v))
		crease := (c.Noise.Cloud(u*1.8+off, v*3.2+off) - 0.5) * 0.16
		light := 0.93 - 0.20*u*canvas.Smooth(0.0, 0.5, v) - 0.16*belly*u*u*u + 0.05*belly + crease
		light -= 0.20 * (1 - canvas.Smooth(0, 0.10, v))
		light += 0.05*canvas.Smooth(0.86, 0.87, v) - 0.04*canvas.Smooth(0.885, 0.89, v)
		fibre := (c.Noise.At(px/2, py/5) - 0.5) * 0.04
		return kraft.Mul(light * 1.06).Add(fibre)
	})
	for _, v := range []float32{0.868, 0.905} {
		c.Fill(canvas.Rect(x-w*0.985, y-h*v, w*1.97, 3, 1), kraft.Mul(0.72), 0.55)
		c.Fill(canvas.Rect(x-w*0.985, y-h*v+3, w*1.97, 2, 1), kraft.Lighten(0.4), 0.5)
	}
	// The band of printed paper carries the label.
	motif := r.IntN(4)
	strip := canvas.Rect(x-w*0.62, y-h*0.74, w*1.24, h*0.56, 3)
	c.Shadow(c.Soft(strip.Move(3, 5), 5), shade(), 0.3)
	c.Paint(strip, func(px, py float32) canvas.RGB {
		u := (px - x) / w
		col := canvas.Around(px-x, py, 0.5/c.Scale, func(ax, ay float32) canvas.RGB {
			if label, ok := labelAt(b, ax, y-h*0.46-ay, w*0.40, h*0.21); ok {
				return label
			}
			return printed(c.Noise, b, motif, ax+off, ay+off)
		})
		return col.Mul(0.98 - 0.13*u - 0.10*max(u, 0)*u)
	})
}

// Teapot is a kyusu with its handle at the side.
func Teapot(c *canvas.Canvas, b Blend, r *rand.Rand) {
	scene(c, b, 0.54)
	const tilt = 0.34
	clay := canvas.Hex([]uint32{0x8f4632, 0x3b3836, 0xb89d7c, 0x6d7a70}[r.IntN(4)])
	x, y, w, h := float32(470), float32(740), vary(r, 215, 0.05), vary(r, 255, 0.06)
	spoutShape := canvas.Poly(append(append([]canvas.Point{}, canvas.Line(canvas.Pt(x-w*0.80, y-h*0.42),
		canvas.Pt(x-w*1.10, y-h*0.66),
		canvas.Pt(x-w*1.32, y-h*0.98))...), canvas.Line(canvas.Pt(x-w*1.22, y-h*1.02), canvas.Pt(x-w*1.0, y-h*0.86),
		canvas.Pt(x-w*0.72, y-h*0.80))...)...)
	c.Gradient(spoutShape, clay.Lighten(0.20), clay.Mul(0.62), x-w*1.2, y-h*1.0, x-w*0.95, y-h*0.5)
	lidKnots := []lathe.Knot{{R: w * 0.72, H: 0}, {R: w * 0.80, H: h * 0.04}, {R: w * 0.99, H: h * 0.30}, {R: w,
		H: h * 0.52},
		{R: w * 0.84, H: h * 0.80}, {R: w * 0.60, H: h * 0.92}, {R: w * 0.585, H: h * 0.925}, {R: w * 0.60,
			H: h * 0.94},
		{R: w * 0.45, H: h * 1.0}, {R: w * 0.15, H: h * 1.04}, {R: w * 0.10, H: h * 1.08}, {R: w * 0.16, H: h * 1.16},
		{R: w * 0.12, H: h * 1.21}, {R: 0, H: h * 1.22}}
	profile, _ := lathe.Smooth(lidKnots, len(lidKnots)-1)
	body := lathe.Body{X: x, Y: y, Tilt: tilt, Profile: profile, Rim: len(profile) - 1}
	c.Standing(x, y, w*0.74, h, tilt)
	body.Draw(c, func(s lathe.Spot) canvas.RGB {
		grit := c.Noise.At(s.Phi*70, s.Along/2) - 0.5
		rings := 0.03 * canvas.Sin(s.Along*0.55)
		return lathe.Light(s, tilt, clay.Mul(1+0.16*grit+rings), lathe.Surface{Gloss: 0.28, Soft: 0.6})
	})
	grip := []canvas.Point{{X: x + w*0.74, Y: y - h*0.42}, {X: x + w*1.50, Y: y - h*0.66}}
	c.Shadow(c.Soft(canvas.Ellipse(x+w*1.25, y+18, 120, 26), 26), shade(), 0.28)
	for i := range 8 {
		t := float32(i) / 7
		p := canvas.Stroke(grip, 50-40*t, 66-52*t).Move(-3*t, -9*t)
		c.Fill(p, clay.Mul(0.55).Mix(clay.Lighten(0.12), t*0.8), 1-0.5*canvas.Smooth(0, 0.2, t))
	}
	c.Fill(canvas.Ellipse(grip[1].X+1, grip[1].Y, 14, 33).Turn(-0.3, grip[1].X, grip[1].Y), clay.Mul(0.62), 1)
	c.Fill(canvas.Ellipse(grip[1].X+3, grip[1].Y, 7, 18).Turn(-0.3, grip[1].X, grip[1].Y), clay.Mul(0.30), 1)
	CupAt(c, b, r, 745, 850, 92, 112, canvas.Hex(0xf1eee7))
}

// ball is a soft lump lit from the upper left.
func ball(c *canvas.Canvas, x, y, rx, ry float32, col canvas.RGB, gloss float32) {
	c.Paint(canvas.Ellipse(x, y, rx, ry), func(px, py float32) canvas.RGB {
		dx, dy := (px-x)/rx, (py-y)/ry
		z := canvas.Sqrt(max(1-dx*dx-dy*dy, 0))
		n := lathe.Vec{X: dx, Y: -dy*0.85 + z*0.4, Z: z}.Unit()
		s := lathe.Spot{N: n, H: 100, Outside: true}
		fleck := (c.Noise.At(px/3, py/3) - 0.5) * 0.03
		return lathe.Light(s, 0.4, col.Add(fleck), lathe.Surface{Gloss: gloss, Soft: 0.75})
	})
}

// Wagashi are sweets of bean paste shaped like flowers, on a plate.
func Wagashi(c *canvas.Canvas, b Blend, r *rand.Rand) {
	scene(c, b, 0.38)
	plate := canvas.Hex([]uint32{0x3a3634, 0xf0ede6, 0x7f8f86}[r.IntN(3)])
	vessel(c, 500, 660, 0.60, 9, plate, []lathe.Knot{{R: 240, H: 0}, {R: 245, H: 6}, {R: 320, H: 14}, {R: 362, H: 34}})
	hues := []uint32{0xeab9bd, 0xf3ead8, 0xb9c98a, 0xc9b3d0, 0xf0cf8a, 0xe39a86}
	at := r.IntN(len(hues))
	places := [][2]float32{{500, 590}}
	switch r.IntN(3) {
	case 0:
		places = [][2]float32{{395, 570}, {600, 620}}
	case 1:
		places = [][2]float32{{500, 520}, {390, 640}, {610, 650}}
	}
	size := 150 - 16*float32(len(places))
	for i, p := range places {
		nerikiri(c, p[0], p[1], size, canvas.Hex(hues[(at+i)%len(hues)]), 5+r.IntN(2)*3+i%2, r.Float32())
	}
}

func nerikiri(c *canvas.Canvas, x, y, s float32, col canvas.RGB, petals int, turn float32) {
	const flat = 0.70
	c.Shadow(c.Soft(canvas.Ellipse(x+14, y+22, s*1.02, s*flat), 14), shade(), 0.5)
	c.Shadow(c.Soft(canvas.Ellipse(x+3, y+16, s*0.96, s*flat*0.95), 5), shade(), 0.5)
	step := 2 * math.Pi / float32(petals)
	outline := canvas.Ellipse(x, y, s, s).Map(func(p canvas.Point) canvas.Point {
		a := float32(math.Atan2(float64(p.Y-y), float64(p.X-x)))
		k := 0.90 + 0.10*canvas.Pow(max(canvas.Cos((a-turn)*float32(petals)/2),
			-canvas.Cos((a-turn)*float32(petals)/2)), 0.6)
		return canvas.Pt(x+(p.X-x)*k, y+(p.Y-y)*k*flat)
	})
	skirt := outline.Move(0, s*0.17)
	c.Gradient(skirt, col.Mul(0.92), col.Mul(0.60), x-s, y, x+s*0.8, y+s*0.5)
	c.Paint(outline, func(px, py float32) canvas.RGB {
		dx, dy := (px-x)/s, (py-y)/(s*flat)
		d := canvas.Sqrt(dx*dx + dy*dy)
		a := (float32(math.Atan2(float64(dy), float64(dx))) - turn) / step
		f := a - float32(math.Floor(float64(a)))
		u := f - 0.5 // across one petal
		groove := canvas.Smooth(0.5, 0.36, max(u, -u))
		dent := canvas.Smooth(0.10, 0.0, max(u, -u)) * canvas.Smooth(0.3, 0.9, d) * 0.07
		dome := 1 - 0.13*d*d
		side := -0.10*dx*d - 0.10*dy*d
		light := dome + side - 0.17*(1-groove)*canvas.Smooth(0.12, 0.5, d) + 0.07*u*canvas.Sin(a*step+turn+2.4) - dent
		tint := col.Mix(col.Lighten(0.45), canvas.Smooth(0.75, 0.1, d))
		return tint.Mul(light * 1.02).Add((c.Noise.At(px/2.4, py/2.4) - 0.5) * 0.03)
	})
	for i := range 7 {
		a := float32(i) * 0.9
		k := s * 0.07
		if i == 0 {
			k = 0
		}
		ball(c, x+canvas.Cos(a)*k, y+canvas.Sin(a)*k*flat-2, s*0.042, s*0.036, canvas.Hex(0xe8b93f), 0.1)
	}
}

// Dango are dumplings on skewers.
func Dango(c *canvas.Canvas, b Blend, r *rand.Rand) {
	scene(c, b, 0.36)
	board(c, 500, 720, 480, 800, canvas.Hex([]uint32{0xb98d60, 0x8a6242, 0xd0ad80}[r.IntN(3)]))
	kinds := [][3]uint32{{0xe9b3b4, 0xf4efe4, 0xa9ba78}, {0xc98746, 0xc98746, 0xc98746}, {0x6d5147, 0x6d5147, 0x6d5147}}
	at := r.IntN(len(kinds))
	for row := range 3 {
		y := 540 + float32(row)*98
		k := kinds[(at*(row%2)+row*0+at)%len(kinds)]
		if at == 0 {
			k = kinds[0]
		}
		x := 300 + float32(row)*10
		c.Shadow(c.Soft(canvas.Rect(x+30, y+26, 420, 34, 12), 14), shade(), 0.55)
		c.Fill(canvas.Stroke([]canvas.Point{{X: x, Y: y + 6}, {X: x + 480, Y: y - 4}}, 9, 7), canvas.Hex(0xd9bd8a), 1)
		for i := range 3 {
			px := x + 120 + float32(i)*92
			gloss := float32(0.25)
			if k[0] == 0xc98746 {
				gloss = 1
			}
			ball(c, px, y-4, 50, 45, canvas.Hex(k[i]), gloss)
			if k[0] == 0xc98746 {
				c.Fill(canvas.Curve(canvas.Pt(px-26, y-18), canvas.Pt(px, y-30), canvas.Pt(px+22, y-14),
					canvas.Pt(px+4, y-4)), canvas.Hex(0x7a4520), 0.45)
			}
		}
	}
}

// Yokan is a bar of bean jelly with slices cut off.
func Yokan(c *canvas.Canvas, b Blend, r *rand.Rand) {
	scene(c, b, 0.40)
	board(c, 500, 740, 500, 780, canvas.Hex([]uint32{0x3d3531, 0xb98d60, 0xcdb08a}[r.IntN(3)]))
	jelly := b.leaf.Mix(canvas.Hex(0x4a2430), 0.35)
	if b.Name == "yuzu" || b.Name == "sakura" {
		jelly = b.leaf2.Mul(0.9)
	}
	block(c, r, 285, 610, 250, 120, 100, jelly)
	for i := range 3 {
		block(c, r, 560+float32(i)*76, 628+float32(i)*18, 46, 120, 100, jelly)
	}
}

// block is a cut piece: top, front and right side.
func block(c *canvas.Canvas, r *rand.Rand, x, y, w, d, h float32, col canvas.RGB) {
	back := d * 0.5
	sk := d * 0.22
	front := canvas.Rect(x, y-h+40, w, h, 5)
	top := canvas.Poly(canvas.Pt(x+1, y-h+44), canvas.Pt(x+sk, y-h+42-back), canvas.Pt(x+w+sk, y-h+42-back),
		canvas.Pt(x+w-1, y-h+44))
	side := canvas.Poly(canvas.Pt(x+w-2, y-h+42), canvas.Pt(x+w+sk, y-h+42-back), canvas.Pt(x+w+sk, y+40-back),
		canvas.Pt(x+w-2, y+38))
	c.Shadow(c.Soft(canvas.Poly(canvas.Pt(x, y+30), canvas.Pt(x+w+sk+40, y-10), canvas.Pt(x+w+sk+30, y+34),
		canvas.Pt(x+6, y+52)), 14), shade(), 0.6)
	c.Fill(side, col.Mul(0.62), 1)
	c.Gradient(front, col.Mul(1.0), col.Mul(0.78), x, y-h, x+w*0.4, y+40)
	c.Gradient(top, col.Lighten(0.34), col.Lighten(0.12), x, y-h, x+w+sk, y-h)
	for range int(w / 8) {
		px, py := x+8+r.Float32()*(w-16), y-h+52+r.Float32()*(h-26)
		c.Fill(canvas.Ellipse(px, py, 6, 4.4).Turn(r.Float32()*3, px, py), col.Mul(0.62), 0.5)
	}
	edge := []canvas.Point{{X: x + 3, Y: y - h + 44}, {X: x + w - 3, Y: y - h + 44}}
	c.Fill(canvas.Stroke(edge, 2.5, 2.5), col.Lighten(0.6), 0.7)
}
