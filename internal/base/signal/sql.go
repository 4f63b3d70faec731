package signal

const (
	sqlAdd = `
		INSERT INTO security_event (shop_id, id, at_ms, last_ms, code, times, kind, account, member, credential, place, about, note,
			addr, net, node)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	sqlForget = `DELETE FROM security_event WHERE shop_id >= 0 AND at_ms < $1`
)
