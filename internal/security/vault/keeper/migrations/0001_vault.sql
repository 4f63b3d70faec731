-- +goose Up

-- Who can log in. The log-in id is a blind index, the password a verifier; names and addresses are the main store's.
CREATE TABLE account (
    realm      BIGINT NOT NULL,
    population BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    login      BYTEA  NOT NULL,
    verifier   TEXT   NOT NULL,
    totp       BYTEA,
    totp_on    BOOLEAN NOT NULL,
    totp_step  BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (realm, population, id)
);

CREATE UNIQUE INDEX account_login ON account (realm, login);

CREATE TABLE recovery (
    realm      BIGINT NOT NULL,
    population BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    code       BYTEA  NOT NULL,
    PRIMARY KEY (realm, population, id, code)
);

-- Only digests of tokens. A pending session waits for its second factor and opens nothing.
CREATE TABLE session (
    token      BYTEA   NOT NULL PRIMARY KEY,
    no         BIGINT  NOT NULL,
    pending    BOOLEAN NOT NULL,
    realm      BIGINT  NOT NULL,
    population BIGINT  NOT NULL,
    id         BIGINT  NOT NULL,
    agent      TEXT    NOT NULL,
    began_ms   BIGINT  NOT NULL,
    seen_ms    BIGINT  NOT NULL,
    idle_ms    BIGINT  NOT NULL,
    expires_ms BIGINT  NOT NULL,
    stepped_ms BIGINT  NOT NULL
);

CREATE INDEX session_account ON session (realm, population, id);

CREATE TABLE membership (
    shop_id    BIGINT NOT NULL,
    population BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    role       TEXT   NOT NULL,
    PRIMARY KEY (shop_id, population, id)
);

CREATE INDEX membership_account ON membership (population, id);

-- Tokens that are good once: password resets, passkey ceremonies; and browsers that have logged in before.
CREATE TABLE ticket (
    token      BYTEA  NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL,
    realm      BIGINT NOT NULL,
    population BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    origin     TEXT   NOT NULL,
    state      BYTEA,
    expires_ms BIGINT NOT NULL
);

CREATE INDEX ticket_expires ON ticket (expires_ms);

CREATE TABLE passkey (
    credential_id BYTEA  NOT NULL PRIMARY KEY,
    no            BIGINT NOT NULL,
    realm         BIGINT NOT NULL,
    population    BIGINT NOT NULL,
    id            BIGINT NOT NULL,
    credential    BYTEA  NOT NULL,
    name          TEXT   NOT NULL,
    added_ms      BIGINT NOT NULL,
    used_ms       BIGINT NOT NULL
);

CREATE INDEX passkey_account ON passkey (realm, population, id);

CREATE TABLE export_grant (
    shop_id    BIGINT NOT NULL,
    population BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    subjects   BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (shop_id, population, id)
);

-- Shops' private keys, wrapped.
CREATE TABLE shop_secret (
    shop_id    BIGINT NOT NULL,
    key_no     BIGINT NOT NULL,
    public_key BYTEA  NOT NULL,
    wrapped    BYTEA  NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (shop_id, key_no)
);

-- Digests of encapsulations that never open again, whatever a backup brings back.
CREATE TABLE erased (
    enc     BYTEA  NOT NULL PRIMARY KEY,
    shop_id BIGINT NOT NULL,
    at_ms   BIGINT NOT NULL
);

-- Reasons that people gave, wrapped; the ledger's entry holds the keyed digest.
CREATE TABLE reason (
    shop_id BIGINT NOT NULL,
    digest  BYTEA  NOT NULL,
    wrapped BYTEA  NOT NULL,
    at_ms   BIGINT NOT NULL,
    PRIMARY KEY (shop_id, digest)
);
