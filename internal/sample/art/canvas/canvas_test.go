package canvas

import "testing"

func total(c *Canvas) float32 {
	var sum float32
	for _, p := range c.Pix {
		sum += p.R
	}
	return sum
}

func TestFillCoversTheArea(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*Path{
		"square":                   Rect(100, 100, 500, 500, 0.01),
		"other sense of turning":   Poly(Pt(100, 100), Pt(100, 600), Pt(600, 600), Pt(600, 100)),
		"overlapping counts once":  Rect(100, 100, 500, 300, 0.01).Join(Rect(100, 300, 500, 300, 0.01)),
		"half outside the picture": Rect(500, 0, 1000, 500, 0.01),
	} {
		c := New(100, 100, 1)
		c.Fill(p, RGB{1, 1, 1}, 1)
		if got := total(c); got < 2490 || got > 2510 {
			t.Errorf("%s: %v pixels, want 2,500", name, got)
		}
	}
}

func TestOutsideThePictureIsNothing(t *testing.T) {
	t.Parallel()
	c := New(50, 50, 1)
	far := Ellipse(9000, -9000, 50, 50)
	c.Fill(far, RGB{1, 1, 1}, 1)
	c.Shadow(c.Soft(far, 30), RGB{}, 1)
	c.View(4000, 0, 2).Fill(Ellipse(0, 0, 10, 10), RGB{1, 1, 1}, 1)
	if total(c) != 0 {
		t.Error("something was painted")
	}
}

func TestSoftKeepsTheAmount(t *testing.T) {
	t.Parallel()
	c := New(400, 400, 1)
	f := c.Soft(Ellipse(500, 500, 150, 150), 30)
	if mid := f.At(500, 500); mid < 0.95 {
		t.Errorf("middle %v", mid)
	}
	if edge := f.At(650, 500); edge < 0.35 || edge > 0.6 {
		t.Errorf("edge %v", edge)
	}
	if out := f.At(750, 500); out > 0.03 {
		t.Errorf("outside %v", out)
	}
}

func TestViewScalesAndMoves(t *testing.T) {
	t.Parallel()
	c := New(100, 100, 1)
	c.View(500, 500, 0.5).Fill(Rect(0, 0, 400, 400, 0.01), RGB{1, 1, 1}, 1)
	if got := total(c); got < 395 || got > 405 {
		t.Errorf("%v pixels, want 400", got)
	}
	if c.Pix[60*100+60].R < 0.99 || c.Pix[45*100+45].R != 0 {
		t.Error("not where it should be")
	}
}
