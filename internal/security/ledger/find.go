package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const (
	maxFind    = 1000
	blockChunk = 32
)

// Find gives a page of one shop's entries, newest first. It reads every block that a mark names and looks at the entries
// themselves; an entry that does not decode or does not link is an error, never left out.
func (l *Log) Find(ctx context.Context, q Query) (Page, error) {
	if q.Limit == 0 {
		q.Limit = 100
	}
	if q.Before == 0 {
		q.Before = math.MaxInt64
	}
	if q.To == 0 {
		q.To = math.MaxInt64
	}
	if q.Limit < 1 || q.Limit > maxFind || q.Before < 1 || q.From < 0 || q.To < q.From {
		return Page{}, fmt.Errorf("find in ledger: limit, place or window out of range")
	}
	var p Page
	err := l.c.DB.Read(ctx, db.Scope{Shop: q.Shop}, func(r db.Reader) error {
		p = Page{}
		h, err := db.One(ctx, r, scanHead, sqlHead, int64(q.Shop))
		if errors.Is(err, db.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		f := finder{Query: q, r: r, last: h.seq}
		return f.page(ctx, &p)
	})
	if err != nil {
		return Page{}, fmt.Errorf("find in ledger: %w", err)
	}
	return p, nil
}

// A finder answers one query on one snapshot.
type finder struct {
	Query
	r    db.Reader
	last int64 // the shop's last entry
}

func (q *finder) page(ctx context.Context, p *Page) error {
	for at := min(q.Before-1, q.last) / blockSize; at >= 0; {
		blocks, err := q.blocks(ctx, at)
		if err != nil {
			return err
		}
		for _, b := range blocks {
			found, err := q.inBlock(ctx, b)
			if err != nil {
				return err
			}
			p.Entries = append(p.Entries, found...)
			if len(p.Entries) > q.Limit {
				p.Entries = p.Entries[:q.Limit]
				p.Next = p.Entries[q.Limit-1].Seq
				return nil
			}
		}
		if len(blocks) < blockChunk {
			break
		}
		at = blocks[len(blocks)-1] - 1
	}
	return nil
}

// all says that nothing selects: every block is read.
func (q *Query) all() bool {
	return q.Subject == Subject{} && len(q.Credential) == 0 && q.Connection == 0 && q.Release == 0 && q.ActorKind == 0 &&
		q.From == 0 && q.To == math.MaxInt64
}

// term is the narrowest one that the query gives; also is a second one, or -1.
func (q *Query) term() (from, to, also int64) {
	one := int64(0)
	also = -1
	switch {
	case q.Subject != Subject{}:
		one, also = subjectTerm(q.Subject), term(termWide, 0)
	case len(q.Credential) > 0:
		one = credentialTerm(q.Credential)
	case q.Connection != 0:
		one = term(termConnection, q.Connection)
	case q.Release != 0:
		one = term(termRelease, uint64(q.Release))
	case q.ActorKind != 0:
		one = actorTerm(q.ActorKind, q.Actor)
	default:
		return hourTerm(q.From), hourTerm(q.To - 1), also
	}
	return one, one, also
}

func (q *finder) blocks(ctx context.Context, at int64) ([]int64, error) {
	if q.all() {
		var out []int64
		for b := at; b >= 0 && len(out) < blockChunk; b-- {
			out = append(out, b)
		}
		return out, nil
	}
	from, to, also := q.term()
	text, args := sqlBlocks, []any{int64(q.Shop), from, to, also, at, blockChunk}
	if q.From > 0 || q.To < math.MaxInt64 {
		text, args = sqlBlocksWithin, append(args, hourTerm(q.From), hourTerm(q.To-1))
	}
	return db.All(ctx, q.r, func(r db.Row) (int64, error) {
		var b int64
		err := r.Scan(&b)
		return b, err
	}, text, args...)
}

type stored struct {
	seq  int64
	hash Hash
	body []byte
}

func scanEntry(r db.Row) (stored, error) {
	var s stored
	var hash []byte
	if err := r.Scan(&s.seq, &hash, &s.body); err != nil {
		return stored{}, err
	}
	if len(hash) != len(s.hash) {
		return stored{}, fmt.Errorf("read entry %d: %d bytes of hash", s.seq, len(hash))
	}
	s.hash = Hash(hash)
	return s, nil
}

// inBlock gives the block's matching entries, newest first.
func (q *finder) inBlock(ctx context.Context, block int64) ([]Entry, error) {
	first, end := max(block*blockSize, 1), min((block+1)*blockSize, q.last+1)
	rows, err := db.All(ctx, q.r, scanEntry, sqlEntries, int64(q.Shop), first, end)
	if err != nil {
		return nil, err
	}
	if int64(len(rows)) != max(end-first, 0) {
		return nil, fmt.Errorf("shop %d: entries between %d and %d are missing: run noren-verify", q.Shop, first, end-1)
	}
	var out []Entry
	for i, s := range rows {
		if i > 0 && (s.seq != rows[i-1].seq+1 || ChainHash(rows[i-1].hash, s.body) != s.hash) {
			return nil, fmt.Errorf("shop %d: entry %d does not follow the one before: run noren-verify", q.Shop, s.seq)
		}
		e, err := Decode(s.body)
		if err != nil {
			return nil, fmt.Errorf("shop %d, entry %d: %w: run noren-verify", q.Shop, s.seq, err)
		}
		if e.Shop != q.Shop || e.Seq != s.seq {
			return nil, fmt.Errorf("shop %d, entry %d: lies in another's place: run noren-verify", q.Shop, s.seq)
		}
		if q.matches(&e) {
			out = append(out, e)
		}
	}
	slices.Reverse(out)
	return out, nil
}

func (q *Query) matches(e *Entry) bool {
	switch {
	case e.Seq >= q.Before || e.At < q.From || e.At >= q.To:
		return false
	case q.Subject != Subject{} && !e.names(q.Subject):
		return false
	case q.ActorKind != 0 && (e.ActorKind != q.ActorKind || e.Actor != q.Actor):
		return false
	case len(q.Credential) > 0 && !bytes.Equal(e.Credential, q.Credential):
		return false
	case q.Release != 0 && e.Release != q.Release:
		return false
	case q.Connection != 0 && e.Connection != q.Connection:
		return false
	}
	return true
}

func (e *Entry) names(s Subject) bool {
	return slices.ContainsFunc(e.Groups, func(g Group) bool {
		return g.Population == s.Population && g.Subjects.Contains(uint64(s.ID))
	})
}

// Shops lists the shops that have entries, by id, after the given one (-1 for the first page).
func (l *Log) Shops(ctx context.Context, after id.Shop, limit int) ([]id.Shop, error) {
	var out []id.Shop
	err := l.c.DB.Across("an incident asks every shop's ledger").Read(ctx, db.Scope{}, func(r db.Reader) error {
		var err error
		out, err = db.All(ctx, r, func(r db.Row) (id.Shop, error) {
			var s id.Shop
			err := r.Scan(&s)
			return s, err
		}, sqlShops, int64(after), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list ledger's shops: %w", err)
	}
	return out, nil
}
