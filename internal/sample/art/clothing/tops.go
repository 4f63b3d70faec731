package clothing

import (
	"math"
	"math/rand/v2"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
)

func closed(parts ...[]canvas.Point) *canvas.Path {
	var all []canvas.Point
	for _, p := range parts {
		all = append(all, p...)
	}
	return canvas.Poly(all...)
}

// reversed is the line walked the other way.
func reversed(pts []canvas.Point) []canvas.Point {
	out := make([]canvas.Point, len(pts))
	for i, p := range pts {
		out[len(pts)-1-i] = p
	}
	return out
}

// bodice is a symmetrical garment from the left half of its outline, from the neck outwards and down to the hem.
func bodice(half []canvas.Point) *canvas.Path { return closed(half, reversed(mirrorLine(500, half))) }

// Tee is a T-shirt, plain, striped or with a pocket.
func Tee(c *canvas.Canvas, d Dye, r *rand.Rand) {
	table(c, d)
	long := r.IntN(3) == 0
	style := r.IntN(4)
	neck := line(pt(500, 222), pt(455, 216), pt(418, 184))
	sleeve := line(pt(402, 180), pt(330, 204), pt(268, 232), pt(120, 392))
	cuff := line(pt(122, 400), pt(228, 482))
	if long {
		sleeve = line(pt(402, 180), pt(330, 204), pt(266, 240), pt(196, 430), pt(128, 745))
		cuff = line(pt(130, 752), pt(214, 772))
	}
	under := line(pt(234, 478), pt(306, 402))
	if long {
		under = line(pt(220, 766), pt(262, 560), pt(308, 420))
	}
	side := line(pt(308, 414), pt(304, 620), pt(296, 846))
	hem := line(pt(300, 852), pt(400, 860), pt(500, 862))
	half := append(append(append(append(append(neck, sleeve...), cuff...), under...), side...), hem...)
	shape := bodice(half)
	folds := falling(r, 4, 320, 690, 380, 850)
	folds = append(folds, pulls(r, 310, 408, 0.9, 150)...)
	folds = append(folds, pulls(r, 690, 408, math.Pi-0.9, 150)...)
	inside := canvas.Ellipse(500, 190, 88, 30)
	lay(c, shape, d.col, jersey, r, folds...)
	c.Fill(inside, d.col.Mul(0.62), 1)
	c.Fill(canvas.Rect(484, 172, 32, 15, 2), canvas.Hex(0xf3eee2), 0.95)
	if style == 0 {
		stripes(c, shape, d)
	}
	collar := closed(line(pt(404, 178), pt(440, 226), pt(500, 246), pt(560, 226), pt(596, 178)),
		reversed(line(pt(418, 176), pt(450, 210), pt(500, 224), pt(550, 210), pt(582, 176))))
	cover(c, collar, d.col.Mul(0.97), knit, r)
	ring := line(pt(402, 180), pt(438, 232), pt(500, 252), pt(562, 232), pt(598, 180))
	quiet(c, d, ring)
	arm := line(pt(352, 200), pt(326, 300), pt(309, 408))
	seam(c, d, arm)
	seam(c, d, mirrorLine(500, arm))
	edge := line(pt(302, 834), pt(400, 842), pt(500, 844), pt(600, 842), pt(698, 834))
	quiet(c, d, edge)
	if !long {
		end := line(pt(136, 384), pt(242, 466))
		quiet(c, d, end)
		quiet(c, d, mirrorLine(500, end))
	}
	if style == 1 {
		pocket(c, d, r, 548, 350, 100, 112, jersey)
	}
}

func stripes(c *canvas.Canvas, shape *canvas.Path, d Dye) {
	other := canvas.Hex(0xf0ebdf)
	if d.col.Luma() > 0.6 {
		other = canvas.Hex(0x35486a)
	}
	ratio := canvas.RGB{R: other.R / max(d.col.R, 0.05), G: other.G / max(d.col.G, 0.05), B: other.B / max(d.col.B,
		0.05)}
	c.Tint(shape, func(under canvas.RGB, x, y float32) canvas.RGB {
		if y < 300 || y > 800 || x < 304 || x > 696 {
			return under
		}
		w := y - 0.00016*(x-500)*(x-500) + 3*c.Noise.At(x/80, 3)
		f := w/38 - float32(math.Floor(float64(w/38)))
		k := canvas.Smooth(0.30, 0.33, f) * (1 - canvas.Smooth(0.64, 0.67, f))
		return under.Mix(under.Times(ratio), k*0.92)
	})
}

func pocket(c *canvas.Canvas, d Dye, r *rand.Rand, x, y, w, h float32, kind weave) {
	shape := canvas.Poly(pt(x, y), pt(x+w, y), pt(x+w, y+h*0.86), pt(x+w/2, y+h), pt(x, y+h*0.86))
	c.Shadow(c.Soft(shape.Move(2, 4), 5), tone(), 0.4)
	cover(c, shape, d.col, kind, r)
	stitch(c, d, []canvas.Point{pt(x+5, y+4), pt(x+5, y+h*0.84), pt(x+w/2, y+h-6), pt(x+w-5, y+h*0.84), pt(x+w-5, y+4)})
	stitch(c, d, []canvas.Point{pt(x+5, y+16), pt(x+w-5, y+16)})
}

// Shirt has a band or a turned-down collar, and buttons.
func Shirt(c *canvas.Canvas, d Dye, r *rand.Rand) {
	table(c, d)
	half := append(append(append(append(append(
		line(pt(500, 196), pt(440, 180), pt(420, 160)),
		line(pt(405, 166), pt(326, 196), pt(272, 232), pt(208, 430), pt(150, 742))...),
		line(pt(152, 750), pt(240, 770))...),
		line(pt(246, 762), pt(280, 570), pt(314, 420))...),
		line(pt(316, 430), pt(312, 640), pt(300, 800))...),
		line(pt(304, 812), pt(360, 866), pt(440, 884), pt(500, 884))...)
	shape := bodice(half)
	folds := falling(r, 5, 320, 690, 360, 880)
	folds = append(folds, pulls(r, 314, 424, 0.8, 170)...)
	folds = append(folds, pulls(r, 686, 424, math.Pi-0.8, 170)...)
	lay(c, shape, d.col, plain, r, folds...)
	arm := line(pt(340, 192), pt(322, 300), pt(315, 420))
	for _, l := range [][]canvas.Point{arm, mirrorLine(500, arm)} {
		seam(c, d, l)
	}
	cuff := line(pt(164, 690), pt(252, 708))
	for _, l := range [][]canvas.Point{cuff, mirrorLine(500, cuff)} {
		seam(c, d, l)
	}
	c.Fill(canvas.Ellipse(500, 176, 82, 26), d.col.Mul(0.60), 1)
	c.Fill(canvas.Rect(478, 166, 44, 18, 2), canvas.Hex(0xf3eee2), 0.95)
	placket := canvas.Rect(478, 204, 46, 680, 2)
	c.Shadow(c.Soft(placket.Move(3, 2), 6), tone(), 0.35)
	cover(c, placket, d.col, plain, r)
	quiet(c, d, []canvas.Point{pt(483, 210), pt(483, 880)})
	quiet(c, d, []canvas.Point{pt(518, 210), pt(518, 880)})
	if r.IntN(2) == 0 {
		bandCollar(c, d, r)
	} else {
		turnedCollar(c, d, r)
	}
	shell := canvas.Hex(0xe9e0cf)
	if d.col.Luma() > 0.7 {
		shell = canvas.Hex(0xa58d6c)
	}
	for i := range 6 {
		button(c, 501, 262+float32(i)*104, 10, shell)
	}
	pocket(c, d, r, 556, 356, 104, 116, plain)
	hem := line(pt(312, 800), pt(366, 850), pt(440, 868), pt(500, 869))
	quiet(c, d, hem)
	quiet(c, d, mirrorLine(500, hem))
}

func bandCollar(c *canvas.Canvas, d Dye, r *rand.Rand) {
	for _, k := range []float32{1, -1} {
		p := closed(line(pt(500-k*92, 164), pt(500-k*66, 206), pt(500-k*0, 232)),
			line(pt(500+k*8, 204), pt(500-k*50, 182), pt(500-k*74, 152)))
		c.Shadow(c.Soft(p.Move(2, 5), 6), tone(), 0.4)
		cover(c, p, d.col, plain, r)
	}
	button(c, 501, 217, 8, canvas.Hex(0xe9e0cf))
}

func turnedCollar(c *canvas.Canvas, d Dye, r *rand.Rand) {
	for _, k := range []float32{1, -1} {
		p := canvas.Poly(pt(500-k*86, 150), pt(500-k*4, 214), pt(500-k*62, 284), pt(500-k*122, 192))
		c.Shadow(c.Soft(p.Move(4, 8), 8), tone(), 0.5)
		cover(c, p, d.col, plain, r)
		stitch(c, d, []canvas.Point{pt(500-k*11, 214), pt(500-k*62, 274), pt(500-k*114, 193)})
	}
}

// Noragi is a farmer's jacket: straight sleeves, a long collar band, ties, and darning stitches.
func Noragi(c *canvas.Canvas, d Dye, r *rand.Rand) {
	table(c, d)
	half := append(append(append(append(
		line(pt(500, 170), pt(440, 158)),
		[]canvas.Point{pt(330, 180), pt(112, 262), pt(150, 470)}...),
		[]canvas.Point{pt(160, 474), pt(322, 430)}...),
		line(pt(324, 436), pt(318, 640), pt(308, 838))...),
		line(pt(310, 846), pt(400, 854), pt(500, 854))...)
	shape := bodice(half)
	folds := falling(r, 4, 330, 680, 400, 846)
	folds = append(folds, pulls(r, 324, 434, 0.8, 170)...)
	folds = append(folds, pulls(r, 676, 434, math.Pi-0.8, 170)...)
	lay(c, shape, d.col, twill, r, folds...)
	arm := []canvas.Point{pt(336, 182), pt(326, 300), pt(323, 432)}
	seam(c, d, arm)
	seam(c, d, mirrorLine(500, arm))
	inner := canvas.Poly(pt(438, 158), pt(562, 158), pt(528, 470), pt(520, 852), pt(480, 852), pt(472, 470))
	c.Fill(inner, d.col.Mul(0.50), 1)
	for _, k := range []float32{1, -1} {
		band := canvas.Poly(pt(500-k*74, 150), pt(500-k*28, 158), pt(500-k*6, 470), pt(500-k*4, 854), pt(500-k*52,
			854), pt(500-k*54, 470))
		c.Shadow(c.Soft(band.Move(4, 3), 8), tone(), 0.5)
		cover(c, band, d.col.Mul(0.93), twill, r)
		stitch(c, d, []canvas.Point{pt(500-k*66, 166), pt(500-k*47, 470), pt(500-k*46, 850)})
		cord := line(pt(500-k*48, 520), pt(500-k*30, 560), pt(500-k*40, 640))
		c.Fill(canvas.Stroke(cord, 7, 6).Move(2, 4), tone(), 0.35)
		c.Fill(canvas.Stroke(cord, 7, 6), d.col.Lighten(0.14), 1)
	}
	back := canvas.Poly(pt(426, 150), pt(574, 150), pt(566, 176), pt(434, 176))
	cover(c, back, d.col.Mul(0.9), twill, r)
	if r.IntN(3) > 0 {
		sashiko(c, d, 338, 600, 120, 150, r.IntN(2))
		sashiko(c, d, 542, 600, 120, 150, r.IntN(2))
	}
	end := []canvas.Point{pt(128, 264), pt(164, 462)}
	stitch(c, d, end)
	stitch(c, d, mirrorLine(500, end))
	stitch(c, d, []canvas.Point{pt(318, 834), pt(446, 842)})
	stitch(c, d, []canvas.Point{pt(682, 834), pt(554, 842)})
}

// sashiko is darning in rows: crosses or persimmon flowers.
func sashiko(c *canvas.Canvas, d Dye, x, y, w, h float32, kind int) {
	const step = 20
	all := &canvas.Path{}
	for row := float32(0); row <= h; row += step {
		for col := float32(0); col <= w; col += step {
			px, py := x+col, y+row
			if kind == 0 {
				all.Join(canvas.Stroke([]canvas.Point{pt(px-5, py), pt(px+5, py)}, 2.4, 2.4),
					canvas.Stroke([]canvas.Point{pt(px, py-5), pt(px, py+5)}, 2.4, 2.4))
				continue
			}
			if (int(row/step)+int(col/step))%2 == 0 {
				all.Join(canvas.Stroke([]canvas.Point{pt(px-9, py), pt(px+3, py)}, 2.4, 2.4))
			} else {
				all.Join(canvas.Stroke([]canvas.Point{pt(px, py-9), pt(px, py+3)}, 2.4, 2.4))
			}
		}
	}
	c.Fill(all.Move(1, 1.6), d.col.Mul(0.4), 0.5)
	c.Fill(all, d.thread, 0.9)
}
