-- +goose Up

-- A shop's public keys, to which personal fields are sealed. The private halves are the vault's.
CREATE TABLE shop_key (
    shop_id    BIGINT NOT NULL,
    key_no     BIGINT NOT NULL,
    public_key BYTEA  NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (shop_id, key_no)
);

-- The encapsulation from which the vault derives a record's key. Without its row a record's fields never open again.
CREATE TABLE record_key (
    shop_id    BIGINT NOT NULL,
    tbl        TEXT   NOT NULL,
    row_id     BIGINT NOT NULL,
    key_no     BIGINT NOT NULL,
    population BIGINT NOT NULL,
    subject    BIGINT NOT NULL,
    shop_key   BIGINT NOT NULL,
    enc        BYTEA  NOT NULL,
    link       BYTEA,
    PRIMARY KEY (shop_id, tbl, row_id, key_no)
);

CREATE INDEX record_key_subject ON record_key (shop_id, population, subject);

-- From when to when which classes of a person's fields were stored: what could have been read.
CREATE TABLE presence (
    shop_id    BIGINT NOT NULL,
    population BIGINT NOT NULL,
    subject    BIGINT NOT NULL,
    tbl        TEXT   NOT NULL,
    row_id     BIGINT NOT NULL,
    key_no     BIGINT NOT NULL,
    mask       BIGINT NOT NULL,
    from_ms    BIGINT NOT NULL,
    to_ms      BIGINT,
    PRIMARY KEY (shop_id, population, subject, tbl, row_id, key_no)
);
