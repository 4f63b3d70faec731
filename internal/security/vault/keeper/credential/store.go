// Package credential is what the vault knows about who may log in and what for: accounts, sessions, roles, one-time
// codes,
// passkeys, tokens of jobs.
//
// It guarantees that it keeps digests and verifiers only, that a session that has ended is unknown from the next
// request on,
// that an unknown log-in id is answered like a wrong password, and that failed log-ins from elsewhere do not lock out
// the
// owner of an account who uses a browser known to it. It refuses to give anybody a role but by an owner's session, save
// the first owner of a new shop.
package credential

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/keys"
	"github.com/noren-shop/noren/internal/security/login"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper/fold"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// Config opens a Store.
type Config struct {
	DB       *db.DB
	Wrapper  keys.Wrapper // of one-time codes' secrets
	LoginKey []byte       // of the blind index of log-in ids and networks
	Hasher   *login.Hasher
	Passkeys *login.Passkeys
	// Apps knows the tokens of apps, which are no sessions: asked last.
	Apps func(ctx context.Context, digest secret.Digest) (Session, error)
}

// A Store is where credentials are. It is safe for many goroutines.
type Store struct {
	Config
	fails *throttle

	mu   sync.Mutex
	jobs map[secret.Digest]job
}

// New opens a store.
func New(c Config) *Store {
	return &Store{Config: c, fails: newThrottle(), jobs: map[secret.Digest]job{}}
}

// The times that things last.
const (
	stepUpFor   = 15 * time.Minute
	pendingFor  = 10 * time.Minute
	resetFor    = 30 * time.Minute
	ceremonyFor = 5 * time.Minute
	deviceFor   = 180 * 24 * time.Hour
	jobFor      = 5 * time.Minute
	touchEvery  = time.Minute
	freshFor    = time.Hour
)

// life is how long a session of a population lasts without use, and at most.
func life(p vault.Population) (idle, most time.Duration) {
	switch p {
	case vault.OperatorStaff:
		return time.Hour, 12 * time.Hour
	case vault.Purchaser:
		return 30 * 24 * time.Hour, 90 * 24 * time.Hour
	}
	return 24 * time.Hour, 14 * 24 * time.Hour
}

// A Session is who stands behind a token.
type Session struct {
	Digest      secret.Digest
	Kind        actor.Kind
	Who         wire.Subject
	No          int64
	Pending     bool
	Memberships []wire.Membership
	Stepped     time.Time
	Expires     time.Time
	HasTOTP     bool

	Purpose vault.Purpose // a job's
	Shop    int64         // a job's, or an app's

	App *App // an app's
}

// An App is another's program behind a token.
type App struct {
	ID, Release int64
	Scopes      []actor.Scope
	PerDay      int // persons, over all shops
}

// May says whether what an app was allowed stands for the right.
func (a *App) May(right actor.Right) bool {
	return slices.ContainsFunc(a.Scopes, func(s actor.Scope) bool { return slices.Contains(s.Rights(), right) })
}

// Role in a shop.
func (s Session) Role(shop int64) actor.Role {
	for _, m := range s.Memberships {
		if m.Shop == shop {
			return actor.Role(m.Role)
		}
	}
	return ""
}

// SteppedUp says whether the password or a code was shown lately.
func (s Session) SteppedUp(now time.Time) bool { return now.Sub(s.Stepped) < stepUpFor }

// The failures.
var (
	errUnknown = wire.Fail(wire.Unauthenticated, "")
	errLogIn   = wire.Fail(wire.Unauthenticated, "login")
	errCode    = wire.Fail(wire.Invalid, "code")
	errLink    = wire.Fail(wire.Invalid, "link")
	errPasskey = wire.Fail(wire.Invalid, "passkey")
	errStepUp  = wire.Fail(wire.Denied, "step up")
	errDenied  = wire.Fail(wire.Denied, "")
	errBusy    = wire.Fail(wire.TooMany, "throttled")
)

// Resolve says who stands behind a token: a full session or a job.
func (s *Store) Resolve(ctx context.Context, token string) (Session, error) {
	ses, err := s.resolve(ctx, token)
	if err == nil && ses.Pending {
		return Session{}, errUnknown
	}
	return ses, err
}

func (s *Store) resolve(ctx context.Context, token string) (Session, error) {
	digest := secret.ParseToken(token).Digest()
	if digest.IsZero() {
		return Session{}, errUnknown
	}
	if j, ok := s.job(digest); ok {
		return j, nil
	}
	var ses Session
	var seen, idle int64
	err := s.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		var err error
		ses, seen, idle, err = selectSession(ctx, r, digest)
		if err != nil {
			return err
		}
		ses.Memberships, err = selectRoles(ctx, r, ses.Who)
		return err
	})
	if errors.Is(err, db.ErrNone) {
		if s.Apps != nil {
			return s.Apps(ctx, digest)
		}
		return Session{}, errUnknown
	}
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", err)
	}
	now := s.DB.Now()
	if !now.Before(ses.Expires) || now.UnixMilli()-seen >= idle {
		return Session{}, errUnknown
	}
	ses.Digest, ses.Kind = digest, kindOf(vault.Population(ses.Who.Population))
	if now.UnixMilli()-seen > touchEvery.Milliseconds() {
		if err := s.write(ctx, func(tx *db.Tx) error { return touchSession(ctx, tx, digest) }); err != nil {
			return Session{}, fmt.Errorf("touch session: %w", err)
		}
	}
	return ses, nil
}

func kindOf(p vault.Population) actor.Kind {
	switch p {
	case vault.Purchaser:
		return actor.Member
	case vault.OperatorStaff:
		return actor.Operator
	}
	return actor.Staff
}

// steppedUp resolves a person's session that has stepped up lately.
func (s *Store) steppedUp(ctx context.Context, token string) (Session, error) {
	ses, err := s.person(ctx, token)
	if err != nil {
		return Session{}, err
	}
	if !ses.SteppedUp(s.DB.Now()) {
		return Session{}, errStepUp
	}
	return ses, nil
}

// person resolves a full session that is no job's.
func (s *Store) person(ctx context.Context, token string) (Session, error) {
	ses, err := s.Resolve(ctx, token)
	if err == nil && (ses.Kind == actor.Job || ses.Kind == actor.App) {
		return Session{}, errDenied
	}
	return ses, err
}

func (s *Store) write(ctx context.Context, fn func(*db.Tx) error) error {
	return s.DB.Write(ctx, db.Scope{}, fn)
}

// loginIndex is what is kept of a log-in id.
func (s *Store) loginIndex(realm int64, id string) []byte {
	return s.keyed("login", realm, fold.Login(id))
}

// keyed is a digest that only the vault can make.
func (s *Store) keyed(what string, realm int64, text string) []byte {
	m := hmac.New(sha256.New, s.LoginKey)
	m.Write([]byte(what))
	m.Write([]byte{0})
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(realm)))
	m.Write([]byte(text))
	return m.Sum(nil)
}

// job is a token of Noren's own work. It is kept in memory: it lives for minutes, and work that loses it asks again.
type job struct {
	purpose vault.Purpose
	shop    int64
	expires time.Time
}

const maxJobs = 100_000

// JobToken makes one.
func (s *Store) JobToken(_ context.Context, in wire.JobToken) (wire.Token, error) {
	if !vault.Purposes()[vault.Purpose(in.Purpose)].Job {
		return wire.Token{}, errDenied
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.DB.Now()
	if len(s.jobs) >= maxJobs {
		for d, j := range s.jobs {
			if !now.Before(j.expires) {
				delete(s.jobs, d)
			}
		}
		if len(s.jobs) >= maxJobs {
			return wire.Token{}, wire.Fail(wire.TooMany, "")
		}
	}
	t := secret.NewToken()
	s.jobs[t.Digest()] = job{vault.Purpose(in.Purpose), in.Shop, now.Add(jobFor)}
	return wire.Token{Token: t.Reveal()}, nil
}

func (s *Store) job(d secret.Digest) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, ok := s.jobs[d]
	if !ok || !s.DB.Now().Before(j.expires) {
		return Session{}, false
	}
	return Session{Digest: d, Kind: actor.Job, Purpose: j.purpose, Shop: j.shop, Expires: j.expires}, true
}
