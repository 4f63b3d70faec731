package frame

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
)

// A Store opens transactions: *db.DB.
type Store interface {
	Read(ctx context.Context, s db.Scope, f func(db.Reader) error) error
	Write(ctx context.Context, s db.Scope, f func(*db.Tx) error) error
}

// Scope is who asks, where, in which request: for flows that open their own transactions around a call outside.
func (r *Request) Scope() db.Scope { return db.Scope{Actor: r.actor, Shop: r.shop, Request: r.rid} }

// Read opens a reading transaction for the request's actor and shop.
func (r *Request) Read(f func(db.Reader) error) error {
	if r.m.conf.Store == nil {
		return errNoStore
	}
	return r.m.conf.Store.Read(r.ctx, r.Scope(), f)
}

// Write opens a writing transaction for the request's actor and shop. The function may be run again; what it sets
// outside itself must be set anew each time.
func (r *Request) Write(f func(*db.Tx) error) error {
	if r.m.conf.Store == nil {
		return errNoStore
	}
	return r.m.conf.Store.Write(r.ctx, r.Scope(), f)
}
