package image

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"slices"
)

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	maxBlocks    = 4096    // segments or chunks looked at for metadata
	maxProfile   = 1 << 20 // bytes of a colour profile; a larger one is passed over
)

// meta is all that a file says about its pixels and that we heed. Broken metadata counts as none.
type meta struct {
	orientation orientation
	profile     *profile
}

func (f format) meta(data []byte) meta {
	var exif, icc []byte
	switch f {
	case formatJPEG:
		exif, icc = jpegMeta(data)
	case formatPNG:
		exif, icc = pngMeta(data)
	case formatWebP:
		exif, icc = webpMeta(data)
	}
	return meta{orientation: parseOrientation(exif), profile: parseProfile(icc)}
}

// eachSegment shows a JPEG's segments up to the first scan.
func eachSegment(data []byte, show func(marker byte, body []byte)) {
	rest := data[min(2, len(data)):]
	for range maxBlocks {
		for len(rest) >= 2 && rest[0] == 0xff && rest[1] == 0xff {
			rest = rest[1:]
		}
		if len(rest) < 4 || rest[0] != 0xff || rest[1] == 0xda || rest[1] == 0xd9 {
			return
		}
		size := 2 + int(binary.BigEndian.Uint16(rest[2:]))
		if size < 4 || size > len(rest) {
			return
		}
		show(rest[1], rest[4:size])
		rest = rest[size:]
	}
}

func jpegMeta(data []byte) (exif, icc []byte) {
	const exifHead, iccHead = "Exif\x00\x00", "ICC_PROFILE\x00"
	type part struct {
		seq  byte
		body []byte
	}
	var parts []part
	eachSegment(data, func(marker byte, body []byte) {
		switch {
		case marker == 0xe1 && exif == nil && bytes.HasPrefix(body, []byte(exifHead)):
			exif = body[len(exifHead):]
		case marker == 0xe2 && len(body) > len(iccHead)+2 && bytes.HasPrefix(body, []byte(iccHead)):
			parts = append(parts, part{body[len(iccHead)], body[len(iccHead)+2:]})
		}
	})
	slices.SortStableFunc(parts, func(a, b part) int { return int(a.seq) - int(b.seq) })
	for _, p := range parts {
		if len(icc)+len(p.body) > maxProfile {
			return exif, nil
		}
		icc = append(icc, p.body...)
	}
	return exif, icc
}

func pngMeta(data []byte) (exif, icc []byte) {
	rest := data[min(len(pngSignature), len(data)):]
	for range maxBlocks {
		if len(rest) < 12 {
			break
		}
		size := binary.BigEndian.Uint32(rest)
		if uint64(size)+12 > uint64(len(rest)) {
			break
		}
		kind, body := string(rest[4:8]), rest[8:8+size]
		rest = rest[12+size:]
		switch {
		case kind == "eXIf" && exif == nil:
			exif = body
		case kind == "iCCP" && icc == nil:
			icc = inflateProfile(body)
		}
	}
	return exif, icc
}

// inflateProfile reads a name, a zero, the method and then at most maxProfile bytes of inflated profile.
func inflateProfile(body []byte) []byte {
	_, packed, ok := bytes.Cut(body, []byte{0})
	if !ok || len(packed) < 1 || packed[0] != 0 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil
	}
	icc, err := io.ReadAll(io.LimitReader(z, maxProfile+1))
	if err != nil || len(icc) > maxProfile {
		return nil
	}
	return icc
}

func webpMeta(data []byte) (exif, icc []byte) {
	rest := data[min(12, len(data)):]
	for range maxBlocks {
		if len(rest) < 8 {
			break
		}
		size := uint64(binary.LittleEndian.Uint32(rest[4:]))
		if size+8 > uint64(len(rest)) {
			break
		}
		kind, body := string(rest[:4]), rest[8:8+size]
		rest = rest[min(uint64(len(rest)), 8+size+size%2):]
		switch {
		case kind == "EXIF" && exif == nil:
			exif = bytes.TrimPrefix(body, []byte("Exif\x00\x00"))
		case kind == "ICCP" && icc == nil && len(body) <= maxProfile:
			icc = body
		}
	}
	return exif, icc
}
