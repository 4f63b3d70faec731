// Package vault is the one door to personal data, as the web process knows it: a client without secrets.
//
// It seals (to a shop's public key: no vault, no secret), stores what was sealed, and asks the vault process to open
// it.
// It guarantees that a field opens only as what it was sealed as: its shop, table, column, row, class and subject are
// bound
// into the ciphertext; that every plaintext was entered in the ledger before it left the vault; and that a Sealed value
// prints, logs and marshals as a mask. It refuses card numbers, expiries, holders and security codes, for which no
// field exists, and it fails closed: without the vault nothing personal is read, while sealing (an order) goes on.
//
// Reading:
//
//	var name string
//	err := client.Open(ctx, r, vault.ViewOrder, []vault.Opening{{
//		Table: "purchase", Row: int64(o.ID), Subject: o.Subject,
//		Fields: []vault.Field{{Column: "name", Class: vault.Name, Sealed: o.Name, Text: &name}},
//	}})
//
// Writing:
//
//	rec, err := client.NewRecord(ctx, tx, vault.Record{Table: "purchase", Row: int64(o.ID), Subject: o.Subject})
//	o.Name, err = rec.Seal("name", vault.Name, in.Name)
//	err = rec.Save(ctx, tx)
package vault

import (
	"fmt"
	"math/bits"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Class says what a stored field tells about a person. Its number is its bit in a ledger entry and never changes.
type Class uint8

// The classes.
const (
	LoginID Class = iota
	PasswordHash
	Name
	Furigana
	Company
	Address
	Phone
	Email
	BirthDate
	CommercialDisclosure // 特定商取引法に基づく表記
	Delivery
	Purchase
	Message
	CardDisplay      // brand, last 4, expiry month, as the provider gives them
	CardNumber       // cannot be sealed: exists so that exposure can be proved to be zero
	CardExpiry       // cannot be sealed
	CardHolder       // cannot be sealed
	CardSecurityCode // cannot be sealed
	classes
)

// Classes lists every class, in the order of its bit.
func Classes() []Class {
	all := make([]Class, classes)
	for i := range all {
		all[i] = Class(i)
	}
	return all
}

// String is the class's stable code.
func (c Class) String() string {
	if c >= classes {
		return fmt.Sprintf("class(%d)", uint8(c))
	}
	return [...]string{"login_id", "password_hash", "name", "furigana", "company", "address", "phone", "email", "birth_date",
		"commercial_disclosure", "delivery", "purchase", "message", "card_display", "card_number", "card_expiry",
		"card_holder", "card_security_code"}[c]
}

// Label names the class to people.
func (c Class) Label() fault.Text {
	if c >= classes {
		return fault.Text{}
	}
	return [...]fault.Text{{Ja: "ログインID", En: "log-in id"}, {Ja: "パスワード(照合値)", En: "password hash"},
		{Ja: "氏名", En: "name"}, {Ja: "フリガナ", En: "furigana"}, {Ja: "会社名", En: "company"}, {Ja: "住所", En: "address"},
		{Ja: "電話番号", En: "phone"}, {Ja: "メールアドレス", En: "e-mail"}, {Ja: "生年月日", En: "date of birth"},
		{Ja: "特定商取引法に基づく表記", En: "commercial disclosure"}, {Ja: "お届け内容", En: "delivery"},
		{Ja: "購入内容", En: "purchase"}, {Ja: "メッセージ", En: "message"}, {Ja: "カード表示(下4桁)", En: "card display"},
		{Ja: "カード番号", En: "card number"}, {Ja: "カード有効期限", En: "card expiry"},
		{Ja: "カード名義", En: "card holder"}, {Ja: "セキュリティコード", En: "card security code"}}[c]
}

// Sealable is false for the card classes that are never stored, and for what is no class.
func (c Class) Sealable() bool { return c < CardNumber }

// A Mask is a set of classes, one bit each.
type Mask uint32

// With adds classes.
func (m Mask) With(cs ...Class) Mask {
	for _, c := range cs {
		m |= 1 << c
	}
	return m
}

// Has says whether the class is in the set.
func (m Mask) Has(c Class) bool { return m>>c&1 == 1 }

// Classes lists the set in order.
func (m Mask) Classes() []Class {
	out := make([]Class, 0, bits.OnesCount32(uint32(m)))
	for c := range classes {
		if m.Has(c) {
			out = append(out, c)
		}
	}
	return out
}

// A Population is a kind of person in a shop, or on the platform. Its number never changes.
type Population uint8

// The populations.
const (
	ShopOwner Population = iota + 1
	StaffMember
	Purchaser // member or guest
	Developer // of apps
	OperatorStaff
)

// Populations lists them.
func Populations() []Population {
	return []Population{ShopOwner, StaffMember, Purchaser, Developer, OperatorStaff}
}

// String is the population's stable code.
func (p Population) String() string {
	switch p {
	case ShopOwner:
		return "shop owner"
	case StaffMember:
		return "staff"
	case Purchaser:
		return "purchaser"
	case Developer:
		return "developer"
	case OperatorStaff:
		return "operator staff"
	}
	return fmt.Sprintf("population(%d)", uint8(p))
}

// Label names the population to people.
func (p Population) Label() fault.Text {
	switch p {
	case ShopOwner:
		return fault.Text{Ja: "ショップオーナー", En: "shop owner"}
	case StaffMember:
		return fault.Text{Ja: "スタッフ", En: "staff"}
	case Purchaser:
		return fault.Text{Ja: "購入者", En: "purchaser"}
	case Developer:
		return fault.Text{Ja: "アプリ開発者", En: "app developer"}
	case OperatorStaff:
		return fault.Text{Ja: "運営スタッフ", En: "operator staff"}
	}
	return fault.Text{}
}

// Platform says that people of the population live in the platform's realm, shop 0, whatever shops they work for.
func (p Population) Platform() bool { return p != Purchaser }

// A Subject is one person in one population of one shop. Owners, staff, developers and operators are the platform's
// (shop 0, the id is their account); purchasers are a shop's (the id is a member's or a guest's).
type Subject struct {
	Shop       id.Shop
	Population Population
	ID         int64
}

// AccountSubject is the subject of a person who logs in to the admin or the console.
func AccountSubject(p Population, a id.Account) Subject { return Subject{id.Platform, p, int64(a)} }

// MemberSubject is a purchaser with a log-in at a shop.
func MemberSubject(shop id.Shop, m id.Member) Subject { return Subject{shop, Purchaser, int64(m)} }

// GuestSubject is a purchaser without one.
func GuestSubject(shop id.Shop, g id.Guest) Subject { return Subject{shop, Purchaser, int64(g)} }

// IsZero says that there is no subject.
func (s Subject) IsZero() bool { return s == Subject{} }
