-- What is past its use is found and deleted every hour; without these every row would be read.

-- +goose Up
CREATE INDEX sessions_expired ON sessions (expires_at);
CREATE INDEX impersonations_of_session ON impersonations (session_id);
CREATE INDEX sign_in_links_expired ON sign_in_links (expires_at);
CREATE INDEX confirmations_expired ON confirmations (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX confirmations_lasting ON confirmations (created_at) WHERE expires_at IS NULL;
CREATE INDEX link_codes_expired ON link_codes (expires_at);
CREATE INDEX outbox_given_up ON outbox (platform) WHERE state = 'dead';
