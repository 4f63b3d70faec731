package image

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	stdimage "image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/fault"
)

// quarters is a picture whose four quarters are red, green, blue and white, from the upper left in reading order.
func quarters(w, h int) *stdimage.RGBA {
	m := stdimage.NewRGBA(stdimage.Rect(0, 0, w, h))
	four := [2][2]color.RGBA{
		{{200, 30, 30, 255}, {30, 180, 30, 255}},
		{{30, 30, 200, 255}, {250, 250, 250, 255}},
	}
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, four[y*2/h][x*2/w])
		}
	}
	return m
}

func asJPEG(t testing.TB, m stdimage.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m stdimage.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func process(t *testing.T, data []byte) Result {
	t.Helper()
	res, err := Process(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func decodeVariant(t *testing.T, v Variant) stdimage.Image {
	t.Helper()
	m, kind, err := stdimage.Decode(bytes.NewReader(v.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	if "image/"+kind != v.Type || m.Bounds().Dx() != v.Width || m.Bounds().Dy() != v.Height {
		t.Fatalf("variant says %s %dx%d, holds %s %v", v.Type, v.Width, v.Height, kind, m.Bounds())
	}
	return m
}

// pngHeader is a PNG that declares a size and then ends.
func pngHeader(w, h uint32, depth, kind byte) []byte {
	body := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	body = binary.BigEndian.AppendUint32(body, h)
	body = append(body, depth, kind, 0, 0, 0)
	out := append([]byte(pngSignature), 0, 0, 0, 13)
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
}

// jpegHeader changes the frame header of a small JPEG to another marker and size.
func jpegHeader(t testing.TB, marker byte, w, h uint16) []byte {
	t.Helper()
	data := asJPEG(t, quarters(16, 16))
	at := bytes.Index(data, []byte{0xff, 0xc0})
	data[at+1] = marker
	binary.BigEndian.PutUint16(data[at+5:], h)
	binary.BigEndian.PutUint16(data[at+7:], w)
	return data
}

func TestVariantsAreTheUsualWidthsAndNeverLarger(t *testing.T) {
	t.Parallel()
	tests := []struct {
		w, h int
		want []stdimage.Point
	}{
		{2000, 1000, []stdimage.Point{{X: 320, Y: 160}, {X: 640, Y: 320}, {X: 1280, Y: 640}}},
		{1280, 1280, []stdimage.Point{{X: 320, Y: 320}, {X: 640, Y: 640}, {X: 1280, Y: 1280}}},
		{500, 400, []stdimage.Point{{X: 320, Y: 256}, {X: 500, Y: 400}}},
		{320, 200, []stdimage.Point{{X: 320, Y: 200}}},
		{1, 1, []stdimage.Point{{X: 1, Y: 1}}},
		{5000, 1, []stdimage.Point{{X: 320, Y: 1}, {X: 640, Y: 1}, {X: 1280, Y: 1}}},
		{10, 4000, []stdimage.Point{{X: 2, Y: 960}, {X: 4, Y: 1920}, {X: 9, Y: 3840}}},
	}
	for _, tt := range tests {
		res := process(t, asPNG(t, quarters(tt.w, tt.h)))
		if res.Width != tt.w || res.Height != tt.h || len(res.Variants) != len(tt.want) {
			t.Errorf("%dx%d: %d variants of %dx%d", tt.w, tt.h, len(res.Variants), res.Width, res.Height)
			continue
		}
		for i, v := range res.Variants {
			decodeVariant(t, v)
			if (stdimage.Point{X: v.Width, Y: v.Height}) != tt.want[i] {
				t.Errorf("%dx%d: variant %d is %dx%d, want %v", tt.w, tt.h, i, v.Width, v.Height, tt.want[i])
			}
		}
	}
}

func TestEveryAcceptedFormat(t *testing.T) {
	t.Parallel()
	var anim bytes.Buffer
	palette := color.Palette{color.Transparent, color.Black, color.White}
	first := stdimage.NewPaletted(stdimage.Rect(8, 8, 40, 30), palette)
	for i := range first.Pix {
		first.Pix[i] = 1
	}
	second := stdimage.NewPaletted(stdimage.Rect(0, 0, 64, 48), palette)
	err := gif.EncodeAll(&anim, &gif.GIF{Image: []*stdimage.Paletted{first, second}, Delay: []int{1, 1},
		Config: stdimage.Config{ColorModel: palette, Width: 64, Height: 48}})
	if err != nil {
		t.Fatal(err)
	}
	seeThrough := stdimage.NewNRGBA(stdimage.Rect(0, 0, 40, 40))
	seeThrough.Set(3, 3, color.NRGBA{200, 0, 0, 128})
	tests := map[string]struct {
		data []byte
		w, h int
		kind string
	}{
		"jpeg":             {asJPEG(t, quarters(400, 300)), 400, 300, typeJPEG},
		"grey jpeg":        {asJPEG(t, stdimage.NewGray(stdimage.Rect(0, 0, 50, 40))), 50, 40, typeJPEG},
		"opaque png":       {asPNG(t, quarters(400, 300)), 400, 300, typeJPEG},
		"16 bit png":       {asPNG(t, stdimage.NewGray16(stdimage.Rect(0, 0, 9, 9))), 9, 9, typeJPEG},
		"transparent png":  {asPNG(t, seeThrough), 40, 40, typePNG},
		"gif, first frame": {anim.Bytes(), 64, 48, typePNG},
		"webp":             {fixture(t, "plain.webp"), 48, 32, typeJPEG},
		"transparent webp": {fixture(t, "alpha.webp"), 48, 32, typePNG},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := process(t, tt.data)
			v := res.Variants[len(res.Variants)-1]
			decodeVariant(t, v)
			if res.Width != tt.w || res.Height != tt.h || v.Type != tt.kind || len(res.Digest) != 64 {
				t.Errorf("got %dx%d %s %q", res.Width, res.Height, v.Type, res.Digest)
			}
		})
	}
}

func TestRefusesWithAReason(t *testing.T) {
	t.Parallel()
	whole := asJPEG(t, quarters(600, 400))
	wholePNG := asPNG(t, quarters(600, 400))
	webp := fixture(t, "plain.webp")
	animated := append([]byte("RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00"), make([]byte, 16)...)
	small, huge := "\x0f\x00\x00\x0f\x00\x00", "\xff\x3f\x00\xff\x3f\x00"
	bigWebP := []byte("RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00" + huge + "        ")
	liarWebP := append([]byte("RIFF\x00\x10\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"+small), webp[12:]...)
	manyScans := jpegHeader(t, 0xc2, 16, 16)
	manyScans = append(manyScans, bytes.Repeat([]byte{0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0}, 5000)...)
	tests := map[string]struct {
		data []byte
		want error
	}{
		"nothing":                  {nil, ErrEmpty},
		"text":                     {[]byte("hello"), ErrType},
		"svg":                      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), ErrType},
		"html named as a jpeg":     {[]byte("<html><script>alert(1)</script>"), ErrType},
		"pdf":                      {[]byte("%PDF-1.7"), ErrType},
		"heic":                     {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), ErrType},
		"too many bytes":           {make([]byte, MaxBytes+1), ErrBytes},
		"jpeg cut off":             {whole[:len(whole)/2], ErrBroken},
		"jpeg header alone":        {whole[:20], ErrBroken},
		"jpeg signature alone":     {whole[:3], ErrBroken},
		"png cut off":              {wholePNG[:len(wholePNG)/2], ErrBroken},
		"png with a wrong sum":     {bytes.Replace(wholePNG, []byte("IEND"), []byte("IENX"), 1), ErrBroken},
		"webp cut off":             {webp[:len(webp)-20], ErrBroken},
		"gif header alone":         {[]byte("GIF89a\x10\x00\x10\x00\x00\x00\x00"), ErrBroken},
		"gif without frames":       {[]byte("GIF89a\x10\x00\x10\x00\x00\x00\x00;"), ErrBroken},
		"wide png":                 {pngHeader(12_001, 10, 8, 2), ErrSize},
		"tall png":                 {pngHeader(10, 12_001, 8, 2), ErrSize},
		"png bomb":                 {pngHeader(60_000, 60_000, 1, 0), ErrSize},
		"png of 2^31-1":            {pngHeader(1<<31-1, 1<<31-1, 8, 6), ErrBroken},
		"png of no width":          {pngHeader(0, 5, 8, 2), ErrBroken},
		"png over 50 megapixels":   {pngHeader(10_000, 5_001, 8, 2), ErrSize},
		"png, 16 bit, 26 mega":     {pngHeader(6_500, 4_000, 16, 6), ErrHeavy},
		"jpeg bomb":                {jpegHeader(t, 0xc0, 65_535, 65_535), ErrSize},
		"progressive jpeg, 26 M":   {jpegHeader(t, 0xc2, 6_500, 4_000), ErrHeavy},
		"progressive, 5,000 scans": {manyScans, ErrHeavy},
		"gif bomb":                 {[]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,"), ErrSize},
		"webp bomb":                {bigWebP, ErrSize},
		"webp that lies on size":   {liarWebP, ErrBroken},
		"animated webp":            {animated, ErrAnimated},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Process(t.Context(), bytes.NewReader(tt.data))
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			fs, ok := fault.Of(err)
			if !ok || fs[0].Kind != fault.KindInvalid || fs[0].Field != Field {
				t.Fatalf("not the visitor's: %#v", err)
			}
			if fs[0].Text.Ja == "" || fs[0].Text.En == "" {
				t.Errorf("without words: %#v", err)
			}
		})
	}
}

func TestAGIFOfManyFramesCostsOne(t *testing.T) {
	t.Parallel()
	frame := stdimage.NewPaletted(stdimage.Rect(0, 0, 300, 300), color.Palette{color.Black, color.White})
	g := &gif.GIF{}
	for range 300 {
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 0)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	whole, cut := process(t, b.Bytes()), process(t, b.Bytes()[:b.Len()/2])
	if whole.Digest != cut.Digest {
		t.Error("later frames were looked at")
	}
}

func TestAppendedAndHiddenTextIsGone(t *testing.T) {
	t.Parallel()
	const mark = "GPS 35.0116 135.7681 <script>"
	jpg := asJPEG(t, quarters(50, 50))
	segment := append([]byte{0xff, 0xe1, 0, byte(2 + len(mark))}, mark...)
	hidden := append(append(append([]byte{}, jpg[:2]...), segment...), jpg[2:]...)
	hidden = append(hidden, mark...)
	plain, dirty := process(t, jpg), process(t, hidden)
	if bytes.Contains(dirty.Variants[0].Bytes, []byte(mark)) {
		t.Error("the text is still there")
	}
	if plain.Digest != dirty.Digest {
		t.Error("equal pixels, other digest")
	}
}

func TestReadersErrorIsNotTheVisitors(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	_, err := Process(t.Context(), io.MultiReader(strings.NewReader("\xff\xd8\xff"), failing{broken}))
	if _, ok := fault.Of(err); ok || !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestStopsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Process(ctx, bytes.NewReader(asJPEG(t, quarters(64, 64))))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestFromImageEqualsAnUpload(t *testing.T) {
	t.Parallel()
	m := quarters(700, 500)
	drawn, err := FromImage(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if up := process(t, asPNG(t, m)); up.Digest != drawn.Digest {
		t.Error("the same pixels became other files")
	}
}

func BenchmarkProcess(b *testing.B) {
	for _, bench := range []struct {
		name string
		w, h int
	}{{"1MP", 1200, 900}, {"12MP", 4000, 3000}, {"48MP", 8000, 6000}} {
		data := asJPEG(b, quarters(bench.w, bench.h))
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Process(b.Context(), bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFromImage(b *testing.B) {
	m := quarters(800, 800)
	for b.Loop() {
		if _, err := FromImage(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
}
