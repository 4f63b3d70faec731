-- +goose Up

-- How a shop uses the ways to pay that go through a provider.
ALTER TABLE payment_method ADD COLUMN capture TEXT NOT NULL DEFAULT '';       -- card: at_once, at_dispatch
ALTER TABLE payment_method ADD COLUMN inline BIGINT NOT NULL DEFAULT 0;       -- card: the provider's frame instead of its page
ALTER TABLE payment_method ADD COLUMN fee BIGINT NOT NULL DEFAULT 0;          -- convenience store
ALTER TABLE payment_method ADD COLUMN grace_days BIGINT NOT NULL DEFAULT 0;   -- after the deadline, in which money is still taken
ALTER TABLE payment_method ADD COLUMN remind_days BIGINT NOT NULL DEFAULT 0;  -- before the deadline; 0: no letter
ALTER TABLE payment_method ADD COLUMN cancel_days BIGINT NOT NULL DEFAULT 0;  -- bank transfer: after the deadline; 0: never by itself

-- back is what was promised back of the amount while the order lives; end_ms is when an unpaid order ends by itself, 0 never.
ALTER TABLE payment ADD COLUMN back BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN end_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN remind_ms BIGINT NOT NULL DEFAULT 0;
CREATE INDEX payment_end ON payment (shop_id, state, end_ms);
CREATE INDEX payment_remind ON payment (shop_id, state, remind_ms);

-- A shop's account at a provider. api_key and notice_key are credentials, sealed. token is in the address of its notices.
CREATE TABLE provider_account (
	shop_id    BIGINT NOT NULL,
	name       TEXT   NOT NULL,
	active     BIGINT NOT NULL,
	endpoint   TEXT   NOT NULL,
	public_key TEXT   NOT NULL,
	api_key    BYTEA  NOT NULL,
	notice_key BYTEA  NOT NULL,
	token      TEXT   NOT NULL,
	version    BIGINT NOT NULL,
	changed_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, name),
	UNIQUE (shop_id, token)
);

-- One try to pay an order through a provider. card is sealed (class card_display); no column could hold a card number.
CREATE TABLE charge (
	shop_id      BIGINT NOT NULL,
	id           BIGINT NOT NULL,
	order_id     BIGINT NOT NULL,
	no           BIGINT NOT NULL, -- which try, from 1
	provider     TEXT   NOT NULL,
	means        TEXT   NOT NULL,
	idem_key     TEXT   NOT NULL, -- what the provider knows it by, before it has a name for it
	ref          TEXT   NOT NULL, -- the provider's name for it; empty until it is known
	state        TEXT   NOT NULL, -- new, then the provider's
	accepted     BIGINT NOT NULL, -- 1: it pays the order; money of any other goes back
	refused      TEXT   NOT NULL, -- why Noren does not take it: three_ds, amount
	amount       BIGINT NOT NULL,
	captured     BIGINT NOT NULL,
	refunded     BIGINT NOT NULL, -- as the provider tells
	capture      TEXT   NOT NULL, -- at_once, at_dispatch
	take         BIGINT NOT NULL, -- the sum that a capture was decided for; 0 none
	take_no      BIGINT NOT NULL, -- how often one was decided
	letting      BIGINT NOT NULL, -- 1: it was decided to let it go, and that stays so unless it was captured meanwhile
	trouble      TEXT   NOT NULL, -- what the provider refused for good: capture, void
	reason       TEXT   NOT NULL, -- why it was declined
	three_ds     TEXT   NOT NULL,
	saved_card   BIGINT NOT NULL, -- paid with this saved card; 0 none
	save         BIGINT NOT NULL, -- the member asked to keep the card
	inline       BIGINT NOT NULL,
	slip         TEXT   NOT NULL, -- convenience store: what one needs at the till, JSON; empty until it is known
	card         BYTEA,
	made_ms      BIGINT NOT NULL,
	opened_ms    BIGINT NOT NULL,
	secured_ms   BIGINT NOT NULL,
	ended_ms     BIGINT NOT NULL,
	due_ms       BIGINT NOT NULL, -- until when the purchaser can pay it
	look_ms      BIGINT NOT NULL, -- when to ask the provider again without news; 0 never
	version      BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, idem_key),
	UNIQUE (shop_id, order_id, no)
);
CREATE INDEX charge_ref ON charge (shop_id, ref);
CREATE INDEX charge_look ON charge (shop_id, look_ms);

-- Money that goes back to a purchaser, through the provider or by hand (charge_id 0: the order was not paid through one).
CREATE TABLE refund (
	shop_id   BIGINT NOT NULL,
	id        BIGINT NOT NULL,
	order_id  BIGINT NOT NULL,
	charge_id BIGINT NOT NULL,
	amount    BIGINT NOT NULL CHECK (amount > 0),
	idem_key  TEXT   NOT NULL,
	ref       TEXT   NOT NULL,
	state     TEXT   NOT NULL, -- less, wanted, pending, done, owed, by_hand
	why       TEXT   NOT NULL,
	form      BYTEA,           -- the form that asked for it, so that it asks once
	actor     TEXT   NOT NULL,
	account   BIGINT NOT NULL,
	made_ms   BIGINT NOT NULL,
	done_ms   BIGINT NOT NULL,
	version   BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, idem_key),
	UNIQUE (shop_id, form)
);
CREATE INDEX refund_order ON refund (shop_id, order_id, id);
CREATE INDEX refund_owed ON refund (shop_id, state, id);

-- Every yen of an order, entered twice: from credit to debit. cause is what moved it, no the version of that.
CREATE TABLE money_entry (
	shop_id  BIGINT NOT NULL,
	order_id BIGINT NOT NULL,
	kind     TEXT   NOT NULL,
	cause    BIGINT NOT NULL,
	no       BIGINT NOT NULL,
	at_ms    BIGINT NOT NULL,
	debit    TEXT   NOT NULL,
	credit   TEXT   NOT NULL,
	amount   BIGINT NOT NULL CHECK (amount > 0),
	PRIMARY KEY (shop_id, order_id, kind, cause, no)
);

-- Providers' news, by their own names for it, for the log.
CREATE TABLE notice_seen (
	shop_id  BIGINT NOT NULL,
	provider TEXT   NOT NULL,
	notice   TEXT   NOT NULL,
	ref      TEXT   NOT NULL,
	kind     TEXT   NOT NULL,
	sent_ms  BIGINT NOT NULL,
	seen_ms  BIGINT NOT NULL,
	times    BIGINT NOT NULL,
	PRIMARY KEY (shop_id, provider, notice)
);
CREATE INDEX notice_seen_at ON notice_seen (shop_id, seen_ms);

-- A member's card at a provider: the provider's token. display is sealed (class card_display).
CREATE TABLE saved_card (
	shop_id    BIGINT NOT NULL,
	id         BIGINT NOT NULL,
	member_id  BIGINT NOT NULL,
	provider   TEXT   NOT NULL,
	token      TEXT   NOT NULL,
	holder     TEXT   NOT NULL, -- the provider's name for the member
	display    BYTEA,
	agreed_ms  BIGINT NOT NULL,
	used_ms    BIGINT NOT NULL,
	gone_ms    BIGINT NOT NULL, -- forgotten by the member; the row goes when the provider has forgotten it, too
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, provider, token)
);
CREATE INDEX saved_card_member ON saved_card (shop_id, member_id, id);

-- The one link with which an unpaid order can be paid. A new one replaces it.
CREATE TABLE pay_link (
	shop_id    BIGINT NOT NULL,
	order_id   BIGINT NOT NULL,
	token      BYTEA  NOT NULL,
	expires_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, order_id),
	UNIQUE (shop_id, token)
);

-- What a provider says it paid out on a day, row by row, and what of ours it is.
CREATE TABLE settlement_row (
	shop_id   BIGINT NOT NULL,
	provider  TEXT   NOT NULL,
	day       TEXT   NOT NULL,
	no        BIGINT NOT NULL,
	ref       TEXT   NOT NULL,
	kind      TEXT   NOT NULL,
	amount    BIGINT NOT NULL,
	fee       BIGINT NOT NULL,
	payout    TEXT   NOT NULL,
	charge_id BIGINT NOT NULL,
	order_id  BIGINT NOT NULL,
	verdict   TEXT   NOT NULL, -- matched, unknown, differs, missing
	expected  BIGINT NOT NULL,
	PRIMARY KEY (shop_id, provider, day, no)
);
CREATE INDEX settlement_row_charge ON settlement_row (shop_id, charge_id);
CREATE INDEX settlement_row_verdict ON settlement_row (shop_id, verdict, day);

CREATE TABLE settlement_run (
	shop_id  BIGINT NOT NULL,
	provider TEXT   NOT NULL,
	day      TEXT   NOT NULL,
	lines    BIGINT NOT NULL,
	wrong    BIGINT NOT NULL,
	amount   BIGINT NOT NULL,
	fees     BIGINT NOT NULL,
	at_ms    BIGINT NOT NULL,
	PRIMARY KEY (shop_id, provider, day)
);
