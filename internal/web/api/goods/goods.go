// Package goods serves what a shop sells: products with their options, variants, pictures and picks, their stock, and the
// categories and groups in which they stand.
//
// It guarantees the contract's shapes and codes, that an update changes what was sent and nothing else, and that a product with
// its stock is saved together or not at all. It refuses to write where a third axis is folded into the second.
package goods

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/group"
	"github.com/noren-shop/noren/internal/commerce/catalog/picture"
	"github.com/noren-shop/noren/internal/commerce/catalog/register"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/api"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// Resource serves them.
type Resource struct {
	Tenants  *tenant.Service
	Catalog  *catalog.Service
	Register *register.Service
	Groups   *group.Service
	Stock    *inventory.Service
	Pictures *picture.Service
	Media    func(shop id.Shop, f catalog.File) string // where a picture's file is
	Rates    tax.Table
}

// maxUpload bounds a picture that is sent.
const maxUpload = 40 << 20

// Operations that it brings.
func (s *Resource) Operations() []api.Operation {
	const product = "/v1/products/{product_id}"
	read, write, open := actor.ViewCatalog, actor.EditCatalog, actor.BrowseShop
	return []api.Operation{
		{ID: "getProducts", Method: "GET", Path: "/v1/products", Right: read, Do: s.list},
		{ID: "postProducts", Method: "POST", Path: "/v1/products", Right: write, Do: s.create},
		{ID: "getProduct", Method: "GET", Path: product, Right: read, Do: s.get},
		{ID: "updateProduct", Method: "PUT", Path: product, Right: write, Do: s.update},
		{ID: "getProductVariants", Method: "GET", Path: product + "/variants", Right: read, Do: s.variants},
		{ID: "getProductVariant", Method: "GET", Path: product + "/variants/{id}", Right: read, Do: s.variant},
		{ID: "updateProductVariant", Method: "PUT", Path: product + "/variants/{id}", Right: write, Do: s.updateVariant},
		{ID: "createProductOption", Method: "POST", Path: product + "/options", Right: write, Do: s.createOption},
		{ID: "deleteProductOption", Method: "DELETE", Path: product + "/options/{id}", Right: write, Do: s.deleteOption},
		{ID: "createProductOptionValue", Method: "POST", Path: product + "/options/{option_id}/values", Right: write, Do: s.createValue},
		{ID: "deleteProductOptionValue", Method: "DELETE", Path: product + "/options/{option_id}/values/{id}", Right: write, Do: s.deleteValue},
		{ID: "postProductPickup", Method: "POST", Path: product + "/pickups", Right: write, Do: s.pick},
		{ID: "putProductPickup", Method: "PUT", Path: product + "/pickups", Right: write, Do: s.repick},
		{ID: "deleteProductPickup", Method: "DELETE", Path: product + "/pickups/{pickup_type}", Right: write, Do: s.unpick},
		{ID: "getProductImages", Method: "GET", Path: product + "/images", Right: read, Do: s.images},
		{ID: "createProductImage", Method: "POST", Path: product + "/images", Right: write, Do: s.addImage,
			Limits: frame.Limits{Body: maxUpload, Time: time.Minute}, Accepts: []string{"multipart/form-data"}},
		{ID: "deleteProductImage", Method: "DELETE", Path: product + "/images/{position}", Right: write, Do: s.deleteImage},
		{ID: "getStocks", Method: "GET", Path: "/v1/stocks", Right: open, Do: s.stocks},
		{ID: "getProductGroups", Method: "GET", Path: "/v1/groups", Right: open, Do: s.groups},
		{ID: "createProductGroup", Method: "POST", Path: "/v1/groups", Right: write, Do: s.createGroup},
		{ID: "getProductGroup", Method: "GET", Path: "/v1/groups/{id}", Right: open, Do: s.group},
		{ID: "updateProductGroup", Method: "PUT", Path: "/v1/groups/{id}", Right: write, Do: s.updateGroup},
		{ID: "getProductCategories", Method: "GET", Path: "/v1/categories", Right: open, Do: s.categories},
		{ID: "createProductCategory", Method: "POST", Path: "/v1/categories", Right: write, Do: s.createCategory},
		{ID: "updateProductCategory", Method: "PUT", Path: "/v1/categories/{id}", Right: write, Do: s.updateCategory},
		{ID: "createProductCategoryChild", Method: "POST", Path: "/v1/categories/{category_id}/children", Right: write, Do: s.createChild},
		{ID: "updateProductCategoryChild", Method: "PUT", Path: "/v1/categories/{category_id}/children/{id}", Right: write, Do: s.updateChild},
	}
}

// A shopView is what records need to know of the shop.
type shopView struct {
	*Resource
	shop  tenant.Shop
	rates tax.Rates
	tree  catalog.Tree
}

// view reads it.
func (s *Resource) view(c *call.Call, r db.Reader) (shopView, error) {
	shop, err := s.Tenants.Get(c.Context(), r)
	if err != nil {
		return shopView{}, err
	}
	tree, err := s.Catalog.Categories(c.Context(), r)
	return shopView{s, shop, s.Rates.On(r.Now()), tree}, err
}

// tax is what is contained in a sum.
func (v shopView) tax(sum int64, c tax.Class) int64 {
	return tax.Contained(sum, v.rates.Of(c), v.shop.Rounding)
}

// number is a path's number; what is none names nothing.
func number[T ~int64](c *call.Call, name string) (T, error) {
	n, err := strconv.ParseInt(c.Path(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, call.Missing()
	}
	return T(n), nil
}

// change runs a write and answers with what it made.
func (s *Resource) change(c *call.Call, field func(string) (int, string), do func(v shopView, tx *db.Tx) (any, error)) (any, error) {
	var out any
	err := c.Write(func(tx *db.Tx) error {
		v, err := s.view(c, tx)
		if err != nil {
			return err
		}
		out, err = do(v, tx)
		return err
	})
	return out, refused(err, field)
}

// refused makes a feature's faults the contract's; what is missing stays missing.
func refused(err error, field func(string) (int, string)) error {
	if err == nil || errors.Is(err, catalog.ErrMoved) {
		return err
	}
	if e, is := errors.AsType[call.Errors](err); is {
		return e
	}
	fs, is := fault.Of(err)
	if !is || (fs[0].Kind != fault.KindInvalid && fs[0].Kind != fault.KindConflict) {
		return err
	}
	return call.OfFaults(fs, field)
}

// under puts a feature's field below a name.
func under(name string) func(string) (int, string) {
	return func(field string) (int, string) { return codeInvalid, name + "." + field }
}

// The contract's codes.
const (
	codeInvalid = 422001
	codeEmpty   = 422007
	codeRange   = 422014
)

func empty(field string) error {
	return call.Refuse(codeEmpty, field, "値を入力してください。")
}
func wrong(field string) error {
	return call.Refuse(codeInvalid, field, "値が正しくありません。")
}
func beyond(field string) error {
	return call.Refuse(codeRange, field, "数値が範囲の外です。")
}

func noContent() frame.Response { return frame.Bytes("", nil).Status(http.StatusNoContent) }

// name reads a name within the contract's bound.
func name(o call.Object, field string) (string, error) {
	v, is := o.String("name")
	switch {
	case !is || v == "":
		return "", empty(field)
	case len([]rune(v)) > maxName:
		return "", wrong(field)
	}
	return v, nil
}

const maxName = 100
