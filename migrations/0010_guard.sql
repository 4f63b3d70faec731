-- +goose Up

-- What security has heard of, without personal data. A row stands for so many equal events of one batch. Addresses are keyed
-- digests whose key is the vault's. The shop is the one it happened in; 0 is the platform.
CREATE TABLE security_event (
	shop_id    BIGINT NOT NULL,
	id         BIGINT NOT NULL,
	at_ms      BIGINT NOT NULL,
	last_ms    BIGINT NOT NULL,
	code       TEXT   NOT NULL,
	times      BIGINT NOT NULL,
	kind       TEXT   NOT NULL,
	account    BIGINT NOT NULL,
	member     BIGINT NOT NULL,
	credential TEXT   NOT NULL,
	place      TEXT   NOT NULL,
	about      TEXT   NOT NULL,
	note       TEXT   NOT NULL,
	addr       TEXT   NOT NULL,
	net        TEXT   NOT NULL,
	node       TEXT   NOT NULL,
	PRIMARY KEY (shop_id, id)
);
CREATE INDEX security_event_about ON security_event (shop_id, code, about, at_ms);
CREATE INDEX security_event_net ON security_event (shop_id, code, net, at_ms);
CREATE INDEX security_event_old ON security_event (at_ms);

-- Events that a rule found worth a person's look, grouped: one open finding for each rule and what it is about.
CREATE TABLE finding (
	shop_id  BIGINT NOT NULL,
	id       BIGINT NOT NULL,
	rule     TEXT   NOT NULL,
	about    TEXT   NOT NULL,
	gravity  BIGINT NOT NULL,
	first_ms BIGINT NOT NULL,
	last_ms  BIGINT NOT NULL,
	times    BIGINT NOT NULL,
	state    TEXT   NOT NULL,
	PRIMARY KEY (shop_id, id)
);
CREATE UNIQUE INDEX finding_open ON finding (shop_id, rule, about) WHERE state <> 'closed';
CREATE INDEX finding_last ON finding (last_ms, id);

-- What people did with a finding; never changed.
CREATE TABLE finding_note (
	shop_id BIGINT NOT NULL,
	id      BIGINT NOT NULL,
	finding BIGINT NOT NULL,
	at_ms   BIGINT NOT NULL,
	account BIGINT NOT NULL,
	state   TEXT   NOT NULL,
	note    TEXT   NOT NULL,
	PRIMARY KEY (shop_id, id)
);
CREATE INDEX finding_note_of ON finding_note (shop_id, finding, at_ms);

-- The switches that are on. They live in the platform's realm (shop_id 0); of_shop and of_app say how far each reaches.
CREATE TABLE safety_switch (
	shop_id  BIGINT NOT NULL,
	name     TEXT   NOT NULL,
	of_shop  BIGINT NOT NULL,
	of_app   BIGINT NOT NULL,
	on_ms    BIGINT NOT NULL,
	until_ms BIGINT NOT NULL,
	account  BIGINT NOT NULL,
	who      TEXT   NOT NULL,
	reason   TEXT   NOT NULL,
	renewals TEXT   NOT NULL,
	off_ms   BIGINT NOT NULL,
	asker    BIGINT NOT NULL,
	asked_by TEXT   NOT NULL,
	PRIMARY KEY (shop_id, name, of_shop, of_app)
);

-- Every flip of a switch; never changed.
CREATE TABLE safety_switch_change (
	shop_id  BIGINT NOT NULL,
	id       BIGINT NOT NULL,
	at_ms    BIGINT NOT NULL,
	name     TEXT   NOT NULL,
	of_shop  BIGINT NOT NULL,
	of_app   BIGINT NOT NULL,
	act      TEXT   NOT NULL,
	account  BIGINT NOT NULL,
	who      TEXT   NOT NULL,
	reason   TEXT   NOT NULL,
	until_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id)
);
CREATE INDEX safety_switch_change_at ON safety_switch_change (shop_id, at_ms, id);
