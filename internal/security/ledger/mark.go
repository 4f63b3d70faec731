package ledger

import (
	"crypto/sha256"
	"encoding/binary"
)

// Marks lead from a question to blocks of entries. An entry is marked under each of its terms, in the transaction that
// enters it; many entries of a block share a mark, so that marks are few. A term may be shared by two things (it is a
// hash), which costs a block read in vain. Who asks decodes the block and looks at the entries themselves. So a mark may
// say too much, never too little.

// blockSize is entries in a block. It is part of the stored marks: changing it needs new marks.
const blockSize = 64

// manySubjects is the size from which an entry is marked once, as wide, instead of once for each subject: an export of
// 10,000 persons must not write 10,000 marks. Who asks for a subject reads the wide blocks too.
const manySubjects = 64

// The kinds of term are the top bits of a positive BIGINT.
const (
	termHour       = 1
	termSubject    = 2
	termWide       = 3
	termActor      = 4
	termCredential = 5
	termRelease    = 6
	termConnection = 7

	termShift = 58
	termMask  = 1<<termShift - 1
	hourMS    = 3_600_000
)

type mark struct{ term, block int64 }

func term(kind uint64, value uint64) int64 { return int64(kind<<termShift | value&termMask) }

func hashTerm(kind uint64, parts ...[]byte) int64 {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.AppendUvarint(nil, uint64(len(p))))
		h.Write(p)
	}
	return term(kind, binary.BigEndian.Uint64(h.Sum(nil)))
}

func hourTerm(at int64) int64 { return term(termHour, uint64(max(at, 0))/hourMS) }

func subjectTerm(s Subject) int64 {
	// Spread by a multiplicative hash (SplitMix64's), which is enough for a hint.
	x := uint64(s.ID) ^ uint64(s.Population)<<53
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return term(termSubject, x^x>>31)
}

func actorTerm(k ActorKind, actor int64) int64 {
	return hashTerm(termActor, []byte{byte(k)}, binary.BigEndian.AppendUint64(nil, uint64(actor)))
}

func credentialTerm(digest []byte) int64 { return hashTerm(termCredential, digest) }

// terms of an entry.
func (e *Entry) terms() []int64 {
	out := []int64{hourTerm(e.At), actorTerm(e.ActorKind, e.Actor)}
	if len(e.Credential) > 0 {
		out = append(out, credentialTerm(e.Credential))
	}
	if e.Release != 0 {
		out = append(out, term(termRelease, uint64(e.Release)))
	}
	if e.Connection != 0 {
		out = append(out, term(termConnection, e.Connection))
	}
	subjects := uint64(0)
	for _, g := range e.Groups {
		subjects += g.Subjects.GetCardinality()
	}
	if subjects >= manySubjects {
		return append(out, term(termWide, 0))
	}
	for _, g := range e.Groups {
		for it := g.Subjects.Iterator(); it.HasNext(); {
			out = append(out, subjectTerm(Subject{Population: g.Population, ID: int64(it.Next())}))
		}
	}
	return out
}

// A markSet gathers the marks that a batch adds to one shop, leaving out those that are known to be stored.
type markSet struct {
	head  *head
	added map[mark]bool
	order []mark
}

func (m *markSet) add(seq int64, terms []int64) {
	block := seq / blockSize
	for _, t := range terms {
		k := mark{t, block}
		if m.added[k] || block == m.head.block && m.head.seen[t] {
			continue
		}
		m.added[k] = true
		m.order = append(m.order, k)
	}
}

// settle gives the new head with the last block's marks in it, once they are stored. Until then the old head's set, which
// the new one shares, is only read.
func (m *markSet) settle() *head {
	h, last := m.head, m.head.seq/blockSize
	if h.seen == nil || h.block != last {
		h.block, h.seen = last, map[int64]bool{}
	}
	for _, k := range m.order {
		if k.block == last {
			h.seen[k.term] = true
		}
	}
	return h
}
