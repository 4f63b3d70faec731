// Package feed is a shop's facts in order, for apps that keep a copy of their own.
//
// It guarantees that each stream is numbered from 1 without a gap, that every event carries the running digest of its stream, so that
// a copy can be proved complete, and that facts can be read again for 30 days. It refuses a stream to an app that may not see it, and
// holds ids only.
package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/apps/topic"
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/secret"
)

// Kept is how long events can be read.
const Kept = 30 * 24 * time.Hour

// An Event of the feed.
type Event struct {
	Seq     int64
	Stream  topic.Stream
	No      int64 // in its stream, from 1, without gaps
	AtMS    int64
	Event   outbox.Event
	Subject int64
	Digest  string
}

// A Head is how far a stream has come.
type Head struct {
	Stream topic.Stream
	No     int64
	Seq    int64
	Digest string
	Gone   int64 // the last seq that can be read no longer
}

// Digest of an event, after the digest of the one before it in its stream ("" before the first): SHA-256, in hexadecimal, over
// "before\nno\nevent\nsubject".
func Digest(before string, no int64, e outbox.Event, subject int64) string {
	sum := sha256.Sum256([]byte(before + "\n" + strconv.FormatInt(no, 10) + "\n" + string(e) + "\n" + strconv.FormatInt(subject, 10)))
	return hex.EncodeToString(sum[:])
}

// ErrGone tells a reader that has been away for too long.
var ErrGone = fault.Conflict(fault.Text{Ja: "この位置より後の記録の一部は、保存期間（30日）を過ぎています。全件を読み直してください。",
	En: "Some of what followed that position is older than 30 days and gone. Read everything anew."})

// A Service keeps the feed.
type Service struct{ db *db.DB }

// New makes the service.
func New(d *db.DB) *Service { return &Service{d} }

func scope(shop id.Shop) db.Scope {
	return db.Scope{Actor: actor.ForJob(actor.Hooks, secret.Token{}), Shop: shop, Request: "feed"}
}

// Follower writes facts into the feed, once each.
func (s *Service) Follower() outbox.Follower {
	return outbox.Follower{Name: "feed", Events: topic.Events(), Handle: s.handle}
}

func (s *Service) handle(ctx context.Context, f outbox.Fact) error {
	t, known := topic.Of(f.Event)
	if !known || f.Shop == id.Platform {
		return nil
	}
	return s.db.Write(ctx, scope(f.Shop), func(tx *db.Tx) error {
		h, err := selectHead(ctx, tx, t.Stream)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return fmt.Errorf("read feed's head: %w", err)
		}
		if f.Seq <= h.Seq {
			return nil // seen before
		}
		h.Stream, h.No, h.Seq = t.Stream, h.No+1, f.Seq
		h.Digest = Digest(h.Digest, h.No, f.Event, f.Subject)
		if err := insert(ctx, tx, Event{f.Seq, t.Stream, h.No, f.At, f.Event, f.Subject, h.Digest}); err != nil {
			return fmt.Errorf("write feed: %w", err)
		}
		return putHead(ctx, tx, h)
	})
}

// A Page is what a reader gets: what it may see of the next events, and where it stands then.
type Page struct {
	Events []Event
	Next   int64 // the cursor for the next page
	More   bool
	Heads  []Head // of the streams that the reader may see
}

// After reads on behind a cursor: 0 begins with the oldest that is kept.
func (s *Service) After(ctx context.Context, r db.Reader, after int64, limit int) (Page, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return Page{}, err
	}
	heads, err := selectHeads(ctx, r)
	if err != nil {
		return Page{}, fmt.Errorf("read feed's heads: %w", err)
	}
	p := Page{Next: after}
	see := map[topic.Stream]bool{}
	for _, h := range heads {
		if see[h.Stream] = r.Actor().May(h.Stream.Right()); see[h.Stream] {
			p.Heads = append(p.Heads, h)
		}
	}
	list, err := selectAfter(ctx, r, after, limit)
	if err != nil {
		return Page{}, fmt.Errorf("read feed: %w", err)
	}
	for _, h := range p.Heads {
		if after > 0 && h.Gone > after {
			return Page{}, ErrGone
		}
	}
	for _, e := range list {
		p.Next = e.Seq
		if see[e.Stream] {
			p.Events = append(p.Events, e)
		}
	}
	p.More = len(list) == limit
	return p, nil
}

// Forget deletes what is older than Kept, of all shops.
func (s *Service) Forget(ctx context.Context) error {
	return s.db.Across("the feeds of every shop grow old").Write(ctx, db.Scope{Request: "feed"}, func(tx *db.Tx) error {
		before := tx.Now().Add(-Kept).UnixMilli()
		if _, err := tx.Exec(ctx, sqlGone, before); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlForget, before)
		return err
	})
}
