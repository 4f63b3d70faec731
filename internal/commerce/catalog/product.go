// Package catalog keeps what a shop sells: products with up to three axes of options, their variants, images, categories
// and the lists that the owner picks.
//
// It guarantees that a product is saved whole or not at all, that two people who edit one product cannot overwrite each
// other (each save names the version that it started from), that a variant keeps its id, and so its stock, while the axes
// around it change, and that every change raises the shop's version, by which pages are kept and dropped.
// It refuses sums outside 0 to 99,999,999 yen, JAN codes whose check digit is wrong, and descriptions with markup: a
// description is plain text.
//
// How many pieces there are is inventory's to know. What shoppers see is read by catalog/shelf.
package catalog

import (
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/tax"
)

// A State says who sees a product.
type State string

// The states.
const (
	Draft   State = "draft"   // not ready: staff only
	Showing State = "showing" // on sale
	Hidden  State = "hidden"  // was ready, taken off the shelves
)

// Valid says whether s is one of the states.
func (s State) Valid() bool { return s == Draft || s == Showing || s == Hidden }

// The bounds of a product.
const (
	MaxName        = 200 // characters
	MaxDescription = 20_000
	MaxPrice       = 99_999_999 // yen
	MaxWeight      = 1_000_000  // grams
	MaxAxes        = 3
	MaxValues      = 100 // on one axis
	MaxVariants    = 100
	MaxImages      = 50
	MaxAlt         = 200
	MaxModel       = 50
	MaxHandle      = 80
	MaxPosition    = 1_000_000_000
)

// A Product is everything about one product.
type Product struct {
	ID            id.Product
	Handle        string // its name in addresses
	Name          string
	NameEn        string // empty: Name stands for both
	Kana          string // how the name is read
	Description   string // plain text; lines end with \n
	DescriptionEn string
	State         State
	Tax           tax.Class
	Position      int64
	PriceMin      int64 // yen with tax, of its variants
	PriceMax      int64
	Version       int64
	MadeMS        int64
	UpdatedMS     int64
	Options       []Option
	Variants      []Variant
	Images        []Image
	Categories    []id.Category
	Terms
}

// An Option is one axis along which variants differ.
type Option struct {
	ID     id.Option
	Name   string
	NameEn string
	Values []Value
	Since
}

// A Value is one choice on an axis.
type Value struct {
	ID     id.Value
	Name   string
	NameEn string
	Since
}

// A Since says when a part of a product was made and last saved, in milliseconds; what is as old as the product has 0.
type Since struct{ MadeMS, UpdatedMS int64 }

// A Variant is what is put into a cart.
type Variant struct {
	ID      id.Variant
	Product id.Product
	Values  [MaxAxes]id.Value // in the order of the axes; 0 where there is no such axis
	Price   int64             // yen with tax
	Model   string
	JAN     string
	WeightG int64
	VariantTerms
	Since
}

// A Row is one line of the admin's list.
type Row struct {
	ID        id.Product
	Handle    string
	Name      string
	NameEn    string
	State     State
	Tax       tax.Class
	Position  int64
	PriceMin  int64
	PriceMax  int64
	Variants  int64
	Image     Image // the first; its ID is 0 where there is none
	UpdatedMS int64
}

// The faults of the catalogue that callers tell apart.
var (
	ErrMissing = fault.NotFound(fault.Text{
		Ja: "この商品は見つかりません。削除されたか、アドレスが違う可能性があります。",
		En: "This product was not found. It may have been deleted, or the address may be wrong."})
	ErrMoved = fault.Conflict(fault.Text{
		Ja: "あなたが開いたあとに、ほかの人がこの商品を変更しました。入力した内容は残っています。最新の内容と見比べて、もう一度保存してください。",
		En: "Somebody else has changed this product since you opened it. What you typed is kept: " +
			"compare it with the product as it is now, and save again."})
	ErrHandleTaken = fault.Invalid("handle", fault.Text{
		Ja: "このアドレスはほかの商品で使われています。別のアドレスにしてください。",
		En: "Another product uses this address. Please choose a different one."})
)
