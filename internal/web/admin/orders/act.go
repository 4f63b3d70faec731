package orders

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// step is one thing done to an order, from the version that the page showed.
type step func(ctx context.Context, tx *db.Tx, at fulfil.Ref) (order.Order, error)

func (o *Orders) paid(r *frame.Request) (frame.Response, error) {
	return o.act(r, "paid", func(ctx context.Context, tx *db.Tx, at fulfil.Ref) (order.Order, error) {
		return o.Fulfil.MarkPaid(ctx, tx, at)
	})
}

func (o *Orders) ship(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	slip := fulfil.Slip{Carrier: f.Get("carrier"), Number: f.Get("slip")}
	return o.act(r, "shipped", func(ctx context.Context, tx *db.Tx, at fulfil.Ref) (order.Order, error) {
		return o.Fulfil.Ship(ctx, tx, at, slip)
	}, "carrier", "slip")
}

func (o *Orders) deliver(r *frame.Request) (frame.Response, error) {
	return o.act(r, "delivered", func(ctx context.Context, tx *db.Tx, at fulfil.Ref) (order.Order, error) {
		return o.Fulfil.Deliver(ctx, tx, at)
	})
}

func (o *Orders) cancel(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	return o.act(r, "cancelled", func(ctx context.Context, tx *db.Tx, at fulfil.Ref) (order.Order, error) {
		return o.Fulfil.Cancel(ctx, tx, at, order.Reason(f.Get("reason")))
	}, "reason")
}

func (o *Orders) refund(r *frame.Request) (frame.Response, error) {
	return o.act(r, "refunded", func(ctx context.Context, tx *db.Tx, at fulfil.Ref) (order.Order, error) {
		return o.Fulfil.Refund(ctx, tx, at)
	})
}

func (o *Orders) note(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	return o.act(r, "noted", func(ctx context.Context, tx *db.Tx, at fulfil.Ref) (order.Order, error) {
		return o.Orders.AddNote(ctx, tx, at.Order, at.Version, f.Get("note"))
	}, "note")
}

// act takes the step and leads back to the order. Whoever lost a race, or typed something wrong, sees the order as it is
// now with what they typed still in its place.
func (o *Orders) act(r *frame.Request, said string, do step, keep ...string) (frame.Response, error) {
	n, err := frame.PathID[id.Order](r, "order")
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	version, err := f.Int("version", 1, 1<<53)
	if err != nil {
		return frame.Response{}, err
	}
	err = r.Write(func(tx *db.Tx) error {
		_, err := do(r.Context(), tx, fulfil.Ref{Order: n, Version: version})
		return err
	})
	if err == nil {
		r.SetFlash(said)
		return frame.Redirect(o.page(r, n)), nil
	}
	if !fault.Is(err, fault.KindInvalid) && !fault.Is(err, fault.KindConflict) {
		return frame.Response{}, err
	}
	s, now, lost := o.sheet(r)
	if lost != nil {
		return frame.Response{}, lost
	}
	for _, name := range keep {
		s.typed[name] = f.Get(name)
	}
	if fault.Is(err, fault.KindConflict) {
		fs, _ := fault.Of(err)
		s.moved = s.Say(fs[0].Text)
	} else {
		s.errors = ui.ErrorsOf(r.Lang(), err)
	}
	return o.answer(r, s, now, frame.StatusOf(err))
}
