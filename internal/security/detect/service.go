package detect

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/signal"
)

const reason = "findings of every shop, for the operator"

// Filter of a list.
type Filter struct {
	Done   State // Closed lists what is done; anything else what is not
	After  page.Cursor
	Number int
}

// List gives findings, the last first, and where the next page begins.
func (s *Service) List(ctx context.Context, sc db.Scope, f Filter) (list []Finding, next page.Cursor, err error) {
	err = s.db.Across(reason).Read(ctx, sc, func(r db.Reader) error {
		if err := r.Allow(actor.OperateShops); err != nil {
			return err
		}
		w := db.NewWhere("state <> ?", string(Closed))
		if f.Done == Closed {
			w = db.NewWhere("state = ?", string(Closed))
		}
		if !f.After.IsZero() {
			w.And("(last_ms < ? OR last_ms = ? AND id < ?)", f.After.Key, f.After.Key, f.After.ID)
		}
		limit := w.Arg(f.Number + 1)
		list, err = db.All(ctx, r, scanFinding, sqlList+w.Text()+" ORDER BY last_ms DESC, id DESC LIMIT "+limit, w.Args()...)
		return err
	})
	list, next = page.Cut(list, f.Number, func(f Finding) page.Cursor { return page.Cursor{Key: f.Last.UnixMilli(), ID: int64(f.ID)} })
	return list, next, err
}

// Waiting counts the findings that nobody has looked at.
func (s *Service) Waiting(ctx context.Context, sc db.Scope) (n int64, err error) {
	err = s.db.Across(reason).Read(ctx, sc, func(r db.Reader) error {
		if err := r.Allow(actor.OperateShops); err != nil {
			return err
		}
		return r.QueryRow(ctx, sqlWait).Scan(&n)
	})
	return n, err
}

// Detail is a finding with what led to it and what was done.
type Detail struct {
	Finding
	Remarks []Remark
	Events  []signal.Stored // the last 50
}

// Get gives one.
func (s *Service) Get(ctx context.Context, sc db.Scope, shop id.Shop, f ID) (d Detail, err error) {
	err = s.db.Across(reason).Read(ctx, sc, func(r db.Reader) error {
		if err := r.Allow(actor.OperateShops); err != nil {
			return err
		}
		d = Detail{}
		if d.Finding, err = db.One(ctx, r, scanFinding, sqlGet, shop, f); err != nil {
			return err
		}
		if d.Remarks, err = db.All(ctx, r, scanRemark, sqlNotes, shop, f); err != nil {
			return err
		}
		for _, rule := range s.rules {
			if rule.Code != d.Rule {
				continue
			}
			args := []any{shop, string(rule.Of), d.First.UnixMilli()}
			if rule.By != ByShop {
				args = append(args, d.About)
			}
			d.Events, err = db.All(ctx, r, scanEvent, sqlEvents(rule.By), args...)
			return err
		}
		return nil
	})
	if errors.Is(err, db.ErrNone) {
		err = ErrNotFound
	}
	return d, err
}

const maxNote = 500

// Move marks a finding as seen or closed, with the author and what was done. Closing needs a note.
func (s *Service) Move(ctx context.Context, sc db.Scope, shop id.Shop, f ID, to State, note string) error {
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > maxNote || to == Closed && note == "" || to != Seen && to != Closed {
		return ErrNote
	}
	return s.db.Across(reason).Write(ctx, sc, func(tx *db.Tx) error {
		if err := tx.Allow(actor.OperateShops); err != nil {
			return err
		}
		_, err := db.One(ctx, tx, scanFinding, sqlGet, shop, f)
		if errors.Is(err, db.ErrNone) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlMove, shop, f, string(to))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrClosed
		}
		_, err = db.Insert(tx, func(v int64) (int64, error) {
			return tx.Exec(ctx, sqlNote, shop, v, f, tx.NowMS(), tx.Actor().Account, string(to), note)
		})
		return err
	})
}
