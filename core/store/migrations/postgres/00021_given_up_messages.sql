-- Monitoring counts the messages that were given up, again and again.

-- +goose Up
CREATE INDEX outbox_dead ON outbox (platform) WHERE state = 'dead';
