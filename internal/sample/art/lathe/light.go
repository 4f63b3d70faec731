package lathe

import "github.com/noren-shop/noren/internal/sample/art/canvas"

// Surface says how a material answers to the studio's light.
type Surface struct {
	Gloss float32 // 0 is bisque, 1 is glass
	Soft  float32 // how wide the light's edge falls; 0.5 is usual
}

// Light is the studio: one large window at the upper left in front, a pale room, a warm table below.
func Light(s Spot, tilt float32, col canvas.RGB, m Surface) canvas.RGB {
	key := Vec{-0.56, 0.62, 0.55}
	view := Vec{0, tilt, canvas.Sqrt(1 - tilt*tilt)}
	wrap := 0.35 + 0.3*m.Soft
	d := canvas.Clamp((s.N.Dot(key) + wrap) / (1 + wrap))
	sky := 0.5 + 0.5*s.N.Y
	bounce := canvas.Clamp(-s.N.Y*0.6+0.25) * canvas.Clamp(0.4+s.N.X*0.5)
	light := canvas.RGB{R: 0.30, G: 0.305, B: 0.325}.Mul(0.55 + 0.6*sky)
	light = canvas.RGB{R: light.R + 0.80*d + 0.10*bounce, G: light.G + 0.785*d + 0.085*bounce,
		B: light.B + 0.75*d + 0.06*bounce}
	if s.Outside {
		light = light.Mul(0.80 + 0.20*canvas.Smooth(-8, 70, s.H))
	}
	out := col.Times(light)
	if m.Gloss <= 0 {
		return out
	}
	facing := canvas.Clamp(s.N.Dot(view))
	grazing := (1 - facing) * (1 - facing)
	fresnel := 0.035 + 0.5*grazing*grazing
	k := 2 * s.N.Dot(view)
	r := Vec{k*s.N.X - view.X, k*s.N.Y - view.Y, k*s.N.Z - view.Z}
	return out.Add(m.Gloss * (window(r, m.Gloss) + fresnel*0.22*canvas.Clamp(r.Y+0.4)))
}

// window is the reflection of a tall window with one bar, and of a strip light on the right.
func window(r Vec, gloss float32) float32 {
	if r.Z < -0.35 {
		return 0
	}
	e := 0.16 - 0.11*gloss
	box := func(lo, hi, v float32) float32 {
		return canvas.Smooth(lo-e, lo+e, v) * (1 - canvas.Smooth(hi-e, hi+e, v))
	}
	main := box(-0.80, -0.42, r.X) * box(0.08, 0.80, r.Y)
	strip := box(0.74, 0.86, r.X) * box(-0.05, 0.7, r.Y)
	return 0.42*main + 0.10*strip
}

// Smooth turns a few knots into a smooth profile. The knot at rim keeps its meaning; its new index is returned.
func Smooth(knots []Knot, rim int) ([]Knot, int) {
	var out []Knot
	at := 0
	last := len(knots) - 1
	for i := range last {
		if i == rim {
			at = len(out)
		}
		a, b, c, d := knots[max(i-1, 0)], knots[i], knots[i+1], knots[min(i+2, last)]
		const steps = 8
		for k := range steps {
			t := float32(k) / steps
			f := func(a, b, c, d float32) float32 {
				return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
			}
			out = append(out, Knot{max(f(a.R, b.R, c.R, d.R), 0), f(a.H, b.H, c.H, d.H)})
		}
	}
	return append(out, knots[last]), at
}

// Vessel makes a hollow profile from the outside's knots: a wall of the given thickness, a round rim and a flat well.
func Vessel(outside []Knot, wall float32) ([]Knot, int) {
	smooth, _ := Smooth(outside, 0)
	out := append([]Knot{}, smooth...)
	rim := len(out) - 1
	top := out[rim]
	for i := 1; i <= 6; i++ { // the lip
		a := float32(i) / 6 * 3.14159
		out = append(out, Knot{top.R - wall/2 + wall/2*canvas.Cos(a), top.H + wall/2*canvas.Sin(a)})
	}
	floor := outside[0].H + 2.2*wall
	for i := rim - 1; i >= 0; i-- {
		k := Knot{max(smooth[i].R-wall, 0), smooth[i].H}
		if k.H < floor {
			break
		}
		out = append(out, k)
	}
	well := out[len(out)-1]
	for i := 1; i <= 8; i++ {
		t := float32(i) / 8
		out = append(out, Knot{well.R * (1 - t), canvas.Lerp(well.H, floor-wall*0.4, canvas.Smooth(0, 0.5, t))})
	}
	return out, rim
}
