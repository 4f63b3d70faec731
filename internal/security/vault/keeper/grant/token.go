package grant

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault/keeper/credential"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// Authorise makes a code: the bearer, an owner of the shop, lets the client do what the scopes say. Where an old grant reaches further or
// less far, the new one replaces it, and tokens follow it.
func (s *Store) Authorise(ctx context.Context, in wire.AppAuthorise) (wire.AppCode, error) {
	ses, err := s.persons.Resolve(ctx, in.Credential)
	if err != nil {
		return wire.AppCode{}, err
	}
	if ses.Kind != actor.Staff || in.Shop <= 0 || ses.Role(in.Shop) != actor.Owner {
		return wire.AppCode{}, errDenied
	}
	t := secret.NewToken()
	err = s.write(ctx, func(tx *db.Tx) error {
		c, err := s.client(ctx, tx, in.ClientID)
		if err != nil {
			return err
		}
		if !slices.Contains(c.redirects, in.Redirect) {
			return errRedirect
		}
		if c.modern && in.Challenge == "" || len(in.Challenge) > 128 {
			return errRequest
		}
		if !within(in.Scopes, c.scopes) {
			return errScope
		}
		g := grant{shop: in.Shop, app: c.app, release: c.release, account: ses.Who.ID, scopes: in.Scopes}
		if err := upsertGrant(ctx, tx, g); err != nil {
			return err
		}
		return insertToken(ctx, tx, token{digest: t.Digest(), kind: code, family: s.ids.Next(tx.Now()), shop: in.Shop, app: c.app,
			scopes: in.Scopes, redirect: in.Redirect, challenge: in.Challenge, expires: tx.Now().Add(codeFor).UnixMilli()})
	})
	return wire.AppCode{Code: hexed(t)}, err
}

// A grant is what an owner let an app do.
type grant struct {
	shop, app, release, account int64
	scopes                      []string
	since                       int64
}

// client finds one that may act at all.
func (s *Store) client(ctx context.Context, r db.Reader, clientID string) (client, error) {
	c, err := selectClient(ctx, r, clientID)
	if errors.Is(err, db.ErrNone) || err == nil && c.stopped {
		return client{}, errClient
	}
	return c, err
}

func within(asked, given []string) bool {
	return !slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(given, s) })
}

// Exchange gives tokens for a code or a refresh token.
func (s *Store) Exchange(ctx context.Context, in wire.AppExchange) (out wire.AppTokens, err error) {
	var failed error // what is told after the commit: a second use must not be rolled back
	err = s.write(ctx, func(tx *db.Tx) error {
		out, failed = wire.AppTokens{}, nil
		c, err := s.client(ctx, tx, in.ClientID)
		if err != nil {
			return err
		}
		if !c.matches(in.Secret) {
			return errClient
		}
		if in.GrantType != "authorization_code" && (in.GrantType != "refresh_token" || !c.modern) {
			return errType
		}
		kind, presented := code, in.Code
		if in.GrantType == "refresh_token" {
			kind, presented = refresh, in.Refresh
		}
		if presented == "" {
			return errRequest
		}
		t, err := selectToken(ctx, tx, unhexed(presented).Digest())
		if errors.Is(err, db.ErrNone) {
			return errGrant
		}
		if err != nil {
			return err
		}
		if t.kind != kind || t.app != c.app {
			return errGrant
		}
		if t.used { // stolen, or a client that repeats itself: which of the two cannot be told
			failed = errGrant
			return deleteFamily(ctx, tx, t.family)
		}
		if tx.NowMS() >= t.expires || kind == code && !fits(in, t) {
			return errGrant
		}
		out, err = s.issue(ctx, tx, c, t)
		return err
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return wire.AppTokens{}, err
	}
	return out, nil
}

// fits says whether a code is used from where it was asked for.
func fits(in wire.AppExchange, t token) bool {
	return in.Redirect == t.redirect && (t.challenge == "" || proves(in.Verifier, t.challenge))
}

// issue marks what was presented as used and makes what it is good for.
func (s *Store) issue(ctx context.Context, tx *db.Tx, c client, from token) (wire.AppTokens, error) {
	g, err := selectGrant(ctx, tx, from.shop, from.app)
	if errors.Is(err, db.ErrNone) {
		return wire.AppTokens{}, errGrant
	}
	if err != nil {
		return wire.AppTokens{}, err
	}
	n, err := useToken(ctx, tx, from.digest, tx.Now().Add(keepUsed).UnixMilli())
	if err != nil {
		return wire.AppTokens{}, err
	}
	if n == 0 {
		return wire.AppTokens{}, errGrant
	}
	a := secret.NewToken()
	out := wire.AppTokens{Access: a.Reveal(), Scopes: common(from.scopes, g.scopes), Shop: from.shop, App: from.app, CreatedMS: tx.NowMS()}
	t := token{digest: a.Digest(), kind: access, family: from.family, shop: from.shop, app: from.app, scopes: from.scopes}
	if c.modern {
		t.expires = tx.Now().Add(accessFor).UnixMilli()
		r := secret.NewToken()
		out.Refresh, out.ExpiresMS = hexed(r), t.expires
		next := t
		next.digest, next.kind, next.expires = r.Digest(), refresh, tx.Now().Add(refreshFor).UnixMilli()
		if err := insertToken(ctx, tx, next); err != nil {
			return wire.AppTokens{}, err
		}
	}
	if err := deleteExpired(ctx, tx, tx.NowMS()); err != nil {
		return wire.AppTokens{}, err
	}
	return out, insertToken(ctx, tx, t)
}

func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !slices.Contains(b, s) })
}

// Resolve says which app stands behind an access token; its scopes are those that token, consent and registration share now.
func (s *Store) Resolve(ctx context.Context, digest secret.Digest) (ses credential.Session, err error) {
	err = s.read(ctx, "find app's token", func(r db.Reader) error {
		t, g, c, err := selectAccess(ctx, r, digest)
		if errors.Is(err, db.ErrNone) || err == nil && (c.stopped || t.expires != 0 && r.Now().UnixMilli() >= t.expires) {
			return errUnknown
		}
		if err != nil {
			return err
		}
		ses = credential.Session{Digest: digest, Kind: actor.App, Who: wire.Subject{ID: t.app}, Shop: t.shop,
			App: &credential.App{ID: t.app, Release: g.release, PerDay: int(c.perDay)}}
		for _, sc := range common(common(t.scopes, g.scopes), c.scopes) {
			ses.App.Scopes = append(ses.App.Scopes, actor.Scope(sc))
		}
		if t.expires != 0 {
			ses.Expires = time.UnixMilli(t.expires)
		}
		return nil
	})
	return ses, err
}

// End ends grants and tokens: an owner's act for an app in a shop, or a client's for a token (RFC 7009).
func (s *Store) End(ctx context.Context, in wire.AppEnd) (wire.Empty, error) {
	if in.ClientID != "" {
		return wire.Empty{}, s.endToken(ctx, in)
	}
	ses, err := s.persons.Resolve(ctx, in.Credential)
	if err != nil {
		return wire.Empty{}, err
	}
	own := ses.Kind == actor.App && ses.App.ID == in.App && ses.Shop == in.Shop // an app removes itself
	if !own && ses.Kind != actor.Operator && (ses.Kind != actor.Staff || ses.Role(in.Shop) != actor.Owner) {
		return wire.Empty{}, errDenied
	}
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error {
		if err := deleteGrant(ctx, tx, in.Shop, in.App); err != nil {
			return err
		}
		return deleteTokens(ctx, tx, in.Shop, in.App)
	})
}

func (s *Store) endToken(ctx context.Context, in wire.AppEnd) error {
	return s.write(ctx, func(tx *db.Tx) error {
		c, err := s.client(ctx, tx, in.ClientID)
		if err != nil {
			return err
		}
		if !c.matches(in.Secret) {
			return errClient
		}
		t, err := selectToken(ctx, tx, anyToken(in.Token))
		if errors.Is(err, db.ErrNone) || err == nil && t.app != c.app {
			return nil // not the client's: RFC 7009 §2.2 answers as if it were ended
		}
		if err != nil {
			return err
		}
		return deleteFamily(ctx, tx, t.family)
	})
}

// anyToken reads a token in either spelling.
func anyToken(s string) secret.Digest {
	if d := secret.ParseToken(s).Digest(); !d.IsZero() {
		return d
	}
	return unhexed(s).Digest()
}

// Introspect tells a client what its own token is good for (RFC 7662).
func (s *Store) Introspect(ctx context.Context, in wire.AppEnd) (out wire.AppTokens, err error) {
	err = s.read(ctx, "look at app's token", func(r db.Reader) error {
		c, err := s.client(ctx, r, in.ClientID)
		if err != nil {
			return err
		}
		if !c.matches(in.Secret) {
			return errClient
		}
		t, g, _, err := selectAccess(ctx, r, anyToken(in.Token))
		if errors.Is(err, db.ErrNone) || err == nil && (t.app != c.app || t.expires != 0 && r.Now().UnixMilli() >= t.expires) {
			return nil // no Shop: not active
		}
		if err != nil {
			return err
		}
		out = wire.AppTokens{Shop: t.shop, App: t.app, Scopes: common(common(t.scopes, g.scopes), c.scopes), CreatedMS: t.made, ExpiresMS: t.expires}
		return nil
	})
	return out, err
}

// Set stops an app everywhere, lets it go on, or bounds the persons a day: an operator's acts.
func (s *Store) Set(ctx context.Context, in wire.AppSet) (wire.Empty, error) {
	ses, err := s.persons.Resolve(ctx, in.Credential)
	if err != nil {
		return wire.Empty{}, err
	}
	if ses.Kind != actor.Operator {
		return wire.Empty{}, errDenied
	}
	bound := in.Act == "bound"
	if bound && !ses.SteppedUp(s.db.Now()) { // more persons is a risk; a stop is not
		return wire.Empty{}, errStepUp
	}
	if bound && (in.PerDay < 1 || in.PerDay > maxPerDay) || !bound && in.Act != "stop" && in.Act != "go on" {
		return wire.Empty{}, wire.Fail(wire.Invalid, "")
	}
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error {
		set := func() (int64, error) { return setStopped(ctx, tx, in.App, in.Act == "stop") }
		if bound {
			set = func() (int64, error) { return setPerDay(ctx, tx, in.App, in.PerDay) }
		}
		n, err := set()
		if err == nil && n == 0 {
			err = wire.Fail(wire.NotFound, "")
		}
		return err
	})
}
