package order

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// An Amendment is what is noted beside an order.
type Amendment struct {
	Points PointState `json:"point_state"`
	Slip   string     `json:"slip"`
}

// ErrFixed is an order whose points are fixed.
var ErrFixed = fault.Invalid("point_state", fault.Text{Ja: "確定したポイントの状態は変更できません。", En: "Points that are fixed cannot be changed."})

// Amend notes what changed beside an order: where nothing did, nothing is written. The slip number was checked by the flow.
func (s *Service) Amend(ctx context.Context, tx *db.Tx, n id.Order, version int64, change func(*Amendment)) (Order, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return Order{}, err
	}
	was, err := db.One(ctx, tx, scanNotes, selectNotes, tx.Shop(), n)
	if err != nil {
		return Order{}, none(err, "read order's notes")
	}
	is := was
	change(&is)
	if is == was {
		return get(ctx, tx, n)
	}
	if !is.Points.Valid() {
		return Order{}, fault.Invalid("point_state", fault.Text{Ja: "ポイントの状態の指定に誤りがあります。", En: "This is no state of points."})
	}
	o, err := s.move(ctx, tx, changeOf(n, version, is))
	if err != nil {
		return o, err
	}
	changed, err := tx.Exec(ctx, updateNotes, tx.Shop(), n, string(is.Points), is.Slip)
	if err != nil {
		return o, fmt.Errorf("update order's notes: %w", err)
	}
	if changed == 0 {
		return o, ErrFixed
	}
	if is.Slip != was.Slip {
		if _, err := tx.Exec(ctx, updateSlip, tx.Shop(), n, is.Slip); err != nil {
			return o, fmt.Errorf("update shipment: %w", err)
		}
	}
	return o, nil
}

func changeOf(n id.Order, version int64, a Amendment) change {
	return change{n, version, Amend, actor.EditOrders, a, nil}
}

func scanNotes(row db.Row) (a Amendment, err error) {
	err = row.Scan(&a.Points, &a.Slip)
	return a, err
}
