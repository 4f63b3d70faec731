package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Service keeps subscriptions in the platform's scope and messages in a shop's. Whether an app is the developer's own is the flow's
// to check.
type Service struct{ vault *vault.Client }

// New makes the service.
func New(v *vault.Client) *Service { return &Service{v} }

// Subscribe keeps a wish to hear of a fact.
func (s *Service) Subscribe(ctx context.Context, tx *db.Tx, in Subscription) (Subscription, error) {
	if err := tx.Allow(actor.DevelopApps); err != nil {
		return in, err
	}
	if err := in.clean(); err != nil {
		return in, err
	}
	has, err := selectHooks(ctx, tx, in.App)
	if err != nil {
		return in, fmt.Errorf("read webhooks: %w", err)
	}
	if len(has) >= MaxHooks {
		return in, ErrMany
	}
	in.MadeMS = tx.NowMS()
	in.ID, err = db.Insert(tx, func(v id.Hook) (int64, error) {
		return tx.Exec(ctx, sqlInsertHook, id.Platform, v, in.App, in.Shop, string(in.Event), in.URL, in.MadeMS)
	})
	return in, err
}

// Unsubscribe ends one. What waits is still brought.
func (s *Service) Unsubscribe(ctx context.Context, tx *db.Tx, app id.App, hook id.Hook) error {
	if err := tx.Allow(actor.DevelopApps); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlEndHook, id.Platform, app, hook, tx.NowMS())
	if err == nil && n == 0 {
		err = ErrNone
	}
	return err
}

// Subscriptions of an app.
func (s *Service) Subscriptions(ctx context.Context, r db.Reader, app id.App) ([]Subscription, error) {
	if err := r.Allow(actor.DevelopApps); err != nil {
		return nil, err
	}
	return selectHooks(ctx, r, app)
}

// Wanting are an app's subscriptions to a fact of a shop.
func (s *Service) Wanting(ctx context.Context, r db.Reader, app id.App, f outbox.Fact) ([]Subscription, error) {
	if err := r.Allow(actor.SendHooks); err != nil {
		return nil, err
	}
	list, err := selectHooksFor(ctx, r, f.Event, app)
	return wanted(list, f), err
}

// Queue makes messages of a fact; those that it has become already are left as they are. Account is the shop's name in the API.
func (s *Service) Queue(ctx context.Context, tx *db.Tx, account string, f outbox.Fact, to []Subscription) error {
	if err := tx.Allow(actor.SendHooks); err != nil {
		return err
	}
	for _, sub := range to {
		v := id.Delivery(tx.NewID())
		text, err := body(f.Shop, account, v, f)
		if err != nil {
			return fmt.Errorf("write message: %w", err)
		}
		if _, err := insert(ctx, tx, Delivery{ID: v, App: sub.App, Hook: sub.ID, Kind: Event, Event: f.Event, Seq: f.Seq, URL: sub.URL, Body: text}); err != nil {
			return fmt.Errorf("queue message: %w", err)
		}
	}
	return nil
}

// QueueUninstall makes the message that tells an app's developer that it was taken out.
func (s *Service) QueueUninstall(ctx context.Context, tx *db.Tx, app id.App, url string, u Uninstallation) error {
	if err := tx.Allow(actor.ManageApps); err != nil {
		return err
	}
	b, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("write uninstall hook: %w", err)
	}
	v := id.Delivery(tx.NewID())
	_, err = insert(ctx, tx, Delivery{ID: v, App: app, Kind: Uninstall, Event: "app.uninstalled", Seq: int64(v), URL: url, Body: string(b)})
	return err
}

// A Due is a message whose time has come.
type Due struct {
	Shop  id.Shop
	ID    id.Delivery
	App   id.App
	DueMS int64
}

// Due lists them over all shops, few for each app: r is of db.Across.
func (s *Service) Due(ctx context.Context, r db.Reader, perApp int) ([]Due, error) {
	if err := r.Allow(actor.SendHooks); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanDue, sqlDue, r.Now().UnixMilli(), perApp)
}

// Claim takes a message for one try, until the lease ends: false when somebody else has it.
func (s *Service) Claim(ctx context.Context, tx *db.Tx, due Due, lease time.Duration) (Delivery, bool, error) {
	if err := tx.Allow(actor.SendHooks); err != nil {
		return Delivery{}, false, err
	}
	n, err := tx.Exec(ctx, sqlClaim, tx.Shop(), due.ID, due.DueMS, tx.Now().Add(lease).UnixMilli())
	if err != nil || n == 0 {
		return Delivery{}, false, err
	}
	d, err := db.One(ctx, tx, scan, sqlGet, tx.Shop(), due.ID)
	return d, err == nil, err
}

// Tried keeps how a try went, and when the next one is. The message's state comes back.
func (s *Service) Tried(ctx context.Context, tx *db.Tx, d Delivery, a Attempt) (State, error) {
	if err := tx.Allow(actor.SendHooks); err != nil {
		return "", err
	}
	if err := tx.Queue(sqlTried, tx.Shop(), d.ID, d.Attempts, a.AtMS, a.Took.Milliseconds(), a.Status, a.Error); err != nil {
		return "", err
	}
	state, due, done := Delivered, d.DueMS, tx.NowMS()
	if !a.OK() {
		at, again := d.next(tx.Now())
		state, due = Failed, at.UnixMilli()
		if again && !a.Final {
			state, done = Pending, 0
		}
	}
	_, err := tx.Exec(ctx, sqlAfter, tx.Shop(), d.ID, d.DueMS, string(state), due, done)
	return state, err
}

// OfApp lists an app's messages in all shops, the newest first: r is of db.Across. before is the last id of the page before, or 0.
func (s *Service) OfApp(ctx context.Context, r db.Reader, app id.App, state State, before id.Delivery) ([]Delivery, error) {
	if err := r.Allow(actor.DevelopApps); err != nil {
		return nil, err
	}
	if before == 0 {
		before = math.MaxInt64
	}
	return db.All(ctx, r, scan, sqlOfApp, app, string(state), before)
}

// Get is one of an app's messages, with its tries.
func (s *Service) Get(ctx context.Context, r db.Reader, app id.App, v id.Delivery) (d Delivery, tries []Attempt, err error) {
	if err := r.Allow(actor.DevelopApps); err != nil {
		return d, nil, err
	}
	d, err = db.One(ctx, r, scan, sqlGet, r.Shop(), v)
	if errors.Is(err, db.ErrNone) || err == nil && d.App != app {
		return Delivery{}, nil, ErrNone
	}
	if err != nil {
		return d, nil, err
	}
	tries, err = db.All(ctx, r, func(row db.Row) (a Attempt, err error) {
		var took int64
		err = row.Scan(&a.No, &a.AtMS, &took, &a.Status, &a.Error)
		a.Took = time.Duration(took) * time.Millisecond
		return a, err
	}, sqlAttempts, r.Shop(), v)
	return d, tries, err
}

// Replay sends a message again, with its own id.
func (s *Service) Replay(ctx context.Context, tx *db.Tx, app id.App, v id.Delivery) error {
	if err := tx.Allow(actor.DevelopApps); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlReplay, tx.Shop(), v, app, tx.NowMS(), tx.Now().Add(-Kept).UnixMilli())
	if err == nil && n == 0 {
		err = ErrNone
	}
	return err
}

// A Range is what is replayed together.
type Range struct {
	App      id.App
	State    State // "" is delivered and failed
	From, To time.Time
}

// In lists the messages of a range, a slice after the last: r is of db.Across.
func (s *Service) In(ctx context.Context, r db.Reader, in Range, after id.Delivery) ([]Due, error) {
	if err := r.Allow(actor.DevelopApps); err != nil {
		return nil, err
	}
	if !in.From.Before(in.To) {
		return nil, fault.Invalid("to", fault.Text{Ja: "期間を正しく入力してください。", En: "Enter a range whose end is after its beginning."})
	}
	return db.All(ctx, r, scanDue, sqlRange, in.App, string(in.State), in.From.UnixMilli(), in.To.UnixMilli(), after)
}

// A Count is how a shop's messages of the last days went, for one app.
type Count struct{ Delivered, Waiting, Failed int64 }

// Counts are the shop's since then, by app.
func (s *Service) Counts(ctx context.Context, r db.Reader, since time.Time) (map[id.App]Count, error) {
	if err := r.Allow(actor.ManageApps); err != nil {
		return nil, err
	}
	out := map[id.App]Count{}
	_, err := db.All(ctx, r, func(row db.Row) (x struct{}, err error) {
		var app id.App
		var state State
		var n int64
		if err = row.Scan(&app, &state, &n); err != nil {
			return x, err
		}
		c := out[app]
		switch state {
		case Delivered:
			c.Delivered = n
		case Failed:
			c.Failed = n
		default:
			c.Waiting = n
		}
		out[app] = c
		return x, nil
	}, sqlCounts, r.Shop(), since.UnixMilli())
	return out, err
}

// Forget deletes what can be replayed no longer, of all shops: tx is of db.Across.
func (s *Service) Forget(ctx context.Context, tx *db.Tx) error {
	if err := tx.Allow(actor.SendHooks); err != nil {
		return err
	}
	before := tx.Now().Add(-Kept).UnixMilli()
	if _, err := tx.Exec(ctx, sqlForgetTries, before); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlForget, before)
	return err
}
