-- corrected: the entry was changed after it was stopped, so that undoing the stop would take a change away.

-- +goose Up
ALTER TABLE time_entries ADD COLUMN corrected SMALLINT NOT NULL DEFAULT 0 CHECK (corrected IN (0, 1));
