-- +goose Up

-- Blind indexes of sealed fields, for exact look-up: computed in the vault under a key that nobody else has, truncated. A
-- person's rows go with their record keys when they are erased.
CREATE TABLE blind_index (
	shop_id    BIGINT NOT NULL,
	tbl        TEXT   NOT NULL,
	class      BIGINT NOT NULL,
	blind      BYTEA  NOT NULL,
	row_id     BIGINT NOT NULL,
	population BIGINT NOT NULL,
	subject    BIGINT NOT NULL,
	PRIMARY KEY (shop_id, tbl, class, blind, row_id)
);
CREATE INDEX blind_index_subject ON blind_index (shop_id, population, subject);
