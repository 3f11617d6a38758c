-- Times are Unix milliseconds in UTC, durations milliseconds, booleans 0 or 1. NULL stands for "none".
-- Names, addresses and keys that are searched or sorted by are made in Go (package textkey), so that both engines agree.

-- +goose Up
CREATE TABLE workspaces (
    id                  TEXT     NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    slug                TEXT     NOT NULL UNIQUE,
    name                TEXT     NOT NULL,
    plan                TEXT     NOT NULL CHECK (plan IN ('free', 'basic', 'standard', 'pro', 'enterprise')),
    subdomain           TEXT     UNIQUE,
    time_zone           TEXT     NOT NULL,
    language            TEXT     NOT NULL,
    forgotten_after     BIGINT   NOT NULL CHECK (forgotten_after >= 0),
    require_description SMALLINT NOT NULL CHECK (require_description IN (0, 1)),
    require_project     SMALLINT NOT NULL CHECK (require_project IN (0, 1)),
    require_tags        SMALLINT NOT NULL CHECK (require_tags IN (0, 1)),
    created_at          BIGINT   NOT NULL
) WITHOUT ROWID;

-- What each act in a workspace writes, in one small row: revisions, the head of the audit chain, the totals of accounts.
CREATE TABLE workspace_state (
    workspace_id     TEXT   NOT NULL PRIMARY KEY REFERENCES workspaces (id),
    revision         BIGINT NOT NULL,
    members_revision BIGINT NOT NULL,
    audit_seq        BIGINT NOT NULL,
    audit_hash       TEXT   NOT NULL,
    all_count        BIGINT NOT NULL,
    running_count    BIGINT NOT NULL,
    flagged_count    BIGINT NOT NULL,
    with_keys_count  BIGINT NOT NULL,
    inactive_count   BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE users (
    id         TEXT   NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    email      TEXT   NOT NULL,
    email_key  TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    search_key TEXT   NOT NULL,
    sort_key   BLOB   NOT NULL,
    language   TEXT   NOT NULL,
    time_zone  TEXT   NOT NULL,
    scheme     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE members (
    workspace_id    TEXT   NOT NULL REFERENCES workspaces (id),
    id              TEXT   NOT NULL CHECK (length(id) = 24),
    user_id         TEXT   NOT NULL REFERENCES users (id),
    role            TEXT   NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'member')),
    status          TEXT   NOT NULL CHECK (status IN ('invited', 'active', 'inactive')),
    forgotten_after BIGINT NOT NULL CHECK (forgotten_after >= 0),
    working_hours   TEXT   NOT NULL,
    last_activity   BIGINT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (user_id, workspace_id)
) WITHOUT ROWID;
CREATE INDEX members_owners ON members (workspace_id, id) WHERE role = 'owner' AND status = 'active';

-- +goose StatementBegin
CREATE TRIGGER members_keep_an_owner_on_update BEFORE UPDATE ON members
WHEN OLD.role = 'owner' AND OLD.status = 'active'
    AND (NEW.role <> 'owner' OR NEW.status <> 'active' OR NEW.workspace_id <> OLD.workspace_id)
    AND NOT EXISTS (SELECT 1 FROM members WHERE workspace_id = OLD.workspace_id AND role = 'owner' AND status = 'active' AND id <> OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'the workspace would be left without an active owner');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER members_keep_an_owner_on_delete BEFORE DELETE ON members
WHEN OLD.role = 'owner' AND OLD.status = 'active'
    AND NOT EXISTS (SELECT 1 FROM members WHERE workspace_id = OLD.workspace_id AND role = 'owner' AND status = 'active' AND id <> OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'the workspace would be left without an active owner');
END;
-- +goose StatementEnd

CREATE TABLE projects (
    workspace_id TEXT     NOT NULL REFERENCES workspaces (id),
    id           TEXT     NOT NULL CHECK (length(id) = 24),
    name         TEXT     NOT NULL,
    color        TEXT     NOT NULL,
    billable     SMALLINT NOT NULL CHECK (billable IN (0, 1)),
    archived     SMALLINT NOT NULL CHECK (archived IN (0, 1)),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name)
) WITHOUT ROWID;

CREATE TABLE tags (
    workspace_id TEXT     NOT NULL REFERENCES workspaces (id),
    id           TEXT     NOT NULL CHECK (length(id) = 24),
    name         TEXT     NOT NULL,
    archived     SMALLINT NOT NULL CHECK (archived IN (0, 1)),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name)
) WITHOUT ROWID;

-- tag_ids holds the ids of the tags in their order, separated by spaces.
CREATE TABLE time_entries (
    workspace_id TEXT     NOT NULL,
    id           TEXT     NOT NULL CHECK (length(id) = 24),
    member_id    TEXT     NOT NULL,
    user_id      TEXT     NOT NULL,
    description  TEXT     NOT NULL,
    project_id   TEXT,
    tag_ids      TEXT     NOT NULL,
    billable     SMALLINT NOT NULL CHECK (billable IN (0, 1)),
    started_at   BIGINT   NOT NULL,
    ended_at     BIGINT   CHECK (ended_at >= started_at),
    version      BIGINT   NOT NULL,
    incomplete   SMALLINT NOT NULL CHECK (incomplete IN (0, 1)),
    automatic    SMALLINT NOT NULL CHECK (automatic IN (0, 1)),
    flagged      SMALLINT NOT NULL CHECK (flagged IN (0, 1)),
    flag_at      BIGINT   CHECK (flag_at IS NULL OR (ended_at IS NULL AND deleted_at IS NULL)),
    stopped_at   BIGINT,
    stopped_by   TEXT,
    stopped_name TEXT     NOT NULL,
    stopped_door TEXT     NOT NULL,
    deleted_at   BIGINT,
    created_at   BIGINT   NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id),
    FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id)
);
CREATE UNIQUE INDEX time_entries_one_timer ON time_entries (member_id) WHERE ended_at IS NULL AND deleted_at IS NULL;
CREATE INDEX time_entries_of_member ON time_entries (member_id, started_at, id);
CREATE INDEX time_entries_running ON time_entries (workspace_id, started_at, id) WHERE ended_at IS NULL AND deleted_at IS NULL;
CREATE INDEX time_entries_flag_at ON time_entries (flag_at) WHERE flag_at IS NOT NULL;

CREATE TABLE api_keys (
    id               TEXT   NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id     TEXT   NOT NULL,
    member_id        TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    prefix           TEXT   NOT NULL,
    hash             TEXT   NOT NULL UNIQUE,
    created_at       BIGINT NOT NULL,
    last_used_at     BIGINT,
    deactivated_at   BIGINT,
    deactivated_by   TEXT,
    deactivated_name TEXT   NOT NULL,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
) WITHOUT ROWID;
CREATE INDEX api_keys_of_member ON api_keys (workspace_id, member_id, id);

CREATE TABLE sign_in_links (
    id           TEXT   NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id TEXT   NOT NULL REFERENCES workspaces (id),
    user_id      TEXT   NOT NULL REFERENCES users (id),
    hash         TEXT   NOT NULL UNIQUE,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT
) WITHOUT ROWID;

CREATE TABLE sessions (
    id                TEXT   NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    user_id           TEXT   NOT NULL REFERENCES users (id),
    host_workspace_id TEXT   REFERENCES workspaces (id),
    hash              TEXT   NOT NULL UNIQUE,
    created_at        BIGINT NOT NULL,
    last_seen_at      BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    ended_at          BIGINT,
    address           TEXT   NOT NULL,
    user_agent        TEXT   NOT NULL
) WITHOUT ROWID;

CREATE TABLE impersonations (
    id              TEXT   NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    session_id      TEXT   NOT NULL REFERENCES sessions (id),
    workspace_id    TEXT   NOT NULL,
    actor_user_id   TEXT   NOT NULL REFERENCES users (id),
    actor_member_id TEXT   NOT NULL,
    member_id       TEXT   NOT NULL,
    user_id         TEXT   NOT NULL REFERENCES users (id),
    reason          TEXT   NOT NULL,
    note            TEXT   NOT NULL,
    started_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    end_cause       TEXT   NOT NULL,
    FOREIGN KEY (workspace_id, actor_member_id) REFERENCES members (workspace_id, id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX impersonations_one_open ON impersonations (session_id) WHERE ended_at IS NULL;

CREATE TABLE identities (
    id           TEXT   NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id TEXT   NOT NULL,
    user_id      TEXT   NOT NULL REFERENCES users (id),
    member_id    TEXT   NOT NULL,
    platform     TEXT   NOT NULL,
    team         TEXT   NOT NULL,
    chat_user    TEXT   NOT NULL,
    linked_at    BIGINT NOT NULL,
    UNIQUE (platform, team, chat_user),
    UNIQUE (workspace_id, member_id, platform),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
) WITHOUT ROWID;

CREATE TABLE confirmations (
    id           TEXT     NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id TEXT     NOT NULL,
    hash         TEXT     NOT NULL UNIQUE,
    kind         TEXT     NOT NULL CHECK (kind IN ('card', 'alert', 'followup', 'form')),
    act          TEXT     NOT NULL,
    user_id      TEXT,
    member_id    TEXT     NOT NULL,
    entry_id     TEXT,
    version      BIGINT   NOT NULL,
    flag_id      TEXT,
    end_at       BIGINT,
    reason       TEXT     NOT NULL,
    created_at   BIGINT   NOT NULL,
    expires_at   BIGINT,
    used_at      BIGINT,
    canceled     SMALLINT NOT NULL CHECK (canceled IN (0, 1)),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);

CREATE TABLE seen_requests (
    hash     TEXT   NOT NULL PRIMARY KEY,
    until_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX seen_requests_until ON seen_requests (until_at);

CREATE TABLE settings (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE flags (
    workspace_id  TEXT   NOT NULL,
    id            TEXT   NOT NULL CHECK (length(id) = 24),
    entry_id      TEXT   NOT NULL,
    member_id     TEXT   NOT NULL,
    state         TEXT   NOT NULL CHECK (state IN ('open', 'snoozed', 'resolved')),
    opened_at     BIGINT NOT NULL,
    snoozed_until BIGINT CHECK ((snoozed_until IS NOT NULL) = (state = 'snoozed')),
    snooze_reason TEXT   NOT NULL,
    snoozed_by    TEXT   NOT NULL,
    resolved_at   BIGINT CHECK ((resolved_at IS NOT NULL) = (state = 'resolved')),
    resolution    TEXT   NOT NULL CHECK (resolution IN ('', 'stopped', 'deleted', 'still_working')),
    resolved_by   TEXT   NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, entry_id),
    FOREIGN KEY (workspace_id, entry_id) REFERENCES time_entries (workspace_id, id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
) WITHOUT ROWID;
CREATE INDEX flags_by_state ON flags (workspace_id, state, id);
CREATE INDEX flags_snoozed ON flags (snoozed_until) WHERE snoozed_until IS NOT NULL;

CREATE TABLE notices (
    workspace_id TEXT   NOT NULL,
    member_id    TEXT   NOT NULL,
    id           TEXT   NOT NULL CHECK (length(id) = 24),
    act          TEXT   NOT NULL,
    actor_name   TEXT   NOT NULL,
    door         TEXT   NOT NULL,
    entry_id     TEXT,
    reason       TEXT   NOT NULL,
    data         TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    read_at      BIGINT,
    PRIMARY KEY (workspace_id, member_id, id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);
CREATE INDEX notices_unread ON notices (workspace_id, member_id) WHERE read_at IS NULL;

CREATE TABLE audit_entries (
    workspace_id     TEXT   NOT NULL REFERENCES workspaces (id),
    seq              BIGINT NOT NULL,
    at               BIGINT NOT NULL,
    act              TEXT   NOT NULL,
    outcome          TEXT   NOT NULL CHECK (outcome IN ('done', 'refused')),
    actor_id         TEXT,
    actor_name       TEXT   NOT NULL,
    effective_id     TEXT,
    effective_name   TEXT   NOT NULL,
    door             TEXT   NOT NULL,
    target_kind      TEXT   NOT NULL,
    target_id        TEXT,
    target_member_id TEXT,
    target_name      TEXT   NOT NULL,
    reason           TEXT   NOT NULL,
    was              TEXT   NOT NULL,
    became           TEXT   NOT NULL,
    request_id       TEXT   NOT NULL,
    address          TEXT   NOT NULL,
    prev_hash        TEXT   NOT NULL,
    hash             TEXT   NOT NULL,
    PRIMARY KEY (workspace_id, seq)
);
CREATE INDEX audit_entries_about_member ON audit_entries (workspace_id, target_member_id, seq) WHERE target_member_id IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'audit entries are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'audit entries are never deleted');
END;
-- +goose StatementEnd

CREATE TABLE outbox (
    id            TEXT     NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id  TEXT     NOT NULL REFERENCES workspaces (id),
    topic         TEXT     NOT NULL CHECK (topic IN ('alert', 'stopped')),
    key           TEXT     NOT NULL UNIQUE,
    platform      TEXT     NOT NULL,
    destination   TEXT     NOT NULL,
    direct        SMALLINT NOT NULL CHECK (direct IN (0, 1)),
    recipient_id  TEXT,
    entry_id      TEXT,
    flag_id       TEXT,
    revision      BIGINT   NOT NULL,
    sent_revision BIGINT   NOT NULL,
    channel       TEXT     NOT NULL,
    message       TEXT     NOT NULL,
    state         TEXT     NOT NULL CHECK (state IN ('pending', 'sent', 'dead', 'dropped')),
    attempts      BIGINT   NOT NULL,
    due_at        BIGINT   NOT NULL,
    lease_token   TEXT     NOT NULL,
    lease_until   BIGINT,
    last_error    TEXT     NOT NULL,
    created_at    BIGINT   NOT NULL,
    FOREIGN KEY (workspace_id, recipient_id) REFERENCES members (workspace_id, id),
    FOREIGN KEY (workspace_id, entry_id) REFERENCES time_entries (workspace_id, id)
);
CREATE INDEX outbox_due ON outbox (platform, due_at, id) WHERE state = 'pending';
CREATE INDEX outbox_of_entry ON outbox (workspace_id, entry_id) WHERE topic = 'alert';

-- The Accounts table as it is shown: one row per member, recomputed from the sources by each act that touches the member.
-- Each index ends in (sort_key, member_id), so that every sort is one range. last_activity is 0 for "never seen".
CREATE TABLE accounts (
    workspace_id  TEXT     NOT NULL,
    sort_key      BLOB     NOT NULL,
    member_id     TEXT     NOT NULL UNIQUE,
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
    PRIMARY KEY (workspace_id, sort_key, member_id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
) WITHOUT ROWID;
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
