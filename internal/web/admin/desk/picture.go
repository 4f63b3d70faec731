package desk

import (
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
)

// Picture is the address of a product's picture at the media door: the narrowest size that is at least that wide, or the
// widest there is; "" where there is no picture.
func (d *Desk) Picture(r *frame.Request, img catalog.Image, width int64) string {
	if len(img.Files) == 0 {
		return ""
	}
	best := img.Files[len(img.Files)-1]
	for _, f := range img.Files {
		if f.Width >= width {
			best = f
			break
		}
	}
	return d.Places.Picture(r.Shop(), place.PictureName(best.Digest, best.Width, best.Ext()), r.Host())
}
