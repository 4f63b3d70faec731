// Package tenant is the shops that the service hosts: their name, look, state, hosts and legal particulars.
//
// It guarantees that a shop opens only when what the law asks of it is complete, that a host leads to one shop, and that
// two people who change the settings at once do not overwrite one another. It refuses handles that are taken, reserved or
// that could pass for part of the service itself.
package tenant

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/tax"
)

// A State of a shop.
type State string

// The states. Only an open shop sells; a paused one can be browsed.
const (
	Preparing State = "preparing"
	Open      State = "open"
	Paused    State = "paused"
	Closed    State = "closed"
	Suspended State = "suspended" // by the operator: keeps its data, sells nothing; only the operator's side ends it
)

// next is which states may follow which.
func (s State) next() []State {
	switch s {
	case Preparing:
		return []State{Open, Closed}
	case Open:
		return []State{Paused, Closed}
	case Paused, Closed:
		return []State{Open, Paused, Closed}
	}
	return nil
}

// Label names the state.
func (s State) Label() fault.Text {
	switch s {
	case Preparing:
		return fault.Text{Ja: "準備中", En: "In preparation"}
	case Open:
		return fault.Text{Ja: "営業中", En: "Open"}
	case Paused:
		return fault.Text{Ja: "一時休業", En: "Paused"}
	case Suspended:
		return fault.Text{Ja: "利用停止", En: "Suspended"}
	}
	return fault.Text{Ja: "閉店", En: "Closed"}
}

// A Shop is one tenant.
type Shop struct {
	ID          id.Shop
	Handle      string // the sub-domain
	Account     string // PA and eight digits: what the public API calls the shop
	Name        string
	Tagline     string
	About       string
	Sells       string // what the shop sells, in its owner's words
	Theme       string // one of Themes
	Hero        string // blob names of the pictures, "" for none
	Logo        string
	State       State
	Rounding    tax.Rounding
	Delivery    string // when goods are dispatched: one of the six items of the final confirmation
	PaymentTime string // when to pay
	Returns     string // how to withdraw, return or cancel
	LegalDone   bool
	Made        int64
	Opened      int64 // 0 before the first opening
	Version     int64
}

// Selling says whether orders are taken.
func (s Shop) Selling() bool { return s.State == Open }

// Events of shops.
const (
	Created outbox.Event = "shop.created"
	Changed outbox.Event = "shop.changed"
)

// Themes are the looks that a shop may choose.
func Themes() []string { return []string{"plain", "tea", "ceramics", "clothing"} }

var (
	handleForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{1,30}[a-z0-9])$`)
	reserved   = map[string]bool{"account": true, "admin": true, "media": true, "ops": true, "mail": true, "api": true, "www": true,
		"app": true, "apps": true, "static": true, "noren": true, "help": true, "support": true, "status": true, "login": true,
		"secure": true, "pay": true, "payment": true, "shop": true, "test": true, "localhost": true, "smtp": true, "ftp": true}
)

// Handle checks and folds a wanted handle.
func Handle(typed string) (string, error) {
	h := strings.ToLower(strings.TrimSpace(typed))
	switch {
	case h == "":
		return "", fault.Invalid("handle", fault.Text{Ja: "ショップのアドレスを入力してください。", En: "Please enter the shop's address."})
	case !handleForm.MatchString(h) || strings.Contains(h, "--"):
		return "", fault.Invalid("handle", fault.Text{
			Ja: "アドレスは半角の英小文字・数字・ハイフンで3〜32文字にしてください(先頭と末尾は英数字)。",
			En: "The address takes 3 to 32 lower-case letters, digits and hyphens, and starts and ends with a letter or digit."})
	case reserved[h]:
		return "", ErrHandleTaken
	}
	return h, nil
}

// ErrHandleTaken means that another shop, or the service itself, has the address.
var ErrHandleTaken = fault.Invalid("handle", fault.Text{Ja: "このアドレスはすでに使われています。別のものにしてください。",
	En: "This address is already in use. Please choose another."})

// ErrStale means that someone else has changed the settings in the meantime.
var ErrStale = fault.Conflict(fault.Text{Ja: "ほかの人が先に設定を変更しました。内容を確かめて、もう一度保存してください。",
	En: "Someone else has changed these settings. Please look at them and save again."})

// errNoShop is the answer for a shop that is not there.
var errNoShop = fault.NotFound(fault.Text{Ja: "ショップが見つかりません。", En: "There is no such shop."})

// A Settings is what an owner may change of a shop.
type Settings struct {
	Name, Tagline, About, Sells, Theme string
	Rounding                           tax.Rounding
	Delivery, PaymentTime, Returns     string
}

// Validate returns every wrong field.
func (s *Settings) Validate() error {
	var fs fault.Faults
	text := func(field string, v *string, limit int, must bool, ja, en string) {
		*v = strings.TrimSpace(strings.ReplaceAll(*v, "\r\n", "\n"))
		switch {
		case must && *v == "":
			fs = append(fs, fault.Invalid(field, fault.Text{Ja: ja + "を入力してください。", En: "Please enter " + en + "."}))
		case utf8.RuneCountInString(*v) > limit:
			fs = append(fs, fault.Invalid(field, fault.Text{Ja: ja + "が長すぎます。短くしてください。", En: "Please make " + en + " shorter."}))
		}
	}
	text("name", &s.Name, 60, true, "ショップ名", "the shop's name")
	text("tagline", &s.Tagline, 120, false, "キャッチコピー", "the tagline")
	text("about", &s.About, 4000, false, "ショップ紹介", "the text about the shop")
	text("sells", &s.Sells, 200, false, "取り扱い商品", "what the shop sells")
	text("delivery", &s.Delivery, 500, false, "お届け時期", "when goods are delivered")
	text("payment_time", &s.PaymentTime, 500, false, "お支払い時期", "when to pay")
	text("returns", &s.Returns, 2000, false, "返品・キャンセル", "how to return or cancel")
	known := false
	for _, t := range Themes() {
		known = known || t == s.Theme
	}
	if !known {
		fs = append(fs, fault.Invalid("theme", fault.Text{Ja: "テーマを選んでください。", En: "Please choose a theme."}))
	}
	if !s.Rounding.Valid() {
		fs = append(fs, fault.Invalid("rounding", fault.Text{Ja: "税の端数処理を選んでください。", En: "Please choose how tax is rounded."}))
	}
	return fs.Err()
}

// A Missing thing keeps a shop from opening.
type Missing struct {
	Item string // legal, delivery, payment_time, returns
	Text fault.Text
}

// Missing lists what the law still asks of the shop (特定商取引法 articles 11 and 12-6).
func (s Shop) Missing() []Missing {
	var out []Missing
	if !s.LegalDone {
		out = append(out, Missing{"legal", fault.Text{Ja: "特定商取引法に基づく表記", En: "the legal page (特定商取引法に基づく表記)"}})
	}
	if s.Delivery == "" {
		out = append(out, Missing{"delivery", fault.Text{Ja: "お届け時期", En: "when goods are delivered"}})
	}
	if s.PaymentTime == "" {
		out = append(out, Missing{"payment_time", fault.Text{Ja: "お支払い時期", En: "when to pay"}})
	}
	if s.Returns == "" {
		out = append(out, Missing{"returns", fault.Text{Ja: "返品・キャンセルの条件", En: "how to return or cancel"}})
	}
	return out
}

// incomplete is the fault that names what is missing.
func incomplete(missing []Missing) error {
	ja, en := make([]string, len(missing)), make([]string, len(missing))
	for i, m := range missing {
		ja[i], en[i] = m.Text.Ja, m.Text.En
	}
	return fault.Conflict(fault.Text{Ja: "開店の前に、次の項目を入力してください: " + strings.Join(ja, "、"),
		En: "Before the shop opens, please fill in: " + strings.Join(en, ", ")})
}

// Host resolves a host name (without a port) to its shop; ok is false for a stranger.
func Host(ctx context.Context, r db.Reader, host string) (shop id.Shop, ok bool, err error) {
	return selectHost(ctx, r, strings.ToLower(host))
}
