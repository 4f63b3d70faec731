-- +goose Up

-- How a product is sold and shown, beside its names and variants. Sums are yen with tax; NULL is none.
ALTER TABLE product ADD COLUMN base_price BIGINT;   -- of variants without a price of their own
ALTER TABLE product ADD COLUMN list_price BIGINT;   -- what it usually costs elsewhere
ALTER TABLE product ADD COLUMN member_price BIGINT;
ALTER TABLE product ADD COLUMN cost BIGINT;
ALTER TABLE product ADD COLUMN few BIGINT;          -- from which count pages say how many are left
ALTER TABLE product ADD COLUMN min_quantity BIGINT NOT NULL DEFAULT 0;
ALTER TABLE product ADD COLUMN max_quantity BIGINT NOT NULL DEFAULT 0;
ALTER TABLE product ADD COLUMN sale_from_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE product ADD COLUMN sale_until_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE product ADD COLUMN unit TEXT NOT NULL DEFAULT '';
ALTER TABLE product ADD COLUMN memo TEXT NOT NULL DEFAULT '';       -- the shop's own
ALTER TABLE product ADD COLUMN summary TEXT NOT NULL DEFAULT '';
ALTER TABLE product ADD COLUMN small_text TEXT NOT NULL DEFAULT ''; -- the description for small screens
ALTER TABLE product ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE product ADD COLUMN members TEXT NOT NULL DEFAULT '';    -- buy: only they buy; see: only they see
ALTER TABLE product ADD COLUMN hide_sold_out BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE product ADD COLUMN unlisted BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE product ADD COLUMN uncounted BOOLEAN NOT NULL DEFAULT FALSE; -- its stock is not counted
UPDATE product SET base_price = price_min WHERE base_price IS NULL;
CREATE INDEX product_made ON product (shop_id, made_ms, id);
CREATE INDEX product_sale_from ON product (shop_id, sale_from_ms) WHERE sale_from_ms > 0;
CREATE INDEX product_sale_until ON product (shop_id, sale_until_ms) WHERE sale_until_ms > 0;

ALTER TABLE variant ADD COLUMN follows BOOLEAN NOT NULL DEFAULT FALSE; -- its price is the product's
ALTER TABLE variant ADD COLUMN list_price BIGINT;
ALTER TABLE variant ADD COLUMN member_price BIGINT;
ALTER TABLE variant ADD COLUMN cost BIGINT;
ALTER TABLE variant ADD COLUMN few BIGINT;
ALTER TABLE variant ADD COLUMN made_ms BIGINT NOT NULL DEFAULT 0;      -- 0: with the product
ALTER TABLE variant ADD COLUMN updated_ms BIGINT NOT NULL DEFAULT 0;
UPDATE variant SET follows = TRUE
	WHERE EXISTS (
		SELECT 1 FROM product p
		WHERE p.shop_id = variant.shop_id AND p.id = variant.product_id AND p.base_price = variant.price);

ALTER TABLE product_option ADD COLUMN made_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE product_option ADD COLUMN updated_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE option_value ADD COLUMN made_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE option_value ADD COLUMN updated_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE product_pick ADD COLUMN made_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE product_pick ADD COLUMN updated_ms BIGINT NOT NULL DEFAULT 0;

ALTER TABLE category ADD COLUMN state TEXT NOT NULL DEFAULT 'showing'; -- showing, hidden, members
ALTER TABLE category ADD COLUMN explanation TEXT NOT NULL DEFAULT '';
ALTER TABLE category ADD COLUMN meta TEXT NOT NULL DEFAULT '';         -- for search engines, as JSON; empty: never set
ALTER TABLE category ADD COLUMN made_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE category ADD COLUMN updated_ms BIGINT NOT NULL DEFAULT 0;

-- Products that belong together beside the categories: a brand, a season.
CREATE TABLE product_group (
	shop_id     BIGINT NOT NULL,
	id          BIGINT NOT NULL,
	parent_id   BIGINT NOT NULL, -- 0 at the top
	name        TEXT   NOT NULL,
	state       TEXT   NOT NULL, -- showing, hidden, members
	explanation TEXT   NOT NULL,
	meta        TEXT   NOT NULL,
	position    BIGINT NOT NULL,
	made_ms     BIGINT NOT NULL,
	updated_ms  BIGINT NOT NULL,
	PRIMARY KEY (shop_id, id)
);

CREATE TABLE group_product (
	shop_id    BIGINT NOT NULL,
	product_id BIGINT NOT NULL,
	group_id   BIGINT NOT NULL,
	PRIMARY KEY (shop_id, product_id, group_id),
	FOREIGN KEY (shop_id, product_id) REFERENCES product (shop_id, id) ON DELETE CASCADE,
	FOREIGN KEY (shop_id, group_id) REFERENCES product_group (shop_id, id) ON DELETE CASCADE
);
CREATE INDEX group_product_group ON group_product (shop_id, group_id, product_id);
