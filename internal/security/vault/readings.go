package vault

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// A Reading is how often one kind of reader read for one purpose. Persons counts a person once for each time.
type Reading struct {
	ByKind         string // as an Access has it
	Purpose        Purpose
	Times, Persons int
}

// Readings counts how often the data of the reader's shop was read, for the owner or for the letter to them (a job's token
// for ShopMail in that shop).
func (c *Client) Readings(ctx context.Context, r db.Reader, from, to time.Time) ([]Reading, error) {
	got, err := ask[wire.ReadingList](ctx, c, wire.OpReadings, wire.Readings{Token: r.Actor().Credential.Reveal(), Shop: int64(r.Shop()),
		FromMS: from.UnixMilli(), ToMS: to.UnixMilli()})
	if err != nil {
		return nil, err
	}
	out := make([]Reading, len(got.Readings))
	for i, x := range got.Readings {
		out[i] = Reading{ByKind: x.ActorKind, Purpose: Purpose(x.Purpose), Times: x.Times, Persons: x.Persons}
	}
	return out, nil
}

// A Checkpoint is the ledger's signed statement of itself: how much it holds, and a hash of all of it. Kept elsewhere, it
// convicts every later change. Size is 0 while nothing has been entered.
type Checkpoint struct {
	Size   int64
	At     time.Time
	Signed string
}

// Checkpoint gives the last one.
func (c *Client) Checkpoint(ctx context.Context) (Checkpoint, error) {
	got, err := ask[wire.Checkpoint](ctx, c, wire.OpCheckpoint, wire.Empty{})
	return Checkpoint{Size: got.Size, At: time.UnixMilli(got.AtMS), Signed: string(got.Signed)}, err
}
