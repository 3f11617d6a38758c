-- +goose Up
-- What others stopped of a member's time, for the Accounts table, which offers to take it back. Few stops are of this kind,
-- so a member's own cost nothing.
CREATE INDEX time_entries_stopped_by_others ON time_entries (member_id, stopped_at)
    WHERE stopped_at IS NOT NULL AND stopped_by IS DISTINCT FROM user_id;
