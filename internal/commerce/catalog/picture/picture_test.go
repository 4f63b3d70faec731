package picture_test

import (
	"bytes"
	"context"
	"errors"
	stdimage "image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/picture"
)

func owner() db.Scope {
	return db.Scope{Shop: 1, Actor: actor.Actor{Kind: actor.Staff, Role: actor.Owner}.With(actor.SweepShops)}
}

func drawing(shade uint8) *stdimage.RGBA {
	m := stdimage.NewRGBA(stdimage.Rect(0, 0, 900, 600))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	m.Set(1, 1, color.Black)
	return m
}

func upload(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, drawing(200)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func store(t *testing.T) (*blob.Folder, string) {
	t.Helper()
	dir := t.TempDir()
	f, err := blob.OpenFolder(dir, 64<<20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, dir
}

func TestUploadBecomesFilesOfSeveralSizes(t *testing.T) {
	t.Parallel()
	blobs, _ := store(t)
	s := picture.New(blobs)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			img, err := s.Take(t.Context(), owner(), bytes.NewReader(upload(t)))
			if err != nil || img.Width != 900 || img.Height != 600 || len(img.Files) < 2 {
				t.Errorf("%+v, %v", img, err)
			}
			for _, f := range img.Files {
				o, err := blobs.Open(t.Context(), 1, blob.Digest(f.Digest))
				if err != nil {
					t.Error(err)
					continue
				}
				cfg, kind, err := stdimage.DecodeConfig(o)
				if err != nil || int64(cfg.Width) != f.Width || "image/"+kind != f.Type {
					t.Errorf("%+v is %v %s, %v", f, cfg, kind, err)
				}
				o.Close()
			}
		})
	}
	wg.Wait()
}

func TestBadUploadKeepsNothing(t *testing.T) {
	t.Parallel()
	blobs, dir := store(t)
	s, whole := picture.New(blobs), upload(t)
	for name, data := range map[string][]byte{"text": []byte("<svg onload=alert(1)>"), "empty": nil, "cut off": whole[:len(whole)/2]} {
		if _, err := s.Take(t.Context(), owner(), bytes.NewReader(data)); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	visitor := db.Scope{Shop: 1, Actor: actor.Actor{Kind: actor.Visitor}.With()}
	if _, err := s.Take(t.Context(), visitor, strings.NewReader("never read")); !fault.Is(err, fault.KindDenied) {
		t.Errorf("by a visitor: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Take(gone, owner(), bytes.NewReader(whole)); !errors.Is(err, context.Canceled) {
		t.Errorf("for a caller who left: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "*", "*")); len(left) != 0 {
		t.Errorf("they left %v", left)
	}
}

func TestOnlyUnusedOldFilesAreCollected(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		blobs, dir := store(t)
		s, c := picture.New(blobs), catalog.New()
		var imgs []catalog.Image
		for _, shade := range []uint8{10, 20, 30} {
			img, err := s.Draw(ctx, owner(), drawing(shade))
			if err != nil {
				t.Fatal(err)
			}
			imgs = append(imgs, img)
		}
		var p id.Product
		if err := d.Write(ctx, owner(), func(tx *db.Tx) (err error) {
			if p, err = c.Create(ctx, tx, catalog.In{Name: "茶", Variants: []catalog.VariantIn{{}}}); err != nil {
				return err
			}
			_, err = c.AttachImage(ctx, tx, p, imgs[0])
			return err
		}); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-48 * time.Hour)
		for _, img := range imgs[:2] { // the third was uploaded just now
			for _, f := range img.Files {
				if err := os.Chtimes(filepath.Join(dir, "1", f.Digest[:2], f.Digest), old, old); err != nil {
					t.Fatal(err)
				}
			}
		}
		n, err := s.Collect(ctx, d, owner(), c.FileDigests)
		if err != nil || n != len(imgs[1].Files) {
			t.Errorf("collected %d, %v", n, err)
		}
		for i, img := range imgs {
			o, err := blobs.Open(ctx, 1, blob.Digest(img.Files[0].Digest))
			if (err == nil) != (i != 1) {
				t.Errorf("picture %d: %v", i, err)
			}
			if err == nil {
				o.Close()
			}
		}
	})
}
