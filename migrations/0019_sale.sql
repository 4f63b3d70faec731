-- +goose Up

-- What the public API shows of an order beside what was agreed: when it last changed, what becomes of its points, and a slip
-- number that was noted before the parcel left.
ALTER TABLE purchase ADD COLUMN updated_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE purchase ADD COLUMN point_state TEXT NOT NULL DEFAULT 'assumed'; -- assumed, fixed, canceled
ALTER TABLE purchase ADD COLUMN slip TEXT NOT NULL DEFAULT '';
UPDATE purchase SET updated_ms = placed_ms WHERE shop_id > 0;
CREATE INDEX purchase_updated ON purchase (shop_id, updated_ms, id);

-- A line is known by a number of its own. Lines of before are numbered from their order's.
ALTER TABLE purchase_line ADD COLUMN id BIGINT NOT NULL DEFAULT 0;
UPDATE purchase_line SET id = order_id + no WHERE shop_id > 0;

ALTER TABLE payment_method ADD COLUMN made_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment_method ADD COLUMN updated_ms BIGINT NOT NULL DEFAULT 0;

-- Points: each entry moves an amount from one account to another, and the purchaser's balance is never negative.
CREATE TABLE point_account (
	shop_id     BIGINT NOT NULL,
	customer_id BIGINT NOT NULL,
	balance     BIGINT NOT NULL CHECK (balance >= 0),
	version     BIGINT NOT NULL,
	PRIMARY KEY (shop_id, customer_id)
);

CREATE TABLE point_entry (
	shop_id     BIGINT NOT NULL,
	customer_id BIGINT NOT NULL,
	no          BIGINT NOT NULL, -- the account's version that the entry made
	debit       TEXT   NOT NULL, -- shop, purchaser
	credit      TEXT   NOT NULL,
	amount      BIGINT NOT NULL CHECK (amount > 0),
	at_ms       BIGINT NOT NULL,
	actor       TEXT   NOT NULL,
	account     BIGINT NOT NULL,
	app_id      BIGINT NOT NULL,
	PRIMARY KEY (shop_id, customer_id, no)
);
