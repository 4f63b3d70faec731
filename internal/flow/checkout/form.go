package checkout

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/contact"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
)

// A Form is what a purchaser typed. It has no price, and no sum: what a client sends beside these is not read.
type Form struct {
	Lang       i18n.Lang
	Name       string
	Furigana   string
	Company    string // may be empty
	Postcode   string
	Prefecture string // its number
	City       string
	Street     string
	Building   string // may be empty
	Phone      string
	Email      string
	Note       string // may be empty
	Payment    string
	Shipping   string // the method's id
	WishDay    string // may be empty
	WishSlot   string // may be empty
}

// An entry is a form that was read: normal forms, typed ids.
type entry struct {
	lang       i18n.Lang
	person     order.Person
	prefecture postal.Prefecture
	payment    payment.Method
	method     shipping.MethodID
	wish       shipping.Wish
}

const maxNote = 500

// read gives the normal form of what was typed, with every wrong field.
func (f Form) read() (entry, fault.Faults) {
	var fs fault.Faults
	text := func(as contact.Reader, field, typed string) string {
		s, err := as(field, typed)
		fs.Add(err) //nolint:errcheck // contact's readers return faults only
		return s
	}
	maybe := func(as contact.Reader, field, typed string) string {
		s, err := contact.Optional(as, field, typed)
		fs.Add(err) //nolint:errcheck // contact's readers return faults only
		return s
	}
	e := entry{lang: f.Lang, person: order.Person{
		Name:     text(contact.Name, "name", f.Name),
		Furigana: text(contact.Furigana, "furigana", f.Furigana),
		Company:  maybe(contact.Name, "company", f.Company),
		Postcode: text(contact.Postcode, "postcode", f.Postcode),
		Phone:    text(contact.Phone, "phone", f.Phone),
		Email:    text(contact.Email, "email", f.Email),
	}}
	e.person.Address = []string{
		text(contact.AddressLine, "city", f.City),
		text(contact.AddressLine, "street", f.Street),
		maybe(contact.AddressLine, "building", f.Building),
	}
	if e.person.Address[2] == "" {
		e.person.Address = e.person.Address[:2]
	}
	if e.prefecture = postal.ParsePrefecture(f.Prefecture); e.prefecture < postal.Hokkaido || e.prefecture > postal.Okinawa {
		fs = append(fs, shipping.ErrPrefecture)
	}
	note, bad := readNote(f.Note)
	if e.person.Note = note; bad != nil {
		fs = append(fs, bad)
	}
	if e.lang != i18n.En {
		e.lang = i18n.Ja
	}
	e.payment = payment.Method(f.Payment)
	e.method = id.Parse[shipping.MethodID](f.Shipping)
	e.wish = shipping.Wish{Day: strings.TrimSpace(f.WishDay), Slot: strings.TrimSpace(f.WishSlot)}
	if d, err := time.Parse(time.DateOnly, e.wish.Day); err == nil {
		e.wish.Day = d.Format(time.DateOnly)
	}
	return e, fs
}

// readNote reads several lines for the shop. They are read by people, not printed on a slip, so signs and emoji may stay;
// control characters may not.
func readNote(typed string) (string, *fault.Fault) {
	s := strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(typed))
	bad := !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return (r < ' ' && r != '\n') || r == 0x7f })
	if !bad && utf8.RuneCountInString(s) <= maxNote {
		return s, nil
	}
	return "", fault.Invalid("note", fault.Text{
		Ja: "備考は500文字以内で、特殊な文字を使わずに入力してください。",
		En: "Write the note in up to 500 characters, without control characters.",
	})
}

// Prefecture is a prefecture that a visitor chose, or none.
func Prefecture(typed string) postal.Prefecture {
	p := postal.ParsePrefecture(typed)
	if p < postal.Hokkaido || p > postal.Okinawa {
		return 0
	}
	return p
}
