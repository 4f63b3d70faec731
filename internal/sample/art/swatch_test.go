package art

import (
	"math/rand/v2"

	"github.com/noren-shop/noren/internal/sample/art/canvas"
	"github.com/noren-shop/noren/internal/sample/art/ceramics"
	"github.com/noren-shop/noren/internal/sample/art/clothing"
	"github.com/noren-shop/noren/internal/sample/art/tea"
)

func swatch(c *canvas.Canvas, s Shop, tone string) {
	r := rand.New(rand.NewPCG(1, 1))
	switch s {
	case Tea:
		tea.Tin(c, tea.Named(tone), r)
	case Ceramics:
		ceramics.Bowl(c, ceramics.Named(tone), r)
	case Clothing:
		clothing.Tee(c, clothing.Named(tone), r)
	}
}
