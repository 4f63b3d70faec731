// Package checks is the server's side of the watchers: it asks them what they saw, keeps it, and raises what it means.
//
// It guarantees that every look counts once, however often a watcher is asked and whichever node asks; that each difference
// is raised when it is heard of; and that a watcher of whom nothing is heard for three minutes is a finding itself. Looks
// with the same outcome share a row for an hour, so that a year of minutes stays small. It refuses to tell a watcher
// anything: it only asks.
package checks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/pages"
	"github.com/noren-shop/noren/internal/security/pages/watch"
)

const (
	// Silence is how long a watcher may say nothing.
	Silence = 3 * time.Minute
	// Keep is how long checks are kept: 13 months, a year's audit and the time to hold it.
	Keep = 396 * 24 * time.Hour

	askTime = 10 * time.Second
	answers = 200 // questions in a row to one watcher, so that three days of backlog come in one go
	hourMS  = int64(time.Hour / time.Millisecond)
)

// Config of the service.
type Config struct {
	DB       *db.DB
	Watchers []string // host:port or unix:/path
	Raise    signal.Raise
	Log      *slog.Logger
}

// Service asks and keeps.
type Service struct {
	Config
	began time.Time

	mu     sync.Mutex // one asks at a time
	silent map[string]bool
}

// New makes the service.
func New(c Config) *Service {
	return &Service{Config: c, began: c.DB.Now(), silent: map[string]bool{}}
}

func scope(request string) db.Scope {
	return db.Scope{Shop: id.Platform, Actor: actor.Actor{Kind: actor.Job}.With(), Request: request}
}

// Hear asks every watcher once for what is new.
func (s *Service) Hear(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all error
	for _, address := range s.Watchers {
		err := s.hear(ctx, address)
		if e := s.listen(ctx, address); e != nil {
			err = errors.Join(err, e)
		}
		all = errors.Join(all, err)
	}
	return all
}

// hear takes what one watcher has. That it is away is not an error: silence is judged by listen.
func (s *Service) hear(ctx context.Context, address string) error {
	for range answers {
		soon, done := context.WithTimeout(ctx, askTime)
		name, rounds, err := s.next(soon, address)
		done()
		if err != nil {
			s.Log.Debug("the watcher does not answer", "watcher", address, "err", err)
			return nil
		}
		if len(rounds) == 0 {
			return nil
		}
		kept, err := s.keep(ctx, name, address, rounds)
		if err != nil {
			return fmt.Errorf("keep checks: %w", err)
		}
		s.raise(ctx, kept)
	}
	return nil
}

func (s *Service) next(ctx context.Context, address string) (name string, rounds []pages.Round, err error) {
	if name, err = watch.Name(ctx, address); err != nil {
		return "", nil, err
	}
	var seq int64
	err = s.DB.Read(ctx, scope("hear watcher"), func(r db.Reader) error {
		seq, err = position(ctx, r, name)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	return watch.Hear(ctx, address, seq)
}

// keep stores what is new, and gives it back.
func (s *Service) keep(ctx context.Context, name, address string, rounds []pages.Round) (kept []pages.Round, err error) {
	err = s.DB.Write(ctx, scope("keep checks"), func(tx *db.Tx) error {
		kept = nil
		seq, err := position(ctx, tx, name) // another node may have asked, too
		if err != nil {
			return err
		}
		for _, r := range rounds {
			if r.Seq <= seq {
				continue
			}
			for _, p := range r.Pages {
				if err := keepOne(ctx, tx, name, r, p); err != nil {
					return err
				}
			}
			seq, kept = r.Seq, append(kept, r)
		}
		_, err = tx.Exec(ctx, sqlHeard, id.Platform, name, address, seq, tx.NowMS())
		return err
	})
	return kept, err
}

func keepOne(ctx context.Context, tx *db.Tx, watcher string, r pages.Round, p pages.Result) error {
	files, err := json.Marshal(p.Files) // with sorted keys
	if err != nil {
		return err
	}
	differences, err := json.Marshal(p.Differences)
	if err != nil {
		return err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%d\n%s\n%s\n%d\n%s", p.Outcome, p.Status, files, p.Headers, p.Certificate, differences)
	_, err = tx.Exec(ctx, sqlKeep, id.Platform, tx.NewID(), watcher, p.Page, r.AtMS/hourMS*hourMS, hex.EncodeToString(h.Sum(nil)[:12]), string(p.Outcome),
		r.AtMS, p.Status, p.TookMS, p.Certificate, p.Headers, string(files), string(differences))
	return err
}

// raise says each difference once, however many of the rounds have it.
func (s *Service) raise(ctx context.Context, rounds []pages.Round) {
	type key struct {
		page, what string
		code       signal.Code
	}
	said := map[key]bool{}
	for _, r := range rounds {
		for _, p := range r.Pages {
			for _, d := range p.Differences {
				k := key{p.Page, d.What, d.Code}
				if said[k] {
					continue
				}
				said[k] = true
				s.Raise(ctx, signal.Event{Code: d.Code, Actor: actor.Actor{Kind: actor.Job}, Where: p.Page, About: p.Page + " " + d.What, Note: d.Note})
			}
		}
	}
}

// listen raises a watcher that has fallen silent, once for each silence.
func (s *Service) listen(ctx context.Context, address string) error {
	var heard time.Time
	err := s.DB.Read(ctx, scope("listen"), func(r db.Reader) (err error) {
		heard, err = heardOf(ctx, r, address)
		return err
	})
	if err != nil {
		return err
	}
	if heard.Before(s.began) {
		heard = s.began // a server that was away has heard nobody
	}
	silent := s.DB.Now().Sub(heard) > Silence
	first := silent && !s.silent[address]
	s.silent[address] = silent
	if first {
		s.Raise(ctx, signal.Event{Code: pages.WatcherSilent, Actor: actor.Actor{Kind: actor.Job}, Where: "hear watchers", About: address,
			Note: "nothing was heard of the watcher since " + heard.UTC().Format(time.RFC3339)})
	}
	return nil
}

// Forget drops checks that are older than Keep.
func (s *Service) Forget(ctx context.Context) error {
	return s.DB.Write(ctx, scope("forget checks"), func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlForget, id.Platform, tx.Now().Add(-Keep).UnixMilli())
		return err
	})
}
