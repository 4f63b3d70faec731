package art

import (
	"crypto/sha256"
	"errors"
	"image"
	"math"
	"testing"
)

// small is the picture in 40 by 40 means, as a shopper sees it from far away.
func small(m *image.RGBA) []float64 {
	const n = 40
	out := make([]float64, n*n)
	w, h := m.Rect.Dx(), m.Rect.Dy()
	for y := range h {
		for x := range w {
			i := m.PixOffset(x, y)
			v := 0.3*float64(m.Pix[i]) + 0.59*float64(m.Pix[i+1]) + 0.11*float64(m.Pix[i+2])
			out[y*n/h*n+x*n/w] += v * n * n / float64(w*h)
		}
	}
	return out
}

func spread(v []float64) float64 {
	var sum, square float64
	for _, x := range v {
		sum += x
		square += x * x
	}
	n := float64(len(v))
	return math.Sqrt(square/n - (sum/n)*(sum/n))
}

func distance(a, b []float64) float64 {
	var d float64
	for i := range a {
		d += math.Abs(a[i]-b[i]) / float64(len(a))
	}
	return d
}

func drawn(t *testing.T, k Kind, tone string, seed int64) *image.RGBA {
	t.Helper()
	m, err := Draw(k, tone, seed)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEveryKindDraws(t *testing.T) {
	t.Parallel()
	for _, s := range Shops() {
		for i, k := range Kinds(s) {
			t.Run(string(k), func(t *testing.T) {
				t.Parallel()
				tones := Tones(s)
				a := drawn(t, k, tones[i%len(tones)].Name, 1)
				if a.Rect.Dx() != Side || a.Rect.Dy() != Side {
					t.Errorf("size %v", a.Rect)
				}
				if got := spread(small(a)); got < 8 {
					t.Errorf("blank: spread %.1f", got)
				}
				again := drawn(t, k, tones[i%len(tones)].Name, 1)
				if sha256.Sum256(a.Pix) != sha256.Sum256(again.Pix) {
					t.Error("the same seed gave another picture")
				}
				other := drawn(t, k, tones[i%len(tones)].Name, 2)
				if d := distance(small(a), small(other)); d < 0.1 {
					t.Errorf("another seed gave the same picture: %.2f", d)
				}
			})
		}
	}
}

func TestEveryToneIsKnownToItsShop(t *testing.T) {
	t.Parallel()
	// A name that a shop's package does not know falls back to its first tone, which would show here.
	for _, s := range Shops() {
		seen := map[[32]byte]string{}
		for _, tone := range Tones(s) {
			sum := paint(t, s, tone.Name)
			if other, twice := seen[sum]; twice {
				t.Errorf("%s: %s looks like %s", s, tone.Name, other)
			}
			seen[sum] = tone.Name
			if tone.Ja == "" || tone.En == "" {
				t.Errorf("%s: %s has no name", s, tone.Name)
			}
		}
	}
}

// paint draws with a canvas that does not depend on the tone's name, so that only its colours differ.
func paint(t *testing.T, s Shop, tone string) [32]byte {
	t.Helper()
	c := newCanvas(60, 60, "", 1)
	swatch(c, s, tone)
	return sha256.Sum256(c.Image().Pix)
}

func TestShopfrontsDraw(t *testing.T) {
	t.Parallel()
	for _, s := range Shops() {
		hero, err := Hero(s, 3)
		if err != nil {
			t.Fatal(err)
		}
		if hero.Rect != image.Rect(0, 0, HeroWidth, HeroHeight) || spread(small(hero)) < 8 {
			t.Errorf("%s: banner %v, spread %.1f", s, hero.Rect, spread(small(hero)))
		}
		logo, err := Logo(s)
		if err != nil {
			t.Fatal(err)
		}
		if spread(small(logo)) < 8 {
			t.Errorf("%s: blank mark", s)
		}
	}
}

func TestUnknownIsRefused(t *testing.T) {
	t.Parallel()
	_, kind := Draw("tea/coffee", "sencha", 1)
	_, tone := Draw(TeaTin, "celadon", 1)
	_, hero := Hero("books", 1)
	_, logo := Logo("books")
	for _, err := range []error{kind, tone, hero, logo} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("got %v", err)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	for _, s := range Shops() {
		b.Run(string(s), func(b *testing.B) {
			kinds, tones := Kinds(s), Tones(s)
			i := 0
			for b.Loop() {
				if _, err := Draw(kinds[i%len(kinds)], tones[i%len(tones)].Name, int64(i)); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
