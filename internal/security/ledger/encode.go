package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
)

// The format's numbers (docs/ledger-format.md).
const (
	formatVersion = 1
	hashDomain    = "noren ledger entry v1\n"
	seqOffset     = 9
	atOffset      = 17
	maxID         = 1<<53 - 1
	maxBody       = 8 << 20
	maxGroups     = 4096
	maxPurpose    = 32
	maxRequest    = 64
	minDigest     = 16
	maxDigest     = 32
)

// A Hash links an entry to all before it in its shop.
type Hash [sha256.Size]byte

// ChainHash is the link after prev for an entry's bytes. The first entry of a shop follows the zero hash.
func ChainHash(prev Hash, body []byte) Hash {
	h := sha256.New()
	h.Write([]byte(hashDomain))
	h.Write(prev[:])
	h.Write(body)
	return Hash(h.Sum(nil))
}

// Check says what keeps the entry out of the ledger; nil when nothing does. It does not look at Shop, Seq and At.
func (e *Entry) Check() error {
	switch {
	case !e.Kind.known():
		return fmt.Errorf("ledger entry: unknown %v", e.Kind)
	case !e.ActorKind.known():
		return fmt.Errorf("ledger entry: unknown %v", e.ActorKind)
	case e.Actor < 0 || e.Actor > maxID || e.Release < 0 || e.Release > maxID:
		return fmt.Errorf("ledger entry: actor or release out of range")
	case !isPurpose(e.Purpose):
		return fmt.Errorf("ledger entry: purpose is no code")
	case !isRequest(e.Request):
		return fmt.Errorf("ledger entry: request is no id")
	case !isDigest(e.Credential) || !isDigest(e.Reason):
		return fmt.Errorf("ledger entry: a digest has 16 to 32 bytes")
	case e.Kind.Discloses() && len(e.Credential) == 0:
		return fmt.Errorf("ledger entry: %v without a credential", e.Kind)
	case len(e.Groups) > maxGroups:
		return fmt.Errorf("ledger entry: %d groups, at most %d", len(e.Groups), maxGroups)
	}
	for _, g := range e.Groups {
		if err := g.check(e.Kind); err != nil {
			return err
		}
	}
	return nil
}

func (g Group) check(k Kind) error {
	switch {
	case g.Population == 0:
		return fmt.Errorf("ledger entry: a group without a population")
	case g.Mask == 0 && k.Discloses():
		return fmt.Errorf("ledger entry: a group of %v without a class", k)
	case g.Subjects == nil || g.Subjects.IsEmpty():
		return fmt.Errorf("ledger entry: a group without a subject")
	case g.Subjects.Contains(0) || g.Subjects.Maximum() > maxID:
		return fmt.Errorf("ledger entry: a subject out of range")
	}
	return nil
}

func isPurpose(s string) bool {
	if len(s) == 0 || len(s) > maxPurpose || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func isRequest(s string) bool {
	if len(s) > maxRequest {
		return false
	}
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

func isDigest(b []byte) bool { return len(b) == 0 || len(b) >= minDigest && len(b) <= maxDigest }

// Encode gives the entry's one encoding.
func (e *Entry) Encode() ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	if e.Shop < 0 || e.Shop > maxID || e.Seq < 1 || e.Seq > maxID || e.At < 1 || e.At > maxID {
		return nil, fmt.Errorf("ledger entry: shop, seq or time out of range")
	}
	b := make([]byte, 0, 192)
	b = append(b, formatVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Shop))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Seq))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At))
	b = append(b, byte(e.Kind), byte(e.ActorKind))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Actor))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Release))
	b = binary.BigEndian.AppendUint64(b, e.Connection)
	b = appendShort(b, []byte(e.Purpose))
	b = appendShort(b, []byte(e.Request))
	b = appendShort(b, e.Credential)
	b = appendShort(b, e.Reason)
	groups := canonical(e.Groups)
	b = binary.AppendUvarint(b, uint64(len(groups)))
	for _, g := range groups {
		b = appendGroup(b, g)
	}
	if len(b) > maxBody {
		return nil, fmt.Errorf("ledger entry: %d bytes, at most %d", len(b), maxBody)
	}
	return b, nil
}

func appendShort(b, s []byte) []byte { return append(append(b, byte(len(s))), s...) }

func appendGroup(b []byte, g Group) []byte {
	b = append(b, g.Population)
	b = binary.BigEndian.AppendUint64(b, g.Mask)
	b = binary.AppendUvarint(b, g.Subjects.GetCardinality())
	prev := uint64(0)
	for it := g.Subjects.Iterator(); it.HasNext(); {
		n := it.Next()
		b = binary.AppendUvarint(b, n-prev)
		prev = n
	}
	return b
}

func compareGroups(a, b Group) int {
	return cmp.Or(cmp.Compare(a.Population, b.Population), cmp.Compare(a.Mask, b.Mask))
}

// canonical sorts the groups and joins those of equal population and mask, without touching the caller's.
func canonical(groups []Group) []Group {
	if slices.IsSortedFunc(groups, compareGroups) && distinct(groups) {
		return groups
	}
	sorted := slices.SortedStableFunc(slices.Values(groups), compareGroups)
	out := sorted[:0]
	for _, g := range sorted {
		if n := len(out); n > 0 && compareGroups(out[n-1], g) == 0 {
			out[n-1].Subjects = roaring64.Or(out[n-1].Subjects, g.Subjects)
			continue
		}
		out = append(out, g)
	}
	return out
}

func distinct(sorted []Group) bool {
	for i := 1; i < len(sorted); i++ {
		if compareGroups(sorted[i-1], sorted[i]) == 0 {
			return false
		}
	}
	return true
}

// place writes the sequence number into an encoded entry: the appender learns it last.
func place(body []byte, seq int64) { binary.BigEndian.PutUint64(body[seqOffset:], uint64(seq)) }
