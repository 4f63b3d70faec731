-- +goose Up

-- A shop's public account number, PA and eight digits: what the public API calls it.
CREATE TABLE shop_account (
	no      TEXT   NOT NULL PRIMARY KEY,
	shop_id BIGINT NOT NULL
);
ALTER TABLE shop ADD COLUMN account_no TEXT NOT NULL DEFAULT '';
-- +only sqlite
UPDATE shop SET account_no = printf('PA%08d', shop_id % 100000000) WHERE shop_id > 0;
-- +end
-- +only postgres
UPDATE shop SET account_no = 'PA' || lpad((shop_id % 100000000)::text, 8, '0') WHERE shop_id > 0;
-- +end
INSERT INTO shop_account (no, shop_id) SELECT account_no, shop_id FROM shop WHERE shop_id > 0 ON CONFLICT (no) DO NOTHING;
