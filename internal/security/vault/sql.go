package vault

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

func insertShopKey(ctx context.Context, tx *db.Tx, k ShopKey) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO shop_key (shop_id, key_no, public_key, created_ms)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (shop_id, key_no) DO NOTHING`, int64(k.Shop), k.No, k.Public, tx.NowMS())
	if err != nil {
		return fmt.Errorf("insert shop key: %w", err)
	}
	return nil
}

func selectShopKey(ctx context.Context, r db.Reader) (ShopKey, error) {
	k := ShopKey{Shop: r.Shop()}
	err := r.QueryRow(ctx, `
		SELECT key_no, public_key
		FROM shop_key
		WHERE shop_id = $1
		ORDER BY key_no DESC
		LIMIT 1`, int64(r.Shop())).Scan(&k.No, &k.Public)
	return k, err
}

func insertKey(ctx context.Context, tx *db.Tx, s *Sealer) error {
	err := tx.Queue(`
		INSERT INTO record_key (shop_id, tbl, row_id, key_no, population, subject, shop_key, enc, link)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		int64(s.shop), s.rec.Table, s.rec.Row, int64(s.env.KeyNo()), int64(s.rec.Subject.Population), s.rec.Subject.ID,
		s.keyNo, s.env.Enc(), s.link)
	if err != nil {
		return fmt.Errorf("insert record key: %w", err)
	}
	return nil
}

func insertPresence(ctx context.Context, tx *db.Tx, s *Sealer) error {
	err := tx.Queue(`
		INSERT INTO presence (shop_id, population, subject, tbl, row_id, key_no, mask, from_ms, to_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)`,
		int64(s.shop), int64(s.rec.Subject.Population), s.rec.Subject.ID, s.rec.Table, s.rec.Row,
		int64(s.env.KeyNo()), int64(s.mask), tx.NowMS())
	if err != nil {
		return fmt.Errorf("insert presence: %w", err)
	}
	return nil
}

// rowKey is a record's place in its shop.
type rowKey struct {
	table string
	row   int64
}

// keysAtOnce bounds the arguments of one statement.
const keysAtOnce = 500

// selectKeys reads the record keys of the records, by their number.
func selectKeys(ctx context.Context, r db.Reader, records []Opening) (map[rowKey]map[uint32]wire.Key, error) {
	byTable := map[string][]int64{}
	for i := range records {
		o := &records[i]
		if o.Subject.Shop != r.Shop() {
			return nil, fmt.Errorf("open record of table %q: subject of another shop", o.Table)
		}
		byTable[o.Table] = append(byTable[o.Table], o.Row)
	}
	out := make(map[rowKey]map[uint32]wire.Key, len(records))
	for table, ids := range byTable {
		for start := 0; start < len(ids); start += keysAtOnce {
			if err := selectSomeKeys(ctx, r, table, ids[start:min(start+keysAtOnce, len(ids))], out); err != nil {
				return nil, fmt.Errorf("read record keys: %w", err)
			}
		}
	}
	return out, nil
}

func selectSomeKeys(ctx context.Context, r db.Reader, table string, ids []int64, out map[rowKey]map[uint32]wire.Key) error {
	w := db.NewWhere("shop_id = ?", int64(r.Shop())).And("tbl = ?", table)
	db.In(w, "row_id", ids)
	rows, err := r.Query(ctx, `
		SELECT row_id, key_no, shop_key, enc, link
		FROM record_key
		WHERE `+w.Text(), w.Args()...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var row, no int64
		var k wire.Key
		if err := rows.Scan(&row, &no, &k.ShopKey, &k.Enc, &k.Link); err != nil {
			return err
		}
		at := rowKey{table, row}
		if out[at] == nil {
			out[at] = map[uint32]wire.Key{}
		}
		out[at][uint32(no)] = k
	}
	return rows.Err()
}

func selectSubjectKeys(ctx context.Context, r db.Reader, who Subject) ([][]byte, error) {
	encs, err := db.All(ctx, r, func(row db.Row) (enc []byte, err error) {
		err = row.Scan(&enc)
		return enc, err

	}, `
		SELECT enc
		FROM record_key
		WHERE shop_id = $1 AND population = $2 AND subject = $3`, int64(who.Shop), int64(who.Population), who.ID)
	if err != nil {
		return nil, fmt.Errorf("read record keys of subject: %w", err)
	}
	return encs, nil
}

func deleteSubject(ctx context.Context, tx *db.Tx, who Subject) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM record_key
		WHERE shop_id = $1 AND population = $2 AND subject = $3`, int64(who.Shop), int64(who.Population), who.ID)
	if err != nil {
		return fmt.Errorf("delete record keys: %w", err)
	}
	_, err = tx.Exec(ctx, `
		DELETE FROM blind_index
		WHERE shop_id = $1 AND population = $2 AND subject = $3`, int64(who.Shop), int64(who.Population), who.ID)
	if err != nil {
		return fmt.Errorf("delete blind indexes: %w", err)
	}
	_, err = tx.Exec(ctx, `
		UPDATE presence
		SET to_ms = $4
		WHERE shop_id = $1 AND population = $2 AND subject = $3 AND to_ms IS NULL`,
		int64(who.Shop), int64(who.Population), who.ID, tx.NowMS())
	if err != nil {
		return fmt.Errorf("end presence: %w", err)
	}
	return nil
}

// holdKeys says whether a record still has its keys, and keeps them from being erased until the transaction ends.
func holdKeys(ctx context.Context, tx *db.Tx, rec Record) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE record_key
		SET shop_key = shop_key
		WHERE shop_id = $1 AND tbl = $2 AND row_id = $3 AND population = $4 AND subject = $5`,
		int64(tx.Shop()), rec.Table, rec.Row, int64(rec.Subject.Population), rec.Subject.ID)
	if err != nil {
		return false, fmt.Errorf("hold record keys: %w", err)
	}
	return n > 0, nil
}

func insertBlind(ctx context.Context, tx *db.Tx, b Blinded) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO blind_index (shop_id, tbl, class, blind, row_id, population, subject)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (shop_id, tbl, class, blind, row_id) DO NOTHING`, int64(tx.Shop()), b.rec.Table, int64(b.class), b.index,
		b.rec.Row, int64(b.rec.Subject.Population), b.rec.Subject.ID)
	if err != nil {
		return fmt.Errorf("insert blind index: %w", err)
	}
	return nil
}

func selectBlind(ctx context.Context, r db.Reader, table string, class Class, blind []byte, limit int) ([]int64, error) {
	rows, err := db.All(ctx, r, func(row db.Row) (n int64, err error) {
		err = row.Scan(&n)
		return n, err
	}, `
		SELECT row_id
		FROM blind_index
		WHERE shop_id = $1 AND tbl = $2 AND class = $3 AND blind = $4
		ORDER BY row_id DESC
		LIMIT $5 + 0`, int64(r.Shop()), table, int64(class), blind, limit)
	if err != nil {
		return nil, fmt.Errorf("look up blind index: %w", err)
	}
	return rows, nil
}
