-- Reminders, questions to members, summaries of many flags, and messages that can't be delivered.

-- +goose Up
-- remind_at is when the next reminder of an open flag is due; round counts how often the flag was opened.
ALTER TABLE flags ADD COLUMN remind_at BIGINT CHECK (remind_at IS NULL OR state = 'open');
ALTER TABLE flags ADD COLUMN reminded_at BIGINT;
ALTER TABLE flags ADD COLUMN reminders BIGINT NOT NULL DEFAULT 0;
ALTER TABLE flags ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
ALTER TABLE flags ADD COLUMN answered_at BIGINT;
ALTER TABLE flags ADD COLUMN corrected_at BIGINT;
ALTER TABLE flags ADD COLUMN corrected_by TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX flags_remind ON flags (remind_at) WHERE remind_at IS NOT NULL;

-- wanted_at is since when the present revision may be shown; digest_id is the summary that a row shows, or into which it went.
ALTER TABLE outbox DROP CONSTRAINT outbox_topic_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_topic_check CHECK (topic IN ('alert', 'stopped', 'ask', 'digest', 'reminder'));
ALTER TABLE outbox ADD COLUMN digest_id TEXT COLLATE "C";
ALTER TABLE outbox ADD COLUMN reply_to TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN wanted_at BIGINT;
UPDATE outbox SET wanted_at = due_at;
ALTER TABLE outbox ALTER COLUMN wanted_at SET NOT NULL;
DROP INDEX outbox_due;
DROP INDEX outbox_of_entry;
CREATE INDEX outbox_due ON outbox (platform, due_at, id) WHERE state = 'pending';
CREATE INDEX outbox_of_entry ON outbox (workspace_id, entry_id, topic);
CREATE INDEX outbox_of_digest ON outbox (workspace_id, digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX outbox_waiting ON outbox (platform, destination) WHERE state = 'pending';
CREATE INDEX outbox_unsent ON outbox (platform, created_at) WHERE state = 'pending' AND topic = 'alert' AND message = '';
CREATE INDEX outbox_dead ON outbox (workspace_id, id) WHERE state = 'dead';

-- What a summary of several flags is about. A destination's message has its own, or shares it with the others of its run.
CREATE TABLE digest_entries (
    workspace_id TEXT COLLATE "C" NOT NULL,
    digest_id    TEXT COLLATE "C" NOT NULL CHECK (length(digest_id) = 24),
    entry_id     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, digest_id, entry_id),
    FOREIGN KEY (workspace_id, entry_id) REFERENCES time_entries (workspace_id, id)
);
CREATE INDEX digest_entries_of_entry ON digest_entries (workspace_id, entry_id);

-- The sweep looks only at workspaces that stop timers by themselves.
CREATE INDEX workspaces_auto_stop ON workspaces (auto_stop_after);
