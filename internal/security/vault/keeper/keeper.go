// Package keeper is the process behind the door: noren vault.
//
// It guarantees that no plaintext leaves before the ledger holds, durably, who gets whose what and why; that it
// checks each
// request's credential itself and believes no caller's word about person, role or shop; that budgets stop a mass read
// before
// anything is shown; and that it serves only the users named to it. It refuses to begin when its folder or its keys are
// readable by others, and it answers "unavailable" when the ledger cannot be written.
//
// The order within a read: credential, right, budget, decrypt in memory (so that the entry names only fields that had
// a value, of
// the person they were sealed for), entry durable, answer.
package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/keys"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/login"
	"github.com/noren-shop/noren/internal/security/vault/keeper/budget"
	"github.com/noren-shop/noren/internal/security/vault/keeper/credential"
	"github.com/noren-shop/noren/internal/security/vault/keeper/grant"
	"github.com/noren-shop/noren/internal/security/vault/keeper/migrations"
	"github.com/noren-shop/noren/internal/security/vault/keeper/peer"
	"github.com/noren-shop/noren/internal/security/vault/keeper/shopkey"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// Config opens a Keeper.
type Config struct {
	Folder    string // private to the vault's user; holds its SQLite files
	Store     string // "postgres://…", or "" for a file in Folder
	Ledger    string // the ledger's store, likewise
	Socket    string
	Keys      *keys.Set
	UIDs      []int // users that may connect; none is this process's own
	Origin    string
	Parties   []login.Party // doors with passkeys
	Cost      login.Cost    // of passwords; zero is the default
	Witnesses []ledger.Witness
	Now       func() time.Time
	Log       *slog.Logger
	Missing   []string // protections that the host does not give, as peer.Harden said
	Volatile  bool     // for tests: SQLite files without durability
	// Entries replaces the ledger, for tests of its failures and for bench's comparison.
	Entries Ledger
}

// Ledger is what the keeper needs of one.
type Ledger interface {
	Append(ctx context.Context, shop id.Shop, entries []ledger.Entry) (int64, error)
	Find(ctx context.Context, q ledger.Query) (ledger.Page, error)
}

// A Keeper is an open vault.
type Keeper struct {
	cfg     Config
	db      *db.DB
	ledger  Ledger
	log     *ledger.Log // nil when Entries replaces it
	ledgerD *db.DB
	creds   *credential.Store
	grants  *grant.Store
	shops   *shopkey.Store
	book    *budget.Book
	reason  []byte
	uses    uses

	listener *net.UnixListener
	conns    atomic.Uint64
	mu       sync.Mutex
	open     map[net.Conn]bool
	closed   bool
}

// Open opens the stores and listens. Serve answers.
func Open(ctx context.Context, c Config) (*Keeper, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Cost == (login.Cost{}) {
		c.Cost = login.DefaultCost()
	}
	if len(c.UIDs) == 0 {
		c.UIDs = []int{os.Getuid()}
	}
	if c.Origin == "" {
		c.Origin = "noren/ledger"
	}
	if err := peer.PrivateFolder(c.Folder); err != nil {
		return nil, err
	}
	k := &Keeper{cfg: c, book: budget.New(), open: map[net.Conn]bool{}}
	if err := k.start(ctx); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

func (k *Keeper) start(ctx context.Context) error {
	c := k.cfg
	var err error
	if k.db, err = k.openStore(ctx, c.Store, "vault.db", migrations.Schema()); err != nil {
		return fmt.Errorf("open vault's store: %w", err)
	}
	if k.ledger = c.Entries; k.ledger == nil {
		if err := k.openLedger(ctx); err != nil {
			return err
		}
	}
	derived := map[string][]byte{"login index": nil, "blind index": nil, "reason": nil}
	for use := range derived {
		if derived[use], err = c.Keys.Ring.Derive(use, 32); err != nil {
			return fmt.Errorf("derive key for %s: %w", use, err)
		}
	}
	k.reason = derived["reason"]
	// Two verifications at once a processor: more would only wait, and each takes its memory.
	hasher, err := login.NewHasher(c.Cost, 2*runtime.GOMAXPROCS(0))
	if err != nil {
		return fmt.Errorf("make password hasher: %w", err)
	}
	k.creds = credential.New(credential.Config{DB: k.db, Wrapper: c.Keys.Ring, LoginKey: derived["login index"],
		Hasher: hasher, Passkeys: login.NewPasskeys(c.Parties)})
	k.grants = grant.New(k.db, k.creds)
	k.creds.Apps = k.grants.Resolve
	if k.shops, err = shopkey.Open(ctx, k.db, c.Keys.Ring, derived["blind index"]); err != nil {
		return err
	}
	if err := k.recall(ctx); err != nil {
		return err
	}
	return k.listen()
}

func (k *Keeper) openStore(ctx context.Context, url, file string, s db.Schema) (*db.DB, error) {
	if url == "" {
		url = filepath.Join(k.cfg.Folder, file)
	}
	return db.Open(ctx, db.Config{URL: url, Schema: s, Now: k.cfg.Now, Log: k.cfg.Log, Volatile: k.cfg.Volatile})
}

func (k *Keeper) openLedger(ctx context.Context) error {
	var err error
	if k.ledgerD, err = k.openStore(ctx, k.cfg.Ledger, "ledger.db", ledger.Schema()); err != nil {
		return fmt.Errorf("open ledger's store: %w", err)
	}
	k.log, err = ledger.Open(ctx, ledger.Config{DB: k.ledgerD, Origin: k.cfg.Origin, Signer: k.cfg.Keys.Signer, Now: k.cfg.Now,
		Witnesses: k.cfg.Witnesses, Report: func(err error) { k.cfg.Log.Error("sequence ledger", "err", err) }})
	if err != nil {
		return err
	}
	k.ledger = k.log
	return nil
}

// Log is the ledger, for the process that runs its sequencer and exports; nil when Entries replaces it.
func (k *Keeper) Log() *ledger.Log { return k.log }

// Rewrap wraps every shop's key and every one-time code's secret under the newest wrapping key, after a rotation, and says
// how many it did. Kept reasons stay under the old key, which the key file therefore keeps.
func (k *Keeper) Rewrap(ctx context.Context) (int, error) {
	n, err := k.shops.Rewrap(ctx)
	if err != nil {
		return n, err
	}
	m, err := k.creds.Rewrap(ctx)
	return n + m, err
}

// Close ends the connections and closes the stores.
func (k *Keeper) Close() error {
	k.mu.Lock()
	k.closed = true
	for c := range k.open {
		c.Close()
	}
	k.mu.Unlock()
	var err error
	if k.listener != nil {
		err = k.listener.Close()
		if errors.Is(err, net.ErrClosed) {
			err = nil
		}
	}
	if k.log != nil {
		err = errors.Join(err, k.log.Close())
	}
	if k.ledgerD != nil {
		k.ledgerD.Close()
	}
	if k.db != nil {
		k.db.Close()
	}
	return err
}

func (k *Keeper) health(context.Context, wire.Empty) (wire.Health, error) {
	return wire.Health{Missing: k.cfg.Missing, Uses: k.uses.all()}, nil
}
