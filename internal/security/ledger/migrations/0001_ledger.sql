-- +goose Up

-- The last link of each shop's chain.
CREATE TABLE ledger_head (
	shop_id BIGINT NOT NULL PRIMARY KEY,
	seq     BIGINT NOT NULL,
	hash    BYTEA  NOT NULL
);

-- Heads that the tree does not know yet. A table of its own, so that the sequencer writes no row that an append writes.
CREATE TABLE ledger_due (
	shop_id BIGINT NOT NULL,
	seq     BIGINT NOT NULL,
	hash    BYTEA  NOT NULL,
	PRIMARY KEY (shop_id, seq)
);

-- The entries. Nothing ever updates or deletes a row.
CREATE TABLE ledger_entry (
	shop_id BIGINT NOT NULL,
	seq     BIGINT NOT NULL,
	hash    BYTEA  NOT NULL,
	body    BYTEA  NOT NULL,
	PRIMARY KEY (shop_id, seq)
-- +only sqlite
) WITHOUT ROWID;
-- +end
-- +only postgres
);
-- +end

-- Which blocks of 64 entries hold a term: a subject, an actor, a credential, an hour… A hint that may say too much, never too little.
CREATE TABLE ledger_mark (
	shop_id BIGINT NOT NULL,
	term    BIGINT NOT NULL,
	block   BIGINT NOT NULL,
	PRIMARY KEY (shop_id, term, block)
-- +only sqlite
) WITHOUT ROWID;
-- +end
-- +only postgres
);
-- +end

-- The tree over the heads. These tables are global.
CREATE TABLE ledger_leaf (
	n    BIGINT NOT NULL PRIMARY KEY,
	shop BIGINT NOT NULL,
	seq  BIGINT NOT NULL,
	hash BYTEA  NOT NULL
);

CREATE TABLE ledger_tile (
	level BIGINT NOT NULL,
	n     BIGINT NOT NULL,
	data  BYTEA  NOT NULL,
	PRIMARY KEY (level, n)
);

CREATE TABLE ledger_checkpoint (
	size  BIGINT NOT NULL PRIMARY KEY,
	at_ms BIGINT NOT NULL,
	note  BYTEA  NOT NULL
);

-- One row: the tree's size, and who sequences until when.
CREATE TABLE ledger_tree (
	one    BIGINT NOT NULL PRIMARY KEY,
	size   BIGINT NOT NULL,
	holder TEXT   NOT NULL,
	until  BIGINT NOT NULL
);
INSERT INTO ledger_tree (one, size, holder, until) VALUES (1, 0, '', 0);
