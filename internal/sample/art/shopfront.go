package art

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
	"github.com/noren-shop/noren/internal/sample/art/ceramics"
	"github.com/noren-shop/noren/internal/sample/art/clothing"
	"github.com/noren-shop/noren/internal/sample/art/tea"
)

// The size of a banner and of a mark. A banner is as wide as the widest variant that base/image makes.
const (
	HeroWidth  = 1280
	HeroHeight = 560
	LogoSide   = 512
)

// Hero draws a shop's banner. Its left third is calm, for a heading.
func Hero(s Shop, seed int64) (*image.RGBA, error) {
	c := newCanvas(HeroWidth, HeroHeight, "hero/"+string(s), seed)
	r := rand.New(rand.NewPCG(uint64(seed), hash(string(s))))
	switch s {
	case Tea:
		teaHero(c, r)
	case Ceramics:
		ceramicsHero(c, r)
	case Clothing:
		clothingHero(c, r)
	default:
		return nil, fmt.Errorf("draw banner of %q: %w", s, ErrUnknown)
	}
	return c.Image(), nil
}

// at is a place on a banner for things that are drawn on a ground of their own otherwise.
func at(c *canvas.Canvas, x, y, k float32) *canvas.Canvas {
	c.Ground = true
	return c.View(x, y, k)
}

func teaHero(c *canvas.Canvas, r *rand.Rand) {
	sencha, hojicha, gyokuro := tea.Named("sencha"), tea.Named("hojicha"), tea.Named("gyokuro")
	sencha.Ground(c, 0.60)
	tea.TinAt(at(c, 0, 0, 1), gyokuro, r, 1300, 700, 128, 350)
	tea.TinAt(at(c, 0, 0, 1), hojicha, r, 1030, 735, 108, 260)
	tea.Teapot(at(c, 1270, 110, 0.92), sencha, r)
	tea.Leaves(at(c, 650, 410, 0.72), sencha, r)
}

func ceramicsHero(c *canvas.Canvas, r *rand.Rand) {
	ash := ceramics.Named("ash")
	ash.Ground(c, 0.60)
	c.Ground = true
	ceramics.Branch(c, r, 1300, 360)
	ceramics.VaseAt(c, ceramics.Named("shino"), r, 1300, 760, 420, 1)
	ceramics.CupAt(c, ceramics.Named("sometsuke"), r, 1560, 740, 92, 200)
	ceramics.BowlAt(c, ceramics.Named("celadon"), r, 1010, 790, 205, 180)
	ceramics.CupAt(c, ceramics.Named("tenmoku"), r, 1740, 850, 100, 150)
	ceramics.PlateAt(c, ash, r, 2030, 760, 205, 46, 0.42)
	ceramics.CupAt(c, ceramics.Named("indigo"), r, 1470, 880, 78, 112)
}

func clothingHero(c *canvas.Canvas, r *rand.Rand) {
	c.Paper(canvas.Hex(0xece6da))
	clothing.Trousers(at(c, 640, 90, 0.92), clothing.Named("sumi"), r)
	clothing.Shirt(at(c, 1440, 20, 0.96), clothing.Named("kinari"), r)
	clothing.Noragi(at(c, 985, 30, 1.02), clothing.Named("ai"), r)
	clothing.Tote(at(c, 1700, 330, 0.62), clothing.Named("karashi"), r)
}

// Logo draws a shop's mark on its own paper.
func Logo(s Shop) (*image.RGBA, error) {
	c := newCanvas(LogoSide, LogoSide, "logo/"+string(s), 1)
	switch s {
	case Tea:
		teaMark(c)
	case Ceramics:
		ceramicsMark(c)
	case Clothing:
		clothingMark(c)
	default:
		return nil, fmt.Errorf("draw mark of %q: %w", s, ErrUnknown)
	}
	return c.Image(), nil
}

func ground(c *canvas.Canvas, col uint32) {
	base := canvas.Hex(col)
	c.Cover(func(x, y float32) canvas.RGB { return base.Add(0.012 * (c.Noise.At(x*120, y*240) - 0.5)) })
}

// teaMark is two leaves and a bud in a disc.
func teaMark(c *canvas.Canvas) {
	ground(c, 0xf3f0e4)
	green, light := canvas.Hex(0x3f5f3f), canvas.Hex(0xf3f0e4)
	c.Fill(canvas.Ellipse(500, 500, 400, 400), green, 1)
	stem := canvas.Line(canvas.Pt(500, 780), canvas.Pt(496, 640), canvas.Pt(500, 500))
	c.Fill(canvas.Stroke(stem, 22, 12), light, 1)
	for _, k := range []float32{1, -1} {
		leaf := canvas.Curve(canvas.Pt(500, 640), canvas.Pt(500+k*60, 500), canvas.Pt(500+k*200, 400),
			canvas.Pt(500+k*262, 392),
			canvas.Pt(500+k*250, 480), canvas.Pt(500+k*150, 600))
		c.Fill(leaf, light, 1)
		vein := canvas.Line(canvas.Pt(500+k*20, 620), canvas.Pt(500+k*110, 520), canvas.Pt(500+k*225, 420))
		c.Fill(canvas.Stroke(vein, 10, 4), green, 1)
	}
	bud := canvas.Curve(canvas.Pt(500, 540), canvas.Pt(455, 420), canvas.Pt(500, 250), canvas.Pt(545, 420))
	c.Fill(bud, light, 1)
}

// ceramicsMark is a bowl within a ring made with one stroke.
func ceramicsMark(c *canvas.Canvas) {
	ground(c, 0xf1ede6)
	ink, glaze := canvas.Hex(0x36332f), canvas.Hex(0x7f9c8f)
	var ring []canvas.Point
	for i := range 100 {
		a := 0.75 + float32(i)*(2*math.Pi-0.5)/100
		k := 1 + 0.012*canvas.Sin(a*3)
		ring = append(ring, canvas.Pt(500+390*k*canvas.Cos(a), 500+390*k*canvas.Sin(a)))
	}
	c.Fill(canvas.Stroke(ring, 62, 14), ink, 1)
	bowl := canvas.Line(canvas.Pt(290, 430), canvas.Pt(318, 560), canvas.Pt(420, 652))
	right := canvas.Line(canvas.Pt(580, 652), canvas.Pt(682, 560), canvas.Pt(710, 430))
	c.Fill(canvas.Poly(append(bowl, right...)...), glaze, 1)
	c.Fill(canvas.Poly(canvas.Pt(425, 650), canvas.Pt(575, 650), canvas.Pt(560, 700), canvas.Pt(440, 700)), ink, 1)
	c.Fill(canvas.Ellipse(500, 430, 210, 34), ink, 1)
	c.Fill(canvas.Ellipse(500, 434, 186, 22), glaze.Lighten(0.5), 1)
}

// clothingMark is a hemp leaf in running stitches on indigo.
func clothingMark(c *canvas.Canvas) {
	ground(c, 0x2f4468)
	thread := canvas.Hex(0xf1ebdd)
	const r = 350
	corner := func(i int, d float32) canvas.Point {
		a := (float32(i) - 1.5) * math.Pi / 3
		return canvas.Pt(500+d*canvas.Cos(a), 500+d*canvas.Sin(a))
	}
	var lines [][]canvas.Point
	for i := range 6 {
		a, b := corner(i, r), corner(i+1, r)
		mid := canvas.Pt((a.X+b.X+500)/3, (a.Y+b.Y+500)/3)
		lines = append(lines, []canvas.Point{a, b}, []canvas.Point{canvas.Pt(500, 500), a},
			[]canvas.Point{canvas.Pt(500, 500), mid}, []canvas.Point{a, mid}, []canvas.Point{b, mid})
	}
	for _, l := range lines {
		c.Fill(canvas.Dashes(l, 34, 17, 13), thread, 1)
	}
}
