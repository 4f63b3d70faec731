package hook

import (
	"context"

	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/apps/webhook"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
)

// An Overview is what a developer sees of an app's webhooks.
type Overview struct {
	App           registry.App
	Subscriptions []webhook.Subscription
	Secrets       []webhook.Secret
	Deliveries    []webhook.Delivery
}

func platform(s db.Scope) db.Scope {
	s.Shop = id.Platform
	return s
}

// own finds one of the developer's apps.
func (f *Flow) own(ctx context.Context, r db.Reader, app id.App) (registry.App, error) {
	a, err := f.Apps.Get(ctx, r, app)
	if err == nil && a.Developer != r.Actor().Account {
		err = registry.ErrNone
	}
	return a, err
}

// Overview of one of the developer's apps, with the newest messages in a state ("" is all) before one.
func (f *Flow) Overview(ctx context.Context, s db.Scope, app id.App, state webhook.State, before id.Delivery) (o Overview, err error) {
	err = f.Store.Read(ctx, platform(s), func(r db.Reader) (err error) {
		if o.App, err = f.own(ctx, r, app); err != nil {
			return err
		}
		if o.Subscriptions, err = f.Hooks.Subscriptions(ctx, r, app); err != nil {
			return err
		}
		o.Secrets, err = f.Hooks.Secrets(ctx, r, app)
		return err
	})
	if err != nil {
		return o, err
	}
	err = f.Store.Across("an app's messages in every shop, for its developer").Read(ctx, platform(s), func(r db.Reader) (err error) {
		o.Deliveries, err = f.Hooks.OfApp(ctx, r, app, state, before)
		return err
	})
	return o, err
}

// check says whether the app is the developer's.
func (f *Flow) check(ctx context.Context, s db.Scope, app id.App) error {
	return f.Store.Read(ctx, platform(s), func(r db.Reader) error {
		_, err := f.own(ctx, r, app)
		return err
	})
}

// Subscribe adds a subscription. An app's first comes with a secret, which is shown once.
func (f *Flow) Subscribe(ctx context.Context, s db.Scope, in webhook.Subscription) (key secret.Text, err error) {
	err = f.Store.Write(ctx, platform(s), func(tx *db.Tx) error {
		key = secret.Text{}
		if _, err := f.own(ctx, tx, in.App); err != nil {
			return err
		}
		if _, err := f.Hooks.Subscribe(ctx, tx, in); err != nil {
			return err
		}
		has, err := f.Hooks.Secrets(ctx, tx, in.App)
		if err == nil && len(has) == 0 {
			key, err = f.Hooks.Rotate(ctx, tx, in.App)
		}
		return err
	})
	return key, err
}

// Unsubscribe ends a subscription.
func (f *Flow) Unsubscribe(ctx context.Context, s db.Scope, app id.App, hook id.Hook) error {
	return f.Store.Write(ctx, platform(s), func(tx *db.Tx) error {
		if _, err := f.own(ctx, tx, app); err != nil {
			return err
		}
		return f.Hooks.Unsubscribe(ctx, tx, app, hook)
	})
}

// Rotate makes another secret, which is shown once. The one before stays good for a day.
func (f *Flow) Rotate(ctx context.Context, s db.Scope, app id.App) (key secret.Text, err error) {
	err = f.Store.Write(ctx, platform(s), func(tx *db.Tx) error {
		if _, err := f.own(ctx, tx, app); err != nil {
			return err
		}
		key, err = f.Hooks.Rotate(ctx, tx, app)
		return err
	})
	return key, err
}

// Delivery is one message of a developer's app, with its tries.
func (f *Flow) Delivery(ctx context.Context, s db.Scope, app id.App, shop id.Shop, v id.Delivery) (d webhook.Delivery, tries []webhook.Attempt, err error) {
	if err := f.check(ctx, s, app); err != nil {
		return d, nil, err
	}
	s.Shop = shop
	err = f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		d, tries, err = f.Hooks.Get(ctx, r, app, v)
		return err
	})
	return d, tries, err
}

// Replay sends a message again, under its own id.
func (f *Flow) Replay(ctx context.Context, s db.Scope, app id.App, shop id.Shop, v id.Delivery) error {
	if err := f.check(ctx, s, app); err != nil {
		return err
	}
	s.Shop = shop
	return f.Store.Write(ctx, s, func(tx *db.Tx) error {
		tx.Wake(topicName)
		return f.Hooks.Replay(ctx, tx, app, v)
	})
}

// ReplayRange sends the messages of a range again, and says how many.
func (f *Flow) ReplayRange(ctx context.Context, s db.Scope, in webhook.Range) (n int, err error) {
	if err := f.check(ctx, s, in.App); err != nil {
		return 0, err
	}
	var last id.Delivery
	for {
		var slice []webhook.Due
		err := f.Store.Across("an app's messages in every shop, for its developer").Read(ctx, platform(s), func(r db.Reader) (err error) {
			slice, err = f.Hooks.In(ctx, r, in, last)
			return err
		})
		if err != nil || len(slice) == 0 {
			return n, err
		}
		for _, d := range slice {
			if err := f.Replay(ctx, s, in.App, d.Shop, d.ID); err != nil && !isNone(err) {
				return n, err
			} else if err == nil {
				n++
			}
			last = d.ID
		}
	}
}

func isNone(err error) bool { return err == webhook.ErrNone }

// Counts are how the messages to a shop's apps went since then.
func (f *Flow) Counts(ctx context.Context, s db.Scope) (out map[id.App]webhook.Count, err error) {
	err = f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		out, err = f.Hooks.Counts(ctx, r, r.Now().AddDate(0, 0, -7))
		return err
	})
	return out, err
}
