// Package hook tells apps what happened in the shops that have them.
//
// It guarantees that a fact reaches every receiver that may hear of it at least once under one id, that every try is kept, that a
// receiver which is slow or away holds up nobody else, and that what cannot be brought in 72 hours is told to the developer and stays
// to be replayed. It sends outside transactions, by the one way out, and refuses to follow a redirect.
package hook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/apps/topic"
	"github.com/noren-shop/noren/internal/apps/webhook"
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// Config makes a Flow.
type Config struct {
	Store   *db.DB
	Hooks   *webhook.Service
	Apps    *registry.Service
	Tenants *tenant.Service
	Post    egress.Post
	Tell    func(ctx context.Context, shop id.Shop, app registry.App) error // a developer hears that messages could not be brought
	Stopped func(app id.App) bool                                           // by a safety switch; nil is never
	Log     *slog.Logger
}

// A Flow is the use case.
type Flow struct {
	Config
	mu    sync.Mutex
	busy  map[id.App]int
	slots chan struct{}
	work  sync.WaitGroup
}

const (
	perApp    = 4                // messages of one app that are under way at once, on one node
	atOnce    = 64               // of all apps
	tryTime   = 15 * time.Second // one try, to the answer's end
	leaseTime = time.Minute      // then somebody else may try
	pollTime  = time.Second
	tellAfter = 10 * time.Minute // so that many failures are one letter
	topicName = "webhook"
	failed    = job.Kind("tell of failed webhooks")
)

// New makes the flow.
func New(c Config) *Flow {
	return &Flow{Config: c, busy: map[id.App]int{}, slots: make(chan struct{}, atOnce)}
}

func scope(shop id.Shop) db.Scope {
	return db.Scope{Actor: actor.ForJob(actor.Hooks, secret.Token{}), Shop: shop, Request: "webhook"}
}

// Follower makes messages of facts.
func (f *Flow) Follower() outbox.Follower {
	return outbox.Follower{Name: "webhooks", Events: topic.Events(), Handle: f.handle}
}

// Handle gives the letter to its runner.
func (f *Flow) Handle(r *job.Runner) {
	r.Handle(failed, f.tell)
	r.Every("forget webhooks", 24*time.Hour, func(ctx context.Context) error {
		return f.Store.Across("messages of every shop grow old").Write(ctx, scope(id.Platform), func(tx *db.Tx) error { return f.Hooks.Forget(ctx, tx) })
	})
}

// handle queues one message for each subscription of the apps that are in the shop and may see the fact.
func (f *Flow) handle(ctx context.Context, fact outbox.Fact) error {
	t, known := topic.Of(fact.Event)
	if !known || fact.Shop == id.Platform {
		return nil
	}
	var apps []id.App
	var account string
	err := f.Store.Read(ctx, scope(fact.Shop), func(r db.Reader) error {
		apps = nil
		all, err := f.Apps.Installed(ctx, r)
		if err != nil {
			return err
		}
		for _, in := range all {
			if in.EndedMS == 0 && actor.ForApp(actor.Actor{App: in.App}, in.Scopes).May(t.Stream.Right()) {
				apps = append(apps, in.App)
			}
		}
		if len(apps) == 0 {
			return nil
		}
		shop, err := f.Tenants.Get(ctx, r)
		account = shop.Account
		return err
	})
	if err != nil || len(apps) == 0 {
		return err
	}
	var to []webhook.Subscription
	err = f.Store.Read(ctx, scope(id.Platform), func(r db.Reader) error {
		to = nil
		for _, app := range apps {
			list, err := f.Hooks.Wanting(ctx, r, app, fact)
			if err != nil {
				return err
			}
			to = append(to, list...)
		}
		return nil
	})
	if err != nil || len(to) == 0 {
		return err
	}
	return f.Store.Write(ctx, scope(fact.Shop), func(tx *db.Tx) error {
		tx.Wake(topicName)
		return f.Hooks.Queue(ctx, tx, account, fact, to)
	})
}

// Run sends until the context ends.
func (f *Flow) Run(ctx context.Context) {
	ctx = db.Behind(ctx)
	woken := f.Store.Woken(topicName)
	for ctx.Err() == nil {
		if _, err := f.begin(ctx); err != nil && ctx.Err() == nil {
			f.Log.Error("webhooks", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-woken:
		case <-time.After(pollTime):
		}
	}
	f.work.Wait()
}

// RunDue tries what is due once, and says how many messages that were; for tests.
func (f *Flow) RunDue(ctx context.Context) (int, error) {
	n, err := f.begin(ctx)
	f.work.Wait()
	return n, err
}

// begin starts a try of each due message that has room, and waits for none.
func (f *Flow) begin(ctx context.Context) (begun int, err error) {
	var due []webhook.Due
	err = f.Store.Across("due webhooks of all shops").Read(ctx, scope(id.Platform), func(r db.Reader) (err error) {
		due, err = f.Hooks.Due(ctx, r, 2*perApp)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("find due webhooks: %w", err)
	}
	for _, d := range due {
		if !f.enter(d.App) {
			continue
		}
		begun++
		f.work.Go(func() {
			defer f.leave(d.App)
			if err := f.try(ctx, d); err != nil && ctx.Err() == nil {
				f.Log.Error("webhook", "shop", int64(d.Shop), "delivery", int64(d.ID), "err", err)
			}
		})
	}
	return begun, nil
}

// enter takes room for one more message to an app; false where there is none now.
func (f *Flow) enter(app id.App) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy[app] >= perApp {
		return false
	}
	select {
	case f.slots <- struct{}{}:
		f.busy[app]++
		return true
	default:
		return false
	}
}

func (f *Flow) leave(app id.App) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy[app]--; f.busy[app] == 0 {
		delete(f.busy, app)
	}
	<-f.slots
}

// try claims a message, brings it, and keeps how that went. When the process dies in between, the lease ends and it is tried again.
func (f *Flow) try(ctx context.Context, due webhook.Due) error {
	var d webhook.Delivery
	var mine bool
	err := f.Store.Write(ctx, scope(due.Shop), func(tx *db.Tx) (err error) {
		d, mine, err = f.Hooks.Claim(ctx, tx, due, leaseTime)
		return err
	})
	if err != nil || !mine {
		return err
	}
	a := webhook.Attempt{No: d.Attempts, AtMS: f.Store.Now().UnixMilli()}
	began := time.Now()
	a.Status, a.Error, a.Final = f.send(ctx, d)
	a.Took = time.Since(began)
	if ctx.Err() != nil {
		return nil // stopped: the lease ends and it is tried again
	}
	return f.Store.Write(ctx, scope(due.Shop), func(tx *db.Tx) error {
		state, err := f.Hooks.Tried(ctx, tx, d, a)
		if err != nil || state != webhook.Failed || a.Final {
			return err
		}
		return job.Add(ctx, tx, failed, int64(d.App), tx.Now().Add(tellAfter))
	})
}

// send brings a message once.
func (f *Flow) send(ctx context.Context, d webhook.Delivery) (status int, problem string, final bool) {
	if f.Stopped != nil && f.Stopped(d.App) {
		return 0, "the app is stopped by the operator", false
	}
	if d.Kind == webhook.Event {
		if here, err := f.present(ctx, d); err != nil {
			return 0, "the shop's apps could not be read", false
		} else if !here {
			return 0, "the app is no longer in this shop", true
		}
	}
	header, err := f.sign(ctx, d)
	if err != nil {
		return 0, "the message could not be signed: make a secret in the console", false
	}
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	status, _, err = f.Post(ctx, d.URL, header, []byte(d.Body))
	switch {
	case err != nil:
		return status, why(err), false
	case status < 200 || status > 299:
		return status, fmt.Sprintf("answered %d", status), false
	}
	return status, "", false
}

func (f *Flow) present(ctx context.Context, d webhook.Delivery) (here bool, err error) {
	err = f.Store.Read(ctx, scope(d.Shop), func(r db.Reader) error {
		here = false
		all, err := f.Apps.Installed(ctx, r)
		for _, in := range all {
			here = here || in.App == d.App && in.EndedMS == 0
		}
		return err
	})
	return here, err
}

var errNoSecret = errors.New("the app has no secret for its webhooks")

// Secrets are an app's, opened for one use.
func (f *Flow) secrets(ctx context.Context, app id.App) ([]secret.Text, error) {
	var list []webhook.Secret
	err := f.Store.Read(ctx, scope(id.Platform), func(r db.Reader) (err error) {
		list, err = f.Hooks.Secrets(ctx, r, app)
		return err
	})
	if err == nil && len(list) == 0 {
		err = errNoSecret
	}
	if err != nil {
		return nil, err
	}
	return f.Hooks.Open(ctx, app, list)
}

func (f *Flow) sign(ctx context.Context, d webhook.Delivery) (map[string]string, error) {
	keys, err := f.secrets(ctx, d.App)
	if err != nil {
		return nil, err
	}
	if d.Kind == webhook.Uninstall {
		return webhook.SignStore(keys, []byte(d.Body)), nil
	}
	return webhook.Sign(keys, webhook.Name(d.Shop, d.ID), f.Store.Now(), []byte(d.Body))
}

// why says to a developer what went wrong, without what the receiver sent.
func why(err error) string {
	var name *net.DNSError
	var wire *net.OpError
	switch {
	case errors.Is(err, egress.ErrAddress):
		return "the address is not a public one"
	case errors.Is(err, egress.ErrRedirect):
		return "the address redirects: name the last one"
	case errors.Is(err, egress.ErrTooLarge):
		return "the answer is too large"
	case errors.Is(err, egress.ErrEncoded):
		return "the answer is compressed"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &name):
		return "the name does not resolve"
	case errors.As(err, &wire):
		return "no connection"
	}
	return "the request failed"
}

// tell writes to the developer.
func (f *Flow) tell(ctx context.Context, shop id.Shop, ref int64) error {
	var app registry.App
	err := f.Store.Read(ctx, scope(id.Platform), func(r db.Reader) (err error) {
		app, err = f.Apps.Get(ctx, r, id.App(ref))
		return err
	})
	if err != nil {
		return err
	}
	return f.Tell(ctx, shop, app)
}
