package image

import (
	"bytes"
	"context"
	"fmt"
	stdimage "image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

type format int

const (
	formatJPEG format = iota + 1
	formatPNG
	formatGIF
	formatWebP
)

// sniff looks at the first bytes only; what follows is the decoder's to judge.
func sniff(data []byte) (format, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return formatJPEG, true
	case bytes.HasPrefix(data, []byte(pngSignature)):
		return formatPNG, true
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return formatGIF, true
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return formatWebP, true
	}
	return 0, false
}

func (f format) config(r io.Reader) (stdimage.Config, error) {
	switch f {
	case formatJPEG:
		return jpeg.DecodeConfig(r)
	case formatPNG:
		return png.DecodeConfig(r)
	case formatGIF:
		return gif.DecodeConfig(r)
	default:
		return webp.DecodeConfig(r)
	}
}

func (f format) decode(r io.Reader) (stdimage.Image, error) {
	switch f {
	case formatJPEG:
		return jpeg.Decode(r)
	case formatPNG:
		return png.Decode(r)
	case formatGIF:
		return decodeGIF(r)
	default:
		return webp.Decode(r)
	}
}

// decodeSafely takes a decoder's panic for what it is, a broken file, and stops reading when the context ends.
func (f format) decodeSafely(ctx context.Context, data []byte) (m stdimage.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("decoder gave up: %v", p)
		}
	}()
	return f.decode(ctxReader{ctx, bytes.NewReader(data)})
}

// decodeGIF reads the first frame alone and lays it on the whole screen, which it need not fill.
func decodeGIF(r io.Reader) (stdimage.Image, error) {
	var head bytes.Buffer
	cfg, err := gif.DecodeConfig(io.TeeReader(r, &head))
	if err != nil {
		return nil, err
	}
	m, err := gif.Decode(io.MultiReader(&head, r))
	if err != nil {
		return nil, err
	}
	screen := stdimage.Rect(0, 0, cfg.Width, cfg.Height)
	if m.Bounds() == screen {
		return m, nil
	}
	return onScreen{m, screen}, nil
}

// onScreen shows a frame within a larger transparent screen without copying it.
type onScreen struct {
	stdimage.Image
	screen stdimage.Rectangle
}

func (s onScreen) Bounds() stdimage.Rectangle { return s.screen }

func (s onScreen) ColorModel() color.Model { return color.RGBAModel }

func (s onScreen) At(x, y int) color.Color {
	if (stdimage.Point{X: x, Y: y}).In(s.Image.Bounds()) {
		return s.Image.At(x, y)
	}
	return color.Transparent
}

// deep says whether a pixel takes eight bytes once decoded.
func deep(m color.Model) bool { return m == color.RGBA64Model || m == color.NRGBA64Model }

// animated looks at the flag in a WebP's extended header. A GIF's later frames are passed over instead.
func (f format) animated(data []byte) bool {
	return f == formatWebP && len(data) >= 21 && string(data[12:16]) == "VP8X" && data[20]&0x02 != 0
}

// progressive says whether a JPEG's frame header is of a kind that keeps all coefficients in memory.
func (f format) progressive(data []byte) bool {
	found := false
	if f == formatJPEG {
		eachSegment(data, func(marker byte, _ []byte) { found = found || marker == 0xc2 })
	}
	return found
}

// scans counts a JPEG's scan headers wherever they seem to stand, which is never less than the decoder finds.
func scans(data []byte) int { return bytes.Count(data, []byte{0xff, 0xda}) }

type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
