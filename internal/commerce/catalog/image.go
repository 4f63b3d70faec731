package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// An Image is a product's picture in several sizes.
type Image struct {
	ID       id.Image
	Position int64  // its place among the product's, from 0; places may be empty
	Digest   string // of the picture as a whole
	Width    int64  // of the upright original
	Height   int64
	Alt      string // what it shows, for who cannot see it
	AltEn    string
	Files    []File // narrowest first
}

// A File is one size of an image, by the digest under which the blob store keeps it.
type File struct {
	Width  int64  `json:"w"`
	Height int64  `json:"h"`
	Digest string `json:"d"`
	Type   string `json:"t"` // image/jpeg, image/png
}

// Ext is the ending of the file's name, with its dot.
func (f File) Ext() string {
	if f.Type == "image/png" {
		return ".png"
	}
	return ".jpg"
}

// ReadFiles reads the list of sizes as it is stored.
func ReadFiles(s string) ([]File, error) {
	if s == "" {
		return nil, nil
	}
	var fs []File
	if err := json.Unmarshal([]byte(s), &fs); err != nil {
		return nil, fmt.Errorf("read image's files: %w", err)
	}
	return fs, nil
}

func cleanAlt(img *Image) error {
	var fs fault.Faults
	for field, s := range map[string]*string{"alt": &img.Alt, "alt_en": &img.AltEn} {
		if f := line(field, s, MaxAlt); f != nil {
			fs = append(fs, f)
		}
	}
	return fs.Err()
}

// AttachImage puts a picture, whose files the blob store holds already (see catalog/picture), after the product's others.
func (s *Service) AttachImage(ctx context.Context, tx *db.Tx, product id.Product, img Image) (id.Image, error) {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return 0, err
	}
	if err := cleanAlt(&img); err != nil {
		return 0, err
	}
	if len(img.Files) == 0 {
		return 0, errors.New("attach image: no files")
	}
	have, err := s.imageIDs(ctx, tx, product)
	if err != nil {
		return 0, err
	}
	if len(have) >= MaxImages {
		return 0, fault.Invalid("image", fault.Text{
			Ja: "画像は1商品につき" + strconv.Itoa(MaxImages) + "枚までです。使わない画像を削除してから追加してください。",
			En: "A product has at most " + strconv.Itoa(MaxImages) + " pictures. Remove one that you do not need first."})
	}
	files, err := json.Marshal(img.Files)
	if err != nil {
		return 0, fmt.Errorf("write image's files: %w", err)
	}
	v, err := db.Insert(tx, func(v id.Image) (int64, error) {
		return tx.Exec(ctx, sqlPutImage, tx.Shop(), v, product, img.Digest, img.Width, img.Height, img.Alt, img.AltEn, string(files))
	})
	if err != nil {
		return 0, fmt.Errorf("attach image: %w", err)
	}
	return v, s.touch(ctx, tx, product)
}

// PlaceImage attaches a picture at a place from 0 to MaxImages - 1, instead of the one that is there.
func (s *Service) PlaceImage(ctx context.Context, tx *db.Tx, product id.Product, place int64, img Image) (id.Image, error) {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return 0, err
	}
	if f := between("position", place, MaxImages-1); f != nil {
		return 0, f
	}
	if err := tx.Queue(sqlClearPlace, tx.Shop(), product, place); err != nil {
		return 0, err
	}
	v, err := s.AttachImage(ctx, tx, product, img)
	if err != nil {
		return 0, err
	}
	if err := tx.Queue(sqlPlaceImage, tx.Shop(), product, v, place); err != nil {
		return 0, err
	}
	return v, s.touch(ctx, tx, product)
}

// DescribeImage changes what is read out for a picture.
func (s *Service) DescribeImage(ctx context.Context, tx *db.Tx, product id.Product, image id.Image, alt, altEn string) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	img := Image{Alt: alt, AltEn: altEn}
	if err := cleanAlt(&img); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlDescribeImage, tx.Shop(), product, image, img.Alt, img.AltEn)
	if err != nil {
		return fmt.Errorf("describe image: %w", err)
	}
	if n == 0 {
		return errNoImage()
	}
	return s.touch(ctx, tx, product)
}

// RemoveImage takes a picture off the product. Its files go when no picture uses them: see picture.Collect.
func (s *Service) RemoveImage(ctx context.Context, tx *db.Tx, product id.Product, image id.Image) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlDeleteImage, tx.Shop(), product, image)
	if err != nil {
		return fmt.Errorf("remove image: %w", err)
	}
	if n == 0 {
		return errNoImage()
	}
	return s.touch(ctx, tx, product)
}

// OrderImages sets the order of a product's pictures; order names each of them once. The first stands in lists.
func (s *Service) OrderImages(ctx context.Context, tx *db.Tx, product id.Product, order []id.Image) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	have, err := s.imageIDs(ctx, tx, product)
	if err != nil {
		return err
	}
	left := map[id.Image]bool{}
	for _, v := range have {
		left[v] = true
	}
	for _, v := range order {
		if !left[v] {
			return errNoImage()
		}
		delete(left, v)
	}
	if len(left) > 0 {
		return fault.Conflict(fault.Text{
			Ja: "画像が追加または削除されています。画面を開き直してから並べ替えてください。",
			En: "Pictures have been added or removed. Please open the page again and then sort them."})
	}
	for i, v := range order {
		if err := tx.Queue(sqlPlaceImage, tx.Shop(), product, v, i); err != nil {
			return err
		}
	}
	return s.touch(ctx, tx, product)
}

func errNoImage() error {
	return fault.NotFound(fault.Text{
		Ja: "この画像は見つかりません。すでに削除された可能性があります。",
		En: "This picture was not found. It may have been removed already."})
}

// imageIDs are the product's pictures in order; ErrMissing where the shop has no such product.
func (s *Service) imageIDs(ctx context.Context, r db.Reader, product id.Product) ([]id.Image, error) {
	if _, err := db.One(ctx, r, scanID[id.Product], sqlHasProduct, r.Shop(), product); err != nil {
		return nil, missing(err)
	}
	return db.All(ctx, r, scanID[id.Image], sqlImageIDs, r.Shop(), product)
}

// FileDigests are the digests of all files that the shop's pictures use, for the collector of unused ones.
func (s *Service) FileDigests(ctx context.Context, r db.Reader) (map[string]bool, error) {
	if err := r.Allow(actor.SweepShops); err != nil {
		return nil, err
	}
	lists, err := db.All(ctx, r, scanText, sqlAllFiles, r.Shop())
	if err != nil {
		return nil, fmt.Errorf("list image files: %w", err)
	}
	used := map[string]bool{}
	for _, l := range lists {
		files, err := ReadFiles(l)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			used[f.Digest] = true
		}
	}
	return used, nil
}
