// Package pdf prints business papers: a head, blocks of words, tables with sums at the right, page numbers. Japanese and
// English, A4, in black.
//
// It guarantees the same bytes for the same document (no clock, no chance), that no text runs out of its column or off the
// page, and that only the characters used are embedded of the font. It refuses documents beyond its bounds, and draws a
// character that the font lacks as 〓, so that a missing one is seen.
//
// The font is Noto Sans JP under the SIL Open Font License; its licence lies beside it.
package pdf

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/signintech/gopdf"
)

//go:embed font/NotoSansJP-Regular.ttf.gz
var fontFile []byte

// The bounds of a document.
const (
	MaxBlocks = 400
	MaxRows   = 5_000 // of all tables
	MaxText   = 2_000 // characters in one text; the rest is cut
	maxFont   = 16 << 20
)

// A Document is what is printed.
type Document struct {
	Title  string
	Author string
	Made   time.Time // stands in the file; the same for the same paper
	Footer string    // at the foot of each page, left of its number
	Blocks []Block
}

// A Block is one part of a document, from the top: a Heading, Columns, Pairs, Table, Note or Gap.
type Block interface{ draw(p *page) error }

// A Press has the font at hand.
type Press struct{ font []byte }

// Open unpacks the font.
func Open() (*Press, error) {
	z, err := gzip.NewReader(bytes.NewReader(fontFile))
	if err != nil {
		return nil, fmt.Errorf("unpack font: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(z, maxFont))
	if err != nil {
		return nil, fmt.Errorf("unpack font: %w", err)
	}
	return &Press{b}, nil
}

// Render prints a document.
func (p *Press) Render(d Document) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	g := &gopdf.GoPdf{}
	g.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	g.SetInfo(gopdf.PdfInfo{Title: Clean(d.Title), Author: Clean(d.Author), Creator: "Noren", Producer: "Noren", CreationDate: d.Made})
	err := g.AddTTFFontDataWithOption(family, p.font, gopdf.TtfOption{OnGlyphNotFoundSubstitute: func(rune) rune { return missing }})
	if err != nil {
		return nil, fmt.Errorf("read font: %w", err)
	}
	pg := &page{g: g, footer: Clean(d.Footer)}
	if err := pg.next(); err != nil {
		return nil, err
	}
	for _, b := range d.Blocks {
		if err := b.draw(pg); err != nil {
			return nil, fmt.Errorf("print: %w", err)
		}
	}
	if err := pg.numbers(); err != nil {
		return nil, fmt.Errorf("number pages: %w", err)
	}
	out, err := g.GetBytesPdfReturnErr()
	if err != nil {
		return nil, fmt.Errorf("write pdf: %w", err)
	}
	return out, nil
}

func (d Document) check() error {
	rows := 0
	for _, b := range d.Blocks {
		if t, ok := b.(Table); ok {
			rows += len(t.Rows)
			if err := t.check(); err != nil {
				return err
			}
		}
	}
	if len(d.Blocks) > MaxBlocks || rows > MaxRows {
		return fmt.Errorf("print: %d blocks with %d rows are beyond the bounds", len(d.Blocks), rows)
	}
	return nil
}

// missing stands for what the font has no form for.
const missing = '〓'

// Clean is a text as it is printed: bounded, without control characters and without what the format cannot hold.
func Clean(s string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		if n++; n > MaxText {
			return -1
		}
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) && r > 0xFFFF:
			return -1 // directions, joiners, variation selectors: nothing to see
		case unicode.IsControl(r):
			return -1
		case r > 0xFFFF || r == unicode.ReplacementChar:
			return missing
		}
		return r
	}, s)
}
