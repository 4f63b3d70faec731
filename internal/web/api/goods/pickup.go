package goods

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// pickTypes are the contract's numbers for the lists. There is no 2.
func pickTypes() map[int64]catalog.PickList {
	return map[int64]catalog.PickList{0: catalog.Recommended, 1: catalog.BestSeller, 3: catalog.NewArrival, 4: catalog.HandPicked}
}

func pickType(l catalog.PickList) int64 {
	for n, k := range pickTypes() {
		if k == l {
			return n
		}
	}
	return 0
}

func (v shopView) pickup(p catalog.Pick) call.Record {
	return call.NewRecord("pickup_type", pickType(p.List), "product_id", p.Product, "account_id", v.shop.Account, "order_num", p.Position,
		"make_date", seconds(p.MadeMS, v.shop.Made), "update_date", seconds(p.UpdatedMS, v.shop.Made))
}

// pick puts a product into a list, or to another place in it.
func (s *Resource) pick(c *call.Call) (frame.Response, error) {
	return s.picked(c, func(tx *db.Tx, product id.Product, l catalog.PickList, place int64) error {
		return s.Catalog.PutPick(c.Context(), tx, l, product, place)
	})
}

// repick moves a product that stands in a list already.
func (s *Resource) repick(c *call.Call) (frame.Response, error) {
	return s.picked(c, func(tx *db.Tx, product id.Product, l catalog.PickList, place int64) error {
		if _, err := s.Catalog.Picked(c.Context(), tx, l, product); err != nil {
			return err
		}
		return s.Catalog.PutPick(c.Context(), tx, l, product, place)
	})
}

func (s *Resource) picked(c *call.Call, put func(*db.Tx, id.Product, catalog.PickList, int64) error) (frame.Response, error) {
	product, err := number[id.Product](c, "product_id")
	if err != nil {
		return frame.Response{}, err
	}
	o, err := c.Body()
	if err != nil {
		return frame.Response{}, err
	}
	out, err := s.change(c, under("pickup"), func(v shopView, tx *db.Tx) (any, error) {
		if _, err := s.Catalog.Get(c.Context(), tx, product); err != nil {
			return nil, err
		}
		n, ok := o.Int("pickup_type")
		l, known := pickTypes()[n]
		switch {
		case !o.Sent("pickup_type") || o.Null("pickup_type"):
			return nil, empty("pickup.pickup_type")
		case !ok || !known:
			return nil, wrong("pickup.pickup_type")
		}
		place, sent, err := sum(o, "order_num", "pickup.order_num", notNegative)
		if err != nil {
			return nil, err
		}
		if !sent || place == nil { // after the others
			others, err := s.Catalog.Picks(c.Context(), tx, l)
			if err != nil {
				return nil, err
			}
			end := int64(len(others))
			place = &end
		}
		if err := put(tx, product, l, *place); err != nil {
			return nil, err
		}
		p, err := s.Catalog.Picked(c.Context(), tx, l, product)
		return v.pickup(p), err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("pickup", out)), nil
}

// unpick answers with what it removed.
func (s *Resource) unpick(c *call.Call) (frame.Response, error) {
	product, err := number[id.Product](c, "product_id")
	if err != nil {
		return frame.Response{}, err
	}
	var l catalog.PickList
	for n, k := range pickTypes() {
		if id.String(n) == c.Path("pickup_type") {
			l = k
		}
	}
	out, err := s.change(c, under("pickup"), func(v shopView, tx *db.Tx) (any, error) {
		p, err := s.Catalog.Picked(c.Context(), tx, l, product)
		if err != nil {
			return nil, err
		}
		return v.pickup(p), s.Catalog.Unpick(c.Context(), tx, l, product)
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("pickup", out)), nil
}
