package ceramics

import (
	"math/rand/v2"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
	"github.com/noren-shop/noren/internal/sample/art/lathe"
)

// Ware draws one piece, or a few that belong together, in its own scene.
type Ware func(c *canvas.Canvas, g Glaze, r *rand.Rand)

// Ground paints the empty studio in a glaze's tones.
func (g Glaze) Ground(c *canvas.Canvas, horizon float32) { c.Studio(g.wall, g.table, horizon) }

// Scene is the empty studio in the tones that suit a glaze.
func Scene(c *canvas.Canvas, g Glaze, horizon float32) {
	if c.Ground {
		return
	}
	g.Ground(c, horizon)
	*c = *c.View(500-500*closer, 540-575*closer, closer)
}

// closer is how much nearer the wares stand than they were first drawn.
const closer = 1.2

// vary is k with up to share more or less.
func vary(r *rand.Rand, k, share float32) float32 { return k * (1 + share*(2*r.Float32()-1)) }

func stand(c *canvas.Canvas, g Glaze, r *rand.Rand, b lathe.Body, footR float32) {
	c.Standing(b.X, b.Y, footR, b.Height(), b.Tilt)
	b.Draw(c, newCoat(g, c, r, b).shade(b.Tilt))
}

// thing puts a vessel of these outside knots at (x, y).
func thing(c *canvas.Canvas, g Glaze, r *rand.Rand, x, y, tilt, wall float32, knots []lathe.Knot) lathe.Body {
	profile, rim := lathe.Vessel(knots, wall)
	b := lathe.Body{X: x, Y: y, Tilt: tilt, Profile: profile, Rim: rim}
	stand(c, g, r, b, max(knots[0].R, knots[1].R))
	return b
}

// Bowl is a rice or noodle bowl.
func Bowl(c *canvas.Canvas, g Glaze, r *rand.Rand) {
	Scene(c, g, 0.50)
	w, h := vary(r, 290, 0.08), vary(r, 265, 0.14)
	BowlAt(c, g, r, 500, 690, w, h)
}

// BowlAt puts a bowl of radius w and height h somewhere.
func BowlAt(c *canvas.Canvas, g Glaze, r *rand.Rand, x, y, w, h float32) lathe.Body {
	open := r.Float32()
	return thing(c, g, r, x, y, 0.42, w*0.045, []lathe.Knot{
		{R: w * 0.40, H: 0}, {R: w * 0.385, H: h * 0.07}, {R: w * 0.43, H: h * 0.11},
		{R: w * (0.72 - 0.06*open), H: h * 0.32}, {R: w * (0.91 - 0.04*open), H: h * 0.66}, {R: w, H: h}})
}

// Plate is a dinner plate or a small dish, seen more from above.
func Plate(c *canvas.Canvas, g Glaze, r *rand.Rand) {
	Scene(c, g, 0.34)
	PlateAt(c, g, r, 500, 600, vary(r, 375, 0.07), vary(r, 62, 0.3), 0.66)
}

// PlateAt puts a plate of radius w and height h somewhere; tilt is how far from above it is seen.
func PlateAt(c *canvas.Canvas, g Glaze, r *rand.Rand, x, y, w, h, tilt float32) {
	flat := 0.6 + 0.12*r.Float32()
	thing(c, g, r, x, y, tilt, 11, []lathe.Knot{
		{R: w * 0.56, H: 0}, {R: w * 0.56, H: h * 0.16}, {R: w * flat, H: h * 0.24},
		{R: w * (flat + 0.18), H: h * 0.52}, {R: w, H: h}})
}

// Vase is one of four shapes, with or without a branch.
func Vase(c *canvas.Canvas, g Glaze, r *rand.Rand) {
	Scene(c, g, 0.62)
	shape, branch := r.IntN(4), r.IntN(3) > 0
	h := vary(r, 500, 0.06)
	y := float32(840)
	if branch {
		y, h = 835, h*0.74
		Branch(c, r, 500, y-h*0.94)
	}
	VaseAt(c, g, r, 500, y, h, shape)
}

// VaseAt puts a vase of height h somewhere.
func VaseAt(c *canvas.Canvas, g Glaze, r *rand.Rand, x, y, h float32, shape int) {
	shapes := [4][]lathe.Knot{
		{{R: 0.20, H: 0}, {R: 0.24, H: 0.05}, {R: 0.36, H: 0.30}, {R: 0.37, H: 0.55}, {R: 0.24, H: 0.78},
			{R: 0.10, H: 0.88}, {R: 0.10, H: 0.95}, {R: 0.135, H: 1}},
		{{R: 0.17, H: 0}, {R: 0.19, H: 0.05}, {R: 0.29, H: 0.45}, {R: 0.37, H: 0.72}, {R: 0.30, H: 0.88},
			{R: 0.13, H: 0.94}, {R: 0.12, H: 0.97}, {R: 0.15, H: 1}},
		{{R: 0.30, H: 0}, {R: 0.35, H: 0.08}, {R: 0.38, H: 0.22}, {R: 0.28, H: 0.45}, {R: 0.11, H: 0.62},
			{R: 0.085, H: 0.8}, {R: 0.10, H: 0.95}, {R: 0.13, H: 1}},
		{{R: 0.21, H: 0}, {R: 0.23, H: 0.04}, {R: 0.25, H: 0.3}, {R: 0.27, H: 0.6}, {R: 0.26, H: 0.85},
			{R: 0.23, H: 0.94}, {R: 0.24, H: 1}},
	}
	knots := append([]lathe.Knot{}, shapes[shape%len(shapes)]...)
	wide := vary(r, 0.95, 0.1)
	for i := range knots {
		knots[i].R, knots[i].H = knots[i].R*h*wide, knots[i].H*h
	}
	thing(c, g, r, x, y, 0.24, h*0.016, knots)
}

// Cup is a yunomi, a straight cup for everyday tea.
func Cup(c *canvas.Canvas, g Glaze, r *rand.Rand) {
	Scene(c, g, 0.56)
	if r.IntN(3) == 0 { // a pair, as for a couple
		CupAt(c, g, r, 385, 700, 145, 300)
		CupAt(c, g, r, 650, 770, 132, 260)
		return
	}
	CupAt(c, g, r, 500, 760, vary(r, 185, 0.06), vary(r, 370, 0.08))
}

// CupAt puts a cup of radius w and height h somewhere.
func CupAt(c *canvas.Canvas, g Glaze, r *rand.Rand, x, y, w, h float32) lathe.Body {
	belly := vary(r, 1.0, 0.05)
	return thing(c, g, r, x, y, 0.33, w*0.06, []lathe.Knot{
		{R: w * 0.66, H: 0}, {R: w * 0.66, H: h * 0.045}, {R: w * 0.84, H: h * 0.10}, {R: w * 0.97 * belly,
			H: h * 0.30},
		{R: w * 0.99 * belly, H: h * 0.62}, {R: w, H: h}})
}

// Mug has a handle.
func Mug(c *canvas.Canvas, g Glaze, r *rand.Rand) {
	Scene(c, g, 0.56)
	w, h := vary(r, 195, 0.05), vary(r, 350, 0.07)
	x, y := float32(465), float32(755)
	c.Shadow(c.Soft(canvas.Ellipse(x+w*1.25, y+20, 120, 34), 26), canvas.RGB{R: 0.34, G: 0.27, B: 0.24}, 0.3)
	handle(c, g, x+w*0.9, y-h*0.50, w*0.62, h*0.27)
	thing(c, g, r, x, y, 0.33, w*0.06, []lathe.Knot{
		{R: w * 0.90, H: 0}, {R: w * 0.93, H: h * 0.03}, {R: w * 0.99, H: h * 0.12}, {R: w * 1.0, H: h * 0.5},
		{R: w * 0.975, H: h * 0.85}, {R: w, H: h}})
}

// handle is a round strap, shaded across.
func handle(c *canvas.Canvas, g Glaze, x, y, w, h float32) {
	line := canvas.Line(canvas.Pt(x-14, y-h*0.86), canvas.Pt(x+w*0.5, y-h*0.98), canvas.Pt(x+w*0.94, y-h*0.45),
		canvas.Pt(x+w*0.86, y+h*0.25), canvas.Pt(x+w*0.45, y+h*0.78), canvas.Pt(x-14, y+h*0.93))
	dark, lit := g.base.Mix(g.pool, 0.5).Mul(0.58), g.base.Mul(0.95)
	c.Fill(canvas.Stroke(line, 46, 40), dark, 1)
	for i := range 9 {
		t := float32(i) / 8
		shift := -3.4 * t
		p := canvas.Stroke(line, 42-34*t, 36-30*t).Move(shift, shift)
		c.Fill(p, dark.Mix(lit, t), 0.34)
	}
	shine := canvas.Line(canvas.Pt(x+w*0.18, y-h*0.98), canvas.Pt(x+w*0.52, y-h*1.0), canvas.Pt(x+w*0.84, y-h*0.62))
	c.Fill(canvas.Stroke(shine, 3, 5), canvas.RGB{R: 1, G: 1, B: 1}, 0.35*g.gloss)
}

// TeaBowl is a chawan, lower and fuller than a rice bowl, with a wandering rim.
func TeaBowl(c *canvas.Canvas, g Glaze, r *rand.Rand) {
	Scene(c, g, 0.52)
	w, h := vary(r, 262, 0.06), vary(r, 300, 0.1)
	thing(c, g, r, 500, 720, 0.38, w*0.055, []lathe.Knot{
		{R: w * 0.42, H: 0}, {R: w * 0.41, H: h * 0.08}, {R: w * 0.66, H: h * 0.13}, {R: w * 0.93, H: h * 0.30},
		{R: w * 0.99, H: h * 0.58}, {R: w * 0.955, H: h * 0.82}, {R: w * 0.985, H: h}})
}

// Flask is a tokkuri with one or two small cups.
func Flask(c *canvas.Canvas, g Glaze, r *rand.Rand) {
	Scene(c, g, 0.58)
	h := vary(r, 470, 0.05)
	thing(c, g, r, 410, 750, 0.27, 9, []lathe.Knot{
		{R: h * 0.21, H: 0}, {R: h * 0.235, H: h * 0.05}, {R: h * 0.27, H: h * 0.30}, {R: h * 0.23, H: h * 0.55},
		{R: h * 0.10, H: h * 0.74}, {R: h * 0.085, H: h * 0.88}, {R: h * 0.125, H: h}})
	if r.IntN(2) == 0 {
		CupAt(c, g, r, 640, 700, 70, 92)
	}
	CupAt(c, g, r, 690, 800, 82, 106)
}

// Dishes are three small plates.
func Dishes(c *canvas.Canvas, g Glaze, r *rand.Rand) {
	Scene(c, g, 0.28)
	PlateAt(c, g, r, 640, 400, 190, 40, 0.66)
	PlateAt(c, g, r, 320, 530, 200, 42, 0.66)
	PlateAt(c, g, r, 610, 740, 210, 44, 0.66)
}

// Jar has a lid with a knob.
func Jar(c *canvas.Canvas, g Glaze, r *rand.Rand) {
	Scene(c, g, 0.57)
	w, h := vary(r, 205, 0.07), vary(r, 330, 0.1)
	knots := []lathe.Knot{{R: w * 0.70, H: 0}, {R: w * 0.76, H: h * 0.06}, {R: w * 0.98, H: h * 0.36},
		{R: w * 0.97, H: h * 0.68}, {R: w * 0.78, H: h * 0.95}, {R: w * 0.76, H: h * 0.97}, {R: w * 0.84, H: h * 0.985},
		{R: w * 0.82, H: h * 1.04}, {R: w * 0.55, H: h * 1.13}, {R: w * 0.17, H: h * 1.18}, {R: w * 0.12, H: h * 1.22},
		{R: w * 0.19, H: h * 1.29}, {R: w * 0.15, H: h * 1.34}, {R: 0, H: h * 1.355}}
	profile, _ := lathe.Smooth(knots, len(knots)-1)
	b := lathe.Body{X: 500, Y: 770, Tilt: 0.32, Profile: profile, Rim: len(profile) - 1}
	stand(c, g, r, b, w*0.76)
}

// Branch rises from (x, y): a bare twig with leaves or plum blossom.
func Branch(c *canvas.Canvas, r *rand.Rand, x, y float32) {
	bark, flower := canvas.Hex(0x5b4636), r.IntN(2) == 0
	leaf := canvas.Hex([]uint32{0x6f8455, 0x8b9a5b, 0x567a63}[r.IntN(3)])
	blossom := canvas.Hex([]uint32{0xf3e9e4, 0xe9bfc0, 0xd98a94}[r.IntN(3)])
	for i := range 2 + r.IntN(2) {
		side := float32(i%2)*2 - 1
		lean := side * (60 + 130*r.Float32())
		top := 210 + 90*r.Float32()
		line := canvas.Line(canvas.Pt(x, y+60), canvas.Pt(x+lean*0.18, y-top*0.3), canvas.Pt(x+lean*0.7, y-top*0.62),
			canvas.Pt(x+lean*(0.9+0.4*r.Float32()), y-top))
		c.Fill(canvas.Stroke(line, 9, 3), bark, 1)
		c.Fill(canvas.Stroke(line, 3, 1).Move(-2, 0), bark.Lighten(0.3), 0.6)
		for k := 12; k < len(line); k += 2 + r.IntN(3) {
			p := line[k]
			if flower {
				bloom(c, r, p.X+r.Float32()*16-8, p.Y+r.Float32()*16-8, 13+8*r.Float32(), blossom)
			} else {
				blade(c, p, r.Float32()*2.4-1.2+side*0.7, 52+30*r.Float32(), leaf.Mul(0.8+0.35*r.Float32()))
			}
		}
	}
}

func bloom(c *canvas.Canvas, r *rand.Rand, x, y, s float32, col canvas.RGB) {
	turn := r.Float32() * 6
	for i := range 5 {
		a := turn + float32(i)*1.2566
		px, py := x+canvas.Cos(a)*s*0.62, y+canvas.Sin(a)*s*0.62
		c.Fill(canvas.Ellipse(px, py, s*0.58, s*0.55), col.Mul(0.9+0.1*canvas.Sin(a-2)), 0.96)
	}
	c.Fill(canvas.Ellipse(x, y, s*0.26, s*0.26), canvas.Hex(0xd9a441), 0.9)
}

func blade(c *canvas.Canvas, p canvas.Point, a, l float32, col canvas.RGB) {
	shape := canvas.Curve(canvas.Pt(p.X, p.Y), canvas.Pt(p.X-l*0.17, p.Y-l*0.45), canvas.Pt(p.X, p.Y-l),
		canvas.Pt(p.X+l*0.17, p.Y-l*0.45)).Turn(a, p.X, p.Y)
	c.Gradient(shape, col.Lighten(0.18), col.Mul(0.8), p.X-l*0.3, p.Y-l*0.6, p.X+l*0.3, p.Y)
	tip := canvas.Stroke([]canvas.Point{p, {X: p.X, Y: p.Y - l*0.9}}, 2, 0.6).Turn(a, p.X, p.Y)
	c.Fill(tip, col.Lighten(0.35), 0.6)
}
