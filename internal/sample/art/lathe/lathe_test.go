package lathe

import (
	"testing"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
)

// A cylinder seen from the side shows its outside where it stands and nothing elsewhere.
func TestDrawCoversTheSilhouette(t *testing.T) {
	t.Parallel()
	c := canvas.New(200, 200, 1)
	b := Body{X: 500, Y: 800, Tilt: 0.3, Profile: []Knot{{R: 200, H: 0}, {R: 200, H: 400}, {R: 0, H: 400}}, Rim: 1}
	b.Draw(c, func(s Spot) canvas.RGB {
		if s.Outside {
			return canvas.RGB{R: 1}
		}
		return canvas.RGB{G: 1}
	})
	for _, tt := range []struct {
		x, y int
		want canvas.RGB
	}{
		{100, 130, canvas.RGB{R: 1}}, // the wall
		{100, 84, canvas.RGB{G: 1}},  // the top
		{100, 165, canvas.RGB{R: 1}}, // the foot's front edge
		{50, 130, canvas.RGB{}},
		{100, 40, canvas.RGB{}},
		{100, 190, canvas.RGB{}},
	} {
		if got := c.Pix[tt.y*c.W+tt.x]; got != tt.want {
			t.Errorf("at %d, %d: %v, want %v", tt.x, tt.y, got, tt.want)
		}
	}
}

func TestNormalsPointOutwards(t *testing.T) {
	t.Parallel()
	profile, rim := Vessel([]Knot{{R: 100, H: 0}, {R: 180, H: 150}, {R: 200, H: 300}}, 12)
	b := Body{X: 500, Y: 800, Tilt: 0.4, Profile: profile, Rim: rim}
	view := Vec{0, 0.4, canvas.Sqrt(1 - 0.16)}
	hidden, inside := 0, 0
	b.Draw(canvas.New(200, 200, 1), func(s Spot) canvas.RGB {
		if s.N.Dot(view) < -0.25 {
			hidden++
		}
		if !s.Outside {
			inside++
		}
		return canvas.RGB{}
	})
	if hidden > 0 || inside == 0 {
		t.Errorf("%d places turned away, %d inside", hidden, inside)
	}
}
