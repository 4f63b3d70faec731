package image

import (
	"encoding/binary"
	stdimage "image"
)

// orientation is EXIF's number for how the stored rows lie: 1 is upright, 6 is the usual portrait of a telephone.
type orientation int

const upright orientation = 1

// parseOrientation reads one tag of the first directory of a TIFF block and nothing else; whatever is odd is upright.
func parseOrientation(tiff []byte) orientation {
	const (
		tagOrientation = 0x0112
		typeShort      = 3
		maxEntries     = 512
	)
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	n := min(int(order.Uint16(tiff[at:])), maxEntries)
	entries := tiff[at+2:]
	for range n {
		if len(entries) < 12 {
			return upright
		}
		e := entries[:12]
		entries = entries[12:]
		if order.Uint16(e) != tagOrientation {
			continue
		}
		o := orientation(order.Uint16(e[8:]))
		if order.Uint16(e[2:]) != typeShort || order.Uint32(e[4:]) != 1 || o < 1 || o > 8 {
			return upright
		}
		return o
	}
	return upright
}

// sideways says whether width and height change places.
func (o orientation) sideways() bool { return o >= 5 }

// apply turns the picture upright.
func (o orientation) apply(m *stdimage.RGBA) *stdimage.RGBA {
	if o <= upright || o > 8 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	outW, outH := w, h
	if o.sideways() {
		outW, outH = h, w
	}
	out := stdimage.NewRGBA(stdimage.Rect(0, 0, outW, outH))
	for y := range outH {
		for x := range outW {
			sx, sy := o.source(x, y, w, h)
			s, d := m.PixOffset(m.Rect.Min.X+sx, m.Rect.Min.Y+sy), out.PixOffset(x, y)
			copy(out.Pix[d:d+4], m.Pix[s:s+4])
		}
	}
	return out
}

// source is where in the stored picture of w by h the upright picture's pixel comes from.
func (o orientation) source(x, y, w, h int) (sx, sy int) {
	switch o {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	}
	return x, y
}
