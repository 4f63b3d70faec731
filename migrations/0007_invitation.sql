-- +goose Up

-- Invitations to work in a shop. They live in the platform's realm (shop_id 0), as accounts do; the mail address is sealed as
-- the inviting owner's, since the invited person has no account yet.
CREATE TABLE invitation (
	shop_id     BIGINT NOT NULL,
	id          BIGINT NOT NULL,
	of_shop     BIGINT NOT NULL,
	owner       BIGINT NOT NULL,
	population  BIGINT NOT NULL,
	digest      BYTEA  NOT NULL,
	email       BYTEA  NOT NULL,
	role        TEXT   NOT NULL,
	account     BIGINT NOT NULL,
	account_of  BIGINT NOT NULL,
	expires_ms  BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, digest)
);
CREATE INDEX invitation_of_shop ON invitation (shop_id, of_shop, id);
