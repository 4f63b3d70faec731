package detect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
)

// maxGroups bounds what one batch may count. Beyond it the largest groups are counted; the events are stored all the same.
const maxGroups = 500

// group is what one rule counts together.
type group struct {
	rule  *Rule
	shop  id.Shop
	about string
	times int64
	last  int64
}

// Apply runs the rules over a batch that the transaction has just stored. It is the recorder's After.
func (s *Service) Apply(ctx context.Context, tx *db.Tx, batch []signal.Stored) error {
	for _, g := range s.groups(batch) {
		if err := s.count(ctx, tx, g); err != nil {
			return fmt.Errorf("apply rule %s: %w", g.rule.Code, err)
		}
	}
	return nil
}

func (s *Service) groups(batch []signal.Stored) []*group {
	type at struct {
		rule  signal.Code
		shop  id.Shop
		about string
	}
	found := map[at]*group{}
	var list []*group
	for _, e := range batch {
		for i := range s.rules {
			r := &s.rules[i]
			if r.Of != e.Code {
				continue
			}
			about, ok := r.about(e)
			if !ok {
				continue
			}
			k := at{r.Code, e.Shop, about}
			g := found[k]
			if g == nil {
				g = &group{rule: r, shop: e.Shop, about: about}
				found[k] = g
				list = append(list, g)
			}
			g.times += e.Times
			g.last = max(g.last, e.LastMS)
		}
	}
	if len(list) > maxGroups {
		slices.SortStableFunc(list, func(a, b *group) int { return int(b.times - a.times) })
		list = list[:maxGroups]
	}
	return list
}

// count adds to the open finding, or opens one when there are enough events in the window.
func (s *Service) count(ctx context.Context, tx *db.Tx, g *group) error {
	n, err := tx.Exec(ctx, sqlMore, g.shop, string(g.rule.Code), g.about, g.times, g.last)
	if err != nil || n > 0 {
		return err
	}
	since := time.UnixMilli(g.last).Add(-g.rule.Window).UnixMilli()
	if since, err = s.closedAfter(ctx, tx, g, since); err != nil {
		return err
	}
	args := []any{g.shop, string(g.rule.Of), since}
	if g.rule.By != ByShop {
		args = append(args, g.about)
	}
	var times, first, last int64
	if err := tx.QueryRow(ctx, sqlSum(g.rule.By), args...).Scan(&times, &first, &last); err != nil || times < g.rule.Times {
		return err
	}
	f := Finding{Shop: g.shop, Rule: g.rule.Code, About: g.about, Gravity: g.rule.Gravity, First: time.UnixMilli(first), Last: time.UnixMilli(last),
		Times: times, State: Open}
	f.ID, err = db.Insert(tx, func(v ID) (int64, error) {
		return tx.Exec(ctx, sqlOpen, f.Shop, v, string(f.Rule), f.About, int64(f.Gravity), first, last, times, string(Open))
	})
	if err == nil && s.opens != nil {
		tx.OnCommit(func() { s.opens(f) })
	}
	return err
}

// closedAfter moves a window's beginning past the last closing, so that what was dealt with does not count again.
func (s *Service) closedAfter(ctx context.Context, tx *db.Tx, g *group, since int64) (int64, error) {
	var closed int64
	err := tx.QueryRow(ctx, sqlClosedAt, g.shop, string(g.rule.Code), g.about, string(Closed)).Scan(&closed)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return 0, err
	}
	return max(since, closed+1), nil
}
