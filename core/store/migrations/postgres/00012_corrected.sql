-- corrected: somebody else than who stopped the entry has put its end right, which undoing the stop would take away.

-- +goose Up
ALTER TABLE time_entries ADD COLUMN corrected SMALLINT NOT NULL DEFAULT 0 CHECK (corrected IN (0, 1));
