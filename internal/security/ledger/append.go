package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

// A head is the end of one shop's chain, as this process saw it last.
type head struct {
	seq  int64
	hash Hash
	// block and seen are the marks that the store is known to hold for the block under way.
	block int64
	seen  map[int64]bool
}

// errStale means that another node has moved a head that this process remembered.
var errStale = errors.New("another node has appended")

// maxStale bounds how often a batch meets other nodes' appends; each try reads the heads anew, within the transaction.
const maxStale = 20

// loop is the appender: it takes the requests that wait and writes them in one commit; meanwhile the next ones gather.
func (l *Log) loop(ctx context.Context) {
	defer close(l.stopped)
	for {
		select {
		case first := <-l.queue:
			l.commit(ctx, l.gather(first))
		case <-l.closing:
			select {
			case first := <-l.queue: // accepted before the end
				l.commit(ctx, l.gather(first))
			default:
				return
			}
		}
	}
}

func (l *Log) gather(first *request) []*request {
	batch, entries, size := []*request{first}, len(first.bodies), first.size
	for entries < maxBatch && size < maxBatchSize {
		select {
		case r := <-l.queue:
			batch, entries, size = append(batch, r), entries+len(r.bodies), size+r.size
		default:
			return batch
		}
	}
	return batch
}

// commit writes a batch. Requests are grouped by shop, and shops go in the order of their ids so that nodes do not
// deadlock; requests of one shop keep the order in which they came.
func (l *Log) commit(ctx context.Context, batch []*request) {
	defer func() {
		for _, r := range batch {
			close(r.done)
		}
	}()
	slices.SortStableFunc(batch, func(a, b *request) int { return cmp.Compare(a.shop, b.shop) })
	err := errStale
	for try := 0; errors.Is(err, errStale) && try < maxStale; try++ {
		err = l.write(ctx, batch)
	}
	if err != nil {
		for _, r := range batch {
			r.err = err
			delete(l.heads, r.shop)
		}
	}
}

func (l *Log) write(ctx context.Context, batch []*request) error {
	var moved map[id.Shop]*markSet
	first := true
	err := l.c.DB.Across("one commit enters the waiting reads of many shops").Write(ctx, db.Scope{}, func(tx *db.Tx) error {
		if !first { // a race was lost: what is remembered is not to be trusted
			l.forget(batch)
		}
		first = false
		moved = map[id.Shop]*markSet{}
		for rest := batch; len(rest) > 0; {
			n := 1
			for n < len(rest) && rest[n].shop == rest[0].shop {
				n++
			}
			m, err := l.chain(ctx, tx, rest[:n])
			if err != nil {
				return err
			}
			moved[rest[0].shop] = m
			rest = rest[n:]
		}
		return nil
	})
	if err != nil {
		l.forget(batch)
		return err
	}
	if len(l.heads) > maxHeads {
		clear(l.heads)
	}
	for shop, m := range moved {
		l.heads[shop] = m.settle()
	}
	return nil
}

func (l *Log) forget(batch []*request) {
	for _, r := range batch {
		delete(l.heads, r.shop)
	}
}

// chain appends one shop's requests behind its head, which it moves under guard.
func (l *Log) chain(ctx context.Context, tx *db.Tx, requests []*request) (*markSet, error) {
	shop := requests[0].shop
	old, err := l.head(ctx, tx, shop)
	if err != nil {
		return nil, err
	}
	h := &head{seq: old.seq, hash: old.hash, block: old.block, seen: old.seen}
	type row struct {
		seq  int64
		hash Hash
		body []byte
	}
	var rows []row
	marks := &markSet{head: h, added: map[mark]bool{}}
	for _, r := range requests {
		r.first = h.seq + 1
		for i, body := range r.bodies {
			h.seq++
			place(body, h.seq)
			h.hash = ChainHash(h.hash, body)
			rows = append(rows, row{h.seq, h.hash, body})
			marks.add(h.seq, r.terms[i])
		}
	}
	if err := moveHead(ctx, tx, shop, old, h); err != nil {
		return nil, err
	}
	for _, r := range rows {
		if err := tx.Queue(sqlInsertEntry, int64(shop), r.seq, r.hash[:], r.body); err != nil {
			return nil, fmt.Errorf("insert entry: %w", err)
		}
	}
	for _, m := range marks.order {
		if err := tx.Queue(sqlInsertMark, int64(shop), m.term, m.block); err != nil {
			return nil, fmt.Errorf("insert mark: %w", err)
		}
	}
	if err := tx.Queue(sqlInsertDue, int64(shop), h.seq, h.hash[:]); err != nil {
		return nil, fmt.Errorf("insert due head: %w", err)
	}
	return marks, nil
}

func (l *Log) head(ctx context.Context, tx *db.Tx, shop id.Shop) (*head, error) {
	if h := l.heads[shop]; h != nil {
		return h, nil
	}
	h, err := db.One(ctx, tx, scanHead, sqlHead, int64(shop))
	if errors.Is(err, db.ErrNone) {
		return &head{}, nil
	}
	return h, err
}

func scanHead(r db.Row) (*head, error) {
	var h head
	var hash []byte
	if err := r.Scan(&h.seq, &hash); err != nil {
		return nil, err
	}
	if len(hash) != len(h.hash) {
		return nil, fmt.Errorf("read head: %d bytes of hash", len(hash))
	}
	h.hash = Hash(hash)
	return &h, nil
}

func moveHead(ctx context.Context, tx *db.Tx, shop id.Shop, from, to *head) error {
	var n int64
	var err error
	if from.seq == 0 {
		n, err = tx.Exec(ctx, sqlFirstHead, int64(shop), to.seq, to.hash[:])
	} else {
		n, err = tx.Exec(ctx, sqlMoveHead, int64(shop), to.seq, to.hash[:], from.seq, from.hash[:])
	}
	if err != nil {
		return fmt.Errorf("move head: %w", err)
	}
	if n == 0 {
		return errStale
	}
	return nil
}
