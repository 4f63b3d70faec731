package sweep_test

import (
	"context"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/picture"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/sweep"
)

func TestAShopsHeroAndLogoAreKept(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		dir := t.TempDir()
		blobs, err := blob.OpenFolder(dir, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		pictures, goods := picture.New(blobs), catalog.New()
		var imgs []catalog.Image
		for shade := range uint8(3) { // hero, logo, neither
			m := image.NewRGBA(image.Rect(0, 0, 40, 40))
			m.Set(3, 3, color.RGBA{R: 90 * shade, A: 255})
			img, err := pictures.Draw(t.Context(), k.Staff(), m)
			if err != nil {
				t.Fatal(err)
			}
			imgs = append(imgs, img)
		}
		k.Write(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := k.Tenant.SetPictures(ctx, tx, imgs[0].Files[0].Digest+"-40.png", imgs[1].Files[0].Digest)
			return err
		})
		old := time.Now().Add(-72 * time.Hour)
		files, err := filepath.Glob(filepath.Join(dir, "*", "*", "*"))
		if err != nil || len(files) < 3 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			if err := os.Chtimes(f, old, old); err != nil {
				t.Fatal(err)
			}
		}
		f := sweep.Files{DB: k.DB, Pictures: pictures, Catalog: goods, Tenants: k.Tenant}
		if err := f.Collect(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, img := range imgs {
			o, err := blobs.Open(t.Context(), flowtest.Shop, blob.Digest(img.Files[0].Digest))
			if (err == nil) != (i < 2) {
				t.Errorf("picture %d: %v", i, err)
			}
			if err == nil {
				o.Close()
			}
		}
	})
}
