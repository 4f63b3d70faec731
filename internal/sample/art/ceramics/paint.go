package ceramics

import (
	"math"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
	"github.com/noren-shop/noren/internal/sample/art/lathe"
)

// paint lays cobalt blue brushwork under the glaze: lines at rim and foot, and one motif around or inside.
func (c coat) paint(s lathe.Spot, col canvas.RGB) canvas.RGB {
	blue := canvas.Hex(0x27457f).Mix(canvas.Hex(0x5c7fb4), c.n.At(s.Phi*9+c.off, s.Along/14))
	// The mean of four places in the pixel; px is a unit's share of it.
	var ink float32
	h := 0.25 * c.px
	for _, o := range [4][2]float32{{-h, -h}, {h, -h}, {-h, h}, {h, h}} {
		q := s
		q.Phi += o[0] / max(s.R, 20)
		q.Along += o[1]
		if s.Outside {
			q.H += o[1]
		} else {
			q.R += o[1]
		}
		ink += c.ink(q) / 4
	}
	return col.Mix(blue, ink*(0.72+0.28*c.n.At(s.Phi*21, s.Along/9)))
}

// ink is how much cobalt lies at a place.
func (c coat) ink(s lathe.Spot) float32 {
	var ink float32
	rim := c.rimAlong - s.Along
	ink = max(ink, band(rim, 9, 3.4), band(rim, 17, 1.2))
	if rim < 0 {
		ink = max(ink, band(-rim, 14, 3), band(-rim, 22, 1.1))
	}
	if s.Outside {
		ink = max(ink, band(s.H, 16, 1.4), band(s.H, 23, 2.6))
		if s.H > 34 && rim > 28 {
			ink = max(ink, c.around(s))
		}
	} else if s.R < c.wide*0.86 {
		ink = max(ink, c.inside(s))
	}
	return ink
}

func band(v, at, half float32) float32 {
	d := v - at
	if d < 0 {
		d = -d
	}
	return 1 - canvas.Smooth(half*0.6, half*1.15, d)
}

func (c coat) around(s lathe.Spot) float32 {
	x, y := s.Phi/(2*math.Pi), s.H
	switch c.motif {
	case 0: // tokusa: upright stripes
		return stripe(x*56, 0.28)
	case 1: // seigaiha: waves
		return waves(x*26, y/(c.wide*0.24))
	case 2: // amime: a fishing net
		return net(x*22, y/(c.wide*0.34))
	}
	// karakusa: a vine with leaves
	mid := c.top * c.brush
	t := x * 12
	vine := mid + c.wide*0.13*canvas.Sin(t*math.Pi)
	ink := band(y, vine, 2.1)
	cell := float32(math.Floor(float64(t)))
	lx, side := (t-cell-0.5)*c.wide*0.5, float32(1)
	if int(cell)&1 == 1 {
		side = -1
	}
	ly := y - mid - side*c.wide*0.02
	leaf := lx*lx/(c.wide*c.wide*0.012) + ly*ly/(c.wide*c.wide*0.0034)
	return max(ink, 1-canvas.Smooth(0.8, 1.1, leaf))
}

func stripe(v, half float32) float32 {
	f := v - float32(math.Floor(float64(v))) - 0.5
	if f < 0 {
		f = -f
	}
	return 1 - canvas.Smooth(half*0.8, half, f)
}

func waves(x, y float32) float32 {
	row := float32(math.Floor(float64(y * 2)))
	var ink float32
	for k := float32(0); k < 2; k++ { // the row in front covers the one behind
		r := row - k
		cy := (r - 0.35) / 2
		cx := x
		if int(r)&1 != 0 {
			cx += 0.5
		}
		fx := cx - float32(math.Floor(float64(cx))) - 0.5
		d := canvas.Sqrt(fx*fx + (y-cy)*(y-cy)*0.7)
		if d < 0.56 {
			for _, ring := range [3]float32{0.50, 0.33, 0.16} {
				ink = max(ink, band(d, ring, 0.045))
			}
			return ink
		}
	}
	return ink
}

func net(x, y float32) float32 {
	a := canvas.Sin(x*2*math.Pi) * 0.25
	up, down := y*1.5+a, y*1.5-a
	return max(stripe(up, 0.055), stripe(down, 0.055))
}

func (c coat) inside(s lathe.Spot) float32 {
	d := s.R / c.wide
	switch c.motif {
	case 0: // rings
		return max(band(d, 0.34, 0.012), band(d, 0.39, 0.02))
	case 1: // a flower of petals
		petals := 0.30 + 0.09*canvas.Sin(s.Phi*8)
		return max(band(d, petals, 0.013), 1-canvas.Smooth(0.05, 0.065, d), band(d, 0.1, 0.008))
	case 2: // rays
		if d < 0.32 || d > 0.8 {
			return band(d, 0.32, 0.012)
		}
		return stripe(s.Phi*36/(2*math.Pi), 0.13)
	}
	// a branch across the well
	x, y := d*canvas.Sin(s.Phi), d*canvas.Cos(s.Phi)
	ink := band(y, 0.12*canvas.Sin(x*5+1), 0.013) * (1 - canvas.Smooth(0.42, 0.46, d))
	for i := range 6 {
		t := -0.36 + float32(i)*0.14
		side := float32(i%2)*2 - 1
		lx, ly := x-t, y-0.12*canvas.Sin(t*5+1)-side*0.06
		q := (lx+ly*side*0.5)*(lx+ly*side*0.5)/0.0022 + ly*ly/0.0012
		ink = max(ink, 1-canvas.Smooth(0.75, 1.1, q))
	}
	return ink
}
