package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper/budget"
	"github.com/noren-shop/noren/internal/security/vault/keeper/credential"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// limits is the one table of budgets: how many different persons a minute and a day. A staff member who lists fifty
// orders a
// minute all day stays within it only for the orders that are opened with their names; more is an export, which an
// owner approves.
func limits() limitTable {
	return limitTable{
		Staff:    budget.Limit{PerMinute: 200, PerDay: 500}, // one account, over all its sessions
		Operator: budget.Limit{PerMinute: 50, PerDay: 200},  // one account
		// Persons a minute, by one app over all shops. How many a day is each app's own, as the operator reviewed it.
		AppMinute: 200,
		Process:   budget.Limit{PerMinute: 1_000, PerDay: 50_000},
		Reset:     budget.Limit{PerMinute: 30, PerDay: 500},        // accounts whose reset was begun: each could be taken over by who reads the link
		LookUp:    budget.Limit{PerMinute: 60, PerDay: 2_000},      // different texts, by one account
		LookUps:   budget.Limit{PerMinute: 600, PerDay: 50_000},    // and by all
		Index:     budget.Limit{PerMinute: 4_000, PerDay: 40_000},  // different fields of orders, in one shop
		Indexes:   budget.Limit{PerMinute: 8_000, PerDay: 200_000}, // and in all
		Job: map[vault.Purpose]budget.Limit{ // one purpose in one shop, over all its tokens
			vault.OrderMail:  {PerMinute: 200, PerDay: 5_000},
			vault.SignInMail: {PerMinute: 60, PerDay: 1_000},
			vault.ShopMail:   {PerMinute: 200, PerDay: 5_000},
			vault.LegalPage:  {PerMinute: 1_000, PerDay: 50_000}, // what everyone may read on the shops' pages
		},
	}
}

type limitTable struct {
	Staff, Operator, Process, Reset budget.Limit
	LookUp, LookUps, Index, Indexes budget.Limit
	AppMinute                       int
	Job                             map[vault.Purpose]budget.Limit
}

// A reader is who asks, as the vault knows it.
type reader struct {
	session credential.Session
	digest  secret.Digest
	link    bool // the token is no session: it may be a record's link
}

// who resolves a credential. A token that is no session may still be a link; whether it is, each record decides.
func (k *Keeper) who(ctx context.Context, token string) (reader, error) {
	digest := secret.ParseToken(token).Digest()
	if digest.IsZero() {
		return reader{}, wire.Fail(wire.Unauthenticated, "")
	}
	ses, err := k.creds.Resolve(ctx, token)
	if err == nil {
		return reader{session: ses, digest: digest}, nil
	}
	if e, ok := errors.AsType[*wire.Error](err); ok && e.Status == wire.Unauthenticated {
		return reader{digest: digest, link: true}, nil
	}
	return reader{}, fmt.Errorf("resolve credential: %w", err)
}

// may says whether the reader may read these people for this purpose. For a link the records must still agree.
func (k *Keeper) may(ctx context.Context, r reader, shop int64, why vault.Purpose, people []budget.Person) (bool, error) {
	rule, known := vault.Purposes()[why]
	if !known {
		return false, nil
	}
	if r.link {
		return rule.Self, nil
	}
	ses := r.session
	if ses.Kind == actor.Job {
		return rule.Job && ses.Purpose == why && ses.Shop == shop, nil
	}
	if rule.Self && isSelf(ses, people) {
		return true, nil
	}
	switch ses.Kind {
	case actor.App:
		return rule.App && ses.Shop == shop && shop != 0 && ses.App.May(rule.Right), nil
	case actor.Staff:
		if rule.Right == "" || rule.App {
			return false, nil
		}
		if shop != 0 {
			return slices.Contains(ses.Role(shop).Rights(), rule.Right), nil
		}
		return k.mayColleagues(ctx, ses, rule.Right, people)
	case actor.Operator:
		return rule.Ops && shop == 0, nil // for a shop's own data see breaksGlass
	}
	return false, nil
}

// breaksGlass says whether an operator may read a shop's data without its owner's consent: to respond to an incident, with a
// reason, right after a step-up. The owner sees it in the shop's log for ever.
func (k *Keeper) breaksGlass(r reader, in *wire.Open) bool {
	return !r.link && r.session.Kind == actor.Operator && in.Shop != 0 && vault.Purpose(in.Purpose) == vault.Respond &&
		in.Reason != "" && r.session.SteppedUp(k.cfg.Now())
}

func isSelf(ses credential.Session, people []budget.Person) bool {
	self := budget.Person{Shop: ses.Who.Shop, Population: ses.Who.Population, ID: ses.Who.ID}
	return !slices.ContainsFunc(people, func(p budget.Person) bool { return p != self })
}

// mayColleagues lets a person read, in the platform's realm, themselves and those who have a role in a shop where the
// reader
// has the right: an owner sees the shop's staff.
func (k *Keeper) mayColleagues(ctx context.Context, ses credential.Session, right actor.Right, people []budget.Person) (bool, error) {
	allowed := map[budget.Person]bool{{Population: ses.Who.Population, ID: ses.Who.ID}: true}
	for _, m := range ses.Memberships {
		if !slices.Contains(actor.Role(m.Role).Rights(), right) {
			continue
		}
		members, err := k.creds.Staff(ctx, m.Shop)
		if err != nil {
			return false, err
		}
		for _, c := range members {
			allowed[budget.Person{Population: c.Who.Population, ID: c.Who.ID}] = true
		}
	}
	return !slices.ContainsFunc(people, func(p budget.Person) bool { return !allowed[p] }), nil
}

// take counts the people against the reader's budgets. One's own record costs nothing. approved says that an owner's
// approval
// of an export covers the read.
func (k *Keeper) take(ctx context.Context, r reader, shop int64, why vault.Purpose, people []budget.Person) (ok, approved bool, err error) {
	if r.link || r.session.Kind != actor.Job && isSelf(r.session, people) {
		return true, false, nil
	}
	ses := r.session
	if ses.Kind == actor.Staff && why == vault.ExportData {
		n, until, err := k.creds.Export(ctx, ses.Who, shop)
		if err != nil {
			return false, false, fmt.Errorf("read export's approval: %w", err)
		}
		if n > 0 {
			key := fmt.Sprintf("export %d by %d until %d", shop, ses.Who.ID, until)
			return k.book.Take(k.cfg.Now(), people, []budget.Claim{{Key: key, Limit: budget.Limit{PerMinute: n, PerDay: n}}}), true, nil
		}
	}
	l := limits()
	claims := []budget.Claim{{Key: processKey, Limit: l.Process}, {Key: accountKey(ledger.ActorKindOf(ses.Kind), ses.Who.ID), Limit: l.Staff}}
	switch ses.Kind {
	case actor.Job:
		claims[1] = budget.Claim{Key: jobKey(ses.Shop, string(ses.Purpose)), Limit: l.Job[ses.Purpose]}
	case actor.Operator:
		claims[1].Limit = l.Operator
	case actor.App: // over all shops in which the release is installed
		claims[1].Limit = budget.Limit{PerMinute: l.AppMinute, PerDay: ses.App.PerDay}
	}
	return k.book.Take(k.cfg.Now(), people, claims), false, nil
}

const processKey = "process"

// accountKey is the same for all sessions of an account, and can be told from a ledger entry.
func accountKey(kind ledger.ActorKind, account int64) string {
	return fmt.Sprintf("account %d/%d", kind, account)
}

func jobKey(shop int64, purpose string) string { return fmt.Sprintf("job %d %s", shop, purpose) }

// entry begins a ledger entry about the reader.
func (r reader) entry(kind ledger.Kind, conn uint64, why, request string) ledger.Entry {
	e := ledger.Entry{Kind: kind, ActorKind: ledger.ByVisitor, Connection: conn, Purpose: why, Request: request, Credential: r.digest[:]}
	if !r.link {
		e.ActorKind, e.Actor = ledger.ActorKindOf(r.session.Kind), r.session.Who.ID
		if r.session.App != nil {
			e.Release = r.session.App.Release
		}
	}
	return e
}
