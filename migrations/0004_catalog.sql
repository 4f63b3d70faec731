-- +goose Up

CREATE TABLE product (
	shop_id        BIGINT NOT NULL,
	id             BIGINT NOT NULL,
	handle         TEXT   NOT NULL,            -- its name in addresses
	name           TEXT   NOT NULL,
	name_en        TEXT   NOT NULL DEFAULT '',
	kana           TEXT   NOT NULL DEFAULT '', -- how the name is read, for searching
	description    TEXT   NOT NULL DEFAULT '',
	description_en TEXT   NOT NULL DEFAULT '',
	state          TEXT   NOT NULL,            -- draft, showing, hidden
	tax_class      TEXT   NOT NULL,            -- standard, reduced
	position       BIGINT NOT NULL DEFAULT 0,
	price_min      BIGINT NOT NULL,            -- yen with tax, of its variants
	price_max      BIGINT NOT NULL,
	image_id       BIGINT NOT NULL DEFAULT 0,  -- the first image
	search_text    TEXT   NOT NULL,            -- folded: name, reading, model numbers
	version        BIGINT NOT NULL,
	made_ms        BIGINT NOT NULL,
	updated_ms     BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, handle)
);
CREATE INDEX product_shelf ON product (shop_id, state, position, id DESC);
CREATE INDEX product_price ON product (shop_id, state, price_min, id DESC);

-- The axes along which a product's variants differ: at most three.
CREATE TABLE product_option (
	shop_id    BIGINT NOT NULL,
	id         BIGINT NOT NULL,
	product_id BIGINT NOT NULL,
	position   BIGINT NOT NULL,
	name       TEXT   NOT NULL,
	name_en    TEXT   NOT NULL DEFAULT '',
	PRIMARY KEY (shop_id, id),
	FOREIGN KEY (shop_id, product_id) REFERENCES product (shop_id, id) ON DELETE CASCADE
);
CREATE INDEX product_option_product ON product_option (shop_id, product_id, position);

CREATE TABLE option_value (
	shop_id    BIGINT NOT NULL,
	id         BIGINT NOT NULL,
	product_id BIGINT NOT NULL,
	option_id  BIGINT NOT NULL,
	position   BIGINT NOT NULL,
	name       TEXT   NOT NULL,
	name_en    TEXT   NOT NULL DEFAULT '',
	PRIMARY KEY (shop_id, id),
	FOREIGN KEY (shop_id, option_id) REFERENCES product_option (shop_id, id) ON DELETE CASCADE
);
CREATE INDEX option_value_product ON option_value (shop_id, product_id, position);
CREATE INDEX option_value_option ON option_value (shop_id, option_id);

-- What is sold. value1 to value3 are option_value ids in the order of the axes, 0 where there is no such axis.
CREATE TABLE variant (
	shop_id    BIGINT NOT NULL,
	id         BIGINT NOT NULL,
	product_id BIGINT NOT NULL,
	position   BIGINT NOT NULL,
	value1     BIGINT NOT NULL DEFAULT 0,
	value2     BIGINT NOT NULL DEFAULT 0,
	value3     BIGINT NOT NULL DEFAULT 0,
	price      BIGINT NOT NULL CHECK (price >= 0), -- yen with tax
	model      TEXT   NOT NULL DEFAULT '',
	jan        TEXT   NOT NULL DEFAULT '',
	weight_g   BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, product_id, value1, value2, value3),
	FOREIGN KEY (shop_id, product_id) REFERENCES product (shop_id, id) ON DELETE CASCADE
);

-- files lists the sizes and their digests, as JSON.
CREATE TABLE product_image (
	shop_id    BIGINT NOT NULL,
	id         BIGINT NOT NULL,
	product_id BIGINT NOT NULL,
	position   BIGINT NOT NULL,
	digest     TEXT   NOT NULL,
	width      BIGINT NOT NULL,
	height     BIGINT NOT NULL,
	alt        TEXT   NOT NULL DEFAULT '',
	alt_en     TEXT   NOT NULL DEFAULT '',
	files      TEXT   NOT NULL,
	PRIMARY KEY (shop_id, id),
	FOREIGN KEY (shop_id, product_id) REFERENCES product (shop_id, id) ON DELETE CASCADE
);
CREATE INDEX product_image_product ON product_image (shop_id, product_id, position);

CREATE TABLE category (
	shop_id   BIGINT NOT NULL,
	id        BIGINT NOT NULL,
	parent_id BIGINT NOT NULL DEFAULT 0, -- 0 at the top
	slug      TEXT   NOT NULL,
	name      TEXT   NOT NULL,
	name_en   TEXT   NOT NULL DEFAULT '',
	position  BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (shop_id, id),
	UNIQUE (shop_id, slug)
);

CREATE TABLE product_category (
	shop_id     BIGINT NOT NULL,
	product_id  BIGINT NOT NULL,
	category_id BIGINT NOT NULL,
	PRIMARY KEY (shop_id, product_id, category_id),
	FOREIGN KEY (shop_id, product_id) REFERENCES product (shop_id, id) ON DELETE CASCADE,
	FOREIGN KEY (shop_id, category_id) REFERENCES category (shop_id, id) ON DELETE CASCADE
);
CREATE INDEX product_category_category ON product_category (shop_id, category_id, product_id);

-- Lists that the owner picks by hand: recommended, best, new.
CREATE TABLE product_pick (
	shop_id    BIGINT NOT NULL,
	list       TEXT   NOT NULL,
	product_id BIGINT NOT NULL,
	position   BIGINT NOT NULL,
	PRIMARY KEY (shop_id, list, product_id),
	FOREIGN KEY (shop_id, product_id) REFERENCES product (shop_id, id) ON DELETE CASCADE
);
CREATE INDEX product_pick_product ON product_pick (shop_id, product_id);

-- Grows with each change of what a shop's pages show from the catalogue.
CREATE TABLE catalog_version (
	shop_id BIGINT NOT NULL PRIMARY KEY,
	version BIGINT NOT NULL
);

-- How many there are, and how many of them are held for buyers who are paying.
CREATE TABLE stock (
	shop_id    BIGINT NOT NULL,
	variant_id BIGINT NOT NULL,
	on_hand    BIGINT NOT NULL CHECK (on_hand >= 0),
	held       BIGINT NOT NULL CHECK (held >= 0),
	PRIMARY KEY (shop_id, variant_id),
	CHECK (held <= on_hand)
);
-- +only postgres
-- Updates stay on their page, so that two buyers of different pieces do not meet in the index.
ALTER TABLE stock SET (fillfactor = 50);
-- +end

-- Every change of on_hand; on_hand is their sum. Rows are only added.
CREATE TABLE stock_movement (
	shop_id    BIGINT NOT NULL,
	id         BIGINT NOT NULL,
	variant_id BIGINT NOT NULL,
	delta      BIGINT NOT NULL,
	reason     TEXT   NOT NULL,
	ref_kind   TEXT   NOT NULL DEFAULT '',
	ref        BIGINT NOT NULL DEFAULT 0,
	at_ms      BIGINT NOT NULL,
	actor_kind TEXT   NOT NULL,
	account_id BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (shop_id, id)
);
CREATE INDEX stock_movement_variant ON stock_movement (shop_id, variant_id, at_ms, id);
CREATE INDEX stock_movement_ref ON stock_movement (shop_id, ref, ref_kind) WHERE ref > 0;

CREATE TABLE stock_hold (
	shop_id    BIGINT NOT NULL,
	ref_kind   TEXT   NOT NULL,
	ref        BIGINT NOT NULL,
	variant_id BIGINT NOT NULL,
	quantity   BIGINT NOT NULL CHECK (quantity > 0),
	until_ms   BIGINT NOT NULL,
	PRIMARY KEY (shop_id, ref, ref_kind, variant_id)
);
CREATE INDEX stock_hold_until ON stock_hold (until_ms, shop_id);

-- Grows when a shopper could see that stock has changed: at the last few pieces and at their return.
CREATE TABLE stock_version (
	shop_id BIGINT NOT NULL PRIMARY KEY,
	version BIGINT NOT NULL
);
