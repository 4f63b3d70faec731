-- +goose Up

-- Which shop a host name leads to: one of the few reads without a shop.
CREATE TABLE shop_host (
	host    TEXT   NOT NULL PRIMARY KEY,
	shop_id BIGINT NOT NULL,
	main    BOOLEAN NOT NULL
);

CREATE TABLE shop (
	shop_id      BIGINT  NOT NULL PRIMARY KEY,
	handle       TEXT    NOT NULL,
	name         TEXT    NOT NULL,
	tagline      TEXT    NOT NULL,
	about        TEXT    NOT NULL,
	sells        TEXT    NOT NULL,
	theme        TEXT    NOT NULL,
	hero         TEXT    NOT NULL,
	logo         TEXT    NOT NULL,
	state        TEXT    NOT NULL,
	rounding     TEXT    NOT NULL,
	delivery     TEXT    NOT NULL,
	payment_time TEXT    NOT NULL,
	returns      TEXT    NOT NULL,
	legal_done   BOOLEAN NOT NULL,
	made_ms      BIGINT  NOT NULL,
	opened_ms    BIGINT  NOT NULL,
	version      BIGINT  NOT NULL
);

-- The particulars of 特定商取引法に基づく表記: an owner's personal data, which the law has the shop publish. They live in
-- the platform's realm (shop_id 0), since their subject is an owner.
CREATE TABLE legal (
	shop_id     BIGINT NOT NULL,
	of_shop     BIGINT NOT NULL,
	owner       BIGINT NOT NULL,
	particulars BYTEA  NOT NULL,
	version     BIGINT NOT NULL,
	PRIMARY KEY (shop_id, of_shop)
);

-- Owners, staff and operators, in the platform's realm. What proves who they are is the vault's.
CREATE TABLE account (
	shop_id    BIGINT NOT NULL,
	id         BIGINT NOT NULL,
	population BIGINT NOT NULL,
	name       BYTEA  NOT NULL,
	email      BYTEA  NOT NULL,
	lang       TEXT   NOT NULL,
	made_ms    BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id)
);
