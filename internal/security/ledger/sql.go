package ledger

// The statements of the ledger's own store.
const (
	sqlHead = `SELECT seq, hash FROM ledger_head WHERE shop_id = $1`

	sqlFirstHead = `INSERT INTO ledger_head (shop_id, seq, hash) VALUES ($1, $2, $3) ON CONFLICT (shop_id) DO NOTHING`

	sqlMoveHead = `UPDATE ledger_head SET seq = $2, hash = $3 WHERE shop_id = $1 AND seq = $4 AND hash = $5`

	sqlCountHeads = `SELECT COUNT(shop_id) FROM ledger_head WHERE `

	sqlInsertEntry = `INSERT INTO ledger_entry (shop_id, seq, hash, body) VALUES ($1, $2, $3, $4)`

	sqlInsertMark = `INSERT INTO ledger_mark (shop_id, term, block) VALUES ($1, $2, $3) ON CONFLICT (shop_id, term, block) DO NOTHING`

	sqlBlocks = `
SELECT block
FROM ledger_mark
WHERE shop_id = $1 AND term BETWEEN $2 AND $3 AND block <= $5
UNION
SELECT block
FROM ledger_mark
WHERE shop_id = $1 AND term = $4 AND block <= $5
ORDER BY block DESC
LIMIT $6`

	sqlBlocksWithin = `
SELECT m.block
FROM (
	SELECT block
	FROM ledger_mark
	WHERE shop_id = $1 AND term BETWEEN $2 AND $3 AND block <= $5
	UNION
	SELECT block
	FROM ledger_mark
	WHERE shop_id = $1 AND term = $4 AND block <= $5
) m
WHERE m.block IN (SELECT block FROM ledger_mark WHERE shop_id = $1 AND term BETWEEN $7 AND $8)
ORDER BY m.block DESC
LIMIT $6`

	sqlEntries = `
SELECT seq, hash, body
FROM ledger_entry
WHERE shop_id = $1 AND seq >= $2 AND seq < $3
ORDER BY seq`

	sqlShops = `
SELECT shop_id
FROM ledger_head
WHERE shop_id > $1
ORDER BY shop_id
LIMIT $2`

	sqlLease = `UPDATE ledger_tree SET holder = $1, until = $2 WHERE one = 1 AND (holder = $1 OR until < $3)`

	sqlTreeSize = `SELECT size FROM ledger_tree WHERE one = 1`

	sqlGrowTree = `UPDATE ledger_tree SET size = $2 WHERE one = 1 AND size = $1`

	sqlInsertDue = `INSERT INTO ledger_due (shop_id, seq, hash) VALUES ($1, $2, $3)`

	sqlDue = `
SELECT shop_id, seq, hash
FROM ledger_due
ORDER BY shop_id, seq
LIMIT $1`

	sqlDone = `DELETE FROM ledger_due WHERE shop_id = $1 AND seq <= $2`

	sqlInsertLeaf = `INSERT INTO ledger_leaf (n, shop, seq, hash) VALUES ($1, $2, $3, $4)`

	sqlAllEntries = `
SELECT seq, hash, body
FROM ledger_entry
WHERE shop_id = $1
ORDER BY seq`

	sqlAllLeaves = `
SELECT shop, seq, hash
FROM ledger_leaf
ORDER BY n`

	sqlTile = `SELECT data FROM ledger_tile WHERE level = $1 AND n = $2`

	sqlPutTile = `INSERT INTO ledger_tile (level, n, data) VALUES ($1, $2, $3) ON CONFLICT (level, n) DO UPDATE SET data = excluded.data`

	sqlLastCheckpoint = `SELECT size, at_ms, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1`

	sqlPutCheckpoint = `
INSERT INTO ledger_checkpoint (size, at_ms, note) VALUES ($1, $2, $3)
ON CONFLICT (size) DO UPDATE SET note = excluded.note`

	// One checkpoint an hour is kept, beside the last: any one of them can be checked against the leaves.
	sqlThinCheckpoints = `DELETE FROM ledger_checkpoint WHERE size < $1 AND at_ms >= $2`
)
