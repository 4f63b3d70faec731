package canvas

// RGB is a colour as displayed; 0 is dark and 1 is full. Values above 1 are highlights and are cut at the end.
type RGB struct{ R, G, B float32 }

// Hex takes 0xRRGGBB.
func Hex(v uint32) RGB {
	return RGB{float32(v>>16&255) / 255, float32(v>>8&255) / 255, float32(v&255) / 255}
}

// Mix goes towards o by t.
func (c RGB) Mix(o RGB, t float32) RGB {
	return RGB{c.R + (o.R-c.R)*t, c.G + (o.G-c.G)*t, c.B + (o.B-c.B)*t}
}

// Mul makes it k times as bright.
func (c RGB) Mul(k float32) RGB { return RGB{c.R * k, c.G * k, c.B * k} }

// Times multiplies by channel, like light through a filter.
func (c RGB) Times(o RGB) RGB { return RGB{c.R * o.R, c.G * o.G, c.B * o.B} }

// Add adds light.
func (c RGB) Add(k float32) RGB { return RGB{c.R + k, c.G + k, c.B + k} }

// Luma is how bright it looks.
func (c RGB) Luma() float32 { return 0.3*c.R + 0.59*c.G + 0.11*c.B }

// Lighten goes to white, or to black where t is below zero.
func (c RGB) Lighten(t float32) RGB {
	if t < 0 {
		return c.Mul(1 + t)
	}
	return c.Mix(RGB{1, 1, 1}, t)
}

// Around averages a hard-edged pattern over four places, so that its edges do not look cut with scissors.
func Around(x, y, step float32, pattern func(x, y float32) RGB) RGB {
	h := step / 2
	a, b := pattern(x-h, y-h), pattern(x+h, y-h)
	c, d := pattern(x-h, y+h), pattern(x+h, y+h)
	return RGB{(a.R + b.R + c.R + d.R) / 4, (a.G + b.G + c.G + d.G) / 4, (a.B + b.B + c.B + d.B) / 4}
}
