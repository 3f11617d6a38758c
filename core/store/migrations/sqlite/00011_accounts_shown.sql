-- +goose Up
-- shown is what the row shows as one text, because to read a page of thirteen values a row costs the program more than to
-- find the rows. core/store/shown.go takes it apart: numbers and words that hold no space, and the three free texts behind
-- their lengths in bytes. It stands in front, where it is found without passing the other columns.
-- SQLite can't add a stored column, so the table is made anew; with rowids, because a table without them keeps whole rows in the
-- inner pages of its tree too, which of rows as long as these is two levels for each ten times the members.
CREATE TABLE accounts_new (
    workspace_id  TEXT     NOT NULL,
    sort_key      BLOB     NOT NULL,
    member_id     TEXT     NOT NULL PRIMARY KEY,
    shown         TEXT     NOT NULL GENERATED ALWAYS AS (
        member_id || ' ' || user_id || ' ' || role || ' ' || status || ' ' || active_keys || ' ' || last_activity || ' ' ||
        coalesce(entry_id, '') || ' ' || coalesce(running_since, 0) || ' ' || flagged || ' ' ||
        length(CAST(name AS BLOB)) || ' ' || length(CAST(email AS BLOB)) || ' ' || length(CAST(description AS BLOB)) || ' ' ||
        name || email || description
    ) STORED,
    user_id       TEXT     NOT NULL,
    name          TEXT     NOT NULL,
    email         TEXT     NOT NULL,
    email_key     TEXT     NOT NULL,
    search_key    TEXT     NOT NULL,
    role          TEXT     NOT NULL,
    role_rank     SMALLINT NOT NULL,
    status        TEXT     NOT NULL,
    status_rank   SMALLINT NOT NULL,
    active_keys   BIGINT   NOT NULL,
    last_activity BIGINT   NOT NULL,
    running       SMALLINT NOT NULL CHECK ((running = 1) = (running_since IS NOT NULL)),
    running_since BIGINT,
    flagged       SMALLINT NOT NULL CHECK (flagged <= running),
    entry_id      TEXT,
    description   TEXT     NOT NULL,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);
INSERT INTO accounts_new (
    workspace_id, sort_key, member_id, user_id, name, email, email_key, search_key, role, role_rank, status, status_rank,
    active_keys, last_activity, running, running_since, flagged, entry_id, description
)
SELECT workspace_id, sort_key, member_id, user_id, name, email, email_key, search_key, role, role_rank, status, status_rank,
    active_keys, last_activity, running, running_since, flagged, entry_id, description
FROM accounts ORDER BY workspace_id, sort_key, member_id;
DROP TABLE accounts;
ALTER TABLE accounts_new RENAME TO accounts;
-- What searches keep of all members is read from this index alone.
CREATE INDEX accounts_by_name ON accounts (workspace_id, sort_key, member_id, search_key);
CREATE INDEX accounts_by_email ON accounts (workspace_id, email_key, sort_key, member_id);
CREATE INDEX accounts_by_role ON accounts (workspace_id, role_rank, sort_key, member_id);
CREATE INDEX accounts_by_status ON accounts (workspace_id, status_rank, sort_key, member_id);
CREATE INDEX accounts_by_keys ON accounts (workspace_id, active_keys, sort_key, member_id);
CREATE INDEX accounts_by_activity ON accounts (workspace_id, last_activity, sort_key, member_id);
CREATE INDEX accounts_by_running ON accounts (workspace_id, running, sort_key, member_id);
CREATE INDEX accounts_by_start ON accounts (workspace_id, running_since, sort_key, member_id) WHERE running = 1;
CREATE INDEX accounts_flagged ON accounts (workspace_id, sort_key, member_id) WHERE flagged = 1;
CREATE INDEX accounts_flagged_by_start ON accounts (workspace_id, running_since, sort_key, member_id) WHERE flagged = 1;
CREATE INDEX accounts_with_keys ON accounts (workspace_id, sort_key, member_id) WHERE active_keys > 0;
