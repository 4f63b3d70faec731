package order

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/contact"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/kana"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/security/vault"
)

// The bounds of a search. A slice is what a minute's budget of one person allows to match.
const (
	searchNewest = 2_000 // orders that are searched for a part of a name
	searchSlice  = 200   // at once, newest first, until
	searchEnough = 50    // are found
	searchExact  = 100   // orders of one e-mail address, phone number or whole name
)

// sought is an order with what it is searched by.
type sought struct {
	Head
	furigana, phone, email vault.Sealed
}

func (s sought) cursor() page.Cursor { return page.Cursor{Key: s.Placed, ID: int64(s.ID)} }

// fields are those of the classes, without a place for their plaintext: they are compared in the vault.
func (s sought) fields(classes []vault.Class) []vault.Field {
	var out []vault.Field
	for _, c := range classes {
		switch c {
		case vault.Name:
			out = append(out, vault.Field{Column: "name", Class: c, Sealed: s.name})
		case vault.Furigana:
			out = append(out, vault.Field{Column: "furigana", Class: c, Sealed: s.furigana})
		case vault.Phone:
			out = append(out, vault.Field{Column: "phone", Class: c, Sealed: s.phone})
		case vault.Email:
			out = append(out, vault.Field{Column: "email", Class: c, Sealed: s.email})
		}
	}
	return out
}

// Blinds has the vault compute what an order is looked up by. Nobody reads anything: the plaintext stays in the vault. An
// erased order has none.
func (s *Service) Blinds(ctx context.Context, r db.Reader, n id.Order) ([]vault.Blinded, error) {
	if err := r.Allow(actor.IndexOrders); err != nil {
		return nil, err
	}
	found, err := newest(ctx, r, page.Cursor{}, 1, int64(n))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	o, erased := found[0], false
	return s.vault.BlindSealed(ctx, r, vault.IndexOrder, []vault.Opening{{Table: table, Row: int64(o.ID), Subject: o.Subject(r.Shop()),
		Fields: o.fields([]vault.Class{vault.Name, vault.Furigana, vault.Phone, vault.Email}), Erased: &erased}})
}

// Index stores what Blinds gave, once however often it is called.
func (s *Service) Index(ctx context.Context, tx *db.Tx, list []vault.Blinded) error {
	if err := tx.Allow(actor.IndexOrders); err != nil {
		return err
	}
	return vault.SaveBlinds(ctx, tx, list)
}

// Found is what a search by person found.
type Found struct {
	Heads []Head // newest first
	// Newest is set where only the newest orders were searched: for part of a name there is no index. It says how many.
	Newest int
}

// Find finds orders by who bought: a whole e-mail address, a whole phone number, or a name or furigana, whole or in part,
// however they are written. What matches is entered in the ledger as found, whether or not it is shown.
func (s *Service) Find(ctx context.Context, r db.Reader, field, typed string) (Found, error) {
	if err := r.Allow(actor.ViewPersons); err != nil {
		return Found{}, err
	}
	text := strings.TrimSpace(kana.Narrow(typed))
	switch {
	case text == "":
		return Found{}, fault.Invalid(field, fault.Text{Ja: "注文番号、メールアドレス、電話番号、名前のどれかを入力してください。",
			En: "Enter an order number, an e-mail address, a phone number or a name."})
	case utf8.RuneCountInString(text) > contact.MaxName && !strings.Contains(text, "@"):
		return Found{}, fault.Invalid(field, fault.Text{Ja: "長すぎます。名前の一部でも探せます。", En: "This is too long. Part of a name is enough."})
	case strings.Contains(text, "@"):
		mail, err := contact.Email(field, text)
		if err != nil {
			return Found{}, fault.Invalid(field, fault.Text{Ja: "メールアドレスは、全体を入力してください。",
				En: "Enter the whole e-mail address."}).Because(err)
		}
		return s.exact(ctx, r, mail, vault.Email)
	case strings.Trim(text, "0123456789-ー‐−() +") == "":
		phone, err := contact.Phone(field, text)
		if err != nil {
			return Found{}, fault.Invalid(field, fault.Text{Ja: "電話番号は市外局番から全体を、注文番号は12けたすべてを入力してください。",
				En: "Enter the whole phone number with its area code, or all 12 digits of an order number."}).Because(err)
		}
		return s.exact(ctx, r, phone, vault.Phone)
	}
	return s.byName(ctx, r, text)
}

// exact looks the text up by its blind index. The vault then compares the sealed fields, and enters those that match.
func (s *Service) exact(ctx context.Context, r db.Reader, text string, classes ...vault.Class) (Found, error) {
	ids, err := s.vault.Lookup(ctx, r, vault.FindOrder, table, text, searchExact, classes...)
	if err != nil || len(ids) == 0 {
		return Found{}, err
	}
	list, err := newest(ctx, r, page.Cursor{}, len(ids), ids...)
	if err != nil {
		return Found{}, err
	}
	heads, err := s.match(ctx, r, text, list, classes)
	return Found{Heads: heads}, err
}

// byName looks for the whole name among all orders, and for a part of one among the newest.
func (s *Service) byName(ctx context.Context, r db.Reader, text string) (Found, error) {
	classes := []vault.Class{vault.Name, vault.Furigana}
	found, err := s.exact(ctx, r, text, classes...)
	if err != nil {
		return found, err
	}
	known := map[id.Order]bool{}
	for _, h := range found.Heads {
		known[h.ID] = true
	}
	var parts []Head
	seen, more := 0, true
	for after := (page.Cursor{}); more && seen < searchNewest && len(parts) < searchEnough; {
		list, err := newest(ctx, r, after, searchSlice+1)
		if err != nil {
			return Found{}, err
		}
		if more = len(list) > searchSlice; more {
			list = list[:searchSlice]
		}
		if len(list) == 0 {
			break
		}
		seen, after = seen+len(list), list[len(list)-1].cursor()
		unknown := make([]sought, 0, len(list))
		for _, o := range list {
			if !known[o.ID] {
				unknown = append(unknown, o)
			}
		}
		heads, err := s.match(ctx, r, text, unknown, classes)
		if err != nil {
			return Found{}, err
		}
		parts = append(parts, heads...)
	}
	if more {
		found.Newest = seen
	}
	found.Heads = merge(found.Heads, parts)
	return found, nil
}

// match has the vault say which orders hold the text.
func (s *Service) match(ctx context.Context, r db.Reader, text string, list []sought, classes []vault.Class) ([]Head, error) {
	if len(list) == 0 {
		return nil, nil
	}
	asked, erased := make([]vault.Opening, len(list)), make([]bool, len(list))
	for i, o := range list {
		asked[i] = vault.Opening{Table: table, Row: int64(o.ID), Subject: o.Subject(r.Shop()), Fields: o.fields(classes), Erased: &erased[i]}
	}
	matches, err := s.vault.Search(ctx, r, vault.FindOrder, text, asked)
	if err != nil {
		return nil, err
	}
	heads := make([]Head, len(matches))
	for i, m := range matches {
		heads[i] = list[m].Head
	}
	return heads, nil
}

// merge joins two lists that are newest first.
func merge(a, b []Head) []Head {
	out := make([]Head, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].Placed > b[0].Placed || a[0].Placed == b[0].Placed && a[0].ID > b[0].ID {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}
