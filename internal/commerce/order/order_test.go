package order_test

import (
	"regexp"
	"testing"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/order"
)

func TestStatusMovesAlongItsTableOnly(t *testing.T) {
	t.Parallel()
	acts := []order.Act{order.Open, order.Note, order.Pay, order.Ship, order.Deliver, order.Cancel, order.Refund, order.Unpay, order.Repay, order.Amend, "x"}
	type key struct {
		from order.Status
		act  order.Act
	}
	before := map[key]order.Status{ // paid in advance
		{order.Placed, order.Pay}: order.Paid, {order.Placed, order.Cancel}: order.Cancelled,
		{order.Paid, order.Ship}: order.Shipped, {order.Paid, order.Cancel}: order.Cancelled,
		{order.Paid, order.Unpay}: order.Placed, {order.Placed, order.Repay}: order.Placed,
		{order.Shipped, order.Deliver}: order.Delivered, {order.Cancelled, order.Refund}: order.Cancelled,
	}
	onDelivery := map[key]order.Status{
		{order.Placed, order.Ship}: order.Shipped, {order.Shipped, order.Pay}: order.Shipped, {order.Delivered, order.Pay}: order.Delivered,
	}
	for _, from := range append(order.Statuses(), "x") {
		for _, act := range acts {
			for _, method := range []string{"cod", "bank_transfer"} {
				h := order.Head{Status: from, Payment: method}
				want, ok := before[key{from, act}]
				if !ok && method == "cod" {
					want, ok = onDelivery[key{from, act}]
				}
				if (act == order.Note || act == order.Amend) && from.Valid() {
					want, ok = from, true
				}
				to, err := h.Next(act)
				if (err == nil) != ok || (ok && to != want) || h.May(act) != ok {
					t.Errorf("%s, %s, %s: %s %v, want %s %v", from, act, method, to, err, want, ok)
				}
			}
		}
	}
	for _, s := range order.Statuses() {
		if s.Label(i18n.Ja) == "" || s.Label(i18n.En) == "" {
			t.Errorf("%s has no name", s)
		}
	}
}

func TestNumbersTellTheDayAndNothingElse(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^261123-[0-9]{6}$`)
	const at = 1795360000000 // 2026-11-22 15:06 UTC: the 23rd in Japan
	for _, chance := range []int64{0, 1, 999_999, 1_000_000, -5, 1 << 62} {
		if n := order.NewNumber(at, chance); !form.MatchString(n) {
			t.Errorf("%d: %s", chance, n)
		}
	}
}
