-- +goose Up

-- A visitor's cart. The cookie holds the secret; the row its SHA-256. No price stands here: prices are the catalogue's.
CREATE TABLE cart (
	shop_id    BIGINT NOT NULL,
	id         BIGINT NOT NULL,
	secret     BYTEA  NOT NULL,
	lang       TEXT   NOT NULL,
	version    BIGINT NOT NULL,
	updated_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, secret)
);
CREATE INDEX cart_stale ON cart (shop_id, updated_ms);

-- The key makes the same variant one line.
CREATE TABLE cart_line (
	shop_id    BIGINT NOT NULL,
	cart_id    BIGINT NOT NULL,
	variant_id BIGINT NOT NULL,
	quantity   BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 999),
	added_ms   BIGINT NOT NULL,
	PRIMARY KEY (shop_id, cart_id, variant_id)
);

CREATE TABLE shipping_method (
	shop_id   BIGINT NOT NULL,
	id        BIGINT NOT NULL,
	carrier   TEXT   NOT NULL,
	name_ja   TEXT   NOT NULL,
	name_en   TEXT   NOT NULL,
	position  BIGINT NOT NULL,
	active    BIGINT NOT NULL,
	free_over BIGINT,          -- goods from this sum on ship free
	lead_days BIGINT NOT NULL, -- business days until dispatch
	wish_days BIGINT NOT NULL, -- how many days the wished date may be chosen from; 0: no wish
	version   BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id)
);

-- One row for each of the 47 prefectures that the method reaches.
CREATE TABLE shipping_fee (
	shop_id    BIGINT NOT NULL,
	method_id  BIGINT NOT NULL,
	prefecture BIGINT NOT NULL CHECK (prefecture BETWEEN 1 AND 47),
	fee        BIGINT NOT NULL CHECK (fee >= 0),
	PRIMARY KEY (shop_id, method_id, prefecture)
);

CREATE TABLE payment_method (
	shop_id       BIGINT NOT NULL,
	method        TEXT   NOT NULL,
	active        BIGINT NOT NULL,
	account       TEXT   NOT NULL, -- the bank account to pay to, as shown
	deadline_days BIGINT NOT NULL,
	version       BIGINT NOT NULL,
	PRIMARY KEY (shop_id, method)
);

-- The fee for cash on delivery: for sums below the bound (exclusive). Sums above every bound cannot be paid so.
CREATE TABLE payment_bracket (
	shop_id BIGINT NOT NULL,
	method  TEXT   NOT NULL,
	below   BIGINT NOT NULL,
	fee     BIGINT NOT NULL CHECK (fee >= 0),
	PRIMARY KEY (shop_id, method, below)
);

-- An order, a copy of what was sold as it was sold. BYTEA columns from name to link are sealed; the rest is clear.
CREATE TABLE purchase (
	shop_id         BIGINT NOT NULL,
	id              BIGINT NOT NULL,
	number          TEXT   NOT NULL,
	version         BIGINT NOT NULL,
	status          TEXT   NOT NULL,
	lang            TEXT   NOT NULL,
	guest_id        BIGINT NOT NULL,
	placed_ms       BIGINT NOT NULL,
	total           BIGINT NOT NULL,
	statement       TEXT   NOT NULL,
	prefecture      BIGINT NOT NULL,
	payment_method  TEXT   NOT NULL,
	shipping_method BIGINT NOT NULL,
	carrier         TEXT   NOT NULL,
	shipping_ja     TEXT   NOT NULL,
	shipping_en     TEXT   NOT NULL,
	wish_day        TEXT   NOT NULL,
	wish_slot       TEXT   NOT NULL,
	idempotency     BYTEA  NOT NULL,
	name            BYTEA,
	furigana        BYTEA,
	company         BYTEA,
	postcode        BYTEA,
	address         BYTEA,
	phone           BYTEA,
	email           BYTEA,
	note            BYTEA,
	link            BYTEA,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, number),
	UNIQUE (shop_id, idempotency)
);
CREATE INDEX purchase_placed ON purchase (shop_id, placed_ms, id);
CREATE INDEX purchase_status ON purchase (shop_id, status, placed_ms, id);

CREATE TABLE purchase_line (
	shop_id    BIGINT NOT NULL,
	order_id   BIGINT NOT NULL,
	no         BIGINT NOT NULL,
	product_id BIGINT NOT NULL,
	variant_id BIGINT NOT NULL,
	name       TEXT   NOT NULL,
	label      TEXT   NOT NULL,
	sku        TEXT   NOT NULL,
	unit_price BIGINT NOT NULL,
	rate       BIGINT NOT NULL,
	quantity   BIGINT NOT NULL,
	PRIMARY KEY (shop_id, order_id, no)
);
CREATE INDEX purchase_line_variant ON purchase_line (shop_id, variant_id, order_id);

-- What happened to an order, in order; only ever added to. no is the order's version that the change made. body holds
-- no personal data; text is a staff member's note, sealed.
CREATE TABLE purchase_event (
	shop_id  BIGINT NOT NULL,
	order_id BIGINT NOT NULL,
	no       BIGINT NOT NULL,
	id       BIGINT NOT NULL,
	kind     TEXT   NOT NULL,
	at_ms    BIGINT NOT NULL,
	actor    TEXT   NOT NULL,
	account  BIGINT NOT NULL,
	body     TEXT   NOT NULL,
	text     BYTEA,
	PRIMARY KEY (shop_id, order_id, no),
	UNIQUE (shop_id, id)
);

-- The final confirmation as it was shown, and the SHA-256 of its clear bytes.
CREATE TABLE purchase_evidence (
	shop_id  BIGINT NOT NULL,
	order_id BIGINT NOT NULL,
	screen   BYTEA  NOT NULL,
	sha256   BYTEA  NOT NULL,
	bytes    BIGINT NOT NULL,
	shown_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, order_id)
);

CREATE TABLE purchase_mail (
	shop_id  BIGINT NOT NULL,
	order_id BIGINT NOT NULL,
	kind     TEXT   NOT NULL,
	state    TEXT   NOT NULL, -- not_yet, sent, skip
	sent_ms  BIGINT NOT NULL,
	PRIMARY KEY (shop_id, order_id, kind)
);

CREATE TABLE shipment (
	shop_id    BIGINT NOT NULL,
	id         BIGINT NOT NULL,
	order_id   BIGINT NOT NULL,
	carrier    TEXT   NOT NULL,
	slip       TEXT   NOT NULL,
	shipped_ms BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id)
);
CREATE INDEX shipment_order ON shipment (shop_id, order_id);

CREATE TABLE payment (
	shop_id  BIGINT NOT NULL,
	order_id BIGINT NOT NULL,
	version  BIGINT NOT NULL,
	method   TEXT   NOT NULL,
	state    TEXT   NOT NULL,
	amount   BIGINT NOT NULL,
	account  TEXT   NOT NULL, -- where to pay to, as the purchaser was told
	due_ms   BIGINT NOT NULL,
	paid_ms  BIGINT NOT NULL,
	PRIMARY KEY (shop_id, order_id)
);
CREATE INDEX payment_due ON payment (shop_id, state, due_ms);

CREATE TABLE payment_event (
	shop_id  BIGINT NOT NULL,
	order_id BIGINT NOT NULL,
	no       BIGINT NOT NULL,
	at_ms    BIGINT NOT NULL,
	state    TEXT   NOT NULL,
	amount   BIGINT NOT NULL,
	actor    TEXT   NOT NULL,
	account  BIGINT NOT NULL,
	PRIMARY KEY (shop_id, order_id, no)
);
