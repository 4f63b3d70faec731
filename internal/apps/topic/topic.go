// Package topic is the table of facts that apps may hear of, by webhook or by the feed.
//
// It guarantees that each has a right which the app must hold, and a stream in which it is counted. It refuses what is between
// Noren and a shop: bills, links to pay, letters that are due. It knows facts by name; a test checks that each is published.
package topic

import (
	"slices"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/outbox"
)

// A Stream is what facts are counted in: an app sees a stream whole, or not at all.
type Stream string

// The streams.
const (
	Shop    Stream = "shop"
	Catalog Stream = "catalog"
	Orders  Stream = "orders"
)

// Right that an app must hold to see the stream.
func (s Stream) Right() actor.Right {
	switch s {
	case Catalog:
		return actor.ViewCatalog
	case Orders:
		return actor.ViewOrders
	}
	return actor.BrowseShop
}

// Streams are all of them.
func Streams() []Stream { return []Stream{Shop, Catalog, Orders} }

// A Topic is one kind of fact.
type Topic struct {
	Event   outbox.Event
	Stream  Stream
	Subject string // what the subject's id is of
	Text    fault.Text
}

// All is the table, in the order that pages show it.
func All() []Topic {
	return []Topic{
		{"order.placed", Orders, "order", fault.Text{Ja: "注文が入った", En: "An order was placed"}},
		{"order.paid", Orders, "order", fault.Text{Ja: "注文の代金が入った", En: "An order was paid"}},
		{"order.unpaid", Orders, "order", fault.Text{Ja: "入金が取り消された", En: "An order's payment was undone"}},
		{"order.payment_changed", Orders, "order", fault.Text{Ja: "支払い方法が変わった", En: "An order is to be paid another way"}},
		{"order.shipped", Orders, "order", fault.Text{Ja: "注文を発送した", En: "An order was dispatched"}},
		{"order.delivered", Orders, "order", fault.Text{Ja: "注文が届いた", En: "An order arrived"}},
		{"order.cancelled", Orders, "order", fault.Text{Ja: "注文が取り消された", En: "An order was cancelled"}},
		{"order.refunded", Orders, "order", fault.Text{Ja: "注文を返金した", En: "An order was given back its money"}},
		{"payment.captured", Orders, "order", fault.Text{Ja: "カードの売上が確定した", En: "A card's money was taken"}},
		{"payment.declined", Orders, "order", fault.Text{Ja: "決済が断られた", En: "A payment was refused"}},
		{"payment.refunded", Orders, "order", fault.Text{Ja: "決済会社から返金した", En: "Money went back by the provider"}},
		{"product.changed", Catalog, "product", fault.Text{Ja: "商品が変わった", En: "A product changed"}},
		{"stock.changed", Catalog, "variant", fault.Text{Ja: "在庫が変わった", En: "Stock changed"}},
		{"shop.changed", Shop, "shop", fault.Text{Ja: "ショップの設定が変わった", En: "The shop changed"}},
	}
}

// Of finds a fact's topic; false for what apps do not hear of.
func Of(e outbox.Event) (Topic, bool) {
	all := All()
	i := slices.IndexFunc(all, func(t Topic) bool { return t.Event == e })
	if i < 0 {
		return Topic{}, false
	}
	return all[i], true
}

// Events are the names of all topics.
func Events() []outbox.Event {
	var out []outbox.Event
	for _, t := range All() {
		out = append(out, t.Event)
	}
	return out
}
