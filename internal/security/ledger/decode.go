package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/noren-shop/noren/internal/base/id"
)

// errFormat is every way in which bytes are not the one encoding of an entry.
var errFormat = errors.New("not a ledger entry")

// Decode reads an entry. It accepts only what Encode writes: bytes that decode encode to themselves.
func Decode(body []byte) (Entry, error) {
	if len(body) > maxBody {
		return Entry{}, fmt.Errorf("decode entry: %d bytes: %w", len(body), errFormat)
	}
	r := reader{b: body}
	if v := r.byte(); r.bad || v != formatVersion {
		return Entry{}, fmt.Errorf("decode entry: version %d: %w", v, errFormat)
	}
	e := Entry{Shop: id.Shop(r.number(0)), Seq: r.number(1), At: r.number(1), Kind: Kind(r.byte()), ActorKind: ActorKind(r.byte()),
		Actor: r.number(0), Release: r.number(0), Connection: r.uint64(), Purpose: string(r.short()), Request: string(r.short()),
		Credential: r.short(), Reason: r.short()}
	n := r.uvarint()
	if n > maxGroups {
		r.bad = true
	}
	for i := uint64(0); i < n && !r.bad; i++ {
		g := r.group()
		if len(e.Groups) > 0 && compareGroups(e.Groups[len(e.Groups)-1], g) >= 0 {
			r.bad = true
		}
		e.Groups = append(e.Groups, g)
	}
	if r.bad || len(r.b) > 0 {
		return Entry{}, fmt.Errorf("decode entry: %w", errFormat)
	}
	if err := e.Check(); err != nil {
		return Entry{}, fmt.Errorf("decode entry: %w: %w", errFormat, err)
	}
	return e, nil
}

// A reader takes values off the front; after the first that is wrong it is bad and gives zeroes.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || len(r.b) < n {
		r.bad = true
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) byte() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if v := r.take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// number reads an integer from least to 2^53-1.
func (r *reader) number(least uint64) int64 {
	v := r.uint64()
	if v < least || v > maxID {
		r.bad = true
		return 0
	}
	return int64(v)
}

// short reads a string or digest with a length byte; nil when it is empty.
func (r *reader) short() []byte {
	n := r.byte()
	if n == 0 {
		return nil
	}
	return append([]byte(nil), r.take(int(n))...)
}

// uvarint reads a variable-length integer in its shortest form.
func (r *reader) uvarint() uint64 {
	if r.bad {
		return 0
	}
	v, n := binary.Uvarint(r.b)
	if n <= 0 || n > 1 && r.b[n-1] == 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) group() Group {
	g := Group{Population: r.byte(), Mask: r.uint64(), Subjects: roaring64.New()}
	n := r.uvarint()
	if n == 0 || n > uint64(len(r.b)) { // each id takes a byte at least
		r.bad = true
		return g
	}
	ids := make([]uint64, 0, n)
	prev := uint64(0)
	for range n {
		d := r.uvarint()
		if r.bad || d == 0 || d > maxID-prev {
			r.bad = true
			return g
		}
		prev += d
		ids = append(ids, prev)
	}
	g.Subjects.AddMany(ids)
	return g
}
