-- +goose Up
-- shown is what the row shows as one text: see the same migration for SQLite.
ALTER TABLE accounts ADD COLUMN shown TEXT NOT NULL GENERATED ALWAYS AS (
    member_id || ' ' || user_id || ' ' || role || ' ' || status || ' ' || CAST(active_keys AS TEXT) || ' ' || CAST(last_activity AS TEXT) || ' ' ||
    coalesce(entry_id, '') || ' ' || CAST(coalesce(running_since, 0) AS TEXT) || ' ' || CAST(flagged AS TEXT) || ' ' ||
    CAST(octet_length(name) AS TEXT) || ' ' || CAST(octet_length(email) AS TEXT) || ' ' || CAST(octet_length(description) AS TEXT) || ' ' ||
    name || email || description
) STORED;
