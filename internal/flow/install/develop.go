package install

import (
	"context"

	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Own are the developer's apps.
func (f *Flow) Own(ctx context.Context, s db.Scope) (list []registry.App, err error) {
	err = f.db.Read(ctx, platform(s), func(r db.Reader) error {
		list, err = f.apps.Own(ctx, r)
		return err
	})
	return list, err
}

// Get is one of the developer's apps with its releases.
func (f *Flow) Get(ctx context.Context, s db.Scope, app id.App) (a registry.App, releases []registry.Release, err error) {
	err = f.db.Read(ctx, platform(s), func(r db.Reader) error {
		if a, err = f.apps.Get(ctx, r, app); err != nil {
			return err
		}
		if a.Developer != r.Actor().Account {
			return registry.ErrNone
		}
		releases, err = f.apps.Releases(ctx, r, app)
		return err
	})
	return a, releases, err
}

// Register makes an app: first its client in the vault, whose secret is given once, then what people read about it.
func (f *Flow) Register(ctx context.Context, s db.Scope, in registry.In) (registry.App, secret.Text, error) {
	if err := in.Clean(); err != nil {
		return registry.App{}, secret.Text{}, err
	}
	app := f.apps.NewID(f.db.Now())
	clientID, key, err := f.vault.RegisterApp(ctx, s.Actor.Credential, client(app, 1, in))
	if err != nil {
		return registry.App{}, secret.Text{}, err
	}
	var a registry.App
	err = f.db.Write(ctx, platform(s), func(tx *db.Tx) error {
		a, err = f.apps.Create(ctx, tx, app, clientID, in)
		return err
	})
	return a, key, err
}

func client(app id.App, release id.Release, in registry.In) vault.AppClient {
	return vault.AppClient{App: app, Release: release, Redirects: in.Redirects, Scopes: in.Scopes, Modern: in.Manner == registry.Modern}
}

// Change keeps what the developer changed. The vault learns it after the store: until then the app may do what it could before.
func (f *Flow) Change(ctx context.Context, s db.Scope, app id.App, version int64, in registry.In) (registry.App, error) {
	var a registry.App
	err := f.db.Write(ctx, platform(s), func(tx *db.Tx) (err error) {
		a, err = f.apps.Change(ctx, tx, app, version, in)
		return err
	})
	if err != nil {
		return a, err
	}
	in.Manner, in.Redirects = a.Manner, a.Redirects
	_, _, err = f.vault.RegisterApp(ctx, s.Actor.Credential, client(app, a.Release, in))
	return a, err
}

// NewSecret makes another secret for the client; the old one ends at once.
func (f *Flow) NewSecret(ctx context.Context, s db.Scope, app id.App) (secret.Text, error) {
	a, releases, err := f.Get(ctx, s, app)
	if err != nil || len(releases) == 0 {
		return secret.Text{}, err
	}
	in := client(app, a.Release, registry.In{Manner: a.Manner, Redirects: a.Redirects, Scopes: releases[0].Scopes})
	in.NewSecret = true
	_, key, err := f.vault.RegisterApp(ctx, s.Actor.Credential, in)
	return key, err
}

// Submit asks the operator to list the app.
func (f *Flow) Submit(ctx context.Context, s db.Scope, app id.App, version int64) error {
	return f.db.Write(ctx, platform(s), func(tx *db.Tx) error { return f.apps.Submit(ctx, tx, app, version) })
}

// Decide is the operator's word. Stopping ends the app in the vault first: whatever happens then, it may do nothing more.
func (f *Flow) Decide(ctx context.Context, s db.Scope, app id.App, version int64, to registry.State) error {
	do := vault.GoOn
	if to == registry.Stopped {
		do = vault.StopIt
	}
	if err := f.vault.StopApp(ctx, s.Actor.Credential, app, do); err != nil {
		return err
	}
	return f.db.Write(ctx, platform(s), func(tx *db.Tx) error { return f.apps.Decide(ctx, tx, app, version, to) })
}

// Apps are those in a state, for the operator.
func (f *Flow) Apps(ctx context.Context, s db.Scope, state registry.State) (list []registry.App, err error) {
	err = f.db.Read(ctx, platform(s), func(r db.Reader) error {
		list, err = f.apps.Waiting(ctx, r, state)
		return err
	})
	return list, err
}
