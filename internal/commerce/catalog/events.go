package catalog

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
)

// ProductChanged tells that a product was made, changed or deleted. Its subject is the product, its body a Changed.
const ProductChanged outbox.Event = "product.changed"

// A Changed is the body of ProductChanged.
type Changed struct {
	State State `json:"state,omitempty"` // after the change, "deleted" for the last; empty where it stayed
}

const deleted State = "deleted"

func published(tx *db.Tx, product id.Product, state State) error {
	return outbox.Publish(tx, ProductChanged, int64(product), Changed{state})
}
