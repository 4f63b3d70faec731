-- +goose Up

-- Carts on their way from a storefront's origin to the account's: a one-use token's digest, and the cart's secret under it.
CREATE TABLE handover (
	shop_id    BIGINT NOT NULL,
	digest     BYTEA  NOT NULL,
	cover      BYTEA  NOT NULL,
	expires_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, digest)
);
CREATE INDEX handover_expires ON handover (shop_id, expires_ms);
