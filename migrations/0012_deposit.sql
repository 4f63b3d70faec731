-- +goose Up

-- Files of the bank that were read in.
CREATE TABLE bank_import (
	shop_id BIGINT NOT NULL,
	id      BIGINT NOT NULL,
	at_ms   BIGINT NOT NULL,
	account BIGINT NOT NULL, -- of the staff member
	kind    TEXT   NOT NULL,
	columns TEXT   NOT NULL, -- of a CSV file, as they were used
	rows    BIGINT NOT NULL, -- with money in
	fresh   BIGINT NOT NULL, -- that were not there before
	PRIMARY KEY (shop_id, id)
);
CREATE INDEX bank_import_at ON bank_import (shop_id, at_ms, id);

-- Money that came to the shop's account. row_key is a digest of day, sum and the bank's mark, and no counts rows that have it
-- in common: the same row of the same or another file is stored once. payer is sealed.
CREATE TABLE deposit (
	shop_id   BIGINT NOT NULL,
	id        BIGINT NOT NULL,
	import_id BIGINT NOT NULL,
	row_key   BYTEA  NOT NULL,
	no        BIGINT NOT NULL,
	version   BIGINT NOT NULL,
	day       TEXT   NOT NULL,
	amount    BIGINT NOT NULL CHECK (amount > 0),
	payer     BYTEA,
	state     TEXT   NOT NULL, -- open, applied, ignored
	verdict   TEXT   NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, row_key, no)
);
CREATE INDEX deposit_state ON deposit (shop_id, state, day, id);

-- The orders that an open deposit may be for, or that an applied one paid.
CREATE TABLE deposit_order (
	shop_id    BIGINT NOT NULL,
	deposit_id BIGINT NOT NULL,
	order_id   BIGINT NOT NULL,
	PRIMARY KEY (shop_id, deposit_id, order_id)
);
CREATE INDEX deposit_order_order ON deposit_order (shop_id, order_id);

-- What was done with a deposit; only ever added to.
CREATE TABLE deposit_event (
	shop_id    BIGINT NOT NULL,
	deposit_id BIGINT NOT NULL,
	no         BIGINT NOT NULL,
	at_ms      BIGINT NOT NULL,
	act        TEXT   NOT NULL,
	account    BIGINT NOT NULL,
	orders     TEXT   NOT NULL, -- their ids
	PRIMARY KEY (shop_id, deposit_id, no)
);
