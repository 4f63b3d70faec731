package lease

const (
	sqlTake = `
		INSERT INTO lease (name, holder, until_ms)
		VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE
		SET holder = excluded.holder, until_ms = excluded.until_ms
		WHERE lease.holder = excluded.holder OR lease.until_ms < $4`
	sqlRelease = `DELETE FROM lease WHERE name = $1 AND holder = $2`
)
