-- What a request that carries an idempotency key made, so that its repetition makes nothing.

-- +goose Up
CREATE TABLE repeatable_requests (
    workspace_id TEXT NOT NULL,
    member_id    TEXT NOT NULL,
    hash         TEXT NOT NULL,
    content      TEXT NOT NULL,
    entry_id     TEXT NOT NULL,
    until_at     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, member_id, hash),
    FOREIGN KEY (workspace_id, entry_id) REFERENCES time_entries (workspace_id, id)
) WITHOUT ROWID;
CREATE INDEX repeatable_requests_until ON repeatable_requests (until_at);
