-- Whether entries use a project or a tag is asked when it is to be deleted; without these every entry would be read.

-- +goose Up
CREATE INDEX time_entries_of_project ON time_entries (workspace_id, project_id) WHERE project_id IS NOT NULL;
CREATE INDEX time_entries_tagged ON time_entries (workspace_id, tag_ids) WHERE tag_ids <> '';
