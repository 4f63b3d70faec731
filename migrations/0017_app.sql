-- +goose Up

-- Other people's programs, in the platform's realm (shop_id 0). What proves who they are is the vault's.
CREATE TABLE app (
	shop_id        BIGINT NOT NULL,
	id             BIGINT NOT NULL,
	developer      BIGINT NOT NULL,
	client_id      TEXT   NOT NULL,
	name           TEXT   NOT NULL,
	name_en        TEXT   NOT NULL,
	about          TEXT   NOT NULL,
	about_en       TEXT   NOT NULL,
	home           TEXT   NOT NULL, -- where people read about it
	manner         TEXT   NOT NULL, -- reference, modern
	state          TEXT   NOT NULL, -- draft, review, listed, refused, stopped
	redirects      TEXT   NOT NULL, -- one a line
	release_no     BIGINT NOT NULL, -- the newest
	install_hook   TEXT   NOT NULL,
	uninstall_hook TEXT   NOT NULL,
	made_ms        BIGINT NOT NULL,
	version        BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, client_id)
);
CREATE INDEX app_developer ON app (shop_id, developer, id);

CREATE TABLE app_release (
	shop_id BIGINT NOT NULL,
	app_id  BIGINT NOT NULL,
	no      BIGINT NOT NULL,
	scopes  TEXT   NOT NULL, -- by spaces: the most that it asks for
	notes   TEXT   NOT NULL,
	made_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, app_id, no)
);

-- What a shop's owner let in. The vault has the grant itself; this is what people look at.
CREATE TABLE installation (
	shop_id    BIGINT NOT NULL,
	app_id     BIGINT NOT NULL,
	release_no BIGINT NOT NULL,
	scopes     TEXT   NOT NULL,
	account    BIGINT NOT NULL,
	since_ms   BIGINT NOT NULL,
	ended_ms   BIGINT NOT NULL, -- 0 while it is there
	reason     TEXT   NOT NULL,
	PRIMARY KEY (shop_id, app_id)
);
