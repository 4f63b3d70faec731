package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger"
)

// A person is whom a ledger's erasure is about.
type person struct {
	shop       int64
	population uint8
	id         int64
}

// replay opens the stores with the newest schema and erases anew: what the backup's vault had erased, what the vault that
// is there has, and what the ledger that is there has entered since the backup was made.
func (p *Plan) replay(ctx context.Context, t Targets) (n int, err error) {
	shopsDB, err := t.Shops(ctx, schemas()[partShops])
	if err != nil {
		return 0, fmt.Errorf("open shops: %w", err)
	}
	defer shopsDB.Close()
	vaultDB, err := t.Vault(ctx, schemas()[partVault])
	if err != nil {
		return 0, fmt.Errorf("open vault: %w", err)
	}
	defer vaultDB.Close()
	ledgerDB, err := t.Ledger(ctx, ledger.Schema())
	if err != nil {
		return 0, fmt.Errorf("open ledger: %w", err)
	}
	defer ledgerDB.Close()
	people, err := p.since(ctx, t, ledgerDB)
	if err != nil {
		return 0, err
	}
	gone, err := erasedIn(ctx, vaultDB)
	if err != nil {
		return 0, err
	}
	keys, err := toErase(ctx, shopsDB, gone, people)
	if err != nil {
		return 0, err
	}
	erased := p.erased
	for _, k := range keys {
		d := sha256.Sum256(k.enc)
		erased = append(erased, erasure{enc: d[:], shop: k.shop, at: vaultDB.Now().UnixMilli()})
	}
	// The vault first: what it refuses does not open, even if the rest is not done.
	err = vaultDB.Write(ctx, db.Scope{Request: "restore"}, func(tx *db.Tx) error {
		for _, e := range erased {
			if err := tx.Queue(sqlAddErased, e.enc, e.shop, e.at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("erase anew: %w", err)
	}
	err = shopsDB.Across("a restore erases in all shops").Write(ctx, db.Scope{Request: "restore"}, func(tx *db.Tx) error {
		for _, k := range keys {
			for _, q := range []func() error{
				func() error { return tx.Queue(sqlForget, k.shop, k.table, k.row, k.no) },
				func() error { return tx.Queue(sqlEndPresence, k.shop, k.table, k.row, k.no, tx.NowMS()) },
				func() error { return tx.Queue(sqlForgetBlinds, k.shop, int64(k.population), k.id) },
			} {
				if err := q(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("erase anew: %w", err)
	}
	return len(keys), nil
}

// since lists whom the ledger has entered as erased after the backup was made.
func (p *Plan) since(ctx context.Context, t Targets, d *db.DB) (map[person]bool, error) {
	out := map[person]bool{}
	l, err := ledger.Open(ctx, ledger.Config{DB: d, Origin: t.Origin, Signer: t.Keys.Signer})
	if err != nil {
		return nil, err
	}
	defer l.Close() //nolint:errcheck // it was only read
	const page = 1000
	for after := id.Shop(-1); ; {
		list, err := l.Shops(ctx, after, page)
		if err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
		for _, shop := range list {
			after = shop
			if err := sinceIn(ctx, l, shop, p.heads[shop].seq, out); err != nil {
				return nil, fmt.Errorf("read ledger: %w", err)
			}
		}
		if len(list) < page {
			return out, nil
		}
	}
}

func sinceIn(ctx context.Context, l *ledger.Log, shop id.Shop, seq int64, into map[person]bool) error {
	q := ledger.Query{Shop: shop, Limit: 1000}
	for {
		page, err := l.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if e.Seq <= seq {
				return nil
			}
			if e.Kind != ledger.Erase {
				continue
			}
			for _, g := range e.Groups {
				for it := g.Subjects.Iterator(); it.HasNext(); {
					into[person{int64(shop), g.Population, int64(it.Next())}] = true
				}
			}
		}
		if page.Next == 0 || page.Next <= seq {
			return nil
		}
		q.Before = page.Next
	}
}

func erasedIn(ctx context.Context, d *db.DB) (map[[32]byte]bool, error) {
	out := map[[32]byte]bool{}
	err := d.Read(ctx, db.Scope{}, func(r db.Reader) error {
		clear(out)
		all, err := db.All(ctx, r, func(row db.Row) (b []byte, err error) {
			err = row.Scan(&b)
			return b, err
		}, sqlErased)
		for _, b := range all {
			if len(b) != sha256.Size {
				return errors.Join(err, errors.New("an erasure of another length"))
			}
			out[[32]byte(b)] = true
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read erasures: %w", err)
	}
	return out, nil
}

// A recordKey is a row of the restored store.
type recordKey struct {
	person
	table   string
	row, no int64
	enc     []byte
}

func toErase(ctx context.Context, d *db.DB, gone map[[32]byte]bool, people map[person]bool) (out []recordKey, err error) {
	err = d.Across("a restore erases in all shops").Read(ctx, db.Scope{}, func(r db.Reader) error {
		out = nil
		rows, err := r.Query(ctx, sqlRecordKeys)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k recordKey
			var population int64
			if err := rows.Scan(&k.shop, &k.table, &k.row, &k.no, &population, &k.id, &k.enc); err != nil {
				return err
			}
			k.population = uint8(population)
			if gone[sha256.Sum256(k.enc)] || people[k.person] {
				out = append(out, k)
			}
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read record keys: %w", err)
	}
	return out, nil
}
