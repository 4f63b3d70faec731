package image

import (
	"encoding/binary"
	stdimage "image"
	"math"
)

// profile turns an RGB picture of another colour space (a telephone's Display P3, a camera's Adobe RGB) into sRGB.
// It knows matrix profiles with curves, which is what cameras and telephones write; any other is taken for sRGB.
type profile struct {
	linear [3][256]float64 // from the stored value to light
	matrix [3][3]float64   // from that light to sRGB's
}

const (
	maxTags      = 128
	curvePoints  = 4096
	encodeLevels = 4096
)

// fromD50 is the inverse of sRGB's own matrix at the profile's white point, D50.
var fromD50 = [3][3]float64{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

// parseProfile gives nil where there is nothing to do: no profile, an unknown kind, a broken one, or sRGB itself.
func parseProfile(icc []byte) *profile {
	const headLen = 128
	if len(icc) < headLen+4 || string(icc[16:20]) != "RGB " || string(icc[20:24]) != "XYZ " {
		return nil
	}
	n := binary.BigEndian.Uint32(icc[headLen:])
	if n > maxTags || headLen+4+12*uint64(n) > uint64(len(icc)) {
		return nil
	}
	tags := map[string][]byte{}
	for i := range int(n) {
		e := icc[headLen+4+12*i:]
		at, size := uint64(binary.BigEndian.Uint32(e[4:])), uint64(binary.BigEndian.Uint32(e[8:]))
		if at+size <= uint64(len(icc)) {
			tags[string(e[:4])] = icc[at : at+size]
		}
	}
	if tags["A2B0"] != nil {
		return nil
	}
	p := &profile{}
	var m [3][3]float64
	for i, name := range []string{"r", "g", "b"} {
		xyz, ok := parseXYZ(tags[name+"XYZ"])
		if !ok || !parseCurve(tags[name+"TRC"], &p.linear[i]) {
			return nil
		}
		for row := range 3 {
			m[row][i] = xyz[row]
		}
	}
	for r := range 3 {
		for c := range 3 {
			for k := range 3 {
				p.matrix[r][c] += fromD50[r][k] * m[k][c]
			}
		}
	}
	if p.isSRGB() {
		return nil
	}
	return p
}

func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

func parseXYZ(tag []byte) ([3]float64, bool) {
	if len(tag) < 20 || string(tag[:4]) != "XYZ " {
		return [3]float64{}, false
	}
	return [3]float64{fixed(tag[8:]), fixed(tag[12:]), fixed(tag[16:])}, true
}

func parseCurve(tag []byte, out *[256]float64) bool {
	if len(tag) < 12 {
		return false
	}
	var f func(float64) float64
	switch string(tag[:4]) {
	case "curv":
		f = tableCurve(tag)
	case "para":
		f = formulaCurve(tag)
	}
	if f == nil {
		return false
	}
	for i := range out {
		v := f(float64(i) / 255)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
		out[i] = min(max(v, 0), 1)
	}
	return true
}

func tableCurve(tag []byte) func(float64) float64 {
	n := binary.BigEndian.Uint32(tag[8:])
	body := tag[12:]
	if n > curvePoints || int(n)*2 > len(body) {
		return nil
	}
	switch n {
	case 0:
		return func(x float64) float64 { return x }
	case 1:
		gamma := float64(binary.BigEndian.Uint16(body)) / 256
		return func(x float64) float64 { return math.Pow(x, gamma) }
	}
	return func(x float64) float64 {
		pos := x * float64(n-1)
		i := min(int(pos), int(n)-2)
		a, b := float64(binary.BigEndian.Uint16(body[2*i:])), float64(binary.BigEndian.Uint16(body[2*i+2:]))
		return (a + (b-a)*(pos-float64(i))) / 65535
	}
}

// formulaCurve covers the five shapes of ICC's parametricCurveType.
func formulaCurve(tag []byte) func(float64) float64 {
	counts := [...]int{1, 3, 4, 5, 7}
	kind := int(binary.BigEndian.Uint16(tag[8:]))
	if kind >= len(counts) || len(tag) < 12+4*counts[kind] {
		return nil
	}
	var v [7]float64 // g a b c d e f
	for i := range counts[kind] {
		v[i] = fixed(tag[12+4*i:])
	}
	g, a, b, c, d, e, f := v[0], v[1], v[2], v[3], v[4], v[5], v[6]
	switch kind {
	case 0:
		return func(x float64) float64 { return math.Pow(x, g) }
	case 1, 2:
		if a == 0 {
			return nil
		}
		return func(x float64) float64 {
			if x < -b/a {
				return c
			}
			return math.Pow(a*x+b, g) + c
		}
	}
	return func(x float64) float64 {
		if x < d {
			return c*x + f
		}
		return math.Pow(a*x+b, g) + e
	}
}

func encodeSRGB(v float64) float64 {
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

func (p *profile) convert(r, g, b uint8, encode func(float64) uint8) (outR, outG, outB uint8) {
	lr, lg, lb := p.linear[0][r], p.linear[1][g], p.linear[2][b]
	m := &p.matrix
	return encode(m[0][0]*lr + m[0][1]*lg + m[0][2]*lb),
		encode(m[1][0]*lr + m[1][1]*lg + m[1][2]*lb),
		encode(m[2][0]*lr + m[2][1]*lg + m[2][2]*lb)
}

// isSRGB tries some colours: where none moves by more than two levels, converting would only lose.
func (p *profile) isSRGB() bool {
	exact := func(v float64) uint8 { return uint8(math.Round(255 * encodeSRGB(min(max(v, 0), 1)))) }
	levels := []uint8{0, 40, 128, 200, 255}
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 2 }
	for _, r := range levels {
		for _, g := range levels {
			for _, b := range levels {
				if x, y, z := p.convert(r, g, b, exact); !near(x, r) || !near(y, g) || !near(z, b) {
					return false
				}
			}
		}
	}
	return true
}

// apply converts in place. A half-transparent pixel is converted as the colour that it would have when opaque.
func (p *profile) apply(m *stdimage.RGBA) {
	var table [encodeLevels + 1]uint8
	for i := range table {
		table[i] = uint8(math.Round(255 * encodeSRGB(float64(i)/encodeLevels)))
	}
	encode := func(v float64) uint8 { return table[int(min(max(v, 0), 1)*encodeLevels+0.5)] }
	for i := 0; i+3 < len(m.Pix); i += 4 {
		px := m.Pix[i : i+4 : i+4]
		a := uint32(px[3])
		switch a {
		case 0:
		case 255:
			px[0], px[1], px[2] = p.convert(px[0], px[1], px[2], encode)
		default:
			plain := func(v uint8) uint8 { return uint8(min(255, uint32(v)*255/a)) }
			r, g, b := p.convert(plain(px[0]), plain(px[1]), plain(px[2]), encode)
			px[0], px[1], px[2] = uint8(uint32(r)*a/255), uint8(uint32(g)*a/255), uint8(uint32(b)*a/255)
		}
	}
}
