package clothing

import (
	"math"
	"math/rand/v2"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
)

// Trousers are wide or narrow, with a drawn waist or a fly.
func Trousers(c *canvas.Canvas, d Dye, r *rand.Rand) {
	table(c, d)
	wide := float32(r.IntN(2)) * 34
	outer := line(pt(356, 132), pt(336, 260), pt(312-wide*0.6, 520), pt(316-wide, 892))
	cuff := line(pt(318-wide, 898), pt(456, 906))
	inner := line(pt(460, 902), pt(478, 640), pt(500, 392))
	half := append(append(append([]canvas.Point{pt(500, 130)}, outer...), cuff...), inner...)
	folds := []*canvas.Path{
		stroke(16, pt(400-wide*0.4, 880), pt(404, 560), pt(412, 300)),
		stroke(16, pt(600+wide*0.4, 880), pt(596, 560), pt(588, 300)),
	}
	folds = append(folds, pulls(r, 496, 396, 2.2, 150)...)
	folds = append(folds, pulls(r, 504, 396, 0.9, 150)...)
	kind := twill
	if r.IntN(3) == 0 {
		kind = plain
	}
	lay(c, bodice(half), d.col, kind, r, folds...)
	c.Fill(canvas.Ellipse(500, 130, 138, 13), d.col.Mul(0.5), 1)
	waist := closed(line(pt(356, 130), pt(430, 144), pt(500, 147), pt(570, 144), pt(644, 130)),
		line(pt(650, 176), pt(570, 190), pt(500, 193), pt(430, 190), pt(350, 176)))
	c.Shadow(c.Soft(waist.Move(1, 4), 5), tone(), 0.4)
	cover(c, waist, d.col, kind, r)
	if r.IntN(2) == 0 { // a cord
		for _, k := range []float32{1, -1} {
			cord := line(pt(500-k*6, 168), pt(500-k*24, 226), pt(500-k*16, 296))
			c.Fill(canvas.Stroke(cord, 7, 7).Move(3, 4), tone(), 0.4)
			c.Fill(canvas.Stroke(cord, 7, 7), d.thread.Lighten(0.2), 1)
		}
	} else {
		for _, x := range []float32{392, 478, 608} {
			cover(c, canvas.Rect(x, 138, 15, 62, 2), d.col.Mul(0.95), kind, r)
		}
		button(c, 512, 168, 10, canvas.Hex(0x9b8561))
	}
	fly := line(pt(500, 192), pt(500, 394))
	seam(c, d, fly)
	stitch(c, d, line(pt(526, 194), pt(528, 290), pt(504, 340)))
	slash := line(pt(350, 262), pt(380, 214), pt(398, 194))
	for _, l := range [][]canvas.Point{slash, mirrorLine(500, slash)} {
		seam(c, d, l)
		stitch(c, d, canvas.Poly(l...).Move(0, 7).First())
	}
	stitch(c, d, line(pt(322-wide, 874), pt(460, 882)))
	stitch(c, d, line(pt(678+wide, 874), pt(540, 882)))
}

// Socks are a pair.
func Socks(c *canvas.Canvas, d Dye, r *rand.Rand) {
	table(c, d)
	style := r.IntN(3)
	tip := d.col.Mix(d.thread, 0.6)
	for i, o := range [2]canvas.Point{{X: -96, Y: -26}, {X: 92, Y: 40}} {
		shift := func(p canvas.Point) canvas.Point { return pt(p.X+o.X, p.Y+o.Y) }
		shape := closed(line(pt(420, 190), pt(490, 196), pt(560, 190)), line(pt(562, 200), pt(560, 400), pt(570, 560),
			pt(592, 650)),
			line(pt(600, 700), pt(570, 768), pt(500, 796), pt(380, 812), pt(286, 822), pt(240, 788), pt(252, 728),
				pt(320, 690),
				pt(400, 640), pt(424, 560), pt(424, 380), pt(418, 200))).Map(shift)
		folds := []*canvas.Path{stroke(12, pt(430, 600), pt(500, 640), pt(560, 640)).Map(shift),
			stroke(12, pt(424, 560), pt(480, 606), pt(530, 610)).Map(shift), stroke(12, pt(330, 720), pt(400, 760),
				pt(470, 770)).Map(shift)}
		lay(c, shape, d.col, knit, r, folds...)
		ends(c, shape, tip, o, style)
		top := closed(line(pt(414, 184), pt(490, 192), pt(566, 184)), line(pt(566, 262), pt(490, 270), pt(416,
			262))).Map(shift)
		cover(c, top, d.col.Mul(0.94+0.02*float32(i)), knit, r)
		seam(c, d, canvas.Poly(line(pt(418, 264), pt(490, 272), pt(564, 264))...).Map(shift).First())
	}
}

// ends colours heel and toe, or bands round the leg.
func ends(c *canvas.Canvas, shape *canvas.Path, tip canvas.RGB, o canvas.Point, style int) {
	c.Tint(shape, func(under canvas.RGB, x, y float32) canvas.RGB {
		x, y = x-o.X, y-o.Y
		heel := canvas.Sqrt((x-604)*(x-604)*0.9 + (y-716)*(y-716))
		toe := canvas.Sqrt((x-214)*(x-214) + (y-806)*(y-806))
		k := max(1-canvas.Smooth(98, 101, heel), 1-canvas.Smooth(122, 125, toe))
		if style == 1 {
			k = 0
		}
		if style > 0 && y < 520 && y > 290 {
			f := y/44 - float32(math.Floor(float64(y/44)))
			k = max(k, canvas.Smooth(0.35, 0.38, f)*(1-canvas.Smooth(0.62, 0.65, f)))
		}
		light := under.Luma() / 0.6
		return under.Mix(tip.Mul(0.55+0.45*canvas.Clamp(light)), k*0.9)
	})
}

// Tote is a bag with two handles and a print.
func Tote(c *canvas.Canvas, d Dye, r *rand.Rand) {
	table(c, d)
	loop := func(dy, k float32) []canvas.Point {
		return line(pt(395, 405), pt(392, 280+dy), pt(430, 160+dy), pt(500, 128+dy), pt(570, 160+dy), pt(608, 280+dy),
			pt(605, 405))
	}
	backLoop := canvas.Stroke(loop(34, 1), 34, 34)
	lay(c, backLoop, d.col.Mul(0.88), twill, r)
	body := closed(line(pt(256, 372), pt(380, 378), pt(500, 380), pt(620, 378), pt(744, 372)),
		line(pt(748, 384), pt(756, 620), pt(742, 872)), line(pt(736, 886), pt(500, 896), pt(264, 886)),
		line(pt(258, 872), pt(244, 620), pt(252, 384)))
	folds := falling(r, 3, 280, 720, 400, 890)
	folds = append(folds, pulls(r, 395, 420, 1.4, 170)...)
	folds = append(folds, pulls(r, 605, 420, 1.7, 170)...)
	lay(c, body, d.col, twill, r, folds...)
	stitch(c, d, line(pt(262, 412), pt(500, 420), pt(738, 412)))
	front := canvas.Stroke(loop(0, 1), 36, 36)
	c.Shadow(c.Soft(front.Move(6, 9), 9), tone(), 0.45)
	cover(c, front, d.col.Mul(0.97), twill, r)
	for _, x := range []float32{395, 605} {
		patch := canvas.Rect(x-20, 386, 40, 62, 2)
		cover(c, patch, d.col.Mul(0.97), twill, r)
		stitch(c, d, []canvas.Point{pt(x-14, 392), pt(x+14, 392), pt(x+14, 442), pt(x-14, 442), pt(x-14, 392),
			pt(x+14, 442)})
	}
	emblem(c, d, 500, 650, 108, r.IntN(4))
}

// emblem is a screen print.
func emblem(c *canvas.Canvas, d Dye, x, y, s float32, kind int) {
	ink := canvas.Hex(0xf2ede2)
	if d.col.Luma() > 0.5 {
		ink = canvas.Hex(0x2f3f5c)
	}
	p := &canvas.Path{}
	switch kind {
	case 0: // a curtain in a door
		for i := range 3 {
			p.Join(canvas.Rect(x-s+float32(i)*s*0.69, y-s*0.55, s*0.62, s*1.25, 3))
		}
		p.Join(canvas.Rect(x-s*1.15, y-s*0.78, s*2.3, s*0.12, 4))
	case 1: // the sun over waves
		p.Join(canvas.Ellipse(x, y-s*0.28, s*0.52, s*0.52))
		for i := range 3 {
			yy := y + s*0.46 + float32(i)*s*0.24
			p.Join(canvas.Stroke(line(pt(x-s, yy), pt(x-s*0.5, yy-s*0.13), pt(x, yy), pt(x+s*0.5, yy-s*0.13), pt(x+s,
				yy)), s*0.09, s*0.09))
		}
	case 2: // hemp leaf
		for i := range 6 {
			a := float32(i) * math.Pi / 3
			leaf := canvas.Poly(pt(x, y-s*0.08), pt(x+s*0.19, y-s*0.5), pt(x, y-s*0.98), pt(x-s*0.19, y-s*0.5))
			p.Join(leaf.Turn(a, x, y))
		}
	default: // one brush ring
		var ring []canvas.Point
		for i := range 60 {
			a := 0.5 + float32(i)*0.099
			ring = append(ring, pt(x+s*0.82*canvas.Cos(a), y+s*0.82*canvas.Sin(a)))
		}
		p.Join(canvas.Stroke(ring, s*0.28, s*0.07))
	}
	c.Tint(p, func(under canvas.RGB, px, py float32) canvas.RGB {
		worn := canvas.Smooth(0.08, 0.30, c.Noise.At(px/3, py/3))
		light := 0.82 + 0.3*(under.Luma()-d.col.Luma())
		return under.Mix(ink.Mul(light+0.12), 0.72+0.2*worn)
	})
}

// Apron has a bib, straps and a wide pocket.
func Apron(c *canvas.Canvas, d Dye, r *rand.Rand) {
	table(c, d)
	strap := line(pt(404, 236), pt(420, 150), pt(500, 112), pt(580, 150), pt(596, 236))
	lay(c, canvas.Stroke(strap, 24, 24), d.col.Mul(0.92), twill, r)
	for _, k := range []float32{1, -1} {
		tie := line(pt(500-k*230, 440), pt(500-k*300, 480), pt(500-k*350, 560), pt(500-k*320, 660), pt(500-k*370, 740))
		lay(c, canvas.Stroke(tie, 20, 20), d.col.Mul(0.92), twill, r)
	}
	half := append(append(append(line(pt(500, 222), pt(390, 220)), line(pt(388, 226), pt(372, 330), pt(262, 424))...),
		line(pt(260, 432), pt(258, 650), pt(250, 880))...), line(pt(254, 888), pt(380, 896), pt(500, 897))...)
	lay(c, bodice(half), d.col, twill, r, falling(r, 5, 280, 720, 420, 890)...)
	stitch(c, d, line(pt(396, 246), pt(500, 248), pt(604, 246)))
	edge := line(pt(404, 230), pt(388, 338), pt(276, 434), pt(272, 650), pt(266, 876))
	stitch(c, d, edge)
	stitch(c, d, mirrorLine(500, edge))
	stitch(c, d, line(pt(266, 876), pt(500, 884), pt(734, 876)))
	wide := canvas.Rect(352, 540, 296, 180, 5)
	c.Shadow(c.Soft(wide.Move(2, 5), 6), tone(), 0.4)
	cover(c, wide, d.col, twill, r)
	stitch(c, d, []canvas.Point{pt(358, 546), pt(358, 714), pt(642, 714), pt(642, 546)})
	stitch(c, d, []canvas.Point{pt(358, 560), pt(642, 560)})
	stitch(c, d, []canvas.Point{pt(500, 562), pt(500, 714)})
	cover(c, canvas.Rect(452, 300, 96, 44, 2), canvas.Hex(0xf1ebdd), plain, r)
	emblem(c, Dye{col: canvas.Hex(0xf1ebdd)}, 500, 324, 13, 0)
}

// Towel is a tenugui, folded, with a dyed pattern.
func Towel(c *canvas.Canvas, d Dye, r *rand.Rand) {
	table(c, d)
	kind := r.IntN(4)
	base := canvas.Hex(0xf4f0e6)
	ink := d.col
	if ink.Luma() > 0.55 { // a light dye is the ground, printed in indigo
		base, ink = d.col, canvas.Hex(0x3b5379)
	}
	under := canvas.Rect(262, 180, 440, 660, 5).Turn(0.05, 500, 500)
	lay(c, under, base.Mul(0.94), plain, r)
	top := canvas.Rect(296, 160, 430, 640, 5).Turn(-0.04, 500, 480)
	lay(c, top, base, plain, r, stroke(12, pt(300, 480), pt(500, 486), pt(720, 470)))
	c.Tint(top, func(under canvas.RGB, x, y float32) canvas.RGB {
		u, v := x-500+0.04*(y-480), y-480-0.04*(x-500)
		k := dyed(kind, u, v) * (0.86 + 0.14*c.Noise.At(x/4, y/4))
		return under.Mix(under.Times(canvas.RGB{R: ink.R / base.R, G: ink.G / base.G, B: ink.B / base.B}), k)
	})
	seam(c, Dye{col: base}, line(pt(306, 486), pt(500, 482), pt(716, 470)))
}

// dyed is how much of the dye a place has taken, from 0 to 1.
func dyed(kind int, x, y float32) float32 {
	frac := func(v float32) float32 { return v - float32(math.Floor(float64(v))) }
	switch kind {
	case 0: // checks
		if (frac(x/124) < 0.5) != (frac(y/124) < 0.5) {
			return 1
		}
		return 0
	case 1: // mist and circles
		row := math.Floor(float64(y / 92))
		fx, fy := frac(x/92+float32(int(row)&1)*0.5)-0.5, frac(y/92)-0.5
		d := canvas.Sqrt(fx*fx + fy*fy)
		return 1 - canvas.Smooth(0.30, 0.325, d) + (1-canvas.Smooth(0.40, 0.41, d))*canvas.Smooth(0.365, 0.375, d)
	case 2: // a mountain below the moon
		ridge := 120 + 70*canvas.Sin(x/90) + 38*canvas.Sin(x/37+1)
		moon := canvas.Sqrt((x-70)*(x-70) + (y+170)*(y+170))
		return max(canvas.Smooth(ridge-1, ridge+1, y)*(0.55+0.45*canvas.Smooth(ridge, ridge+260, y)),
			1-canvas.Smooth(74, 76, moon))
	}
	f := frac((x + 24*canvas.Sin(y/46)) / 58)
	return canvas.Smooth(0.26, 0.29, f) * (1 - canvas.Smooth(0.66, 0.69, f))
}
