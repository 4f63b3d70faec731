package order

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/vault"
)

// An Event is an entry of an order's journal. No counts from 1 and is the order's version that it made.
type Event struct {
	No      int64
	Act     Act
	At      int64 // milliseconds
	Actor   actor.Kind
	Account id.Account
	Body    json.RawMessage // no personal data
	id      int64
	text    vault.Sealed
}

// A Shipment is a parcel on its way.
type Shipment struct {
	ID      id.Shipment
	Carrier string
	Slip    string
	Shipped int64 // milliseconds
}

// Journal is what happened to an order, oldest first.
func (s *Service) Journal(ctx context.Context, r db.Reader, o id.Order) ([]Event, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	es, err := db.All(ctx, r, scanEvent, selectEvents, r.Shop(), o)
	if err != nil {
		return nil, fmt.Errorf("read order's journal: %w", err)
	}
	return es, nil
}

// Notes opens the notes in a journal, by their No, in one round trip to the vault.
func (s *Service) Notes(ctx context.Context, r db.Reader, o Head, es []Event) (map[int64]string, error) {
	if err := r.Allow(actor.ViewPersons); err != nil {
		return nil, err
	}
	texts, erased := make([]string, len(es)), make([]bool, len(es))
	var asked []vault.Opening
	for i, e := range es {
		if !e.text.IsZero() {
			asked = append(asked, vault.Opening{Table: eventTable, Row: e.id, Subject: o.Subject(r.Shop()), Erased: &erased[i],
				Fields: []vault.Field{{Column: "text", Class: vault.Message, Sealed: e.text, Text: &texts[i]}}})
		}
	}
	if err := s.vault.OpenWithReason(ctx, r, vault.ViewOrder, "", asked); err != nil {
		return nil, err
	}
	notes := map[int64]string{}
	for i, e := range es {
		if texts[i] != "" {
			notes[e.No] = texts[i]
		}
	}
	return notes, nil
}

// Shipments are an order's parcels.
func (s *Service) Shipments(ctx context.Context, r db.Reader, o id.Order) ([]Shipment, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	ps, err := db.All(ctx, r, scanShipment, selectShipments, r.Shop(), o)
	if err != nil {
		return nil, fmt.Errorf("read order's shipments: %w", err)
	}
	return ps, nil
}

// Pay notes that an order's money has come. The flow moves its payment in the same transaction.
func (s *Service) Pay(ctx context.Context, tx *db.Tx, n id.Order, version int64) (Order, error) {
	return s.move(ctx, tx, change{n, version, Pay, actor.EditOrders, nil, []MailKind{MailPaid}})
}

// Secure notes that a card pays for an order. Only now is it worth a letter: before, the purchaser was still at it.
func (s *Service) Secure(ctx context.Context, tx *db.Tx, n id.Order, version int64) (Order, error) {
	return s.move(ctx, tx, change{n, version, Pay, actor.EditOrders, nil, []MailKind{MailPlaced, MailNotice}})
}

// Write makes a letter due that belongs to no step of the order.
func (s *Service) Write(ctx context.Context, tx *db.Tx, n id.Order, k MailKind) error {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return err
	}
	return again(ctx, tx, n, k)
}

// Unpay notes that what was taken for an order's money was not: it waits again. The flow moves its payment in the same
// transaction.
func (s *Service) Unpay(ctx context.Context, tx *db.Tx, n id.Order, version int64) (Order, error) {
	return s.move(ctx, tx, change{n, version, Unpay, actor.EditOrders, nil, nil})
}

// Repay notes that an unpaid order is to be paid another way. The flow changes its payment in the same transaction.
func (s *Service) Repay(ctx context.Context, tx *db.Tx, n id.Order, version int64, method string) (Order, error) {
	o, err := s.move(ctx, tx, change{n, version, Repay, actor.EditOrders, map[string]string{"payment": method}, nil})
	if err != nil {
		return o, err
	}
	o.Payment = method
	return o, repay(ctx, tx, n, method)
}

// A Parcel is how an order leaves.
type Parcel struct {
	Carrier string `json:"carrier"`
	Slip    string `json:"slip,omitempty"`
}

// Ship notes that an order has left, and its slip number.
func (s *Service) Ship(ctx context.Context, tx *db.Tx, n id.Order, version int64, p Parcel) (Order, error) {
	o, err := s.move(ctx, tx, change{n, version, Ship, actor.ShipOrders, p, []MailKind{MailShipped}})
	if err != nil {
		return o, err
	}
	_, err = db.Insert(tx, func(sh id.Shipment) (int64, error) {
		return tx.Exec(ctx, insertShipment, tx.Shop(), sh, n, p.Carrier, p.Slip, tx.NowMS())
	})
	if err != nil {
		return o, fmt.Errorf("insert shipment: %w", err)
	}
	return o, nil
}

// Deliver notes that an order has arrived.
func (s *Service) Deliver(ctx context.Context, tx *db.Tx, n id.Order, version int64) (Order, error) {
	return s.move(ctx, tx, change{n, version, Deliver, actor.ShipOrders, nil, nil})
}

// A Reason for which an order is cancelled: a code, since the journal holds no personal data. Words go into a note.
type Reason string

// The reasons.
const (
	ByPurchaser Reason = "purchaser"
	NoStock     Reason = "stock"
	NotPaid     Reason = "unpaid"
	OtherReason Reason = "other"
)

// Reasons lists them.
func Reasons() []Reason { return []Reason{ByPurchaser, NoStock, NotPaid, OtherReason} }

// Label names the reason.
func (r Reason) Label() fault.Text {
	switch r {
	case ByPurchaser:
		return fault.Text{Ja: "お客様のご都合", En: "At the purchaser's wish"}
	case NoStock:
		return fault.Text{Ja: "在庫がないため", En: "Out of stock"}
	case NotPaid:
		return fault.Text{Ja: "お支払いがなかったため", En: "Not paid in time"}
	}
	return fault.Text{Ja: "その他", En: "Other"}
}

// Cancel takes an order back before it has left. The flow returns its stock in the same transaction.
func (s *Service) Cancel(ctx context.Context, tx *db.Tx, n id.Order, version int64, why Reason) (Order, error) {
	switch why {
	case ByPurchaser, NoStock, NotPaid, OtherReason:
	default:
		return Order{}, fault.Invalid("reason", fault.Text{Ja: "キャンセルの理由を選んでください。", En: "Choose why the order is cancelled."})
	}
	body := map[string]Reason{"reason": why}
	return s.move(ctx, tx, change{n, version, Cancel, actor.EditOrders, body, []MailKind{MailCancelled}})
}

// Refund notes that the money of a cancelled order went back.
func (s *Service) Refund(ctx context.Context, tx *db.Tx, n id.Order, version int64) (Order, error) {
	return s.move(ctx, tx, change{n, version, Refund, actor.EditOrders, nil, nil})
}

const maxNote = 2000

// AddNote adds a staff member's note to the journal, sealed, since notes are about people.
func (s *Service) AddNote(ctx context.Context, tx *db.Tx, n id.Order, version int64, text string) (Order, error) {
	if err := tx.Allow(actor.ViewOrders); err != nil {
		return Order{}, err
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if l := utf8.RuneCountInString(text); l < 1 || l > maxNote || !utf8.ValidString(text) {
		return Order{}, fault.Invalid("note", fault.Text{
			Ja: "メモは1文字以上2,000文字以内で入力してください。", En: "Enter a note of up to 2,000 characters.",
		})
	}
	o, err := advance(ctx, tx, n, version, Note)
	if err != nil {
		return o, err
	}
	event := tx.NewID()
	key, err := s.vault.NewRecord(ctx, tx, vault.Record{Table: eventTable, Row: event, Subject: o.Subject(tx.Shop())})
	if err != nil {
		return o, err
	}
	sealed, err := key.Seal("text", vault.Message, text)
	if err != nil {
		return o, err
	}
	if err := key.Save(ctx, tx); err != nil {
		return o, err
	}
	return o, entry(tx, o.ID, o.Version, event, Note, "{}", sealed)
}

// A change is one move of an order.
type change struct {
	order   id.Order
	version int64
	act     Act
	right   actor.Right
	body    any
	mails   []MailKind
}

func (s *Service) move(ctx context.Context, tx *db.Tx, c change) (Order, error) {
	if err := tx.Allow(c.right); err != nil {
		return Order{}, err
	}
	o, err := advance(ctx, tx, c.order, c.version, c.act)
	if err != nil {
		return o, err
	}
	if err := due(tx, o.ID, c.mails...); err != nil {
		return o, err
	}
	return o, journal(tx, o.ID, o.Version, c.act, c.body, vault.Sealed{})
}

// advance takes an order's next step, from the version that the actor saw.
func advance(ctx context.Context, tx *db.Tx, n id.Order, version int64, a Act) (Order, error) {
	o, err := get(ctx, tx, n)
	if err != nil {
		return o, err
	}
	if o.Version != version {
		return o, ErrChanged
	}
	to, err := o.Next(a)
	if err != nil {
		return o, err
	}
	changed, err := tx.Exec(ctx, updateStatus, tx.Shop(), n, string(to), version, tx.NowMS())
	if err != nil {
		return o, fmt.Errorf("update order: %w", err)
	}
	if changed == 0 {
		return o, ErrChanged
	}
	o.Status = to
	o.Version++
	return o, nil
}

func journal(tx *db.Tx, n id.Order, no int64, a Act, v any, text vault.Sealed) error {
	b, err := body(v)
	if err != nil {
		return err
	}
	return entry(tx, n, no, tx.NewID(), a, b, text)
}

func entry(tx *db.Tx, n id.Order, no, event int64, a Act, body string, text vault.Sealed) error {
	who := tx.Actor()
	err := tx.Queue(insertEvent, tx.Shop(), n, no, event, string(a), tx.NowMS(), string(who.Kind), who.Account, body, text)
	if err != nil {
		return fmt.Errorf("insert journal's entry: %w", err)
	}
	return nil
}
