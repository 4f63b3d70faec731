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

// maxGuard bounds the shops in one question of headsMoved.
const maxGuard = 256

var guardSizes = []int{1, 2, 8, 32, 128, maxGuard}

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
		var links []link
		for rest := batch; len(rest) > 0; {
			n := 1
			for n < len(rest) && rest[n].shop == rest[0].shop {
				n++
			}
			k, err := l.chain(ctx, tx, rest[:n])
			if err != nil {
				return err
			}
			links = append(links, k)
			moved[k.shop] = k.marks
			rest = rest[n:]
		}
		if err := headsMoved(ctx, tx, links); err != nil {
			return err
		}
		for _, k := range links {
			if err := k.insert(tx); err != nil {
				return err
			}
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

// A link is what a batch adds to one shop's chain.
type link struct {
	shop  id.Shop
	rows  []stored
	marks *markSet // with the new head
}

// chain numbers and hashes one shop's requests and moves its head, under guard: headsMoved says whether that held.
func (l *Log) chain(ctx context.Context, tx *db.Tx, requests []*request) (link, error) {
	k := link{shop: requests[0].shop}
	old, err := l.head(ctx, tx, k.shop)
	if err != nil {
		return k, err
	}
	h := &head{seq: old.seq, hash: old.hash, block: old.block, seen: old.seen}
	k.marks = &markSet{head: h, added: map[mark]bool{}}
	for _, r := range requests {
		r.first = h.seq + 1
		for i, body := range r.bodies {
			h.seq++
			place(body, h.seq)
			h.hash = ChainHash(h.hash, body)
			k.rows = append(k.rows, stored{h.seq, h.hash, body})
			k.marks.add(h.seq, r.terms[i])
		}
	}
	if old.seq == 0 {
		err = tx.Queue(sqlFirstHead, int64(k.shop), h.seq, h.hash[:])
	} else {
		err = tx.Queue(sqlMoveHead, int64(k.shop), h.seq, h.hash[:], old.seq, old.hash[:])
	}
	if err != nil {
		return k, fmt.Errorf("move head: %w", err)
	}
	return k, nil
}

// headsMoved makes sure that every head is now the one that was queued; each is a SHA-256 of its own. One question for many
// shops: on PostgreSQL the moves and it are one round trip.
func headsMoved(ctx context.Context, tx *db.Tx, links []link) error {
	for part := range slices.Chunk(links, maxGuard) {
		shops, hashes := make([]int64, 0, maxGuard), make([][]byte, 0, maxGuard)
		for _, k := range part {
			shops, hashes = append(shops, int64(k.shop)), append(hashes, k.marks.head.hash[:])
		}
		for !slices.Contains(guardSizes, len(shops)) { // few lengths, so that the statement stays prepared
			shops, hashes = append(shops, shops[0]), append(hashes, hashes[0])
		}
		w := db.In(db.NewWhere("1 = 1"), "shop_id", shops)
		db.In(w, "hash", hashes)
		var n int
		if err := tx.QueryRow(ctx, sqlCountHeads+w.Text(), w.Args()...).Scan(&n); err != nil {
			return fmt.Errorf("guard heads: %w", err)
		}
		if n != len(part) {
			return errStale
		}
	}
	return nil
}

// insert queues the shop's entries, their marks and the head that the tree is due.
func (k *link) insert(tx *db.Tx) error {
	for _, r := range k.rows {
		if err := tx.Queue(sqlInsertEntry, int64(k.shop), r.seq, r.hash[:], r.body); err != nil {
			return fmt.Errorf("insert entry: %w", err)
		}
	}
	for _, m := range k.marks.order {
		if err := tx.Queue(sqlInsertMark, int64(k.shop), m.term, m.block); err != nil {
			return fmt.Errorf("insert mark: %w", err)
		}
	}
	h := k.marks.head
	if err := tx.Queue(sqlInsertDue, int64(k.shop), h.seq, h.hash[:]); err != nil {
		return fmt.Errorf("insert due head: %w", err)
	}
	return nil
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
