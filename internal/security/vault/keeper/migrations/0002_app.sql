-- +goose Up

-- Other people's programs, as far as their credentials go: what a client may ask for, and whether it may at all.
CREATE TABLE app_client (
    client_id  TEXT    NOT NULL PRIMARY KEY,
    app        BIGINT  NOT NULL,
    release    BIGINT  NOT NULL,
    developer  BIGINT  NOT NULL,
    secret     BYTEA   NOT NULL,
    redirects  TEXT    NOT NULL, -- one a line, matched exactly
    scopes     TEXT    NOT NULL, -- by spaces
    modern     BOOLEAN NOT NULL, -- PKCE, tokens that end
    stopped    BOOLEAN NOT NULL,
    per_day    BIGINT  NOT NULL  -- how many persons a day its tokens may have opened, over all shops
);
CREATE UNIQUE INDEX app_client_app ON app_client (app);

-- What an owner let an app do in a shop. Ending it ends every token under it.
CREATE TABLE app_grant (
    shop_id  BIGINT NOT NULL,
    app      BIGINT NOT NULL,
    release  BIGINT NOT NULL,
    account  BIGINT NOT NULL, -- who consented
    scopes   TEXT   NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (shop_id, app)
);
CREATE INDEX app_grant_app ON app_grant (app);

-- Digests of codes and tokens. A family descends from one code: a used refresh token that comes again ends all of it.
CREATE TABLE app_token (
    token      BYTEA   NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    family     BIGINT  NOT NULL,
    shop_id    BIGINT  NOT NULL,
    app        BIGINT  NOT NULL,
    scopes     TEXT    NOT NULL,
    redirect   TEXT    NOT NULL,
    challenge  TEXT    NOT NULL,
    used       BOOLEAN NOT NULL,
    made_ms    BIGINT  NOT NULL,
    expires_ms BIGINT  NOT NULL -- 0 is never
);
CREATE INDEX app_token_grant ON app_token (shop_id, app);
CREATE INDEX app_token_family ON app_token (family);
CREATE INDEX app_token_expires ON app_token (expires_ms);
