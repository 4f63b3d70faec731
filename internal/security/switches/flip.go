package switches

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/signal"
)

// In is what sets a switch.
type In struct {
	Name     Name
	Target   Target
	Until    time.Time // zero: until it is lifted
	Reason   string
	Renewals Renewals // of CloseCardSignups; empty is RenewalsGoOn
	Who      string   // "operator", "command line", "playbook"
}

const (
	maxReason = 500
	maxTime   = 366 * 24 * time.Hour
)

// Validate refuses what makes no switch.
func (in In) Validate(now time.Time) error {
	var fs fault.Faults
	i, ok := InfoOf(in.Name)
	if !ok {
		return ErrName
	}
	if n := utf8.RuneCountInString(in.Reason); n == 0 || n > maxReason {
		fs = append(fs, fault.Invalid("reason", fault.Text{Ja: "理由を500文字以内で書いてください。", En: "Say why, in at most 500 characters."}))
	}
	if !in.Until.IsZero() && (!in.Until.After(now) || in.Until.After(now.Add(maxTime))) {
		fs = append(fs, fault.Invalid("until", fault.Text{Ja: "期限は、これから1年以内にしてください。", En: "The end must be within a year from now."}))
	}
	if wrong := in.Target.Shop < 0 || i.Kind == ForApps && (in.Target.App <= 0 || in.Target.Shop != 0) || i.Kind == ForShops && in.Target.App != 0; wrong {
		fs = append(fs, fault.Invalid("target", fault.Text{Ja: "このスイッチの対象を選び直してください。", En: "This switch is for another kind of target."}))
	}
	if in.Renewals != RenewalsGoOn && in.Renewals != RenewalsStop {
		fs = append(fs, fault.Invalid("renewals", fault.Text{Ja: "定期的な請求をどうするか選んでください。", En: "Say what happens to renewals."}))
	}
	return fs.Err()
}

// The faults.
var (
	ErrName  = fault.Invalid("name", fault.Text{Ja: "その名前のスイッチはありません。", En: "There is no switch of this name."})
	ErrIsOff = fault.NotFound(fault.Text{Ja: "このスイッチは入っていません。", En: "This switch is not on."})
)

// ErrWeaker: setting anew must not be a way around the second person.
var ErrWeaker = fault.Conflict(fault.Text{Ja: "このスイッチは、もっと強い設定で入っています。弱めるには、切る手続きをしてから入れ直してください。",
	En: "This switch is on with a stronger setting. To weaken it, have it lifted and set it again."})

// TurnOn sets a switch, or sets it anew with another reason, end or setting. One person may.
func (s *Set) TurnOn(ctx context.Context, sc db.Scope, in In) error {
	in.Reason = strings.TrimSpace(in.Reason)
	if in.Renewals == "" {
		in.Renewals = RenewalsGoOn
	}
	if err := in.Validate(s.db.Now()); err != nil {
		return err
	}
	err := s.write(ctx, sc, func(tx *db.Tx) error {
		w, err := get(ctx, tx, in.Name, in.Target)
		if err == nil && weaker(w, in) {
			return ErrWeaker
		}
		if err != nil && !errors.Is(err, ErrIsOff) {
			return err
		}
		_, err = tx.Exec(ctx, sqlTurnOn, string(in.Name), in.Target.Shop, in.Target.App, tx.NowMS(), ms(in.Until), tx.Actor().Account, in.Who,
			in.Reason, string(in.Renewals))
		if err != nil {
			return err
		}
		return note(ctx, tx, Change{Name: in.Name, Target: in.Target, Act: ActOn, Who: in.Who, Reason: in.Reason, Until: in.Until})
	})
	if err != nil {
		return err
	}
	s.raise(ctx, signal.Event{Code: signal.SwitchOn, Shop: in.Target.Shop, Actor: sc.Actor, Where: in.Who, About: string(in.Name)})
	return s.Load(ctx)
}

// weaker says whether setting it anew would lift some of it.
func weaker(w Switch, in In) bool {
	shorter := !in.Until.IsZero() && (w.Until.IsZero() || in.Until.Before(w.Until))
	return shorter || w.Renewals == RenewalsStop && in.Renewals != RenewalsStop
}

// TurnOff asks to lift a switch, or agrees to it. When another person has asked already it lifts at once; else it lifts
// after AloneTime unless somebody says Keep. lifted says which. The caller has made sure of the person once more (a step-up).
func (s *Set) TurnOff(ctx context.Context, sc db.Scope, n Name, to Target, who, reason string) (lifted bool, err error) {
	if k := utf8.RuneCountInString(strings.TrimSpace(reason)); k == 0 || k > maxReason {
		return false, fault.Invalid("reason", fault.Text{Ja: "理由を500文字以内で書いてください。", En: "Say why, in at most 500 characters."})
	}
	err = s.write(ctx, sc, func(tx *db.Tx) error {
		lifted = false
		w, err := get(ctx, tx, n, to)
		if err != nil {
			return err
		}
		me := tx.Actor().Account
		c := Change{Name: n, Target: to, Act: ActAsk, Who: who, Reason: strings.TrimSpace(reason)}
		if !w.OffAt.IsZero() && (w.Asker != me || w.Asker == 0 && w.AskedBy != who) {
			lifted, c.Act = true, ActOff
			if _, err := tx.Exec(ctx, sqlLift, string(n), to.Shop, to.App); err != nil {
				return err
			}
			return note(ctx, tx, c)
		}
		if !w.OffAt.IsZero() {
			return nil // the same person again: it is on its way
		}
		if _, err := tx.Exec(ctx, sqlAsk, string(n), to.Shop, to.App, tx.Now().Add(AloneTime).UnixMilli(), me, who); err != nil {
			return err
		}
		return note(ctx, tx, c)
	})
	if err != nil {
		return false, err
	}
	if lifted {
		s.raise(ctx, signal.Event{Code: signal.SwitchOff, Shop: to.Shop, Actor: sc.Actor, Where: who, About: string(n)})
	}
	return lifted, s.Load(ctx)
}

// Keep says no to a lifting that somebody asked for.
func (s *Set) Keep(ctx context.Context, sc db.Scope, n Name, to Target, who string) error {
	err := s.write(ctx, sc, func(tx *db.Tx) error {
		w, err := get(ctx, tx, n, to)
		if err != nil || w.OffAt.IsZero() {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAsk, string(n), to.Shop, to.App, 0, 0, ""); err != nil {
			return err
		}
		return note(ctx, tx, Change{Name: n, Target: to, Act: ActKeep, Who: who})
	})
	if err != nil {
		return err
	}
	return s.Load(ctx)
}

// Changes gives the last 100 flips, the newest first.
func (s *Set) Changes(ctx context.Context, sc db.Scope) (list []Change, err error) {
	sc.Shop = 0
	err = s.db.Read(ctx, sc, func(r db.Reader) error {
		if err := r.Allow(actor.OperateShops); err != nil {
			return err
		}
		list, err = db.All(ctx, r, scanChange, sqlChanges)
		return err
	})
	return list, err
}

// End writes the ends of switches into the history: those whose own end came, and those that nobody kept from lifting. They
// have stopped by themselves; this is housekeeping.
func (s *Set) End(ctx context.Context) error {
	var ended []Switch
	err := s.db.Write(ctx, db.Scope{Request: "switches"}, func(tx *db.Tx) error {
		ended = nil
		list, err := db.All(ctx, tx, scanSwitch, sqlOn)
		if err != nil {
			return err
		}
		for _, w := range list {
			if w.on(tx.Now()) {
				continue
			}
			c := Change{Name: w.Name, Target: w.Target, Act: ActEnded, Who: w.Who}
			if !w.OffAt.IsZero() && !tx.Now().Before(w.OffAt) {
				c.Act, c.Account, c.Who = ActOff, w.Asker, w.AskedBy
			}
			if _, err := tx.Exec(ctx, sqlLift, string(w.Name), w.Target.Shop, w.Target.App); err != nil {
				return err
			}
			if err := add(ctx, tx, c); err != nil {
				return err
			}
			ended = append(ended, w)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, w := range ended {
		s.raise(ctx, signal.Event{Code: signal.SwitchOff, Shop: w.Target.Shop, Where: w.Who, About: string(w.Name)})
	}
	return nil
}

// write is a transaction in the platform's realm for who may flip.
func (s *Set) write(ctx context.Context, sc db.Scope, f func(*db.Tx) error) error {
	sc.Shop = 0
	return s.db.Write(ctx, sc, func(tx *db.Tx) error {
		if err := tx.Allow(actor.OperateShops); err != nil {
			return err
		}
		tx.Wake(topic)
		return f(tx)
	})
}

func get(ctx context.Context, tx *db.Tx, n Name, to Target) (Switch, error) {
	w, err := db.One(ctx, tx, scanSwitch, sqlGet, string(n), to.Shop, to.App)
	if errors.Is(err, db.ErrNone) || err == nil && !w.on(tx.Now()) {
		return w, ErrIsOff
	}
	return w, err
}

// note adds to the history what the actor did.
func note(ctx context.Context, tx *db.Tx, c Change) error {
	c.Account = tx.Actor().Account
	return add(ctx, tx, c)
}

func add(ctx context.Context, tx *db.Tx, c Change) error {
	_, err := db.Insert(tx, func(v int64) (int64, error) {
		return tx.Exec(ctx, sqlNote, v, tx.NowMS(), string(c.Name), c.Target.Shop, c.Target.App, string(c.Act), c.Account, c.Who, c.Reason, ms(c.Until))
	})
	return err
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
