package detect

import (
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/signal"
)

const (
	sqlMore = `
		UPDATE finding
		SET times = times + $4, last_ms = CASE WHEN last_ms < $5 THEN $5 ELSE last_ms END
		WHERE shop_id = $1 AND rule = $2 AND about = $3 AND state <> 'closed'`
	sqlSumShop = `
		SELECT CAST(COALESCE(SUM(times), 0) AS BIGINT), COALESCE(MIN(at_ms), 0), COALESCE(MAX(last_ms), 0)
		FROM security_event
		WHERE shop_id = $1 AND code = $2 AND at_ms >= $3`
	sqlSumAbout   = sqlSumShop + ` AND about = $4`
	sqlSumNetwork = sqlSumShop + ` AND net = $4`
	sqlOpen       = `
		INSERT INTO finding (shop_id, id, rule, about, gravity, first_ms, last_ms, times, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (shop_id, id) DO NOTHING`
	sqlClosedAt = `
		SELECT n.at_ms
		FROM finding_note n
		JOIN finding f ON f.shop_id = n.shop_id AND f.id = n.finding
		WHERE f.shop_id = $1 AND f.rule = $2 AND f.about = $3 AND f.state = $4 AND n.state = $4
		ORDER BY n.at_ms DESC
		LIMIT 1`
	columns = `shop_id, id, rule, about, gravity, first_ms, last_ms, times, state`
	sqlList = `SELECT ` + columns + ` FROM finding WHERE shop_id >= 0 AND `
	sqlGet  = `SELECT ` + columns + ` FROM finding WHERE shop_id = $1 AND id = $2`
	sqlWait = `SELECT COUNT(*) FROM finding WHERE shop_id >= 0 AND state = 'open'`
	sqlMove = `UPDATE finding SET state = $3 WHERE shop_id = $1 AND id = $2 AND state <> 'closed'`
	sqlNote = `
		INSERT INTO finding_note (shop_id, id, finding, at_ms, account, state, note)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (shop_id, id) DO NOTHING`
	sqlNotes = `
		SELECT at_ms, account, state, note
		FROM finding_note
		WHERE shop_id = $1 AND finding = $2
		ORDER BY at_ms, id
		LIMIT 200`
	sqlEventsShop = `
		SELECT at_ms, last_ms, code, times, kind, account, member, credential, place, about, note, addr, net
		FROM security_event
		WHERE shop_id = $1 AND code = $2 AND at_ms >= $3`
	newest           = ` ORDER BY at_ms DESC, id DESC LIMIT 50`
	sqlEventsAbout   = sqlEventsShop + ` AND about = $4` + newest
	sqlEventsNetwork = sqlEventsShop + ` AND net = $4` + newest
)

func sqlSum(by By) string {
	switch by {
	case ByShop:
		return sqlSumShop
	case ByNetwork:
		return sqlSumNetwork
	}
	return sqlSumAbout
}

func sqlEvents(by By) string {
	switch by {
	case ByShop:
		return sqlEventsShop + newest
	case ByNetwork:
		return sqlEventsNetwork
	}
	return sqlEventsAbout
}

func scanFinding(r db.Row) (f Finding, err error) {
	var first, last int64
	err = r.Scan(&f.Shop, &f.ID, &f.Rule, &f.About, &f.Gravity, &first, &last, &f.Times, &f.State)
	f.First, f.Last = time.UnixMilli(first), time.UnixMilli(last)
	return f, err
}

func scanRemark(r db.Row) (n Remark, err error) {
	var at int64
	err = r.Scan(&at, &n.Account, &n.State, &n.Note)
	n.At = time.UnixMilli(at)
	return n, err
}

func scanEvent(r db.Row) (s signal.Stored, err error) {
	err = r.Scan(&s.FirstMS, &s.LastMS, &s.Code, &s.Times, &s.Kind, &s.Account, &s.Member, &s.Credential, &s.Where, &s.About, &s.Note, &s.Addr, &s.Net)
	return s, err
}
