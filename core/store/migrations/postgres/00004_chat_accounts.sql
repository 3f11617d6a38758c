-- What a chat account is called there, and the command of somebody who was not linked yet: it goes on after linking.

-- +goose Up
ALTER TABLE identities ADD COLUMN chat_name TEXT COLLATE "C" NOT NULL DEFAULT '';

CREATE TABLE waiting_commands (
    platform  TEXT COLLATE "C" NOT NULL,
    team      TEXT COLLATE "C" NOT NULL,
    chat_user TEXT COLLATE "C" NOT NULL,
    command   TEXT COLLATE "C" NOT NULL,
    until_at  BIGINT NOT NULL,
    PRIMARY KEY (platform, team, chat_user)
);
CREATE INDEX waiting_commands_until ON waiting_commands (until_at);
