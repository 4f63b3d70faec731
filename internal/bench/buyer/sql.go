package buyer

// sqlBehind counts facts without a number, and numbers that the slowest follower of the shop has not had.
const sqlBehind = `
	SELECT (SELECT COUNT(*) FROM outbox o WHERE o.shop_id = $1 AND o.seq IS NULL) +
		COALESCE((SELECT MAX(h.seq - f.seq) FROM outbox_head h JOIN follower f ON f.shop_id = h.shop_id WHERE h.shop_id = $1), 0)`
