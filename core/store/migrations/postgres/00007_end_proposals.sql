-- +goose Up
-- The latest sign-out of a person, as a sign of when they left.
CREATE INDEX sessions_ended ON sessions (user_id, ended_at) WHERE ended_at IS NOT NULL;
