package checks

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/pages"
)

// A Check is looks of one hour that came to the same.
type Check struct {
	Watcher     string             `json:"watcher"`
	Page        string             `json:"page"`
	Outcome     pages.Outcome      `json:"outcome"`
	First       time.Time          `json:"first"`
	Last        time.Time          `json:"last"`
	Looks       int64              `json:"looks"`
	Status      int64              `json:"status"`
	TookMS      int64              `json:"took_ms"`
	Certificate time.Time          `json:"certificate,omitzero"` // its end; zero is none
	Headers     string             `json:"headers"`              // hash
	Files       map[string]string  `json:"files"`                // path → SHA-256
	Differences []pages.Difference `json:"differences,omitempty"`
}

// An Hour is what all looks of it came to.
type Hour struct {
	Hour   time.Time `json:"hour"`
	Looks  int64     `json:"looks"`
	Differ int64     `json:"differ"`
}

// A Watcher is one, as far as it has been heard.
type Watcher struct {
	Address string    `json:"address"`
	Name    string    `json:"name"` // "" was never heard
	Heard   time.Time `json:"heard,omitzero"`
	Silent  bool      `json:"silent"`
}

// State is what the watchers have said.
type State struct {
	Watchers []Watcher `json:"watchers"`
	Latest   []Check   `json:"latest"` // the last of each page
	Hours    []Hour    `json:"hours"`  // the last HistoryHours, oldest first
	Troubles []Check   `json:"troubles"`
}

const (
	// HistoryHours is how far back a State goes.
	HistoryHours = 48
	maxTroubles  = 50
)

// State reads what is known. The actor is an operator.
func (s *Service) State(ctx context.Context, r db.Reader) (State, error) {
	var out State
	if err := r.Allow(actor.OperateShops); err != nil {
		return out, err
	}
	now := r.Now()
	known, err := db.All(ctx, r, scanWatcher, sqlWatchers, id.Platform)
	if err != nil {
		return out, fmt.Errorf("list watchers: %w", err)
	}
	for _, a := range s.Watchers {
		w := Watcher{Address: a}
		for _, k := range known { // a watcher that was set up anew is another one at the same address
			if k.Address == a && k.Heard.After(w.Heard) {
				w = k
			}
		}
		w.Silent = now.Sub(w.Heard) > Silence
		out.Watchers = append(out.Watchers, w)
	}
	if out.Latest, err = db.All(ctx, r, scanCheck, sqlLatest, id.Platform, now.Add(-7*24*time.Hour).UnixMilli()); err != nil {
		return out, fmt.Errorf("list latest checks: %w", err)
	}
	start := now.Truncate(time.Hour).Add(-(HistoryHours - 1) * time.Hour)
	sums, err := db.All(ctx, r, scanHour, sqlHours, id.Platform, start.UnixMilli())
	if err != nil {
		return out, fmt.Errorf("sum up checks: %w", err)
	}
	at := map[int64]Hour{}
	for _, h := range sums {
		at[h.Hour.UnixMilli()] = h
	}
	for i := range HistoryHours {
		h := start.Add(time.Duration(i) * time.Hour)
		got := at[h.UnixMilli()]
		got.Hour = h
		out.Hours = append(out.Hours, got)
	}
	out.Troubles, err = db.All(ctx, r, scanCheck, sqlTroubles, id.Platform, maxTroubles)
	return out, err
}

func scanWatcher(r db.Row) (w Watcher, err error) {
	var heard int64
	err = r.Scan(&w.Name, &w.Address, &heard)
	w.Heard = time.UnixMilli(heard)
	return w, err
}

func scanHour(r db.Row) (h Hour, err error) {
	var at int64
	err = r.Scan(&at, &h.Looks, &h.Differ)
	h.Hour = time.UnixMilli(at)
	return h, err
}

func scanCheck(r db.Row) (c Check, err error) {
	var first, last, certificate int64
	var outcome, files, differences string
	if err := r.Scan(&c.Watcher, &c.Page, &outcome, &first, &last, &c.Looks, &c.Status, &c.TookMS, &certificate, &c.Headers, &files, &differences); err != nil {
		return c, err
	}
	c.Outcome, c.First, c.Last = pages.Outcome(outcome), time.UnixMilli(first), time.UnixMilli(last)
	if certificate != 0 {
		c.Certificate = time.UnixMilli(certificate)
	}
	if err := json.Unmarshal([]byte(files), &c.Files); err != nil {
		return c, fmt.Errorf("read files: %w", err)
	}
	if err := json.Unmarshal([]byte(differences), &c.Differences); err != nil {
		return c, fmt.Errorf("read differences: %w", err)
	}
	return c, nil
}
