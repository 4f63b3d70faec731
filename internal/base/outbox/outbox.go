// Package outbox carries facts from the feature that made them to whoever follows: mail, webhooks, detection, billing.
//
// It guarantees that a fact is stored in the transaction of what it tells of; that after the commit it gets the shop's
// next number, without a gap, so that writers do not queue for one; and that every follower is given every fact of a shop
// in that order, at least once. It refuses personal data: a fact holds ids, sums and states. What looks like a card number is
// not stored, whatever it is.
package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/pan"
)

// An Event names a kind of fact: "order.placed".
type Event string

// A Fact is one thing that happened in a shop.
type Fact struct {
	Shop    id.Shop
	Seq     int64 // the shop's number, from 1, without gaps
	At      int64 // ms
	Event   Event
	Subject int64 // the id of what it is about
	Body    json.RawMessage
}

// Into decodes the body.
func (f Fact) Into(v any) error {
	if err := json.Unmarshal(f.Body, v); err != nil {
		return fmt.Errorf("read fact %s: %w", f.Event, err)
	}
	return nil
}

const topic = "outbox"

// ErrCard refuses a fact that holds a card number or security code, and with it the transaction.
var ErrCard = errors.New("its body holds a card number or security code")

// News is a fact that is not stored yet. The body is any struct without personal data, or nil.
type News struct {
	Event   Event
	Subject int64
	Body    any
}

// Publish stores a fact with the transaction. The body is any struct without personal data, or nil.
func Publish(tx *db.Tx, e Event, subject int64, body any) error {
	return PublishAll(tx, []News{{e, subject, body}})
}

// PublishAll stores facts with the transaction, in their order, by one statement.
func PublishAll(tx *db.Tx, news []News) error {
	rows := make([][]any, len(news))
	for i, n := range news {
		if n.Body == nil {
			n.Body = struct{}{}
		}
		b, err := json.Marshal(n.Body)
		if err != nil {
			return fmt.Errorf("write fact %s: %w", n.Event, err)
		}
		if pan.Has(string(b)) {
			return fmt.Errorf("write fact %s: %w", n.Event, ErrCard)
		}
		rows[i] = []any{tx.Shop(), tx.NewID(), tx.NowMS(), string(n.Event), n.Subject, string(b)}
	}
	if len(rows) > 0 {
		tx.Wake(topic)
	}
	return tx.QueueRows(sqlPublish, rows)
}

// A Follower is given facts in order, shop by shop. Handle may see a fact again after a crash. A fact that it returns an
// error for comes again later, and holds up that shop's facts for this follower, nobody else's.
type Follower struct {
	Name   string
	Events []Event // nil is all
	Handle func(ctx context.Context, f Fact) error
}

func (f Follower) wants(e Event) bool {
	if f.Events == nil {
		return true
	}
	for _, w := range f.Events {
		if w == e {
			return true
		}
	}
	return false
}
