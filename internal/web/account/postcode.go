package account

import (
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/contact"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/web/frame"
)

// A known address is what all places of a postcode have in common.
type known struct {
	Prefecture string `json:"prefecture"`
	City       string `json:"city"`
	Town       string `json:"town"`
}

// errPostcode is one that the table does not have.
var errPostcode = fault.Invalid("postcode", fault.Text{
	Ja: "この郵便番号の住所は見つかりませんでした。番号を確かめるか、住所を直接入力してください。",
	En: "No address was found for this postcode. Check the number, or type the address in.",
})

func (a *Account) lookUp(code string) (known, bool) {
	places := a.Postal.Lookup(code)
	if len(places) == 0 {
		return known{}, false
	}
	k := known{strconv.Itoa(int(places[0].Prefecture)), places[0].City, places[0].Town}
	for _, p := range places[1:] {
		if p.Prefecture != places[0].Prefecture {
			return known{}, false
		}
		if p.City != k.City {
			k.City, k.Town = "", ""
		}
		if p.Town != k.Town {
			k.Town = ""
		}
	}
	return k, true
}

// postcode answers the page's script.
func (a *Account) postcode(r *frame.Request) (frame.Response, error) {
	k, ok := a.lookUp(r.Path("code"))
	if !ok {
		return frame.JSON(map[string]string{"message": r.Lang().Pick(errPostcode.Text.Ja, errPostcode.Text.En)}).Status(404), nil
	}
	return frame.JSON(k).Cached(frame.Shared(time.Hour, "")), nil
}

// fillAddress is the same for pages without script: a press of 住所を入力. What the postcode says replaces prefecture and
// city; a street that was typed stays.
func (a *Account) fillAddress(f *checkout.Form) error {
	code, err := contact.Postcode("postcode", f.Postcode)
	if err != nil {
		return err
	}
	k, ok := a.lookUp(code)
	if !ok {
		return errPostcode
	}
	f.Prefecture = k.Prefecture
	if k.City != "" {
		f.City = k.City
	}
	if f.Street == "" {
		f.Street = k.Town
	}
	return nil
}
