-- +goose Up

-- What the service costs. Prices hold from a day (days since 1970 in Japan) until the plan's next row. In the platform's scope.
CREATE TABLE billing_plan (
	shop_id   BIGINT  NOT NULL,
	code      TEXT    NOT NULL,
	from_day  BIGINT  NOT NULL,
	name_ja   TEXT    NOT NULL,
	name_en   TEXT    NOT NULL,
	monthly   BIGINT  NOT NULL,
	per_order BIGINT  NOT NULL,
	offered   BOOLEAN NOT NULL,
	PRIMARY KEY (shop_id, code, from_day)
);

-- Who issues the invoices: the operator, as printed on them. In the platform's scope.
CREATE TABLE billing_issuer (
	shop_id BIGINT NOT NULL PRIMARY KEY,
	name    TEXT   NOT NULL,
	address TEXT   NOT NULL,
	phone   TEXT   NOT NULL,
	number  TEXT   NOT NULL,
	bank    TEXT   NOT NULL,
	version BIGINT NOT NULL
);

-- Whom an invoice was written to, as it was then: an owner's name and address, sealed. In the platform's scope, where owners live.
CREATE TABLE billing_recipient (
	shop_id     BIGINT NOT NULL,
	id          BIGINT NOT NULL,
	of_shop     BIGINT NOT NULL,
	month       BIGINT NOT NULL,
	owner       BIGINT NOT NULL,
	particulars BYTEA  NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, of_shop, month)
);

-- A shop's standing with the operator.
CREATE TABLE billing_account (
	shop_id      BIGINT NOT NULL PRIMARY KEY,
	started_day  BIGINT NOT NULL,
	next_month   BIGINT NOT NULL,
	last_number  BIGINT NOT NULL,
	method       TEXT   NOT NULL,
	saved        TEXT   NOT NULL,
	holder       TEXT   NOT NULL,
	brand        TEXT   NOT NULL,
	last4        TEXT   NOT NULL,
	suspended_ms BIGINT NOT NULL,
	suspended_by TEXT   NOT NULL,
	reason       TEXT   NOT NULL,
	before       TEXT   NOT NULL,
	version      BIGINT NOT NULL
);

CREATE INDEX billing_account_month ON billing_account (next_month, shop_id);

-- Which plan from which day on; the last choice of a day counts.
CREATE TABLE billing_choice (
	shop_id BIGINT NOT NULL,
	day     BIGINT NOT NULL,
	plan    TEXT   NOT NULL,
	at_ms   BIGINT NOT NULL,
	PRIMARY KEY (shop_id, day)
);

-- The books: each row moves an amount from the credit to the debit account. A cause is entered once.
CREATE TABLE billing_entry (
	shop_id  BIGINT NOT NULL,
	id       BIGINT NOT NULL,
	cause    TEXT   NOT NULL,
	fact     BIGINT NOT NULL,
	subject  BIGINT NOT NULL,
	at_ms    BIGINT NOT NULL,
	debit    TEXT   NOT NULL,
	credit   TEXT   NOT NULL,
	amount   BIGINT NOT NULL,
	plan     TEXT   NOT NULL,
	from_day  BIGINT NOT NULL,
	until_day BIGINT NOT NULL,
	document BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, cause)
);
CREATE INDEX billing_entry_document ON billing_entry (shop_id, document, at_ms);

-- Invoices and credit notes. What stands in body is what is printed, for ever.
CREATE TABLE billing_document (
	shop_id  BIGINT NOT NULL,
	id       BIGINT NOT NULL,
	number   BIGINT NOT NULL,
	code     TEXT   NOT NULL,
	kind     TEXT   NOT NULL,
	month    BIGINT NOT NULL,
	plan     TEXT   NOT NULL,
	made_ms  BIGINT NOT NULL,
	due_ms   BIGINT NOT NULL,
	total    BIGINT NOT NULL,
	tax      BIGINT NOT NULL,
	applied  BIGINT NOT NULL,
	paid     BIGINT NOT NULL,
	paid_ms  BIGINT NOT NULL,
	state    TEXT   NOT NULL,
	step     BIGINT NOT NULL,
	base_ms  BIGINT NOT NULL,
	next_ms  BIGINT NOT NULL,
	body     TEXT   NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, number)
);
CREATE INDEX billing_document_due ON billing_document (state, next_ms);

-- Attempts to charge a card. A provider is asked with the row's id as its key, so that one row is one charge.
CREATE TABLE billing_charge (
	shop_id  BIGINT NOT NULL,
	id       BIGINT NOT NULL,
	document BIGINT NOT NULL,
	attempt  BIGINT NOT NULL,
	why      TEXT   NOT NULL,
	amount   BIGINT NOT NULL,
	saved    TEXT   NOT NULL,
	holder   TEXT   NOT NULL,
	state    TEXT   NOT NULL,
	ref      TEXT   NOT NULL,
	reason   TEXT   NOT NULL,
	made_ms  BIGINT NOT NULL,
	done_ms  BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, document, attempt)
);

-- Cards being registered at the provider's page.
CREATE TABLE billing_setup (
	shop_id BIGINT NOT NULL,
	id      BIGINT NOT NULL,
	ref     TEXT   NOT NULL,
	state   TEXT   NOT NULL,
	made_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id)
);
