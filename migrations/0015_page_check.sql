-- +goose Up

-- What the watchers of log-in and checkout pages saw: a row per page, hour and outcome. The pages are the platform's (shop 0).
CREATE TABLE page_check (
	shop_id        BIGINT NOT NULL,
	id             BIGINT NOT NULL,
	watcher        TEXT   NOT NULL,
	page           TEXT   NOT NULL,
	hour_ms        BIGINT NOT NULL,
	digest         TEXT   NOT NULL,
	outcome        TEXT   NOT NULL,
	first_ms       BIGINT NOT NULL,
	last_ms        BIGINT NOT NULL,
	looks          BIGINT NOT NULL,
	status         BIGINT NOT NULL,
	took_ms        BIGINT NOT NULL,
	certificate_ms BIGINT NOT NULL,
	headers        TEXT   NOT NULL,
	files          TEXT   NOT NULL,
	differences    TEXT   NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, watcher, page, hour_ms, digest)
);
CREATE INDEX page_check_page ON page_check (shop_id, page, last_ms);
CREATE INDEX page_check_time ON page_check (shop_id, last_ms);

-- How far each watcher has been heard.
CREATE TABLE page_watcher (
	shop_id  BIGINT NOT NULL,
	name     TEXT   NOT NULL,
	address  TEXT   NOT NULL,
	seq      BIGINT NOT NULL,
	heard_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, name)
);
