package image

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	stdimage "image"
	"image/color"
	"math"
	"testing"
)

// exifBlock is the smallest EXIF that names an orientation.
func exifBlock(order binary.AppendByteOrder, o uint16) []byte {
	b := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		b = []byte("II*\x00")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, 0x0112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, o)
	b = order.AppendUint16(b, 0)
	return order.AppendUint32(b, 0)
}

func withSegment(jpg []byte, marker byte, body []byte) []byte {
	out := append([]byte{}, jpg[:2]...)
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(2+len(body)))
	return append(append(out, body...), jpg[2:]...)
}

func withChunk(pic []byte, kind string, body []byte) []byte {
	const afterHeader = 8 + 25
	out := append([]byte{}, pic[:afterHeader]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	chunk := append([]byte(kind), body...)
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, pic[afterHeader:]...)
}

// profileBlock is a matrix profile with the given primaries, as columns in D50, and one curve.
func profileBlock(rgb [3][3]float64, kind byte, curve ...float64) []byte {
	type tag struct {
		name string
		body []byte
	}
	s15 := func(b []byte, v float64) []byte {
		return binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	var tags []tag
	for i, c := range []string{"r", "g", "b"} {
		xyz := []byte("XYZ \x00\x00\x00\x00")
		for _, v := range rgb[i] {
			xyz = s15(xyz, v)
		}
		trc := []byte{'p', 'a', 'r', 'a', 0, 0, 0, 0, 0, kind, 0, 0}
		for _, v := range curve {
			trc = s15(trc, v)
		}
		tags = append(tags, tag{c + "XYZ", xyz}, tag{c + "TRC", trc})
	}
	out := make([]byte, 128)
	copy(out[16:], "RGB XYZ ")
	out = binary.BigEndian.AppendUint32(out, uint32(len(tags)))
	at := 132 + 12*len(tags)
	var bodies []byte
	for _, t := range tags {
		out = append(out, t.name...)
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(bodies)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.body)))
		bodies = append(bodies, t.body...)
	}
	return append(out, bodies...)
}

func displayP3() []byte {
	return profileBlock([3][3]float64{
		{0.5151, 0.2412, -0.0011}, {0.2920, 0.6922, 0.0419}, {0.1571, 0.0666, 0.7841}}, 0, 2.2)
}

func plainSRGB() []byte {
	return profileBlock([3][3]float64{
		{0.4361, 0.2225, 0.0139}, {0.3851, 0.7169, 0.0971}, {0.1431, 0.0606, 0.7141}}, 3, 2.4, 1/1.055, 0.055/1.055,
		1/12.92, 0.04045)
}

func TestOrientationTurnsThePictureUpright(t *testing.T) {
	t.Parallel()
	// The names of the quarters as they must stand in the upright picture, for a stored picture of R G / B W.
	want := map[uint16]string{0: "RGBW", 1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR",
		8: "GWRB", 9: "RGBW"}
	jpg, pic := asJPEG(t, quarters(80, 40)), asPNG(t, quarters(80, 40))
	for o, names := range want {
		files := map[string][]byte{
			"jpeg II": withSegment(jpg, 0xe1, append([]byte("Exif\x00\x00"), exifBlock(binary.LittleEndian, o)...)),
			"jpeg MM": withSegment(jpg, 0xe1, append([]byte("Exif\x00\x00"), exifBlock(binary.BigEndian, o)...)),
			"png":     withChunk(pic, "eXIf", exifBlock(binary.BigEndian, o)),
		}
		for file, data := range files {
			res := process(t, data)
			m := decodeVariant(t, res.Variants[0])
			w, h := m.Bounds().Dx(), m.Bounds().Dy()
			if turned := o >= 5 && o <= 8; turned != (h > w) || res.Width != w {
				t.Errorf("%s, orientation %d: %dx%d", file, o, w, h)
			}
			got := ""
			for _, p := range []stdimage.Point{{X: w / 4, Y: h / 4}, {X: 3 * w / 4, Y: h / 4},
				{X: w / 4, Y: 3 * h / 4}, {X: 3 * w / 4, Y: 3 * h / 4}} {
				got += quarterName(m.At(p.X, p.Y))
			}
			if got != names {
				t.Errorf("%s, orientation %d: %s, want %s", file, o, got, names)
			}
		}
	}
}

func quarterName(c color.Color) string {
	r, g, b, _ := c.RGBA()
	switch {
	case r > 0x8000 && g > 0x8000:
		return "W"
	case r > g && r > b:
		return "R"
	case g > b:
		return "G"
	}
	return "B"
}

func TestDisplayP3BecomesSRGB(t *testing.T) {
	t.Parallel()
	m := stdimage.NewRGBA(stdimage.Rect(0, 0, 16, 16))
	for i := 0; i < len(m.Pix); i += 4 {
		copy(m.Pix[i:], []byte{200, 120, 100, 255})
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(displayP3()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	body := append([]byte("P3\x00\x00"), packed.Bytes()...)
	icc := append([]byte("ICC_PROFILE\x00\x01\x01"), displayP3()...)
	for name, data := range map[string][]byte{
		"png":  withChunk(asPNG(t, m), "iCCP", body),
		"jpeg": withSegment(asJPEG(t, m), 0xe2, icc),
	} {
		got := color.RGBAModel.Convert(decodeVariant(t, process(t, data).Variants[0]).At(8, 8)).(color.RGBA)
		// A colour inside P3 needs more red and less green when it is written in the smaller space.
		if got.R < 206 || got.R > 218 || got.G > 120 || got.G < 108 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSRGBProfileChangesNothing(t *testing.T) {
	t.Parallel()
	if parseProfile(displayP3()) == nil {
		t.Error("P3 was taken for sRGB")
	}
	if parseProfile(plainSRGB()) != nil {
		t.Error("sRGB was not known")
	}
}

func FuzzMeta(f *testing.F) {
	f.Add(asJPEG(f, quarters(16, 16)))
	f.Add(withSegment(asJPEG(f, quarters(16, 16)), 0xe1, append([]byte("Exif\x00\x00"), exifBlock(binary.LittleEndian,
		6)...)))
	f.Add(withChunk(asPNG(f, quarters(16, 16)), "eXIf", exifBlock(binary.BigEndian, 8)))
	f.Add(fixture(f, "alpha.webp"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []format{formatJPEG, formatPNG, formatGIF, formatWebP} {
			if m := kind.meta(data); m.orientation < 1 || m.orientation > 8 {
				t.Errorf("orientation %d", m.orientation)
			}
		}
	})
}

func FuzzOrientation(f *testing.F) {
	f.Add(exifBlock(binary.LittleEndian, 6))
	f.Add(exifBlock(binary.BigEndian, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := parseOrientation(data); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}

func FuzzProfile(f *testing.F) {
	f.Add(displayP3())
	f.Add(plainSRGB())
	f.Fuzz(func(_ *testing.T, data []byte) {
		if p := parseProfile(data); p != nil {
			p.apply(quarters(4, 4))
		}
	})
}

func FuzzProcess(f *testing.F) {
	f.Add(asJPEG(f, quarters(16, 16)))
	f.Add(asPNG(f, quarters(16, 16)))
	f.Add(fixture(f, "plain.webp"))
	f.Add([]byte("GIF89a\x10\x00\x10\x00\x00\x00\x00;"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if fmt, ok := sniff(data); ok {
			if cfg, err := fmt.config(bytes.NewReader(data)); err == nil && cfg.Width*cfg.Height > 1<<20 {
				return // slow, not wrong
			}
		}
		res, err := Process(t.Context(), bytes.NewReader(data))
		if err == nil && len(res.Variants) == 0 {
			t.Error("no variants")
		}
	})
}
