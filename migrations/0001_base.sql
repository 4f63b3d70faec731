-- +goose Up

-- Facts, written with what they tell of. seq is given after the commit, without gaps per shop; until then it is null.
CREATE TABLE outbox (
	shop_id  BIGINT NOT NULL,
	id       BIGINT NOT NULL,
	seq      BIGINT,
	at_ms    BIGINT NOT NULL,
	event    TEXT   NOT NULL,
	subject  BIGINT NOT NULL,
	body     TEXT   NOT NULL,
	PRIMARY KEY (shop_id, id)
);
CREATE INDEX outbox_waiting ON outbox (shop_id, at_ms, id) WHERE seq IS NULL;
CREATE UNIQUE INDEX outbox_seq ON outbox (shop_id, seq) WHERE seq IS NOT NULL;

-- The last number given in each shop.
CREATE TABLE outbox_head (
	shop_id BIGINT NOT NULL PRIMARY KEY,
	seq     BIGINT NOT NULL
);

-- How far each follower has come in each shop.
CREATE TABLE follower (
	shop_id BIGINT NOT NULL,
	name    TEXT   NOT NULL,
	seq     BIGINT NOT NULL,
	PRIMARY KEY (shop_id, name)
);

CREATE TABLE job (
	shop_id  BIGINT NOT NULL,
	id       BIGINT NOT NULL,
	kind     TEXT   NOT NULL,
	ref      BIGINT NOT NULL,
	due_ms   BIGINT NOT NULL,
	lease_ms BIGINT NOT NULL DEFAULT 0,
	tries    BIGINT NOT NULL DEFAULT 0,
	error    TEXT   NOT NULL DEFAULT '',
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, kind, ref)
);
CREATE INDEX job_due ON job (due_ms);

-- Work that one node at a time does.
CREATE TABLE lease (
	name     TEXT   NOT NULL PRIMARY KEY,
	holder   TEXT   NOT NULL,
	until_ms BIGINT NOT NULL
);
