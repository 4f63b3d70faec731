package actor

import (
	"slices"
	"strings"
)

// A Scope is what an owner lets an app do in a shop, as OAuth 2.0 (RFC 6749 §3.3) names it.
type Scope string

// The scopes of the reference service, which are coarse: an order comes with everything about its purchaser.
const (
	ReadProducts      Scope = "read_products"
	WriteProducts     Scope = "write_products"
	ReadSales         Scope = "read_sales"
	WriteSales        Scope = "write_sales"
	ReadCoupons       Scope = "read_shop_coupons"
	WriteCoupons      Scope = "write_shop_coupons"
	ReadScriptTags    Scope = "read_shop_script_tags"
	WriteScriptTags   Scope = "write_shop_script_tags"
	ReadTemplates     Scope = "read_templates"
	WriteTemplates    Scope = "write_templates"
	ReadAnalytics     Scope = "read_analytics"
	ChargeApplication Scope = "write_application_charge"
)

// Scopes of Noren's own, which are fine: orders without a person, and one scope for each class of a person's fields.
const (
	ReadOrders     Scope = "read_orders"
	WriteOrders    Scope = "write_orders"
	personalPrefix       = "read_person_"
)

// PersonalScope is the scope of one class of purchasers' fields, by the class's code: read_person_email.
func PersonalScope(class string) Scope { return Scope(personalPrefix + class) }

// Class is the class of a scope that reads one, else "".
func (s Scope) Class() string {
	class, _ := strings.CutPrefix(string(s), personalPrefix)
	if class == string(s) {
		return ""
	}
	return class
}

// Scopes lists those without a class. Whether a class exists is the vault's to know.
func Scopes() []Scope {
	return []Scope{ReadProducts, WriteProducts, ReadSales, WriteSales, ReadCoupons, WriteCoupons, ReadScriptTags, WriteScriptTags,
		ReadTemplates, WriteTemplates, ReadAnalytics, ChargeApplication, ReadOrders, WriteOrders}
}

// Coarse says whether a scope of the reference service opens everything about a purchaser.
func (s Scope) Coarse() bool { return s == ReadSales || s == WriteSales }

// Rights that a scope stands for. Every app may browse.
func (s Scope) Rights() []Right {
	switch s {
	case ReadProducts:
		return []Right{ViewCatalog}
	case WriteProducts:
		return []Right{ViewCatalog, EditCatalog, EditStock}
	case ReadSales:
		return []Right{ViewOrders, ViewPersons}
	case WriteSales:
		return []Right{ViewOrders, ViewPersons, EditOrders, ShipOrders}
	case ReadOrders:
		return []Right{ViewOrders}
	case WriteOrders:
		return []Right{ViewOrders, EditOrders, ShipOrders}
	}
	if s.Class() != "" {
		return []Right{ViewPersons}
	}
	return nil
}

// ForApp is an app with what an owner let it do.
func ForApp(a Actor, scopes []Scope) Actor {
	a.Kind, a.Scopes = App, slices.Clone(scopes)
	var rights []Right
	for _, s := range scopes {
		rights = append(rights, s.Rights()...)
	}
	return a.With(rights...)
}
