// Package goods is what the sample shops sell, and what they say about themselves: three shops written by hand (a tea
// merchant, a pottery, a clothing label), and as many variations of them as a bench wants.
//
// It guarantees that every shop and product passes the rules of those who will store them, and that the same number always
// gives the same shop. It refuses real people: names, addresses, phones and mail addresses are invented and lead nowhere.
package goods

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

//go:embed data/*.json
var files embed.FS

// A Shop is everything about one sample shop but its orders.
type Shop struct {
	Handle       string          `json:"handle"`
	Theme        string          `json:"theme"` // and whose pictures it has: see sample/art
	Name         string          `json:"name"`
	Tagline      string          `json:"tagline"`
	Sells        string          `json:"sells"`
	About        string          `json:"about"`
	Delivery     string          `json:"delivery"`
	PaymentTime  string          `json:"payment_time"`
	Returns      string          `json:"returns"`
	Legal        tenant.Legal    `json:"legal"`
	Owner        Person          `json:"owner"`
	Staff        Person          `json:"staff"` // a packer; most shops have none
	Shipping     []Method        `json:"shipping"`
	COD          [][2]int64      `json:"cod"` // sums below the first cost the second
	Bank         string          `json:"bank"`
	DeadlineDays int64           `json:"deadline_days"`
	Axes         map[string]Axis `json:"axes"`
	Categories   []Category      `json:"categories"`
	Products     []Product       `json:"products"`
}

// A Person works in a shop.
type Person struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// A Method is a way to send, its fees by region.
type Method struct {
	Carrier  string                  `json:"carrier"`
	Name     string                  `json:"name"`
	En       string                  `json:"en"`
	FreeOver int64                   `json:"free_over"`
	LeadDays int64                   `json:"lead_days"`
	WishDays int64                   `json:"wish_days"`
	Fees     map[postal.Region]int64 `json:"fees"`
}

// An Axis is an option that several products share.
type Axis struct {
	Name   string  `json:"name"`
	En     string  `json:"en"`
	Values []Value `json:"values"`
}

// A Value is one choice.
type Value struct {
	Name    string `json:"name"`
	En      string `json:"en"`
	Code    string `json:"code"`    // ends the model number
	Percent int64  `json:"percent"` // of the product's price; 0 is 100
	Weight  int64  `json:"weight"`  // grams, in place of the product's
	Heavier int64  `json:"heavier"` // percent of the product's weight; 0 is 100
}

// A Category is a drawer with its drawers.
type Category struct {
	Slug string     `json:"slug"`
	Name string     `json:"name"`
	En   string     `json:"en"`
	Sub  []Category `json:"sub"`
}

// How much of a product there is at the end of its history.
const (
	Plenty = ""
	Low    = "low"
	Out    = "out"
	One    = "one"  // a single piece, still there
	Gone   = "sold" // a single piece, bought by somebody
)

// A Product is one article.
type Product struct {
	Handle string   `json:"handle"`
	Model  string   `json:"model"`
	Name   string   `json:"name"`
	En     string   `json:"en"`
	Kana   string   `json:"kana"`
	Text   string   `json:"text"`
	TextEn string   `json:"text_en"`
	Food   bool     `json:"food"` // carries the reduced rate
	Price  int64    `json:"price"`
	Weight int64    `json:"weight"`
	Axes   []string `json:"axes"`
	In     []string `json:"in"`  // slugs of categories
	Art    []string `json:"art"` // kind:tone
	Picks  []string `json:"pick"`
	Stock  string   `json:"stock"`
	Seed   int64    `json:"seed"` // of its pictures; 0 is its place in the shop
}

// written are the shops written by hand, in their order.
func written() []string { return []string{"tea", "ceramics", "clothing"} }

// Written is how many shops were written by hand.
const Written = 3

// Shops makes n shops with so many products in all, spread evenly.
func Shops(n, products int) ([]Shop, error) {
	base := make([]Shop, Written)
	for i, name := range written() {
		var err error
		if base[i], err = read(name); err != nil {
			return nil, err
		}
	}
	out := make([]Shop, n)
	for i := range out {
		out[i] = base[i%Written].variation(i / Written)
		share := products / n
		if i < products%n {
			share++
		}
		out[i].resize(share)
	}
	return out, nil
}

func read(name string) (Shop, error) {
	var s Shop
	b, err := files.ReadFile("data/" + name + ".json")
	if err != nil {
		return s, fmt.Errorf("read sample shop: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("read sample shop %s: %w", name, err)
	}
	for i := range s.Products {
		if s.Products[i].Seed == 0 {
			s.Products[i].Seed = int64(i + 1)
		}
	}
	return s, nil
}

// variation is the shop as its n-th namesake: 0 is itself.
func (s Shop) variation(n int) Shop {
	if n == 0 {
		return s
	}
	no := strconv.Itoa(n + 1)
	s.Name += " " + no + "号店"
	s.Handle += "-" + no
	s.Legal.Email = strings.Replace(s.Legal.Email, "@", no+"@", 1)
	s.Owner.Email = strings.Replace(s.Owner.Email, "@", no+"@", 1)
	s.Staff = Person{}
	return s
}

// resize cuts the shop's products to n, or adds variations of them.
func (s *Shop) resize(n int) {
	base := len(s.Products)
	if n <= base {
		s.Products = s.Products[:n:n]
		return
	}
	all := slices.Clone(s.Products)
	for i := base; i < n; i++ {
		p := s.Products[i%base]
		no := strconv.Itoa(i/base + 1)
		p.Handle += "-" + no
		p.Model += "-" + no
		p.Name += " その" + no
		p.En += " No. " + no
		p.Price = max(10, p.Price*(90+int64(i*7%30))/100/10*10)
		p.Seed = int64(i + 1)
		p.Picks, p.Stock = nil, Plenty
		all = append(all, p)
	}
	s.Products = all
}

// Settings are the shop's.
func (s Shop) Settings() tenant.Settings {
	return tenant.Settings{Name: s.Name, Tagline: s.Tagline, About: s.About, Sells: s.Sells, Theme: s.Theme, Rounding: tax.Down,
		Delivery: s.Delivery, PaymentTime: s.PaymentTime, Returns: s.Returns}
}

// Methods are its ways to send.
func (s Shop) Methods() []shipping.Method {
	out := make([]shipping.Method, len(s.Shipping))
	for i, m := range s.Shipping {
		out[i] = shipping.Method{Carrier: shipping.Carrier(m.Carrier), Position: int64(i), Active: true, FreeOver: m.FreeOver,
			LeadDays: m.LeadDays, WishDays: m.WishDays}
		out[i].Name.Ja, out[i].Name.En = m.Name, m.En
		for p := postal.Hokkaido; p <= postal.Okinawa; p++ {
			fee, reached := m.Fees[p.Region()]
			out[i].Fees[p-1] = shipping.Fee{Reached: reached, Yen: fee}
		}
	}
	return out
}

// Payments are its ways to be paid.
func (s Shop) Payments() []payment.Setting {
	cod := payment.Setting{Method: payment.COD, Active: true}
	for _, b := range s.COD {
		cod.Brackets = append(cod.Brackets, payment.Bracket{Below: b[0], Fee: b[1]})
	}
	return []payment.Setting{{Method: payment.BankTransfer, Active: true, Account: s.Bank, DeadlineDays: s.DeadlineDays}, cod}
}

// In is a product as the catalogue takes it.
func (s Shop) In(p Product, position int64) (catalog.In, error) {
	in := catalog.In{Handle: p.Handle, Name: p.Name, NameEn: p.En, Kana: p.Kana, Description: p.Text, DescriptionEn: p.TextEn,
		State: catalog.Showing, Tax: tax.Standard, Position: position}
	if p.Food {
		in.Tax = tax.Reduced
	}
	variants := []catalog.VariantIn{{Price: p.Price, Model: p.Model, WeightG: p.Weight}}
	for _, name := range p.Axes {
		axis, ok := s.Axes[name]
		if !ok {
			return in, fmt.Errorf("product %s: no axis %q", p.Handle, name)
		}
		o := catalog.OptionIn{Name: axis.Name, NameEn: axis.En}
		var next []catalog.VariantIn
		for _, v := range axis.Values {
			o.Values = append(o.Values, catalog.ValueIn{Name: v.Name, NameEn: v.En})
		}
		for _, had := range variants {
			for _, v := range axis.Values {
				next = append(next, v.of(had))
			}
		}
		in.Options, variants = append(in.Options, o), next
	}
	in.Variants = variants
	return in, nil
}

// of is the variant with this choice made. Prices stay multiples of ten yen.
func (v Value) of(c catalog.VariantIn) catalog.VariantIn {
	c.Values = append(slices.Clone(c.Values), v.Name)
	c.Model += "-" + v.Code
	if v.Percent > 0 {
		c.Price = (c.Price*v.Percent/100 + 5) / 10 * 10
	}
	if v.Weight > 0 {
		c.WeightG = v.Weight
	}
	if v.Heavier > 0 {
		c.WeightG = c.WeightG * v.Heavier / 100
	}
	return c
}

// A Picture names a drawing: what and in which tone, as sample/art knows them.
type Picture struct{ Kind, Tone string }

// Pictures are a product's, the first of them for lists.
func (s Shop) Pictures(p Product) []Picture {
	out := make([]Picture, len(p.Art))
	for i, a := range p.Art {
		kind, tone, _ := strings.Cut(a, ":")
		out[i] = Picture{s.Theme + "/" + kind, tone}
	}
	return out
}
