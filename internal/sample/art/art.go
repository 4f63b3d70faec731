// Package art draws the pictures of the three sample shops: their goods, their marks and their banners.
//
// It guarantees that the same kind, tone and seed give the same picture on one machine, and that another seed gives
// another piece. The same kind and seed in another tone is the same piece in another colour. It refuses kinds and
// tones that it does not know.
package art

import (
	"errors"
	"fmt"
	"hash/fnv"
	"image"
	"math/rand/v2"
	"slices"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
	"github.com/noren-shop/noren/internal/sample/art/ceramics"
	"github.com/noren-shop/noren/internal/sample/art/clothing"
	"github.com/noren-shop/noren/internal/sample/art/tea"
)

// Side is the width and height of a product picture.
const Side = 800

// Shop is one of the sample shops.
type Shop string

// The shops.
const (
	Tea      Shop = "tea"
	Ceramics Shop = "ceramics"
	Clothing Shop = "clothing"
)

// Kind is what a picture shows.
type Kind string

// The kinds.
const (
	TeaTin     Kind = "tea/tin"
	TeaLeaves  Kind = "tea/leaves"
	TeaCaddy   Kind = "tea/caddy"
	TeaCup     Kind = "tea/cup"
	TeaMatcha  Kind = "tea/matcha"
	TeaBags    Kind = "tea/bags"
	TeaPouch   Kind = "tea/pouch"
	TeaPot     Kind = "tea/pot"
	TeaWagashi Kind = "tea/wagashi"
	TeaDango   Kind = "tea/dango"
	TeaYokan   Kind = "tea/yokan"

	WareBowl    Kind = "ceramics/bowl"
	WarePlate   Kind = "ceramics/plate"
	WareVase    Kind = "ceramics/vase"
	WareCup     Kind = "ceramics/cup"
	WareMug     Kind = "ceramics/mug"
	WareTeaBowl Kind = "ceramics/teabowl"
	WareFlask   Kind = "ceramics/flask"
	WareDishes  Kind = "ceramics/dishes"
	WareJar     Kind = "ceramics/jar"

	WearTee      Kind = "clothing/tee"
	WearShirt    Kind = "clothing/shirt"
	WearNoragi   Kind = "clothing/noragi"
	WearTrousers Kind = "clothing/trousers"
	WearSocks    Kind = "clothing/socks"
	WearTote     Kind = "clothing/tote"
	WearApron    Kind = "clothing/apron"
	WearTenugui  Kind = "clothing/tenugui"
)

// ErrUnknown is a kind, a shop or a tone that is not drawn here.
var ErrUnknown = errors.New("unknown picture")

// A Tone is a tea, a glaze or a dye: what a variant is called and which colours it has.
type Tone struct{ Name, Ja, En string }

// Shops lists them.
func Shops() []Shop { return []Shop{Tea, Ceramics, Clothing} }

// Tones lists what a shop's goods come in.
func Tones(s Shop) []Tone {
	switch s {
	case Tea:
		return []Tone{{"sencha", "煎茶", "Sencha"}, {"gyokuro", "玉露", "Gyokuro"}, {"matcha", "抹茶", "Matcha"},
			{"hojicha", "ほうじ茶", "Hojicha"}, {"genmaicha", "玄米茶", "Genmaicha"}, {"wakocha", "和紅茶", "Japanese black tea"},
			{"sakura", "桜", "Cherry blossom"}, {"yuzu", "柚子", "Yuzu"}}
	case Ceramics:
		return []Tone{{"celadon", "青磁", "Celadon"}, {"tenmoku", "天目", "Tenmoku"}, {"shino", "志野", "Shino"},
			{"ash", "灰釉", "Ash white"}, {"sometsuke", "染付", "Blue and white"}, {"indigo", "藍釉", "Indigo"},
			{"oribe", "織部", "Oribe green"}}
	case Clothing:
		return []Tone{{"kinari", "生成り", "Undyed"}, {"ai", "藍", "Indigo"}, {"sumi", "墨", "Ink"},
			{"asagi", "浅葱", "Pale indigo"}, {"matsuba", "松葉", "Pine green"}, {"kaki", "柿", "Persimmon"},
			{"hai", "灰", "Grey"}, {"karashi", "芥子", "Mustard"}, {"azuki", "小豆", "Azuki red"}, {"shiro", "白", "White"}}
	}
	return nil
}

// Kinds lists what a shop sells.
func Kinds(s Shop) []Kind {
	switch s {
	case Tea:
		return []Kind{TeaTin, TeaLeaves, TeaCaddy, TeaCup, TeaMatcha, TeaBags, TeaPouch, TeaPot, TeaWagashi, TeaDango,
			TeaYokan}
	case Ceramics:
		return []Kind{WareBowl, WarePlate, WareVase, WareCup, WareMug, WareTeaBowl, WareFlask, WareDishes, WareJar}
	case Clothing:
		return []Kind{WearTee, WearShirt, WearNoragi, WearTrousers, WearSocks, WearTote, WearApron, WearTenugui}
	}
	return nil
}

// Shop says who sells it.
func (k Kind) Shop() Shop {
	for _, s := range Shops() {
		if slices.Contains(Kinds(s), k) {
			return s
		}
	}
	return ""
}

// Draw makes the picture of one article, Side by Side.
func Draw(kind Kind, tone string, seed int64) (*image.RGBA, error) {
	return DrawSide(kind, tone, seed, Side)
}

// DrawSide is Draw with another number of pixels on each side: the same picture, coarser or finer.
func DrawSide(kind Kind, tone string, seed int64, side int) (*image.RGBA, error) {
	shop := kind.Shop()
	if !slices.ContainsFunc(Tones(shop), func(t Tone) bool { return t.Name == tone }) {
		return nil, fmt.Errorf("draw %q in %q: %w", kind, tone, ErrUnknown)
	}
	// The tone has no part in the seed: a shirt in two colours is the same shirt.
	c := newCanvas(side, side, string(kind), seed)
	r := rand.New(rand.NewPCG(uint64(seed), hash(string(kind))))
	switch shop {
	case Tea:
		goods()[kind](c, tea.Named(tone), r)
	case Ceramics:
		wares()[kind](c, ceramics.Named(tone), r)
	case Clothing:
		garments()[kind](c, clothing.Named(tone), r)
	}
	return c.Image(), nil
}

func newCanvas(w, h int, name string, seed int64) *canvas.Canvas {
	return canvas.New(w, h, uint64(seed)*0x9e3779b97f4a7c15+hash(name))
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum64()
}

func goods() map[Kind]tea.Good {
	return map[Kind]tea.Good{TeaTin: tea.Tin, TeaLeaves: tea.Leaves, TeaCaddy: tea.Caddy, TeaCup: tea.Cup,
		TeaMatcha: tea.Matcha, TeaBags: tea.Bags, TeaPouch: tea.Pouch, TeaPot: tea.Teapot, TeaWagashi: tea.Wagashi,
		TeaDango: tea.Dango, TeaYokan: tea.Yokan}
}

func wares() map[Kind]ceramics.Ware {
	return map[Kind]ceramics.Ware{WareBowl: ceramics.Bowl, WarePlate: ceramics.Plate, WareVase: ceramics.Vase,
		WareCup: ceramics.Cup, WareMug: ceramics.Mug, WareTeaBowl: ceramics.TeaBowl, WareFlask: ceramics.Flask,
		WareDishes: ceramics.Dishes, WareJar: ceramics.Jar}
}

func garments() map[Kind]clothing.Garment {
	return map[Kind]clothing.Garment{WearTee: clothing.Tee, WearShirt: clothing.Shirt, WearNoragi: clothing.Noragi,
		WearTrousers: clothing.Trousers, WearSocks: clothing.Socks, WearTote: clothing.Tote, WearApron: clothing.Apron,
		WearTenugui: clothing.Towel}
}
