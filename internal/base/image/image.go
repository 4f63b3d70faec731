// Package image takes in a picture that somebody uploaded and gives back pictures that are safe to serve.
//
// It guarantees that what it returns was encoded here, from pixels alone: upright, in sRGB with 8 bits, without
// EXIF, GPS
// position, colour profile, comment, thumbnail or appended file, in a few widths that never exceed the original's.
//
// It refuses whatever is not JPEG, PNG, GIF or WebP by content (the name and the declared type are not looked at),
// files
// and pictures over its limits (the header is read before anything is decoded), and files that are cut off or broken.
// How many pictures are processed at once is the caller's to bound: one may take 400 MB for a moment.
package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	stdimage "image"
	"io"
	"slices"

	"github.com/noren-shop/noren/internal/base/fault"
)

// The limits on what comes in.
const (
	MaxBytes  = 20 << 20   // of the uploaded file
	MaxSide   = 12_000     // pixels
	MaxPixels = 50_000_000 // width times height
	// maxHeavyPixels holds for pictures that need twice the memory or more: 16 bits a channel, progressive JPEG.
	maxHeavyPixels = 25_000_000
	// maxScans ends a known attack: a small progressive JPEG that goes over the whole picture thousands of times.
	maxScans = 60
)

// Field is the name of the form field that the faults of this package speak about.
const Field = "image"

// The faults of a picture.
var (
	ErrEmpty = fault.Invalid(Field, fault.Text{
		Ja: "画像ファイルが空です。ファイルを選び直してください。",
		En: "The picture file is empty. Please choose another file."})
	ErrType = fault.Invalid(Field, fault.Text{
		Ja: "この形式の画像は使えません。JPEG、PNG、GIF、WebPのいずれかでアップロードしてください。",
		En: "This kind of file cannot be used. Please upload a JPEG, PNG, GIF or WebP picture."})
	ErrBytes = fault.Invalid(Field, fault.Text{
		Ja: "画像ファイルが大きすぎます。20MB以下のファイルを選んでください。",
		En: "The picture file is too large. Please choose a file of at most 20 MB."})
	ErrSize = fault.Invalid(Field, fault.Text{
		Ja: "画像の縦横が大きすぎます。一辺12,000ピクセル、合計5,000万ピクセル以内に縮小してください。",
		En: "The picture has too many pixels. Please reduce it to 12,000 pixels a side and 50 megapixels in all."})
	ErrHeavy = fault.Invalid(Field, fault.Text{
		Ja: "この画像は処理できません。16ビットまたはプログレッシブ形式の場合は2,500万ピクセル以内の通常のJPEGで保存し直してください。",
		En: "This picture is too costly to process. Please save it again as an ordinary JPEG of at most 25 megapixels."})
	ErrAnimated = fault.Invalid(Field, fault.Text{
		Ja: "動くWebP画像は使えません。静止画で保存し直してください。",
		En: "Animated WebP pictures cannot be used. Please save it as a still picture."})
	ErrBroken = fault.Invalid(Field, fault.Text{
		Ja: "画像ファイルが壊れているか、途中で切れています。開けることを確かめてから、もう一度アップロードしてください。",
		En: "The picture file is broken or cut off. Please check that it opens, then upload it again."})
)

// A Variant is one picture to serve.
type Variant struct {
	Width, Height int
	Type          string // "image/jpeg" or "image/png"
	Bytes         []byte
}

// Ext is the ending for the variant's file name, with its dot.
func (v Variant) Ext() string {
	if v.Type == typePNG {
		return ".png"
	}
	return ".jpg"
}

// A Result is what one upload becomes.
type Result struct {
	Width, Height int       // of the upright original
	Variants      []Variant // narrowest first, at least one
	Digest        string    // SHA-256 over all variants, in hex: equal pictures have equal names
}

// Process reads a picture to its end and makes the variants. Its faults are the visitor's; other errors are the
// reader's
// or the context's.
func Process(ctx context.Context, r io.Reader) (Result, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Result{}, fmt.Errorf("read picture: %w", err)
	}
	if len(data) > MaxBytes {
		return Result{}, ErrBytes
	}
	if len(data) == 0 {
		return Result{}, ErrEmpty
	}
	f, ok := sniff(data)
	if !ok {
		return Result{}, ErrType
	}
	if err := checkHeader(f, data); err != nil {
		return Result{}, err
	}
	m, err := f.decodeSafely(ctx, data)
	if ctx.Err() != nil {
		return Result{}, fmt.Errorf("decode picture: %w", context.Cause(ctx))
	}
	if err != nil {
		return Result{}, ErrBroken.Because(err)
	}
	meta := f.meta(data)
	return render(ctx, m, meta)
}

// FromImage makes the variants of a picture that a program of ours has drawn.
func FromImage(ctx context.Context, m stdimage.Image) (Result, error) {
	if m.Bounds().Empty() {
		return Result{}, errors.New("picture without pixels")
	}
	return render(ctx, m, meta{orientation: upright})
}

func checkHeader(f format, data []byte) error {
	if f.animated(data) {
		return ErrAnimated
	}
	cfg, err := f.config(bytes.NewReader(data))
	if err != nil {
		return ErrBroken.Because(err)
	}
	if cfg.Width <= 0 || cfg.Height <= 0 {
		return ErrBroken
	}
	if cfg.Width > MaxSide || cfg.Height > MaxSide || cfg.Width*cfg.Height > MaxPixels {
		return ErrSize
	}
	progressive := f.progressive(data)
	if progressive && scans(data) > maxScans {
		return ErrHeavy
	}
	if (progressive || deep(cfg.ColorModel)) && cfg.Width*cfg.Height > maxHeavyPixels {
		return ErrHeavy
	}
	return nil
}

func render(ctx context.Context, m stdimage.Image, meta meta) (Result, error) {
	b := m.Bounds()
	res := Result{Width: b.Dx(), Height: b.Dy()}
	if meta.orientation.sideways() {
		res.Width, res.Height = res.Height, res.Width
	}
	sizes := variantSizes(res.Width, res.Height)
	widest := sizes[len(sizes)-1]
	if meta.orientation.sideways() {
		widest.X, widest.Y = widest.Y, widest.X
	}
	base, err := shrink(ctx, m, widest.X, widest.Y)
	if err != nil {
		return Result{}, fmt.Errorf("scale picture: %w", err)
	}
	base = meta.orientation.apply(base)
	if meta.profile != nil {
		meta.profile.apply(base)
	}
	encode := encodeJPEG
	if !base.Opaque() {
		encode = encodePNG
	}
	// From the widest downwards, each from the one before, which is quick and keeps detail.
	digest := sha256.New()
	for i := len(sizes) - 1; i >= 0; i-- {
		if base, err = shrink(ctx, base, sizes[i].X, sizes[i].Y); err != nil {
			return Result{}, fmt.Errorf("scale picture: %w", err)
		}
		v, err := encode(base)
		if err != nil {
			return Result{}, err
		}
		res.Variants = append(res.Variants, v)
		var head [8]byte
		binary.BigEndian.PutUint64(head[:], uint64(len(v.Bytes)))
		digest.Write(head[:])
		digest.Write(v.Bytes)
	}
	slices.Reverse(res.Variants)
	res.Digest = hex.EncodeToString(digest.Sum(nil))
	return res, nil
}
