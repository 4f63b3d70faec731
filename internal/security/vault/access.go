package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// An Access is one entry of the ledger as the owner of a shop, or the person concerned, reads it.
type Access struct {
	Seq     int64
	At      time.Time
	Kind    string // "read", "search", "export", "erase", "refused", "denied" …
	ByKind  string // "visitor", "member", "staff", "operator", "job", "app", "vault"
	By      int64  // account or member id; 0 for a visitor
	Purpose Purpose
	Classes []Class // asked about one person: of that person
	Persons int     // how many the entry names
	Release int64   // an app's
	Request string
}

// An AccessQuery selects entries of the reader's shop, newest first.
type AccessQuery struct {
	Subject Subject // who was read; zero for everyone
	// Record proves a guest's link: the record that the link was made for. Only with a link as the actor's credential.
	Record *Record
	Before int64 // the last page's next; 0 begins at the newest
	Limit  int   // 1–1,000; 0 is 100
}

// AccessLog says who has read. The owner of a shop sees the whole shop's entries, a person only their own.
func (c *Client) AccessLog(ctx context.Context, r db.Reader, q AccessQuery) (entries []Access, next int64, err error) {
	in := wire.AccessLog{Token: r.Actor().Credential.Reveal(), Request: r.Scope().Request, Shop: int64(r.Shop()),
		Subject: wireSubject(q.Subject), Before: q.Before, Limit: q.Limit}
	if q.Record != nil {
		if in.Record, err = linkedRecord(ctx, r, *q.Record); err != nil {
			return nil, 0, err
		}
		in.Subject = wireSubject(q.Record.Subject)
	}
	page, err := ask[wire.Accesses](ctx, c, wire.OpAccessLog, in)
	if err != nil {
		return nil, 0, err
	}
	entries = make([]Access, len(page.Entries))
	for i, e := range page.Entries {
		entries[i] = Access{Seq: e.Seq, At: time.UnixMilli(e.AtMS), Kind: e.Kind, ByKind: e.ActorKind, By: e.Actor,
			Purpose: Purpose(e.Purpose), Classes: Mask(e.Mask).Classes(), Persons: e.Persons, Release: e.Release, Request: e.Request}
	}
	return entries, page.Next, nil
}

func linkedRecord(ctx context.Context, r db.Reader, rec Record) (*wire.LinkedRecord, error) {
	keys, err := selectKeys(ctx, r, []Opening{{Table: rec.Table, Row: rec.Row, Subject: rec.Subject}})
	if err != nil {
		return nil, err
	}
	for _, k := range keys[rowKey{rec.Table, rec.Row}] {
		if len(k.Link) > 0 {
			return &wire.LinkedRecord{Table: rec.Table, Row: rec.Row, ShopKey: k.ShopKey, Enc: k.Enc, Link: k.Link}, nil
		}
	}
	return nil, fmt.Errorf("read link of table %q: %w", rec.Table, ErrDenied)
}
