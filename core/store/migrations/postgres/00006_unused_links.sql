-- A new invitation makes the ones before useless; without this every link would be read.

-- +goose Up
CREATE INDEX sign_in_links_unused ON sign_in_links (user_id, workspace_id) WHERE used_at IS NULL;
