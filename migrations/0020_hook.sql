-- +goose Up

-- What receivers check signatures with, sealed, in the platform's realm (shop_id 0). Two may be good at once.
CREATE TABLE hook_secret (
	shop_id BIGINT NOT NULL,
	app_id  BIGINT NOT NULL,
	no      BIGINT NOT NULL,
	sealed  BYTEA  NOT NULL,
	made_ms BIGINT NOT NULL,
	ends_ms BIGINT NOT NULL, -- 0 for the newest
	PRIMARY KEY (shop_id, app_id, no)
);

-- Which facts an app wants to hear of, in the platform's realm.
CREATE TABLE hook_subscription (
	shop_id  BIGINT NOT NULL,
	id       BIGINT NOT NULL,
	app_id   BIGINT NOT NULL,
	for_shop BIGINT NOT NULL, -- 0 is every shop that has the app
	event    TEXT   NOT NULL,
	url      TEXT   NOT NULL,
	made_ms  BIGINT NOT NULL,
	ended_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id)
);
CREATE INDEX hook_subscription_event ON hook_subscription (shop_id, event, app_id);
CREATE INDEX hook_subscription_app ON hook_subscription (shop_id, app_id, id);

-- One message to one receiver. Its body holds ids and states, nothing of a person.
CREATE TABLE hook_delivery (
	shop_id      BIGINT NOT NULL,
	id           BIGINT NOT NULL,
	app_id       BIGINT NOT NULL,
	subscription BIGINT NOT NULL, -- 0 for an uninstall hook
	kind         TEXT   NOT NULL, -- event, uninstall
	event        TEXT   NOT NULL,
	seq          BIGINT NOT NULL, -- the fact's number; an uninstall hook's is its id
	url          TEXT   NOT NULL,
	body         TEXT   NOT NULL,
	state        TEXT   NOT NULL, -- pending, delivered, failed
	tries        BIGINT NOT NULL, -- since it was last begun
	attempts     BIGINT NOT NULL, -- ever
	begun_ms     BIGINT NOT NULL, -- when the first try was due, at first or by a replay
	due_ms       BIGINT NOT NULL, -- while it is being sent: when somebody else may
	made_ms      BIGINT NOT NULL,
	done_ms      BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, app_id, subscription, seq)
);
CREATE INDEX hook_delivery_due ON hook_delivery (due_ms) WHERE state = 'pending';
CREATE INDEX hook_delivery_app ON hook_delivery (app_id, id);

CREATE TABLE hook_attempt (
	shop_id  BIGINT NOT NULL,
	delivery BIGINT NOT NULL,
	no       BIGINT NOT NULL,
	at_ms    BIGINT NOT NULL,
	took_ms  BIGINT NOT NULL,
	status   BIGINT NOT NULL, -- 0 where no answer came
	error    TEXT   NOT NULL,
	PRIMARY KEY (shop_id, delivery, no)
);

-- The feed: a shop's facts that apps may see, in streams without gaps, each with the running digest of its stream.
CREATE TABLE feed_event (
	shop_id BIGINT NOT NULL,
	seq     BIGINT NOT NULL,
	stream  TEXT   NOT NULL,
	no      BIGINT NOT NULL,
	at_ms   BIGINT NOT NULL,
	event   TEXT   NOT NULL,
	subject BIGINT NOT NULL,
	digest  TEXT   NOT NULL,
	PRIMARY KEY (shop_id, seq),
	UNIQUE (shop_id, stream, no)
);
CREATE INDEX feed_event_old ON feed_event (at_ms);

CREATE TABLE feed_head (
	shop_id BIGINT NOT NULL,
	stream  TEXT   NOT NULL,
	no      BIGINT NOT NULL,
	seq     BIGINT NOT NULL,
	digest  TEXT   NOT NULL,
	gone    BIGINT NOT NULL, -- the last seq that is forgotten
	PRIMARY KEY (shop_id, stream)
);
