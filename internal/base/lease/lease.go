// Package lease lets one node at a time do a piece of standing work.
//
// It guarantees that a lease is held by one holder until it runs out, by the store's clock-free compare-and-set: a holder
// that dies is followed after the lease's length. It refuses to be a lock: work under a lease must bear that, for a
// moment around its end, two nodes do it.
package lease

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
)

// A Keeper takes leases for one node.
type Keeper struct {
	db     *db.DB
	holder string
}

// New makes a keeper; holder names the node and differs between processes.
func New(d *db.DB, holder string) *Keeper { return &Keeper{d, holder} }

// Take takes or keeps the lease and says whether this node holds it now.
func (k *Keeper) Take(ctx context.Context, name string, length time.Duration) (held bool, err error) {
	err = k.db.Write(ctx, db.Scope{}, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlTake, name, k.holder, tx.Now().Add(length).UnixMilli(), tx.NowMS())
		held = n > 0
		return err
	})
	return held, err
}

// Release gives the lease back, so that another node need not wait for its end.
func (k *Keeper) Release(ctx context.Context, name string) error {
	return k.db.Write(ctx, db.Scope{}, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlRelease, name, k.holder)
		return err
	})
}
