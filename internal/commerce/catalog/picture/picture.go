// Package picture turns an uploaded file into a picture that a product can have.
//
// It guarantees that only what base/image has encoded anew is kept, that the decoding happens outside of transactions, a
// few at a time, and that files which no product uses any more go, a day after they were last uploaded. It refuses
// callers who may not edit the catalogue, before a byte is decoded.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	stdimage "image"
	"io"
	"maps"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/image"
	"github.com/noren-shop/noren/internal/commerce/catalog"
)

// atOnce bounds the pictures that are decoded at once: each may take 400 MB for a moment.
const atOnce = 2

// grace is how long an upload may wait to be attached.
const grace = 24 * time.Hour

// A Service makes pictures.
type Service struct {
	blobs blob.Store
	turn  chan struct{}
}

// New makes the service.
func New(blobs blob.Store) *Service { return &Service{blobs, make(chan struct{}, atOnce)} }

// Take reads an upload, makes its sizes and keeps their files. The picture is then for catalog.AttachImage, in a
// transaction of its own.
func (s *Service) Take(ctx context.Context, scope db.Scope, upload io.Reader) (catalog.Image, error) {
	if err := allow(scope, actor.EditCatalog); err != nil {
		return catalog.Image{}, err
	}
	return s.keep(ctx, scope, func() (image.Result, error) { return image.Process(ctx, upload) })
}

// Draw is Take for a picture that a program of ours has drawn.
func (s *Service) Draw(ctx context.Context, scope db.Scope, m stdimage.Image) (catalog.Image, error) {
	if err := allow(scope, actor.EditCatalog); err != nil {
		return catalog.Image{}, err
	}
	return s.keep(ctx, scope, func() (image.Result, error) { return image.FromImage(ctx, m) })
}

// allow is Tx.Allow before there is a transaction.
func allow(scope db.Scope, r actor.Right) error {
	if scope.Actor.May(r) {
		return nil
	}
	return fault.Denied(fault.Text{
		Ja: "画像を追加する権限がありません。必要な場合は、ショップのオーナーにご相談ください。",
		En: "You do not have the right to add pictures. Ask the shop's owner if you need it."})
}

func (s *Service) keep(ctx context.Context, scope db.Scope, process func() (image.Result, error)) (catalog.Image, error) {
	res, err := s.inTurn(ctx, process)
	if err != nil {
		return catalog.Image{}, err
	}
	img := catalog.Image{Digest: res.Digest, Width: int64(res.Width), Height: int64(res.Height)}
	for _, v := range res.Variants {
		info, err := s.blobs.Put(ctx, scope.Shop, bytes.NewReader(v.Bytes))
		if err != nil {
			return catalog.Image{}, fmt.Errorf("keep picture: %w", err)
		}
		img.Files = append(img.Files, catalog.File{
			Width: int64(v.Width), Height: int64(v.Height), Digest: string(info.Digest), Type: v.Type})
	}
	return img, nil
}

func (s *Service) inTurn(ctx context.Context, process func() (image.Result, error)) (image.Result, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
		return process()
	case <-ctx.Done():
		return image.Result{}, fmt.Errorf("wait to decode picture: %w", context.Cause(ctx))
	}
}

// A Used lists the digests of files that something of the shop shows.
type Used func(ctx context.Context, r db.Reader) (map[string]bool, error)

// Collect deletes the scope's shop's files that none of the lists has and that nobody has uploaded for a day, and says how many.
func (s *Service) Collect(ctx context.Context, store *db.DB, scope db.Scope, lists ...Used) (int, error) {
	if len(lists) == 0 {
		return 0, errors.New("collect pictures: nothing says what is used")
	}
	used := map[string]bool{}
	now := time.Time{}
	err := store.Read(ctx, scope, func(r db.Reader) error {
		now = r.Now()
		for _, list := range lists {
			some, err := list(ctx, r)
			if err != nil {
				return err
			}
			maps.Copy(used, some)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	since := now.Add(-grace)
	var old []blob.Digest
	if err := s.blobs.Walk(ctx, scope.Shop, func(i blob.Info) error {
		if i.Put.Before(since) && !used[string(i.Digest)] {
			old = append(old, i.Digest)
		}
		return nil
	}); err != nil {
		return 0, err
	}
	for n, d := range old {
		if err := s.blobs.Delete(ctx, scope.Shop, d, since); err != nil {
			return n, err
		}
	}
	return len(old), nil
}
