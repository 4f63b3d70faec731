-- +goose Up

-- Purchasers who have an account at a shop. What proves who they are is the vault's; name and mail address are sealed.
CREATE TABLE member (
	shop_id BIGINT NOT NULL,
	id      BIGINT NOT NULL,
	name    BYTEA  NOT NULL,
	email   BYTEA  NOT NULL,
	lang    TEXT   NOT NULL,
	made_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id)
);

-- Whose order it is: 0 is a guest's.
ALTER TABLE purchase ADD COLUMN member_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX purchase_member ON purchase (shop_id, member_id, placed_ms, id);
