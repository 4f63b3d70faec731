package canvas

// Paper is a table top of washi seen from above: nearly even, with light from the upper left and a few fibres.
func (c *Canvas) Paper(base RGB) {
	warm := base.Times(RGB{0.93, 0.905, 0.87})
	aspect := float32(c.W) / float32(c.H)
	c.Cover(func(x, y float32) RGB {
		dx, dy := x-0.3, y-0.2
		d := Smooth(0.1, 1.25, Sqrt(dx*dx+dy*dy))
		u, v := x*aspect, y
		n := c.Noise.Cloud(u*5, v*5) - 0.5
		f := c.Noise.At(u*90, v*260) - 0.5
		return base.Mix(warm, d).Add(0.014*n + 0.012*f)
	})
}

// Studio is a wall and a table without an edge between them, lit from the left; horizon is from 0 to 1.
func (c *Canvas) Studio(wall, table RGB, horizon float32) {
	aspect := float32(c.W) / float32(c.H)
	const step = 8 // the light changes too slowly to be worked out for each pixel
	knots := make([]float32, c.W/step+2)
	clouds := make([]float32, c.W/step+2)
	for py := range c.H {
		y := (float32(py) + 0.5) / float32(c.H)
		t := Smooth(horizon-0.09, horizon+0.1, y)
		ground := wall.Mix(table, t).Mul(1 + 0.03*Smooth(horizon, 1, y)*t)
		for k := range knots {
			x := float32(k*step) / float32(c.W)
			dx, dy := x-0.28, (y-horizon+0.18)*0.9
			knots[k] = 1.045 - 0.17*Smooth(0, 1, Sqrt(dx*dx+dy*dy))
			clouds[k] = 0.012 * (c.Noise.Cloud(x*aspect*4, y*4) - 0.5)
		}
		weight := 0.008 + 0.014*t
		row := c.Pix[py*c.W : (py+1)*c.W]
		for px := range row {
			k, f := px/step, float32(px%step)/step
			fibre := (c.Noise.At(float32(px)/float32(c.W)*aspect*150, y*210) - 0.5) * weight
			row[px] = ground.Mul(Lerp(knots[k], knots[k+1], f)).Add(Lerp(clouds[k], clouds[k+1], f) + fibre)
		}
	}
}

// Standing lays the shadow of a round thing that stands at (x, y) with foot radius r, height h and tilt k (the ratio of
// a circle's height to its width as seen).
func (c *Canvas) Standing(x, y, r, h, k float32) {
	tone := RGB{0.34, 0.27, 0.24}
	reach := min(h*0.55, 260)
	long := Curve(Pt(x-r*0.9, y), Pt(x, y-r*k*0.9), Pt(x+r*0.8+reach*0.6, y-r*k*0.7), Pt(x+r+reach, y+r*k*0.15),
		Pt(x+r*0.8+reach*0.6, y+r*k*0.95), Pt(x, y+r*k*1.02))
	c.Shadow(c.Soft(long, 34), tone, 0.34)
	c.Shadow(c.Soft(Ellipse(x+r*0.14, y+r*k*0.16, r*1.16, r*k*1.16+8), 20), tone, 0.42)
	c.Shadow(c.Soft(Ellipse(x+3, y+r*k*0.04+3, r*1.02, r*k*1.02+3), 6), tone.Mul(0.7), 0.55)
}
