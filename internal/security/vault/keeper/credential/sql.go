package credential

import (
	"context"
	"errors"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

func exec(ctx context.Context, tx *db.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}

func countAccounts(ctx context.Context, r db.Reader, population uint8) (n int64, err error) {
	err = r.QueryRow(ctx, `SELECT count(*) FROM account WHERE realm = 0 AND population = $1`, int64(population)).Scan(&n)
	return n, err

}

func insertAccount(ctx context.Context, tx *db.Tx, who wire.Subject, login []byte, verifier string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO account (realm, population, id, login, verifier, totp_on, totp_step, created_ms)
		VALUES ($1, $2, $3, $4, $5, FALSE, 0, $6)
		ON CONFLICT DO NOTHING`, who.Shop, int64(who.Population), who.ID, login, verifier, tx.NowMS())
}

func scanAccount(r db.Row) (a account, err error) {
	var p int64
	err = r.Scan(&a.who.Shop, &p, &a.who.ID, &a.verifier, &a.totp, &a.totpOn, &a.totpStep)
	a.who.Population = uint8(p)
	return a, err
}

func selectAccount(ctx context.Context, r db.Reader, who wire.Subject) (account, error) {
	return db.One(ctx, r, scanAccount, `
		SELECT realm, population, id, verifier, totp, totp_on, totp_step
		FROM account
		WHERE realm = $1 AND population = $2 AND id = $3`, who.Shop, int64(who.Population), who.ID)
}

func selectAccountByLogin(ctx context.Context, r db.Reader, realm int64, login []byte) (account, error) {
	return db.One(ctx, r, scanAccount, `
		SELECT realm, population, id, verifier, totp, totp_on, totp_step
		FROM account
		WHERE realm = $1 AND login = $2`, realm, login)
}

func updateVerifier(ctx context.Context, tx *db.Tx, who wire.Subject, verifier string) error {
	return exec(ctx, tx, `
		UPDATE account
		SET verifier = $4
		WHERE realm = $1 AND population = $2 AND id = $3`, who.Shop, int64(who.Population), who.ID, verifier)
}

func updateLogin(ctx context.Context, tx *db.Tx, who wire.Subject, login []byte) error {
	return exec(ctx, tx, `
		UPDATE account
		SET login = $4
		WHERE realm = $1 AND population = $2 AND id = $3`, who.Shop, int64(who.Population), who.ID, login)
}

func startTOTP(ctx context.Context, tx *db.Tx, who wire.Subject, wrapped []byte) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE account
		SET totp = $4, totp_step = 0
		WHERE realm = $1 AND population = $2 AND id = $3 AND NOT totp_on`, who.Shop, int64(who.Population), who.ID, wrapped)
}

func confirmTOTP(ctx context.Context, tx *db.Tx, who wire.Subject, step int64) error {
	return exec(ctx, tx, `
		UPDATE account
		SET totp_on = TRUE, totp_step = $4
		WHERE realm = $1 AND population = $2 AND id = $3`, who.Shop, int64(who.Population), who.ID, step)
}

func useTOTP(ctx context.Context, tx *db.Tx, who wire.Subject, step int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE account
		SET totp_step = $4
		WHERE realm = $1 AND population = $2 AND id = $3 AND totp_on AND totp_step < $4`,
		who.Shop, int64(who.Population), who.ID, step)
}

func removeTOTP(ctx context.Context, tx *db.Tx, who wire.Subject) error {
	err := exec(ctx, tx, `
		UPDATE account
		SET totp = NULL, totp_on = FALSE, totp_step = 0
		WHERE realm = $1 AND population = $2 AND id = $3`, who.Shop, int64(who.Population), who.ID)
	return errors.Join(err, exec(ctx, tx, `
		DELETE FROM recovery
		WHERE realm = $1 AND population = $2 AND id = $3`, who.Shop, int64(who.Population), who.ID))
}

func insertRecovery(ctx context.Context, tx *db.Tx, who wire.Subject, code []byte) error {
	return exec(ctx, tx, `
		INSERT INTO recovery (realm, population, id, code)
		VALUES ($1, $2, $3, $4)`, who.Shop, int64(who.Population), who.ID, code)
}

func deleteRecovery(ctx context.Context, tx *db.Tx, who wire.Subject, code []byte) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM recovery
		WHERE realm = $1 AND population = $2 AND id = $3 AND code = $4`, who.Shop, int64(who.Population), who.ID, code)
}

func insertSession(ctx context.Context, tx *db.Tx, t secret.Token, who wire.Subject, pending bool, agent string, idle, most time.Duration) error {
	return exec(ctx, tx, `
		INSERT INTO session (token, no, pending, realm, population, id, agent, began_ms, seen_ms, idle_ms, expires_ms, stepped_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $8)`, digest(t.Digest()), tx.NewID(), pending,
		who.Shop, int64(who.Population), who.ID, agent, tx.NowMS(), idle.Milliseconds(), tx.Now().Add(most).UnixMilli())
}

func digest(d secret.Digest) []byte { return d[:] }

func selectSession(ctx context.Context, r db.Reader, d secret.Digest) (s Session, seen, idle int64, err error) {
	var p, expires, stepped int64
	err = r.QueryRow(ctx, `
		SELECT s.no, s.pending, s.realm, s.population, s.id, s.seen_ms, s.idle_ms, s.expires_ms, s.stepped_ms, a.totp_on
		FROM session s
		JOIN account a ON a.realm = s.realm AND a.population = s.population AND a.id = s.id
		WHERE s.token = $1`, digest(d)).Scan(&s.No, &s.Pending, &s.Who.Shop, &p, &s.Who.ID, &seen, &idle, &expires, &stepped, &s.HasTOTP)
	s.Who.Population = uint8(p)
	s.Expires, s.Stepped = time.UnixMilli(expires), time.UnixMilli(stepped)
	return s, seen, idle, err
}

func sessionAgent(ctx context.Context, r db.Reader, d secret.Digest) (agent string, err error) {
	err = r.QueryRow(ctx, `SELECT agent FROM session WHERE token = $1`, digest(d)).Scan(&agent)
	return agent, err

}

func selectSessions(ctx context.Context, r db.Reader, who wire.Subject) ([]wire.SessionInfo, error) {
	return db.All(ctx, r, func(row db.Row) (s wire.SessionInfo, err error) {
		err = row.Scan(&s.ID, &s.Agent, &s.BeganMS, &s.SeenMS, &s.ExpireMS)
		return s, err

	}, `
		SELECT no, agent, began_ms, seen_ms, expires_ms
		FROM session
		WHERE realm = $1 AND population = $2 AND id = $3 AND NOT pending AND expires_ms > $4 AND seen_ms + idle_ms > $4
		ORDER BY began_ms DESC, no DESC
		LIMIT 200`, who.Shop, int64(who.Population), who.ID, r.Now().UnixMilli())
}

func touchSession(ctx context.Context, tx *db.Tx, d secret.Digest) error {
	return exec(ctx, tx, `UPDATE session SET seen_ms = $2 WHERE token = $1`, digest(d), tx.NowMS())
}

func stepSession(ctx context.Context, tx *db.Tx, d secret.Digest) error {
	return exec(ctx, tx, `UPDATE session SET stepped_ms = $2 WHERE token = $1`, digest(d), tx.NowMS())
}

func deleteSession(ctx context.Context, tx *db.Tx, d secret.Digest) error {
	return exec(ctx, tx, `DELETE FROM session WHERE token = $1`, digest(d))
}

func deleteSessionNo(ctx context.Context, tx *db.Tx, who wire.Subject, no int64) error {
	return exec(ctx, tx, `
		DELETE FROM session
		WHERE realm = $1 AND population = $2 AND id = $3 AND no = $4`, who.Shop, int64(who.Population), who.ID, no)
}

func deleteSessions(ctx context.Context, tx *db.Tx, who wire.Subject, keep secret.Digest) error {
	return exec(ctx, tx, `
		DELETE FROM session
		WHERE realm = $1 AND population = $2 AND id = $3 AND token <> $4`,
		who.Shop, int64(who.Population), who.ID, digest(keep))
}

// deleteOld keeps the tables small; it goes with log-ins.
func deleteOld(ctx context.Context, tx *db.Tx) error {
	return errors.Join(exec(ctx, tx, `DELETE FROM ticket WHERE expires_ms < $1`, tx.NowMS()),
		exec(ctx, tx, `DELETE FROM session WHERE pending AND expires_ms < $1`, tx.NowMS()))
}

func insertTicket(ctx context.Context, tx *db.Tx, token secret.Token, t ticket) error {
	return insertTicketDigest(ctx, tx, token.Digest(), t)
}

func insertTicketDigest(ctx context.Context, tx *db.Tx, d secret.Digest, t ticket) error {
	return exec(ctx, tx, `
		INSERT INTO ticket (token, kind, realm, population, id, origin, state, expires_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, digest(d), t.kind, t.who.Shop, int64(t.who.Population), t.who.ID,
		t.origin, t.state, t.expires.UnixMilli())
}

func selectTicket(ctx context.Context, r db.Reader, d secret.Digest, kind string) (t ticket, err error) {
	var p, expires int64
	err = r.QueryRow(ctx, `
		SELECT kind, realm, population, id, origin, state, expires_ms
		FROM ticket
		WHERE token = $1 AND kind = $2`, digest(d), kind).Scan(&t.kind, &t.who.Shop, &p, &t.who.ID, &t.origin, &t.state, &expires)
	t.who.Population, t.expires = uint8(p), time.UnixMilli(expires)
	return t, err
}

func deleteTicket(ctx context.Context, tx *db.Tx, d secret.Digest) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM ticket WHERE token = $1`, digest(d))
}

func deleteTickets(ctx context.Context, tx *db.Tx, who wire.Subject) error {
	return exec(ctx, tx, `
		DELETE FROM ticket
		WHERE realm = $1 AND population = $2 AND id = $3`, who.Shop, int64(who.Population), who.ID)
}

func selectRoles(ctx context.Context, r db.Reader, who wire.Subject) ([]wire.Membership, error) {
	if who.Shop != 0 {
		return nil, nil
	}
	return db.All(ctx, r, func(row db.Row) (m wire.Membership, err error) {
		err = row.Scan(&m.Shop, &m.Role)
		return m, err
	}, `
		SELECT shop_id, role
		FROM membership
		WHERE population = $1 AND id = $2
		ORDER BY shop_id`, int64(who.Population), who.ID)
}

func selectRole(ctx context.Context, r db.Reader, who wire.Subject, shop int64) (role actor.Role, err error) {
	if who.Shop != 0 {
		return "", nil
	}
	var text string
	err = r.QueryRow(ctx, `
		SELECT role
		FROM membership
		WHERE shop_id = $1 AND population = $2 AND id = $3`, shop, int64(who.Population), who.ID).Scan(&text)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return actor.Role(text), err
}

func countOwners(ctx context.Context, r db.Reader, shop int64) (n int64, err error) {
	err = r.QueryRow(ctx, `SELECT count(*) FROM membership WHERE shop_id = $1 AND role = $2`, shop, string(actor.Owner)).Scan(&n)
	return n, err

}

func upsertRole(ctx context.Context, tx *db.Tx, in wire.Grant) error {
	return exec(ctx, tx, `
		INSERT INTO membership (shop_id, population, id, role)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (shop_id, population, id) DO UPDATE SET role = excluded.role`,
		in.Shop, int64(in.Who.Population), in.Who.ID, in.Role)
}

func deleteRole(ctx context.Context, tx *db.Tx, in wire.Grant) error {
	return exec(ctx, tx, `
		DELETE FROM membership
		WHERE shop_id = $1 AND population = $2 AND id = $3`, in.Shop, int64(in.Who.Population), in.Who.ID)
}

func selectMembers(ctx context.Context, r db.Reader, shop int64) ([]wire.Member, error) {
	return db.All(ctx, r, func(row db.Row) (m wire.Member, err error) {
		var p int64
		err = row.Scan(&p, &m.Who.ID, &m.Role)
		m.Who.Population = uint8(p)
		return m, err
	}, `
		SELECT population, id, role
		FROM membership
		WHERE shop_id = $1
		ORDER BY population, id
		LIMIT 1000`, shop)
}

func upsertExport(ctx context.Context, tx *db.Tx, who wire.Subject, in wire.ApproveExport) error {
	return exec(ctx, tx, `
		INSERT INTO export_grant (shop_id, population, id, subjects, expires_ms)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (shop_id, population, id) DO UPDATE SET subjects = excluded.subjects, expires_ms = excluded.expires_ms`,
		in.Shop, int64(who.Population), who.ID, int64(in.Subjects), tx.NowMS()+int64(in.Minutes)*60_000)
}

func selectExport(ctx context.Context, r db.Reader, who wire.Subject, shop int64) (n int, expires int64, err error) {
	err = r.QueryRow(ctx, `
		SELECT subjects, expires_ms
		FROM export_grant
		WHERE shop_id = $1 AND population = $2 AND id = $3 AND expires_ms > $4`,
		shop, int64(who.Population), who.ID, r.Now().UnixMilli()).Scan(&n, &expires)
	if errors.Is(err, db.ErrNone) {
		return 0, 0, nil
	}
	return n, expires, err
}

func selectCredentials(ctx context.Context, r db.Reader, who wire.Subject) ([][]byte, error) {
	return db.All(ctx, r, func(row db.Row) (b []byte, err error) {
		err = row.Scan(&b)
		return b, err
	}, `
		SELECT credential
		FROM passkey
		WHERE realm = $1 AND population = $2 AND id = $3
		ORDER BY no
		LIMIT 50`, who.Shop, int64(who.Population), who.ID)
}

func insertPasskey(ctx context.Context, tx *db.Tx, who wire.Subject, id, credential []byte, name string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO passkey (credential_id, no, realm, population, id, credential, name, added_ms, used_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
		ON CONFLICT DO NOTHING`, id, tx.NewID(), who.Shop, int64(who.Population), who.ID, credential, name, tx.NowMS())
}

func updatePasskey(ctx context.Context, tx *db.Tx, who wire.Subject, id, credential []byte) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE passkey
		SET credential = $5, used_ms = $6
		WHERE realm = $1 AND population = $2 AND id = $3 AND credential_id = $4`,
		who.Shop, int64(who.Population), who.ID, id, credential, tx.NowMS())
}

func selectPasskeys(ctx context.Context, r db.Reader, who wire.Subject) ([]wire.PasskeyInfo, error) {
	return db.All(ctx, r, func(row db.Row) (p wire.PasskeyInfo, err error) {
		err = row.Scan(&p.ID, &p.Name, &p.AddedMS, &p.UsedMS)
		return p, err

	}, `
		SELECT no, name, added_ms, used_ms
		FROM passkey
		WHERE realm = $1 AND population = $2 AND id = $3
		ORDER BY no
		LIMIT 50`, who.Shop, int64(who.Population), who.ID)
}

func deletePasskey(ctx context.Context, tx *db.Tx, who wire.Subject, no int64) error {
	return exec(ctx, tx, `
		DELETE FROM passkey
		WHERE realm = $1 AND population = $2 AND id = $3 AND no = $4`, who.Shop, int64(who.Population), who.ID, no)
}

func selectTOTPs(ctx context.Context, r db.Reader) ([]account, error) {
	return db.All(ctx, r, scanAccount, `
		SELECT realm, population, id, verifier, totp, totp_on, totp_step
		FROM account
		WHERE totp IS NOT NULL`)
}

func updateTOTP(ctx context.Context, tx *db.Tx, who wire.Subject, wrapped []byte) error {
	return exec(ctx, tx, `
		UPDATE account
		SET totp = $4
		WHERE realm = $1 AND population = $2 AND id = $3`, who.Shop, int64(who.Population), who.ID, wrapped)
}
