// Package grant is what the vault knows about other people's programs: their clients, what owners let them do, and the codes and
// tokens that came of it (OAuth 2.0, RFC 6749; PKCE, RFC 7636; rotation of refresh tokens, RFC 9700 §4.14).
//
// It guarantees that a code is good once, for ten minutes, for the client, address and challenge that it was made for; that a
// token reaches no further than its owner's consent and its client's registration at this moment; that ending a grant or stopping
// an app ends every token from the next request on; and that a refresh token used twice ends its whole family. It keeps digests
// only, and refuses to let an app into a shop but by an owner's own session.
package grant

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper/credential"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// A Store is where they are.
type Store struct {
	db      *db.DB
	persons *credential.Store
	ids     *id.Source
}

// New opens a store.
func New(d *db.DB, persons *credential.Store) *Store {
	return &Store{db: d, persons: persons, ids: id.NewSource()}
}

// The times that things last, and the bounds of a registration.
const (
	codeFor    = 10 * time.Minute
	accessFor  = time.Hour
	refreshFor = 60 * 24 * time.Hour
	keepUsed   = 24 * time.Hour // a used code or refresh token is remembered so long, so that its second use is known for one

	defaultPerDay = 500
	maxPerDay     = 1_000_000
	maxRedirects  = 20
	maxRedirect   = 2000
	maxScopes     = 60
	maxGrants     = 100_000
)

// OutOfBand is the address of programs without one: the code is shown on a page.
const OutOfBand = "urn:ietf:wg:oauth:2.0:oob"

// The failures that OAuth names, as the codes that its answers carry.
var (
	errClient   = wire.Fail(wire.Unauthenticated, "invalid_client")
	errGrant    = wire.Fail(wire.Invalid, "invalid_grant")
	errRequest  = wire.Fail(wire.Invalid, "invalid_request")
	errScope    = wire.Fail(wire.Invalid, "invalid_scope")
	errType     = wire.Fail(wire.Invalid, "unsupported_grant_type")
	errRedirect = wire.Fail(wire.Invalid, "redirect")
	errDenied   = wire.Fail(wire.Denied, "")
	errUnknown  = wire.Fail(wire.Unauthenticated, "")
	errStepUp   = wire.Fail(wire.Denied, "step up")
)

// A client is an app's registration.
type client struct {
	id        string
	app       int64
	release   int64
	developer int64
	secret    secret.Digest
	redirects []string
	scopes    []string
	modern    bool
	stopped   bool
	perDay    int64
}

// A token is a code, an access token or a refresh token.
type token struct {
	digest    secret.Digest
	kind      string
	family    int64
	shop, app int64
	scopes    []string
	redirect  string
	challenge string
	used      bool
	made      int64
	expires   int64
}

// The kinds of token.
const (
	code    = "code"
	access  = "access"
	refresh = "refresh"
)

// Register keeps an app's registration: a new app's, or a new release of the same developer's. A secret is given for a new app and where
// a new one is asked for, and never again.
func (s *Store) Register(ctx context.Context, in wire.AppClient) (wire.AppSecret, error) {
	ses, err := s.persons.Resolve(ctx, in.Credential)
	if err != nil {
		return wire.AppSecret{}, err
	}
	developer := ses.Kind == actor.Staff // whoever has an account of the platform may write programs
	if !developer && ses.Kind != actor.Operator {
		return wire.AppSecret{}, errDenied
	}
	if err := checkClient(in); err != nil {
		return wire.AppSecret{}, err
	}
	out := wire.AppSecret{}
	err = s.write(ctx, func(tx *db.Tx) error {
		out = wire.AppSecret{}
		c, err := selectClientOf(ctx, tx, in.App)
		isNew := errors.Is(err, db.ErrNone)
		if err != nil && !isNew {
			return err
		}
		if isNew {
			if !developer {
				return errDenied
			}
			c = client{id: clientID(), app: in.App, developer: ses.Who.ID, perDay: defaultPerDay}
		}
		if developer && c.developer != ses.Who.ID {
			return errDenied
		}
		if isNew || in.NewSecret {
			t := secret.NewToken()
			c.secret, out.Secret = t.Digest(), hexed(t)
		}
		c.release, c.redirects, c.scopes, c.modern = in.Release, in.Redirects, in.Scopes, in.Modern
		out.ClientID = c.id
		return upsertClient(ctx, tx, c)
	})
	return out, err
}

func checkClient(in wire.AppClient) error {
	if in.App <= 0 || in.Release <= 0 || len(in.Redirects) == 0 || len(in.Redirects) > maxRedirects {
		return wire.Fail(wire.Invalid, "")
	}
	for _, r := range in.Redirects {
		if !validRedirect(r) {
			return errRedirect
		}
	}
	return checkScopes(in.Scopes)
}

// validRedirect takes an absolute address without fragment: TLS, a loopback address, or a program's own scheme.
func validRedirect(r string) bool {
	if r == OutOfBand {
		return true
	}
	u, err := url.Parse(r)
	if err != nil || len(r) > maxRedirect || strings.ContainsAny(r, " \n\r\t#") || u.User != nil {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Host != ""
	case "http":
		return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
	case "", "javascript", "data", "vbscript", "file", "blob", "about":
		return false
	}
	return strings.Contains(u.Scheme, ".") // a program's own: com.example.app (RFC 8252 §7.1)
}

func checkScopes(list []string) error {
	if len(list) > maxScopes {
		return errScope
	}
	for _, s := range list {
		if !known(actor.Scope(s)) {
			return errScope
		}
	}
	return nil
}

func known(s actor.Scope) bool {
	if slices.Contains(actor.Scopes(), s) {
		return true
	}
	return s.Class() != "" && vault.ScopeClasses([]actor.Scope{s}) != 0
}

func clientID() string { return hexed(secret.NewToken()) }

// hexed is a token as 64 characters, which the reference service's clients expect of codes, ids and secrets.
func hexed(t secret.Token) string {
	b, err := base64.RawURLEncoding.DecodeString(t.Reveal())
	if err != nil {
		return ""
	}
	return hex.EncodeToString(b)
}

// unhexed reads one; zero where it is none.
func unhexed(s string) secret.Token {
	b, err := hex.DecodeString(s)
	if err != nil {
		return secret.Token{}
	}
	return secret.ParseToken(base64.RawURLEncoding.EncodeToString(b))
}

// matches says whether a secret is the client's.
func (c client) matches(s string) bool {
	d := unhexed(s).Digest()
	return !d.IsZero() && subtle.ConstantTimeCompare(d[:], c.secret[:]) == 1
}

// proves says whether a verifier is the challenge's (S256, RFC 7636 §4.6).
func proves(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

func (s *Store) write(ctx context.Context, fn func(*db.Tx) error) error {
	return s.db.Write(ctx, db.Scope{}, fn)
}

func (s *Store) read(ctx context.Context, what string, fn func(db.Reader) error) error {
	if err := s.db.Read(ctx, db.Scope{}, fn); err != nil {
		if _, ok := errors.AsType[*wire.Error](err); ok {
			return err
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
