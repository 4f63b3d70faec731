package backup

// The statements of a restore: it works on whole stores, of all shops.
const (
	sqlEntryHash = `
		SELECT hash
		FROM ledger_entry
		WHERE shop_id = $1 AND seq = $2`

	sqlErased = `SELECT enc FROM erased`

	sqlAddErased = `
		INSERT INTO erased (enc, shop_id, at_ms)
		VALUES ($1, $2, $3)
		ON CONFLICT (enc) DO NOTHING`

	sqlRecordKeys = `
		SELECT shop_id, tbl, row_id, key_no, population, subject, enc
		FROM record_key
		WHERE shop_id >= 0`

	sqlForget = `
		DELETE FROM record_key
		WHERE shop_id = $1 AND tbl = $2 AND row_id = $3 AND key_no = $4`

	sqlForgetBlinds = `
		DELETE FROM blind_index
		WHERE shop_id = $1 AND population = $2 AND subject = $3`

	sqlEndPresence = `
		UPDATE presence
		SET to_ms = $5
		WHERE shop_id = $1 AND tbl = $2 AND row_id = $3 AND key_no = $4 AND to_ms IS NULL`
)
