package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
)

// A Service keeps apps. Apps and releases are read and written in the platform's scope, installations in a shop's.
type Service struct{ ids *id.Source }

// New makes the service.
func New() *Service { return &Service{id.NewSource()} }

// NewID draws an app's id.
func (s *Service) NewID(now time.Time) id.App { return id.App(s.ids.Next(now)) }

// Get is an app. What it says of itself is for everyone.
func (s *Service) Get(ctx context.Context, r db.Reader, app id.App) (App, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return App{}, err
	}
	return none(selectApp(ctx, r, app))
}

// ByClient finds the app of a client's name.
func (s *Service) ByClient(ctx context.Context, r db.Reader, clientID string) (App, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return App{}, err
	}
	return none(selectByClient(ctx, r, clientID))
}

func none(a App, err error) (App, error) {
	if errors.Is(err, db.ErrNone) {
		return App{}, ErrNone
	}
	return a, err
}

// Listed are the apps that every shop may install.
func (s *Service) Listed(ctx context.Context, r db.Reader) ([]App, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	return selectByState(ctx, r, Listed)
}

// Own are a developer's apps, newest first.
func (s *Service) Own(ctx context.Context, r db.Reader) ([]App, error) {
	if err := r.Allow(actor.DevelopApps); err != nil {
		return nil, err
	}
	return selectOwn(ctx, r, r.Actor().Account)
}

// Waiting are the apps that wait for the operator, and those that run or were stopped: the operator's list.
func (s *Service) Waiting(ctx context.Context, r db.Reader, state State) ([]App, error) {
	if err := r.Allow(actor.OperateShops); err != nil {
		return nil, err
	}
	return selectByState(ctx, r, state)
}

// Releases of an app, newest first.
func (s *Service) Releases(ctx context.Context, r db.Reader, app id.App) ([]Release, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	return selectReleases(ctx, r, app)
}

// Create keeps a new app with its first release. The vault has registered its client before.
func (s *Service) Create(ctx context.Context, tx *db.Tx, app id.App, clientID string, in In) (App, error) {
	if err := tx.Allow(actor.DevelopApps); err != nil {
		return App{}, err
	}
	if err := in.Clean(); err != nil {
		return App{}, err
	}
	a := App{ID: app, Developer: tx.Actor().Account, ClientID: clientID, State: Draft, Release: 1, MadeMS: tx.NowMS(), Version: 1}
	a.take(in)
	if err := insertApp(ctx, tx, a); err != nil {
		return a, err
	}
	return a, insertRelease(ctx, tx, Release{App: app, No: 1, Scopes: in.Scopes, Notes: in.Notes})
}

func (a *App) take(in In) {
	a.Name, a.NameEn, a.About, a.AboutEn, a.Home = in.Name, in.NameEn, in.About, in.AboutEn, in.Home
	a.Manner, a.Redirects, a.InstallHook, a.UninstallHook = in.Manner, in.Redirects, in.InstallHook, in.UninstallHook
}

// Change keeps what the developer changed; other scopes make a new release, which owners are asked for anew. An app that is listed
// goes back to review when its scopes grow.
func (s *Service) Change(ctx context.Context, tx *db.Tx, app id.App, version int64, in In) (App, error) {
	if err := tx.Allow(actor.DevelopApps); err != nil {
		return App{}, err
	}
	a, err := s.own(ctx, tx, app)
	if err != nil {
		return a, err
	}
	if err := in.Clean(); err != nil {
		return a, err
	}
	rel, err := selectRelease(ctx, tx, app, a.Release)
	if err != nil {
		return a, fmt.Errorf("find release: %w", err)
	}
	a.take(in)
	if !slices.Equal(rel.Scopes, in.Scopes) {
		a.Release++
		if err := insertRelease(ctx, tx, Release{App: app, No: a.Release, Scopes: in.Scopes, Notes: in.Notes}); err != nil {
			return a, err
		}
		if a.State == Listed && slices.ContainsFunc(in.Scopes, func(s actor.Scope) bool { return !slices.Contains(rel.Scopes, s) }) {
			a.State = Review
		}
	}
	return a, s.save(ctx, tx, &a, version)
}

func (s *Service) save(ctx context.Context, tx *db.Tx, a *App, version int64) error {
	a.Version = version + 1
	n, err := updateApp(ctx, tx, *a, version)
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

func (s *Service) own(ctx context.Context, tx *db.Tx, app id.App) (App, error) {
	a, err := none(selectApp(ctx, tx, app))
	if err == nil && a.Developer != tx.Actor().Account {
		return App{}, ErrNone
	}
	return a, err
}

// Submit asks the operator to list the app.
func (s *Service) Submit(ctx context.Context, tx *db.Tx, app id.App, version int64) error {
	if err := tx.Allow(actor.DevelopApps); err != nil {
		return err
	}
	a, err := s.own(ctx, tx, app)
	if err != nil {
		return err
	}
	if a.State != Draft && a.State != Refused {
		return ErrChanged
	}
	a.State = Review
	return s.save(ctx, tx, &a, version)
}

// Decide is the operator's word on an app. Stopping it in the vault is the flow's to do, first.
func (s *Service) Decide(ctx context.Context, tx *db.Tx, app id.App, version int64, to State) error {
	if err := tx.Allow(actor.OperateShops); err != nil {
		return err
	}
	a, err := none(selectApp(ctx, tx, app))
	if err != nil {
		return err
	}
	if to != Listed && to != Refused && to != Stopped {
		return ErrChanged
	}
	a.State = to
	return s.save(ctx, tx, &a, version)
}

// Install notes in the shop that its owner let an app in, or anew with what a release asks for.
func (s *Service) Install(ctx context.Context, tx *db.Tx, in Installation) error {
	if err := tx.Allow(actor.ManageApps); err != nil {
		return err
	}
	in.Account, in.SinceMS, in.EndedMS, in.Reason = tx.Actor().Account, tx.NowMS(), 0, ""
	if err := upsertInstallation(ctx, tx, in); err != nil {
		return err
	}
	return outbox.Publish(tx, WasInstalled, int64(in.App), Fact{Release: in.Release, Scopes: texts(in.Scopes)})
}

// Uninstall notes that an app is gone from the shop. Gone already is no fault: false.
func (s *Service) Uninstall(ctx context.Context, tx *db.Tx, app id.App, why Reason) (bool, error) {
	own := tx.Actor().Kind == actor.App && tx.Actor().App == app && why == ByApp
	if err := tx.Allow(actor.ManageApps); err != nil && !own {
		return false, err
	}
	in, err := selectInstallation(ctx, tx, app)
	if errors.Is(err, db.ErrNone) || err == nil && in.EndedMS != 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := endInstallation(ctx, tx, app, why); err != nil {
		return false, err
	}
	return true, outbox.Publish(tx, WasUninstalled, int64(app), Fact{Release: in.Release, Scopes: texts(in.Scopes), Reason: why})
}

// Installed are the shop's apps, newest first, those that are gone too.
func (s *Service) Installed(ctx context.Context, r db.Reader) ([]Installation, error) {
	if err := r.Allow(actor.ManageApps); err != nil {
		return nil, err
	}
	return selectInstallations(ctx, r)
}

func texts(list []actor.Scope) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
