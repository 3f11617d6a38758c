-- Reminders, questions to members, summaries of many flags, and messages that can't be delivered.

-- +goose Up
-- remind_at is when the next reminder of an open flag is due; round counts how often the flag was opened.
ALTER TABLE flags ADD COLUMN remind_at BIGINT CHECK (remind_at IS NULL OR state = 'open');
ALTER TABLE flags ADD COLUMN reminded_at BIGINT;
ALTER TABLE flags ADD COLUMN reminders BIGINT NOT NULL DEFAULT 0;
ALTER TABLE flags ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
ALTER TABLE flags ADD COLUMN answered_at BIGINT;
ALTER TABLE flags ADD COLUMN corrected_at BIGINT;
ALTER TABLE flags ADD COLUMN corrected_by TEXT NOT NULL DEFAULT '';
CREATE INDEX flags_remind ON flags (remind_at) WHERE remind_at IS NOT NULL;

-- SQLite can't change a CHECK, so the table is made anew. wanted_at is since when the present revision may be shown; digest_id is
-- the summary that a row shows, or into which it went.
CREATE TABLE outbox_new (
    id            TEXT     NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    workspace_id  TEXT     NOT NULL REFERENCES workspaces (id),
    topic         TEXT     NOT NULL CHECK (topic IN ('alert', 'stopped', 'ask', 'digest', 'reminder')),
    key           TEXT     NOT NULL UNIQUE,
    platform      TEXT     NOT NULL,
    destination   TEXT     NOT NULL,
    direct        SMALLINT NOT NULL CHECK (direct IN (0, 1)),
    recipient_id  TEXT,
    entry_id      TEXT,
    flag_id       TEXT,
    digest_id     TEXT,
    revision      BIGINT   NOT NULL,
    sent_revision BIGINT   NOT NULL,
    channel       TEXT     NOT NULL,
    message       TEXT     NOT NULL,
    reply_to      TEXT     NOT NULL,
    state         TEXT     NOT NULL CHECK (state IN ('pending', 'sent', 'dead', 'dropped')),
    attempts      BIGINT   NOT NULL,
    due_at        BIGINT   NOT NULL,
    wanted_at     BIGINT   NOT NULL,
    lease_token   TEXT     NOT NULL,
    lease_until   BIGINT,
    last_error    TEXT     NOT NULL,
    created_at    BIGINT   NOT NULL,
    FOREIGN KEY (workspace_id, recipient_id) REFERENCES members (workspace_id, id),
    FOREIGN KEY (workspace_id, entry_id) REFERENCES time_entries (workspace_id, id)
);
INSERT INTO outbox_new (id, workspace_id, topic, key, platform, destination, direct, recipient_id, entry_id, flag_id, revision, sent_revision,
    channel, message, reply_to, state, attempts, due_at, wanted_at, lease_token, lease_until, last_error, created_at)
SELECT id, workspace_id, topic, key, platform, destination, direct, recipient_id, entry_id, flag_id, revision, sent_revision,
    channel, message, '', state, attempts, due_at, due_at, lease_token, lease_until, last_error, created_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (platform, due_at, id) WHERE state = 'pending';
CREATE INDEX outbox_of_entry ON outbox (workspace_id, entry_id, topic);
CREATE INDEX outbox_of_digest ON outbox (workspace_id, digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX outbox_waiting ON outbox (platform, destination) WHERE state = 'pending';
CREATE INDEX outbox_unsent ON outbox (platform, created_at) WHERE state = 'pending' AND topic = 'alert' AND message = '';
CREATE INDEX outbox_dead ON outbox (workspace_id, id) WHERE state = 'dead';

-- What a summary of several flags is about. A destination's message has its own, or shares it with the others of its run.
CREATE TABLE digest_entries (
    workspace_id TEXT NOT NULL,
    digest_id    TEXT NOT NULL CHECK (length(digest_id) = 24),
    entry_id     TEXT NOT NULL,
    PRIMARY KEY (workspace_id, digest_id, entry_id),
    FOREIGN KEY (workspace_id, entry_id) REFERENCES time_entries (workspace_id, id)
) WITHOUT ROWID;
CREATE INDEX digest_entries_of_entry ON digest_entries (workspace_id, entry_id);

-- The sweep looks only at workspaces that stop timers by themselves.
CREATE INDEX workspaces_auto_stop ON workspaces (auto_stop_after);
