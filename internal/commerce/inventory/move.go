package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
)

// A step moves one variant's stock.
type step struct {
	variant id.Variant
	hand    int64 // pieces that come, or go if negative
	held    int64 // holds that come or go
}

// A change is why stock moves, and what the buyer holds of it already.
type change struct {
	reason Reason
	ref    Ref
	mine   map[id.Variant]int64
}

// steps adds up what happens to each variant, in the order of their ids.
type steps map[id.Variant]step

func (s steps) add(v id.Variant, hand, held int64) {
	st := s[v]
	s[v] = step{v, st.hand + hand, st.held + held}
}

func (s steps) sorted() []step {
	out := make([]step, 0, len(s))
	for _, st := range s {
		if st.hand != 0 || st.held != 0 {
			out = append(out, st)
		}
	}
	slices.SortFunc(out, func(a, b step) int { return int(a.variant - b.variant) })
	return out
}

// move takes all the steps or none, and writes a movement for each piece that comes or goes. What falls short is a SoldOut
// with every such variant; the transaction may go on after it.
func (s *Service) move(ctx context.Context, tx *db.Tx, all steps, why change) error {
	var short []Short
	var done []step
	levels := map[id.Variant]Level{}
	todo := all.sorted()
	got, moved, err := every(ctx, tx, todo)
	if err != nil {
		return err
	}
	for i, st := range todo {
		if moved[i] {
			done, levels[st.variant] = append(done, st), got[i]
			continue
		}
		if st.hand >= 0 && st.held <= 0 { // nothing is promised by it, so there was a row for it
			return fmt.Errorf("release stock: %w", errUneven)
		}
		level, err := db.One(ctx, tx, scanLevel, sqlLevel, tx.Shop(), st.variant)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return fmt.Errorf("read stock: %w", err)
		}
		mine := why.mine[st.variant]
		short = append(short, Short{st.variant, mine + st.held - st.hand, mine + level.Left()})
	}
	if len(short) > 0 {
		for i := range done {
			done[i].hand, done[i].held = -done[i].hand, -done[i].held
		}
		if _, ok, err := every(ctx, tx, done); err != nil || slices.Contains(ok, false) {
			return fmt.Errorf("give stock back: %w", errors.Join(err, errUneven))
		}
		return &SoldOut{short}
	}
	return s.record(tx, done, levels, why)
}

var errUneven = errors.New("stock and holds do not agree")

// every runs the statement for each step, together; moved is false where it found no row to move.
func every(ctx context.Context, tx *db.Tx, todo []step) (levels []Level, moved []bool, err error) {
	args := make([][]any, len(todo))
	for i, st := range todo {
		args[i] = []any{tx.Shop(), st.variant, st.hand, st.held}
	}
	levels, moved, err = db.Each(ctx, tx, scanLevel, sqlMove, args)
	if err != nil {
		return nil, nil, fmt.Errorf("move stock: %w", err)
	}
	return levels, moved, nil
}

func (s *Service) record(tx *db.Tx, done []step, levels map[id.Variant]Level, why change) error {
	seen := false
	var rows [][]any
	var facts []outbox.News
	for _, st := range done {
		l := levels[st.variant]
		before := l.Left() - st.hand + st.held
		seen = seen || Seen(before) != Seen(l.Left())
		if st.hand == 0 {
			continue
		}
		rows = append(rows, []any{tx.Shop(), tx.NewID(), st.variant, st.hand, string(why.reason), string(why.ref.Kind), why.ref.ID,
			tx.NowMS(), string(tx.Actor().Kind), tx.Actor().Account})
		facts = append(facts, outbox.News{Event: StockChanged, Subject: int64(st.variant),
			Body: Changed{l.OnHand, l.Left(), st.hand, why.reason}})
	}
	if err := tx.QueueRows(sqlPutMovement, rows); err != nil {
		return err
	}
	if err := outbox.PublishAll(tx, facts); err != nil {
		return err
	}
	if seen {
		return tx.Queue(sqlRaise, tx.Shop())
	}
	return nil
}
