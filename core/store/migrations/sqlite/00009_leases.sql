-- Who of several processes on one database may do what only one may, such as hold the connection to Discord's gateway.

-- +goose Up
CREATE TABLE leases (
    name     TEXT   NOT NULL PRIMARY KEY,
    holder   TEXT   NOT NULL,
    token    BIGINT NOT NULL CHECK (token > 0), -- grows with every holding of the name
    until_at BIGINT                             -- NULL: released
) WITHOUT ROWID;
