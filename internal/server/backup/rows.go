package backup

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
)

// A chunk of rows: the number of columns and their names, then the values of each row, each a tag and its bytes. Numbers are
// varints, texts and bytes have their length before them.
const (
	tagNull  = 0
	tagInt   = 1
	tagText  = 2
	tagBytes = 3
	tagFalse = 4
	tagTrue  = 5
)

const (
	maxColumns = 200
	chunkSize  = 1 << 20
)

func startChunk(t db.Table) []byte {
	b := binary.AppendUvarint(nil, uint64(len(t.Columns)))
	for _, c := range t.Columns {
		b = append(binary.AppendUvarint(b, uint64(len(c))), c...)
	}
	return b
}

func appendRow(b []byte, row []any) ([]byte, error) {
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			b = append(b, tagNull)
		case int64:
			b = binary.AppendVarint(append(b, tagInt), v)
		case string:
			b = append(binary.AppendUvarint(append(b, tagText), uint64(len(v))), v...)
		case []byte:
			b = append(binary.AppendUvarint(append(b, tagBytes), uint64(len(v))), v...)
		case bool:
			if v {
				b = append(b, tagTrue)
			} else {
				b = append(b, tagFalse)
			}
		default:
			return nil, fmt.Errorf("a value of type %T cannot be copied", v)
		}
	}
	return b, nil
}

var errChunk = errors.New("rows are malformed")

// parseChunk reads a chunk's columns and rows.
func parseChunk(b []byte) (columns []string, rows [][]any, err error) {
	p := chunk{b: b}
	n := p.number(maxColumns)
	for range n {
		columns = append(columns, string(p.bytes()))
	}
	if p.bad || n == 0 {
		return nil, nil, errChunk
	}
	for len(p.b) > 0 {
		row := make([]any, n)
		for i := range row {
			row[i] = p.value()
		}
		if p.bad {
			return nil, nil, errChunk
		}
		rows = append(rows, row)
	}
	return columns, rows, nil
}

// A chunk is what is left to read.
type chunk struct {
	b   []byte
	bad bool
}

func (p *chunk) number(most uint64) uint64 {
	n, size := binary.Uvarint(p.b)
	if size <= 0 || n > most {
		p.bad, p.b = true, nil
		return 0
	}
	p.b = p.b[size:]
	return n
}

func (p *chunk) bytes() []byte {
	n := p.number(uint64(len(p.b)))
	if n > uint64(len(p.b)) {
		p.bad, p.b = true, nil
		return nil
	}
	out := p.b[:n:n]
	p.b = p.b[n:]
	return out
}

func (p *chunk) value() any {
	if len(p.b) == 0 {
		p.bad = true
		return nil
	}
	tag := p.b[0]
	p.b = p.b[1:]
	switch tag {
	case tagNull:
		return nil
	case tagInt:
		v, size := binary.Varint(p.b)
		if size <= 0 {
			p.bad, p.b = true, nil
			return nil
		}
		p.b = p.b[size:]
		return v
	case tagText:
		return string(p.bytes())
	case tagBytes:
		return append([]byte{}, p.bytes()...)
	case tagFalse, tagTrue:
		return tag == tagTrue
	}
	p.bad, p.b = true, nil
	return nil
}
