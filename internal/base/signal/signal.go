// Package signal carries what security must hear of: a denied right, a forged token, a card number where none may be.
//
// It guarantees that an event has a stable code and holds no personal data, that raising one neither waits nor fails for
// the caller, and that what was raised is stored within a tenth of a second, in a transaction of its own: when the process is
// killed, the last tenth is lost and no more; when it ends, nothing is. Equal events of one batch become one row with a count, so that a flood costs few
// rows; what is too many is counted and said. It refuses to ride on a caller's transaction: a denial rolls its own back, and must be
// heard all the same.
package signal

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Code names a kind of event. It is stable: rules, playbooks and docs/findings.md know it.
type Code string

// An Event is one thing that happened.
type Event struct {
	Code  Code
	Shop  id.Shop     // 0 is the platform
	Actor actor.Actor // who stood behind it; only kind, account, member and a digest of the credential are kept
	Where string      // a route's pattern, a job's or a sink's name
	About string      // what findings are grouped by beside the code: an id, a digest; never personal data, never a secret
	Note  string      // for people, short; never what was typed
	Addr  string      // the network address; only keyed digests of it and of its network are kept
}

// Raise hands an event on. It never blocks for long and never fails.
type Raise func(ctx context.Context, e Event)

// Nowhere drops events, for tests that do not look at them.
func Nowhere(context.Context, Event) {}
