package setting

import (
	"math"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// sends reads the shop and its ways to send.
func (s *Resource) sends(c *call.Call) (shop tenant.Shop, list []shipping.Method, err error) {
	err = c.Read(func(r db.Reader) error {
		if shop, err = s.Tenants.Get(c.Context(), r); err != nil {
			return err
		}
		list, err = s.Shipping.List(c.Context(), r)
		return err
	})
	return shop, list, err
}

func (s *Resource) deliveries(c *call.Call) (frame.Response, error) {
	shop, list, err := s.sends(c)
	if err != nil {
		return frame.Response{}, err
	}
	out := make([]call.Record, len(list))
	for i, m := range list {
		out[i] = delivery(shop, m)
	}
	return call.Answer(call.NewRecord("deliveries", out)), nil
}

// delivery is a way to send. Noren's fees go by prefecture; a fee that is the same everywhere is what the contract calls fixed.
func delivery(shop tenant.Shop, m shipping.Method) call.Record {
	made := id.Drawn(int64(m.ID)).Unix()
	free, limit := "not_free", any(nil)
	if m.FreeOver > 0 {
		free, limit = "free_to_limit", m.FreeOver
	}
	areas, flat, same := charges(m)
	kind, fixed := "by_area", any(nil)
	if same {
		kind, fixed = "fixed", flat
	}
	if same && flat == 0 {
		free = "free"
	}
	state := "hidden"
	if m.Active {
		state = "showing"
	}
	return call.NewRecord(
		"id", int64(m.ID),
		"account_id", shop.Account,
		"name", m.Name.Ja,
		"method_type", method(m.Carrier),
		"image_url", nil,
		"charge_free_type", free,
		"charge_free_limit", limit,
		"charge_type", kind,
		"charge", call.NewRecord("delivery_id", int64(m.ID), "account_id", shop.Account, "charge_fixed", fixed,
			"charge_ranges_by_price", []any{}, "charge_max_price", nil, "charge_ranges_by_area", areas,
			"charge_ranges_by_weight", []any{}, "charge_ranges_max_weight", []any{}),
		"tax_included", true,
		"slip_number_use", m.Carrier != shipping.Other,
		"slip_number_url", call.Nullable(tracking(m.Carrier)),
		"memo", nil,
		"memo2", nil,
		"sort", m.Position,
		"display_state", state,
		"preferred_date_use", m.WishDays > 0,
		"preferred_period_use", m.WishDays > 0,
		"unavailable_payment_ids", []int64{},
		"make_date", made,
		"update_date", made,
	)
}

// charges are the fees by prefecture, and the one fee where all are the same.
func charges(m shipping.Method) (areas []call.Record, flat int64, same bool) {
	same, flat, areas = true, math.MinInt64, []call.Record{}
	for i, f := range m.Fees {
		if !f.Reached {
			same = false
			continue
		}
		if flat == math.MinInt64 {
			flat = f.Yen
		}
		same = same && f.Yen == flat
		p := postal.Prefecture(i + 1)
		areas = append(areas, call.NewRecord("pref_id", int(p), "pref_name", p.Name(i18n.Ja), "charge", f.Yen))
	}
	return areas, flat, same && flat != math.MinInt64
}

func method(c shipping.Carrier) string {
	switch c {
	case shipping.Yamato:
		return "yamato"
	case shipping.Sagawa:
		return "sagawa"
	case shipping.JapanPost:
		return "jp"
	}
	return "other"
}

// tracking is the carrier's page before a slip number is put in.
func tracking(c shipping.Carrier) string { return shipping.TrackingURL(c, "") }

// deliveryDate is how a day and a time may be wished: over all ways to send that take wishes, the widest.
func (s *Resource) deliveryDate(c *call.Call) (frame.Response, error) {
	shop, list, err := s.sends(c)
	if err != nil {
		return frame.Response{}, err
	}
	var first, last, made int64
	periods := []string{}
	seen := map[string]bool{}
	for _, m := range list {
		if !m.Active || m.WishDays == 0 {
			continue
		}
		if from := m.LeadDays + 1; first == 0 || from < first {
			first = from
		}
		last, made = max(last, m.LeadDays+m.WishDays), max(made, id.Drawn(int64(m.ID)).Unix())
		for _, slot := range shipping.Slots(m.Carrier, s.Now()) {
			if !seen[slot.Name.Ja] {
				seen[slot.Name.Ja] = true
				periods = append(periods, slot.Name.Ja)
			}
		}
	}
	return call.Answer(call.NewRecord("delivery_date", call.NewRecord(
		"account_id", shop.Account,
		"days", call.NewRecord("enabled", first > 0, "default", nil, "min", some(first), "max", some(last), "comment", nil),
		"times", call.NewRecord("enabled", len(periods) > 0, "periods", periods, "comment", nil),
		"make_date", some(made),
		"update_date", some(made),
	))), nil
}

// some is a number, null for 0.
func some(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}
