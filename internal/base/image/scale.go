package image

import (
	"bytes"
	"context"
	"fmt"
	stdimage "image"
	stddraw "image/draw"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
)

const (
	typeJPEG = "image/jpeg"
	typePNG  = "image/png"
	quality  = 82
	// tallest bounds a variant's height, in widths: a picture like a ribbon is made narrower instead.
	tallest = 3
)

// variantSizes are the sizes to make for an upright picture of w by h: the usual widths below its own, and its own when
// that is below the largest.
func variantSizes(w, h int) []stdimage.Point {
	usual := [...]int{320, 640, 1280}
	var sizes []stdimage.Point
	for _, width := range usual {
		size := fit(w, h, width)
		sizes = append(sizes, size)
		if size.X == w {
			break
		}
	}
	return sizes
}

// fit is the largest size within width and tallest times width that keeps the shape and does not enlarge.
func fit(w, h, width int) stdimage.Point {
	if w <= width && h <= tallest*width {
		return stdimage.Pt(w, h)
	}
	if h*width > tallest*width*w {
		return stdimage.Pt(max(1, w*tallest*width/h), tallest*width)
	}
	return stdimage.Pt(width, max(1, (h*width+w/2)/w))
}

// shrink scales to w by h: first by whole numbers, averaging, which keeps memory and time in bounds for large pictures,
// then by Catmull-Rom.
func shrink(ctx context.Context, m stdimage.Image, w, h int) (*stdimage.RGBA, error) {
	b := m.Bounds()
	small, n := m, min(b.Dx()/(2*w), b.Dy()/(2*h))
	if rgba, ok := m.(*stdimage.RGBA); ok && b.Dx() == w && b.Dy() == h && b.Min == (stdimage.Point{}) {
		return rgba, nil
	}
	if b.Dx() == 2*w && b.Dy() == 2*h {
		return average(ctx, m, 2)
	}
	if n >= 2 {
		var err error
		if small, err = average(ctx, m, n); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := stdimage.NewRGBA(stdimage.Rect(0, 0, w, h))
	if b := small.Bounds(); b.Dx() == w && b.Dy() == h {
		stddraw.Draw(out, out.Rect, small, b.Min, stddraw.Src)
		return out, nil
	}
	draw.CatmullRom.Scale(out, out.Rect, small, small.Bounds(), draw.Src, nil)
	clampPremultiplied(out)
	return out, nil
}

// average makes each n by n pixels one. A rest at the right and lower edge, less than n wide, is left out.
func average(ctx context.Context, m stdimage.Image, n int) (*stdimage.RGBA, error) {
	b := m.Bounds()
	out := stdimage.NewRGBA(stdimage.Rect(0, 0, b.Dx()/n, b.Dy()/n))
	strip := stdimage.NewRGBA(stdimage.Rect(0, 0, b.Dx(), n))
	sums := make([]uint32, 4*out.Rect.Dx())
	for y := range out.Rect.Dy() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		stddraw.Draw(strip, strip.Rect, m, stdimage.Pt(b.Min.X, b.Min.Y+y*n), stddraw.Src)
		clear(sums)
		for row := range n {
			line := strip.Pix[row*strip.Stride:]
			at := 0
			for i := 0; i < len(sums); i += 4 {
				s := sums[i : i+4 : i+4]
				for range n {
					px := line[at : at+4 : at+4]
					s[0] += uint32(px[0])
					s[1] += uint32(px[1])
					s[2] += uint32(px[2])
					s[3] += uint32(px[3])
					at += 4
				}
			}
		}
		area := uint32(n * n)
		for i, s := range sums {
			out.Pix[y*out.Stride+i] = uint8((s + area/2) / area)
		}
	}
	return out, nil
}

// clampPremultiplied mends the kernel's overshoot, which may leave a colour above its alpha.
func clampPremultiplied(m *stdimage.RGBA) {
	for i := 0; i+3 < len(m.Pix); i += 4 {
		px := m.Pix[i : i+4 : i+4]
		px[0], px[1], px[2] = min(px[0], px[3]), min(px[1], px[3]), min(px[2], px[3])
	}
}

func encodeJPEG(m *stdimage.RGBA) (Variant, error) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, m, &jpeg.Options{Quality: quality}); err != nil {
		return Variant{}, fmt.Errorf("encode JPEG: %w", err)
	}
	return Variant{Width: m.Rect.Dx(), Height: m.Rect.Dy(), Type: typeJPEG, Bytes: buf.Bytes()}, nil
}

func encodePNG(m *stdimage.RGBA) (Variant, error) {
	var buf bytes.Buffer
	if err := png.Encode(&buf, m); err != nil {
		return Variant{}, fmt.Errorf("encode PNG: %w", err)
	}
	return Variant{Width: m.Rect.Dx(), Height: m.Rect.Dy(), Type: typePNG, Bytes: buf.Bytes()}, nil
}
