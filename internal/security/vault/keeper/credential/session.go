package credential

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// Check says who stands behind a token.
func (s *Store) Check(ctx context.Context, in wire.Token) (wire.Principal, error) {
	ses, err := s.Resolve(ctx, in.Token)
	if err != nil {
		return wire.Principal{}, err
	}
	p := wire.Principal{Kind: string(ses.Kind), Who: ses.Who, Memberships: ses.Memberships, Purpose: string(ses.Purpose),
		Shop: ses.Shop, ExpiresMS: ses.Expires.UnixMilli(), Session: ses.No, HasTOTP: ses.HasTOTP}
	if ses.Kind == actor.Member {
		p.Shop = ses.Who.Shop
	}
	if ses.App != nil {
		p.App, p.Release = ses.App.ID, ses.App.Release
		for _, sc := range ses.App.Scopes {
			p.Scopes = append(p.Scopes, string(sc))
		}
	}
	if !ses.Stepped.IsZero() {
		p.SteppedUpMS = ses.Stepped.UnixMilli()
	}
	return p, nil
}

// End ends the bearer's session, or another of the bearer's.
func (s *Store) End(ctx context.Context, in wire.TokenID) (wire.Empty, error) {
	digest := secret.ParseToken(in.Token).Digest()
	if in.ID == 0 {
		s.mu.Lock()
		delete(s.jobs, digest)
		s.mu.Unlock()
		return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error { return deleteSession(ctx, tx, digest) })
	}
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error { return deleteSessionNo(ctx, tx, ses.Who, in.ID) })
}

// EndAll ends all of the bearer's sessions.
func (s *Store) EndAll(ctx context.Context, in wire.Token) (wire.Empty, error) {
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error {
		if err := deleteTickets(ctx, tx, ses.Who); err != nil {
			return err
		}
		return deleteSessions(ctx, tx, ses.Who, secret.Digest{})
	})
}

// Sessions lists the bearer's.
func (s *Store) Sessions(ctx context.Context, in wire.Token) (wire.Sessions, error) {
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Sessions{}, err
	}
	var out wire.Sessions
	err = s.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		out.Sessions, err = selectSessions(ctx, r, ses.Who)
		return err
	})
	if err != nil {
		return wire.Sessions{}, fmt.Errorf("list sessions: %w", err)
	}
	for i := range out.Sessions {
		out.Sessions[i].Current = out.Sessions[i].ID == ses.No
	}
	return out, nil
}

// Grant gives a role.
func (s *Store) Grant(ctx context.Context, in wire.Grant) (wire.Empty, error) {
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Empty{}, err
	}
	if ses.Kind != actor.Staff || in.Shop <= 0 || actor.Role(in.Role).Rights() == nil {
		return wire.Empty{}, errDenied
	}
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error {
		// The role is read in this transaction, so that an owner whose role is being taken cannot give others any.
		owners, err := countOwners(ctx, tx, in.Shop)
		if err != nil {
			return err
		}
		first := owners == 0 && in.Who == ses.Who && actor.Role(in.Role) == actor.Owner
		if !first {
			if err := mustOwn(ctx, tx, ses.Who, in.Shop); err != nil {
				return err
			}
		}
		acc, err := selectAccount(ctx, tx, in.Who)
		if err != nil || acc.who.Shop != 0 {
			return wire.Fail(wire.NotFound, "")
		}
		if err := keepAnOwner(ctx, tx, in, owners); err != nil {
			return err
		}
		return upsertRole(ctx, tx, in)
	})
}

// Revoke takes a role.
func (s *Store) Revoke(ctx context.Context, in wire.Grant) (wire.Empty, error) {
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error {
		if err := mustOwn(ctx, tx, ses.Who, in.Shop); err != nil {
			return err
		}
		owners, err := countOwners(ctx, tx, in.Shop)
		if err != nil {
			return err
		}
		in.Role = ""
		if err := keepAnOwner(ctx, tx, in, owners); err != nil {
			return err
		}
		return deleteRole(ctx, tx, in)
	})
}

func mustOwn(ctx context.Context, tx *db.Tx, who wire.Subject, shop int64) error {
	role, err := selectRole(ctx, tx, who, shop)
	if err != nil {
		return err
	}
	if role != actor.Owner {
		return errDenied
	}
	return nil
}

// keepAnOwner refuses to take the last owner's role.
func keepAnOwner(ctx context.Context, tx *db.Tx, in wire.Grant, owners int64) error {
	role, err := selectRole(ctx, tx, in.Who, in.Shop)
	if err != nil {
		return err
	}
	if role == actor.Owner && actor.Role(in.Role) != actor.Owner && owners <= 1 {
		return wire.Fail(wire.Conflict, "last owner")
	}
	return nil
}

// Members lists a shop's.
func (s *Store) Members(ctx context.Context, in wire.Grant) (wire.Members, error) {
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Members{}, err
	}
	if ses.Role(in.Shop) == "" {
		return wire.Members{}, errDenied
	}
	var out wire.Members
	err = s.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		out.Members, err = selectMembers(ctx, r, in.Shop)
		return err
	})
	if err != nil {
		return wire.Members{}, fmt.Errorf("list members: %w", err)
	}
	return out, nil
}

// The bounds of an approved export.
const (
	maxExportPersons = 100_000
	maxExportMinutes = 24 * 60
)

// ApproveExport raises an owner's budget for exports of a shop.
func (s *Store) ApproveExport(ctx context.Context, in wire.ApproveExport) (Session, error) {
	ses, err := s.steppedUp(ctx, in.Token)
	if err != nil {
		return Session{}, err
	}
	if ses.Role(in.Shop) != actor.Owner || in.Subjects < 1 || in.Subjects > maxExportPersons ||
		in.Minutes < 1 || in.Minutes > maxExportMinutes {
		return Session{}, errDenied
	}
	return ses, s.write(ctx, func(tx *db.Tx) error { return upsertExport(ctx, tx, ses.Who, in) })
}

// Export gives how many persons are approved, 0 when none are.
func (s *Store) Export(ctx context.Context, who wire.Subject, shop int64) (n int, since int64, err error) {
	err = s.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		n, since, err = selectExport(ctx, r, who, shop)
		return err
	})
	return n, since, err
}

// Staff lists who has a role in a shop, for the keeper's own checks.
func (s *Store) Staff(ctx context.Context, shop int64) (members []wire.Member, err error) {
	err = s.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		members, err = selectMembers(ctx, r, shop)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	return members, nil
}
