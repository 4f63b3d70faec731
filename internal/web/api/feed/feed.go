// Package feed serves a shop's facts by cursor: Noren's own addition to the contract.
//
// It guarantees what apps/feed does. It refuses to be part of /v1: clients of the contract never meet it.
package feed

import (
	"errors"

	"github.com/noren-shop/noren/internal/apps/feed"
	"github.com/noren-shop/noren/internal/apps/topic"
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/web/api"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// Resource serves it.
type Resource struct{ Feed *feed.Service }

// Operations that it brings.
func (s *Resource) Operations() []api.Operation {
	return []api.Operation{{ID: "norenEvents", Method: "GET", Path: "/noren/v1/events", Right: actor.BrowseShop, Do: s.events}}
}

const usual, most = 100, 500

func (s *Resource) events(c *call.Call) (frame.Response, error) {
	after, _ := c.Number("after") // nothing is the beginning
	var p feed.Page
	err := c.Read(func(r db.Reader) (err error) {
		p, err = s.Feed.After(c.Context(), r, max(after, 0), c.Page(usual, most).Limit)
		return err
	})
	if errors.Is(err, feed.ErrGone) {
		return frame.Response{}, call.Refuse(410000, "after", feed.ErrGone.Text.Ja)
	}
	if err != nil {
		return frame.Response{}, err
	}
	events, heads := make([]call.Record, len(p.Events)), make([]call.Record, len(p.Heads))
	for i, e := range p.Events {
		t, _ := topic.Of(e.Event)
		events[i] = call.NewRecord("seq", e.Seq, "type", string(e.Event), "occurred_at", e.AtMS/1000,
			"subject", call.NewRecord("type", t.Subject, "id", e.Subject), "stream", string(e.Stream), "no", e.No, "digest", e.Digest)
	}
	for i, h := range p.Heads {
		heads[i] = call.NewRecord("stream", string(h.Stream), "no", h.No, "seq", h.Seq, "digest", h.Digest)
	}
	return call.Answer(call.NewRecord("events", events, "next", p.Next, "more", p.More, "heads", heads)), nil
}
