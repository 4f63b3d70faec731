package account

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
)

const (
	sqlInsertInvitation = `
		INSERT INTO invitation (shop_id, id, of_shop, owner, population, digest, email, role, account, account_of, expires_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9)`
	invitationColumns    = `id, of_shop, owner, population, email, role, account, account_of, expires_ms`
	sqlSelectInvitation  = `SELECT ` + invitationColumns + ` FROM invitation WHERE shop_id = $1 AND digest = $2`
	sqlSelectInvitations = `
		SELECT ` + invitationColumns + `
		FROM invitation
		WHERE shop_id = $1 AND of_shop = $2
		ORDER BY id
		LIMIT 100`
	sqlAcceptInvitation = `
		UPDATE invitation
		SET account = $3, account_of = $4
		WHERE shop_id = $1 AND digest = $2 AND account = 0 AND expires_ms > $5`
	sqlDeleteInvitation    = `DELETE FROM invitation WHERE shop_id = $1 AND of_shop = $2 AND id = $3`
	sqlDeleteInvitationsOf = `DELETE FROM invitation WHERE shop_id = $1 AND of_shop = $2 AND owner = $3 AND population = $4`
	sqlDeleteStale         = `DELETE FROM invitation WHERE shop_id = $1 AND of_shop = $2 AND account = 0 AND expires_ms <= $3`
)

func insertInvitation(ctx context.Context, tx *db.Tx, v Invitation, d secret.Digest) error {
	_, err := tx.Exec(ctx, sqlInsertInvitation, id.Platform, v.ID, v.Shop, v.Owner.ID, int64(v.Owner.Population), d, v.sealed,
		string(v.Role), v.Expires)
	return err
}

func scanInvitation(r db.Row) (v Invitation, err error) {
	var owner, ownerOf, account, accountOf int64
	err = r.Scan(&v.ID, &v.Shop, &owner, &ownerOf, &v.sealed, &v.Role, &account, &accountOf, &v.Expires)
	v.Owner = vault.AccountSubject(vault.Population(ownerOf), id.Account(owner))
	if account != 0 {
		v.Accepted = vault.AccountSubject(vault.Population(accountOf), id.Account(account))
	}
	return v, err
}

func selectInvitation(ctx context.Context, r db.Reader, d secret.Digest) (Invitation, error) {
	return db.One(ctx, r, scanInvitation, sqlSelectInvitation, id.Platform, d)
}

func selectInvitations(ctx context.Context, r db.Reader, shop id.Shop) ([]Invitation, error) {
	return db.All(ctx, r, scanInvitation, sqlSelectInvitations, id.Platform, shop)
}

func acceptInvitation(ctx context.Context, tx *db.Tx, d secret.Digest, who vault.Subject) (int64, error) {
	return tx.Exec(ctx, sqlAcceptInvitation, id.Platform, d, who.ID, int64(who.Population), tx.NowMS())
}

func deleteInvitation(ctx context.Context, tx *db.Tx, shop id.Shop, n int64) error {
	gone, err := tx.Exec(ctx, sqlDeleteInvitation, id.Platform, shop, n)
	if err == nil && gone == 0 {
		return ErrInvitation
	}
	return err
}

func deleteInvitationsOf(ctx context.Context, tx *db.Tx, shop id.Shop, who vault.Subject) error {
	_, err := tx.Exec(ctx, sqlDeleteInvitationsOf, id.Platform, shop, who.ID, int64(who.Population))
	return err
}

func deleteStale(ctx context.Context, tx *db.Tx, shop id.Shop) error {
	_, err := tx.Exec(ctx, sqlDeleteStale, id.Platform, shop, tx.NowMS())
	return err
}
