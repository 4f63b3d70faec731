package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
)

// A MailKind is a letter about an order.
type MailKind string

// The letters.
const (
	MailPlaced    MailKind = "placed"
	MailNotice    MailKind = "notice" // to the shop: there is a new order
	MailPaid      MailKind = "paid"
	MailShipped   MailKind = "shipped"
	MailCancelled MailKind = "cancelled"
	MailSlip      MailKind = "slip"     // how to pay at a convenience store
	MailPayLink   MailKind = "paylink"  // a link with which an unpaid order can be paid
	MailReminder  MailKind = "reminder" // an unpaid order's deadline is near
	MailRefunded  MailKind = "refunded" // money went back
)

// Label names the letter.
func (k MailKind) Label(l i18n.Lang) string {
	switch k {
	case MailNotice:
		return l.Pick("新しい注文のお知らせ(ショップ宛)", "New order (to the shop)")
	case MailPaid:
		return l.Pick("入金確認", "Payment received")
	case MailShipped:
		return l.Pick("発送のお知らせ", "Dispatch")
	case MailSlip:
		return l.Pick("コンビニ払いのご案内", "How to pay at a convenience store")
	case MailPayLink:
		return l.Pick("お支払いのご案内", "Link to pay")
	case MailRefunded:
		return l.Pick("返金のお知らせ", "Refund")
	case MailReminder:
		return l.Pick("お支払い期限のお知らせ", "Reminder of the deadline")
	case MailCancelled:
		return l.Pick("キャンセルのお知らせ", "Cancellation")
	}
	return l.Pick("注文確認", "Order confirmation")
}

// A MailState of a letter.
type MailState string

// The states.
const (
	NotYet MailState = "not_yet"
	Sent   MailState = "sent"
	Skip   MailState = "skip"
)

// A Mail is a letter's state.
type Mail struct {
	Kind  MailKind
	State MailState
	Sent  int64 // milliseconds; 0 before
}

// Mails are an order's letters.
func (s *Service) Mails(ctx context.Context, r db.Reader, o id.Order) ([]Mail, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	ms, err := db.All(ctx, r, scanMail, selectMails, r.Shop(), o)
	if err != nil {
		return nil, fmt.Errorf("read order's mails: %w", err)
	}
	return ms, nil
}

// Mail is one letter's state; a letter that is not due is ErrNone.
func (s *Service) Mail(ctx context.Context, r db.Reader, o id.Order, k MailKind) (Mail, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return Mail{}, err
	}
	m, err := db.One(ctx, r, scanMail, selectMail, r.Shop(), o, string(k))
	if errors.Is(err, db.ErrNone) {
		return Mail{}, ErrNone
	}
	if err != nil {
		return Mail{}, fmt.Errorf("read order's mail: %w", err)
	}
	return m, nil
}

// MarkMail notes that a letter was sent or is skipped. One that was sent stays sent.
func (s *Service) MarkMail(ctx context.Context, tx *db.Tx, o id.Order, k MailKind, to MailState) error {
	if err := tx.Allow(actor.SendMail); err != nil {
		return err
	}
	sent := int64(0)
	if to == Sent {
		sent = tx.NowMS()
	}
	if _, err := tx.Exec(ctx, updateMail, tx.Shop(), o, string(k), string(to), sent); err != nil {
		return fmt.Errorf("mark order's mail: %w", err)
	}
	return nil
}

// due notes that letters are to be sent. One that is noted stays as it is.
func due(tx *db.Tx, o id.Order, kinds ...MailKind) error {
	rows := make([][]any, len(kinds))
	for i, k := range kinds {
		rows[i] = []any{tx.Shop(), o, string(k), string(NotYet), int64(0)}
	}
	if err := tx.QueueRows(insertMail, rows); err != nil {
		return fmt.Errorf("note order's mail: %w", err)
	}
	return nil
}

// again makes a letter due, once more where it was sent before.
func again(ctx context.Context, tx *db.Tx, o id.Order, k MailKind) error {
	if _, err := tx.Exec(ctx, againMail, tx.Shop(), o, string(k), string(NotYet)); err != nil {
		return fmt.Errorf("note order's mail: %w", err)
	}
	return nil
}
