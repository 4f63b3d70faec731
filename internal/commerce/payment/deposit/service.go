package deposit

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/payment/bankfile"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Vault is what deposits need of vault.Client.
type Vault interface {
	NewRecord(ctx context.Context, r db.Reader, rec vault.Record) (*vault.Sealer, error)
	Open(ctx context.Context, r db.Reader, why vault.Purpose, records []vault.Opening) error
}

const table = "deposit"

// A Service keeps deposits.
type Service struct{ vault Vault }

// New makes the service.
func New(v Vault) *Service { return &Service{v} }

// Known are the stored deposits that have one of these keys.
func (s *Service) Known(ctx context.Context, r db.Reader, keys []Key32) (map[Key32][]Deposit, error) {
	if err := r.Allow(actor.EditOrders); err != nil {
		return nil, err
	}
	return known(ctx, r, keys)
}

// Payers opens the payers' names, in one round trip to the vault and one entry in the ledger. An erased name is empty.
func (s *Service) Payers(ctx context.Context, r db.Reader, list []Deposit) (map[id.Deposit]string, error) {
	if err := r.Allow(actor.EditOrders); err != nil {
		return nil, err
	}
	texts, erased := make([]string, len(list)), make([]bool, len(list))
	asked := make([]vault.Opening, len(list))
	for i, d := range list {
		asked[i] = vault.Opening{Table: table, Row: int64(d.ID), Subject: subject(r.Shop(), d.ID), Erased: &erased[i],
			Fields: []vault.Field{{Column: "payer", Class: vault.Name, Sealed: d.payer, Text: &texts[i]}}}
	}
	if err := s.vault.Open(ctx, r, vault.MatchPayment, asked); err != nil {
		return nil, err
	}
	out := make(map[id.Deposit]string, len(list))
	for i, d := range list {
		out[d.ID] = texts[i]
	}
	return out, nil
}

// subject is a payer: nobody knows yet whether a purchaser, so that each has a subject of their own.
func subject(shop id.Shop, d id.Deposit) vault.Subject { return vault.GuestSubject(shop, id.Guest(d)) }

// Import stores a file's new rows. Rows that are known are the caller's to leave out.
func (s *Service) Import(ctx context.Context, tx *db.Tx, f bankfile.File, fresh []Row) (File, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return File{}, err
	}
	out := File{At: tx.NowMS(), Account: tx.Actor().Account, Kind: f.Kind, Columns: f.Columns, Rows: int64(len(f.Deposits)), Fresh: int64(len(fresh))}
	n, err := db.Insert(tx, func(n id.Import) (int64, error) {
		return tx.Exec(ctx, insertImport, tx.Shop(), n, out.At, out.Account, string(out.Kind), out.Columns.String(), out.Rows, out.Fresh)
	})
	if err != nil {
		return out, fmt.Errorf("insert import: %w", err)
	}
	out.ID = n
	keys := make([]Key32, len(fresh))
	for i, r := range fresh {
		keys[i] = KeyOf(r.Deposit)
	}
	there, err := known(ctx, tx, keys)
	if err != nil {
		return out, err
	}
	next := map[Key32]int64{}
	for k, list := range there {
		for _, d := range list {
			next[k] = max(next[k], d.no)
		}
	}
	for i, r := range fresh {
		next[keys[i]]++
		if err := s.store(ctx, tx, n, r, next[keys[i]]); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (s *Service) store(ctx context.Context, tx *db.Tx, from id.Import, r Row, no int64) error {
	n := id.Deposit(tx.NewID())
	key, err := s.vault.NewRecord(ctx, tx, vault.Record{Table: table, Row: int64(n), Subject: subject(tx.Shop(), n)})
	if err != nil {
		return err
	}
	payer, err := key.Seal("payer", vault.Name, r.Payer)
	if err != nil {
		return err
	}
	if !payer.IsZero() {
		if err := key.Save(ctx, tx); err != nil {
			return err
		}
	}
	k := KeyOf(r.Deposit)
	err = tx.Queue(insertDeposit, tx.Shop(), n, from, k[:], no, r.Day, r.Amount, payer, string(Open), string(r.Found.Verdict))
	if err != nil {
		return fmt.Errorf("insert deposit: %w", err)
	}
	if err := orders(tx, n, r.Found.Orders); err != nil {
		return err
	}
	return journal(tx, Deposit{ID: n, Version: 1}, Import, nil)
}

// A Filter chooses deposits. Zero fields do not filter. The list is newest first.
type Filter struct {
	States []State
	After  page.Cursor
	Limit  int
}

// List is a page of deposits and the cursor of the next one.
func (s *Service) List(ctx context.Context, r db.Reader, f Filter) ([]Deposit, page.Cursor, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, page.Cursor{}, err
	}
	return list(ctx, r, f)
}

// Count says how many deposits are in a state, and stops at most.
func (s *Service) Count(ctx context.Context, r db.Reader, in State, most int64) (int64, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return 0, err
	}
	return count(ctx, r, in, most)
}

// Get is one deposit.
func (s *Service) Get(ctx context.Context, r db.Reader, n id.Deposit) (Deposit, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return Deposit{}, err
	}
	return get(ctx, r, n)
}

// Paying are the deposits that paid an order.
func (s *Service) Paying(ctx context.Context, r db.Reader, o id.Order) ([]Deposit, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	return paying(ctx, r, o)
}

// History is what was done with a deposit, oldest first.
func (s *Service) History(ctx context.Context, r db.Reader, n id.Deposit) ([]Event, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	return history(ctx, r, n)
}

// Files are the newest imports.
func (s *Service) Files(ctx context.Context, r db.Reader, limit int) ([]File, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	return files(ctx, r, limit)
}

// Propose stores what an open deposit was found to be for.
func (s *Service) Propose(ctx context.Context, tx *db.Tx, n id.Deposit, version int64, f Found) error {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return err
	}
	d, err := at(ctx, tx, n, version, Open)
	if err != nil {
		return err
	}
	d.Verdict, d.Orders = f.Verdict, f.Orders
	return put(ctx, tx, d)
}

// Apply notes that an open deposit paid these orders.
func (s *Service) Apply(ctx context.Context, tx *db.Tx, n id.Deposit, version int64, paid []id.Order) (Deposit, error) {
	return s.move(ctx, tx, n, version, step{actor.EditOrders, Open, Applied, Apply, paid})
}

// Ignore notes that an open deposit is no order's payment.
func (s *Service) Ignore(ctx context.Context, tx *db.Tx, n id.Deposit, version int64) (Deposit, error) {
	return s.move(ctx, tx, n, version, step{actor.EditOrders, Open, Ignored, Ignore, nil})
}

// Reopen takes back what was decided. The deposit comes as it was, with the orders that it had paid.
func (s *Service) Reopen(ctx context.Context, tx *db.Tx, n id.Deposit, version int64) (Deposit, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return Deposit{}, err
	}
	d, err := get(ctx, tx, n)
	if err != nil {
		return d, err
	}
	return s.move(ctx, tx, n, version, step{actor.EditOrders, d.State, Open, Undo, d.Orders})
}

// A step is one change of state.
type step struct {
	right    actor.Right
	from, to State
	act      Act
	orders   []id.Order
}

func (s *Service) move(ctx context.Context, tx *db.Tx, n id.Deposit, version int64, do step) (Deposit, error) {
	if err := tx.Allow(do.right); err != nil {
		return Deposit{}, err
	}
	d, err := at(ctx, tx, n, version, do.from)
	if err != nil {
		return d, err
	}
	if do.from == do.to {
		return d, ErrChanged
	}
	d.State = do.to
	if do.act != Ignore {
		d.Orders = do.orders
	}
	if err := put(ctx, tx, d); err != nil {
		return d, err
	}
	d.Version++
	return d, journal(tx, d, do.act, do.orders)
}

// at is a deposit as the actor saw it, in the state that the step begins from.
func at(ctx context.Context, tx *db.Tx, n id.Deposit, version int64, in State) (Deposit, error) {
	d, err := get(ctx, tx, n)
	if err == nil && (d.Version != version || d.State != in) {
		err = ErrChanged
	}
	return d, err
}
