-- Times are Unix milliseconds in UTC, durations milliseconds, booleans 0 or 1. NULL stands for "none".
-- Names, addresses and keys that are searched or sorted by are made in Go (package textkey), so that both engines agree.

-- +goose Up
CREATE TABLE workspaces (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    slug                TEXT COLLATE "C" NOT NULL UNIQUE,
    name                TEXT COLLATE "C" NOT NULL,
    plan                TEXT COLLATE "C" NOT NULL CHECK (plan IN ('free', 'basic', 'standard', 'pro', 'enterprise')),
    subdomain           TEXT COLLATE "C" UNIQUE,
    time_zone           TEXT COLLATE "C" NOT NULL,
    language            TEXT COLLATE "C" NOT NULL,
    forgotten_after     BIGINT   NOT NULL CHECK (forgotten_after >= 0),
    require_description SMALLINT NOT NULL CHECK (require_description IN (0, 1)),
    require_project     SMALLINT NOT NULL CHECK (require_project IN (0, 1)),
    require_tags        SMALLINT NOT NULL CHECK (require_tags IN (0, 1)),
    created_at          BIGINT   NOT NULL
);

-- What each act in a workspace writes, in one small row: revisions, the head of the audit chain, the totals of accounts.
CREATE TABLE workspace_state (
    workspace_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES workspaces (id),
    revision         BIGINT NOT NULL,
    members_revision BIGINT NOT NULL,
    audit_seq        BIGINT NOT NULL,
    audit_hash       TEXT COLLATE "C" NOT NULL,
    all_count        BIGINT NOT NULL,
    running_count    BIGINT NOT NULL,
    flagged_count    BIGINT NOT NULL,
    with_keys_count  BIGINT NOT NULL,
    inactive_count   BIGINT NOT NULL
);

CREATE TABLE users (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    email      TEXT COLLATE "C" NOT NULL,
    email_key  TEXT COLLATE "C" NOT NULL UNIQUE,
    name       TEXT COLLATE "C" NOT NULL,
    search_key TEXT COLLATE "C" NOT NULL,
    sort_key   BYTEA  NOT NULL,
    language   TEXT COLLATE "C" NOT NULL,
    time_zone  TEXT COLLATE "C" NOT NULL,
    scheme     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE members (
    workspace_id    TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id              TEXT COLLATE "C" NOT NULL CHECK (length(id) = 24),
    user_id         TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    role            TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'member')),
    status          TEXT COLLATE "C" NOT NULL CHECK (status IN ('invited', 'active', 'inactive')),
    forgotten_after BIGINT NOT NULL CHECK (forgotten_after >= 0),
    working_hours   TEXT COLLATE "C" NOT NULL,
    last_activity   BIGINT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (user_id, workspace_id)
);
CREATE INDEX members_owners ON members (workspace_id, id) WHERE role = 'owner' AND status = 'active';

-- +goose StatementBegin
CREATE FUNCTION members_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM workspaces WHERE id = OLD.workspace_id FOR UPDATE; -- two owners could leave at the same time
    IF NOT EXISTS (SELECT 1 FROM members WHERE workspace_id = OLD.workspace_id AND role = 'owner' AND status = 'active' AND id <> OLD.id) THEN
        RAISE EXCEPTION 'the workspace would be left without an active owner' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER members_keep_an_owner_on_update BEFORE UPDATE ON members FOR EACH ROW
WHEN (OLD.role = 'owner' AND OLD.status = 'active'
    AND (NEW.role <> 'owner' OR NEW.status <> 'active' OR NEW.workspace_id <> OLD.workspace_id))
EXECUTE FUNCTION members_keep_an_owner();
CREATE TRIGGER members_keep_an_owner_on_delete BEFORE DELETE ON members FOR EACH ROW
WHEN (OLD.role = 'owner' AND OLD.status = 'active')
EXECUTE FUNCTION members_keep_an_owner();

CREATE TABLE projects (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id           TEXT COLLATE "C" NOT NULL CHECK (length(id) = 24),
    name         TEXT COLLATE "C" NOT NULL,
    color        TEXT COLLATE "C" NOT NULL,
    billable     SMALLINT NOT NULL CHECK (billable IN (0, 1)),
    archived     SMALLINT NOT NULL CHECK (archived IN (0, 1)),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name)
);

CREATE TABLE tags (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id           TEXT COLLATE "C" NOT NULL CHECK (length(id) = 24),
    name         TEXT COLLATE "C" NOT NULL,
    archived     SMALLINT NOT NULL CHECK (archived IN (0, 1)),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name)
);

-- tag_ids holds the ids of the tags in their order, separated by spaces.
CREATE TABLE time_entries (
    workspace_id TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL CHECK (length(id) = 24),
    member_id    TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL,
    description  TEXT COLLATE "C" NOT NULL,
    project_id   TEXT COLLATE "C",
    tag_ids      TEXT COLLATE "C" NOT NULL,
    billable     SMALLINT NOT NULL CHECK (billable IN (0, 1)),
    started_at   BIGINT   NOT NULL,
    ended_at     BIGINT   CHECK (ended_at >= started_at),
    version      BIGINT   NOT NULL,
    incomplete   SMALLINT NOT NULL CHECK (incomplete IN (0, 1)),
    automatic    SMALLINT NOT NULL CHECK (automatic IN (0, 1)),
    flagged      SMALLINT NOT NULL CHECK (flagged IN (0, 1)),
    flag_at      BIGINT   CHECK (flag_at IS NULL OR (ended_at IS NULL AND deleted_at IS NULL)),
    stopped_at   BIGINT,
    stopped_by   TEXT COLLATE "C",
    stopped_name TEXT COLLATE "C" NOT NULL,
    stopped_door TEXT COLLATE "C" NOT NULL,
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
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id     TEXT COLLATE "C" NOT NULL,
    member_id        TEXT COLLATE "C" NOT NULL,
    name             TEXT COLLATE "C" NOT NULL,
    prefix           TEXT COLLATE "C" NOT NULL,
    hash             TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at       BIGINT NOT NULL,
    last_used_at     BIGINT,
    deactivated_at   BIGINT,
    deactivated_by   TEXT COLLATE "C",
    deactivated_name TEXT COLLATE "C" NOT NULL,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);
CREATE INDEX api_keys_of_member ON api_keys (workspace_id, member_id, id);

CREATE TABLE sign_in_links (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    hash         TEXT COLLATE "C" NOT NULL UNIQUE,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT
);

CREATE TABLE sessions (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    user_id           TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    host_workspace_id TEXT COLLATE "C" REFERENCES workspaces (id),
    hash              TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at        BIGINT NOT NULL,
    last_seen_at      BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    ended_at          BIGINT,
    address           TEXT COLLATE "C" NOT NULL,
    user_agent        TEXT COLLATE "C" NOT NULL
);

CREATE TABLE impersonations (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    session_id      TEXT COLLATE "C" NOT NULL REFERENCES sessions (id),
    workspace_id    TEXT COLLATE "C" NOT NULL,
    actor_user_id   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    actor_member_id TEXT COLLATE "C" NOT NULL,
    member_id       TEXT COLLATE "C" NOT NULL,
    user_id         TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    reason          TEXT COLLATE "C" NOT NULL,
    note            TEXT COLLATE "C" NOT NULL,
    started_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    end_cause       TEXT COLLATE "C" NOT NULL,
    FOREIGN KEY (workspace_id, actor_member_id) REFERENCES members (workspace_id, id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);
CREATE UNIQUE INDEX impersonations_one_open ON impersonations (session_id) WHERE ended_at IS NULL;

CREATE TABLE identities (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    member_id    TEXT COLLATE "C" NOT NULL,
    platform     TEXT COLLATE "C" NOT NULL,
    team         TEXT COLLATE "C" NOT NULL,
    chat_user    TEXT COLLATE "C" NOT NULL,
    linked_at    BIGINT NOT NULL,
    UNIQUE (platform, team, chat_user),
    UNIQUE (workspace_id, member_id, platform),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);

CREATE TABLE confirmations (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id TEXT COLLATE "C" NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL UNIQUE,
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('card', 'alert', 'followup', 'form')),
    act          TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C",
    member_id    TEXT COLLATE "C" NOT NULL,
    entry_id     TEXT COLLATE "C",
    version      BIGINT   NOT NULL,
    flag_id      TEXT COLLATE "C",
    end_at       BIGINT,
    reason       TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT   NOT NULL,
    expires_at   BIGINT,
    used_at      BIGINT,
    canceled     SMALLINT NOT NULL CHECK (canceled IN (0, 1)),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);

CREATE TABLE seen_requests (
    hash     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    until_at BIGINT NOT NULL
);
CREATE INDEX seen_requests_until ON seen_requests (until_at);

CREATE TABLE settings (
    key   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE flags (
    workspace_id  TEXT COLLATE "C" NOT NULL,
    id            TEXT COLLATE "C" NOT NULL CHECK (length(id) = 24),
    entry_id      TEXT COLLATE "C" NOT NULL,
    member_id     TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'snoozed', 'resolved')),
    opened_at     BIGINT NOT NULL,
    snoozed_until BIGINT CHECK ((snoozed_until IS NOT NULL) = (state = 'snoozed')),
    snooze_reason TEXT COLLATE "C" NOT NULL,
    snoozed_by    TEXT COLLATE "C" NOT NULL,
    resolved_at   BIGINT CHECK ((resolved_at IS NOT NULL) = (state = 'resolved')),
    resolution    TEXT COLLATE "C" NOT NULL CHECK (resolution IN ('', 'stopped', 'deleted', 'still_working')),
    resolved_by   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, entry_id),
    FOREIGN KEY (workspace_id, entry_id) REFERENCES time_entries (workspace_id, id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);
CREATE INDEX flags_by_state ON flags (workspace_id, state, id);
CREATE INDEX flags_snoozed ON flags (snoozed_until) WHERE snoozed_until IS NOT NULL;

CREATE TABLE notices (
    workspace_id TEXT COLLATE "C" NOT NULL,
    member_id    TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL CHECK (length(id) = 24),
    act          TEXT COLLATE "C" NOT NULL,
    actor_name   TEXT COLLATE "C" NOT NULL,
    door         TEXT COLLATE "C" NOT NULL,
    entry_id     TEXT COLLATE "C",
    reason       TEXT COLLATE "C" NOT NULL,
    data         TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    read_at      BIGINT,
    PRIMARY KEY (workspace_id, member_id, id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);
CREATE INDEX notices_unread ON notices (workspace_id, member_id) WHERE read_at IS NULL;

CREATE TABLE audit_entries (
    workspace_id     TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    seq              BIGINT NOT NULL,
    at               BIGINT NOT NULL,
    act              TEXT COLLATE "C" NOT NULL,
    outcome          TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('done', 'refused')),
    actor_id         TEXT COLLATE "C",
    actor_name       TEXT COLLATE "C" NOT NULL,
    effective_id     TEXT COLLATE "C",
    effective_name   TEXT COLLATE "C" NOT NULL,
    door             TEXT COLLATE "C" NOT NULL,
    target_kind      TEXT COLLATE "C" NOT NULL,
    target_id        TEXT COLLATE "C",
    target_member_id TEXT COLLATE "C",
    target_name      TEXT COLLATE "C" NOT NULL,
    reason           TEXT COLLATE "C" NOT NULL,
    was              TEXT COLLATE "C" NOT NULL,
    became           TEXT COLLATE "C" NOT NULL,
    request_id       TEXT COLLATE "C" NOT NULL,
    address          TEXT COLLATE "C" NOT NULL,
    prev_hash        TEXT COLLATE "C" NOT NULL,
    hash             TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, seq)
);
CREATE INDEX audit_entries_about_member ON audit_entries (workspace_id, target_member_id, seq) WHERE target_member_id IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are never changed or deleted' USING ERRCODE = 'check_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay();

CREATE TABLE outbox (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    topic         TEXT COLLATE "C" NOT NULL CHECK (topic IN ('alert', 'stopped')),
    key           TEXT COLLATE "C" NOT NULL UNIQUE,
    platform      TEXT COLLATE "C" NOT NULL,
    destination   TEXT COLLATE "C" NOT NULL,
    direct        SMALLINT NOT NULL CHECK (direct IN (0, 1)),
    recipient_id  TEXT COLLATE "C",
    entry_id      TEXT COLLATE "C",
    flag_id       TEXT COLLATE "C",
    revision      BIGINT   NOT NULL,
    sent_revision BIGINT   NOT NULL,
    channel       TEXT COLLATE "C" NOT NULL,
    message       TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'sent', 'dead', 'dropped')),
    attempts      BIGINT   NOT NULL,
    due_at        BIGINT   NOT NULL,
    lease_token   TEXT COLLATE "C" NOT NULL,
    lease_until   BIGINT,
    last_error    TEXT COLLATE "C" NOT NULL,
    created_at    BIGINT   NOT NULL,
    FOREIGN KEY (workspace_id, recipient_id) REFERENCES members (workspace_id, id),
    FOREIGN KEY (workspace_id, entry_id) REFERENCES time_entries (workspace_id, id)
);
CREATE INDEX outbox_due ON outbox (platform, due_at, id) WHERE state = 'pending';
CREATE INDEX outbox_of_entry ON outbox (workspace_id, entry_id) WHERE topic = 'alert';

-- The Accounts table as it is shown: one row per member, recomputed from the sources by each act that touches the member.
-- Each index ends in (sort_key, member_id), so that every sort is one range. last_activity is 0 for "never seen".
CREATE TABLE accounts (
    workspace_id  TEXT COLLATE "C" NOT NULL,
    sort_key      BYTEA    NOT NULL,
    member_id     TEXT COLLATE "C" NOT NULL UNIQUE,
    user_id       TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    email         TEXT COLLATE "C" NOT NULL,
    email_key     TEXT COLLATE "C" NOT NULL,
    search_key    TEXT COLLATE "C" NOT NULL,
    role          TEXT COLLATE "C" NOT NULL,
    role_rank     SMALLINT NOT NULL,
    status        TEXT COLLATE "C" NOT NULL,
    status_rank   SMALLINT NOT NULL,
    active_keys   BIGINT   NOT NULL,
    last_activity BIGINT   NOT NULL,
    running       SMALLINT NOT NULL CHECK ((running = 1) = (running_since IS NOT NULL)),
    running_since BIGINT,
    flagged       SMALLINT NOT NULL CHECK (flagged <= running),
    entry_id      TEXT COLLATE "C",
    description   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, sort_key, member_id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);
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
