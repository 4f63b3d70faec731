package inventory

import "github.com/noren-shop/noren/internal/base/outbox"

// StockChanged tells that pieces came or went. Its subject is the variant, its body a Changed. Holds are not told of.
const StockChanged outbox.Event = "stock.changed"

// A Changed is the body of StockChanged.
type Changed struct {
	OnHand int64  `json:"on_hand"`
	Left   int64  `json:"left"`
	Delta  int64  `json:"delta"`
	Reason Reason `json:"reason"`
}
