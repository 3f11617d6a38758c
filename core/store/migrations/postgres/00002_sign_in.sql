-- Passwords, invitations, single sign-on, link codes, answers to notices, quiet hours and automatic stop.

-- +goose Up
ALTER TABLE users ADD COLUMN password_hash TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sign_in_links ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'sign_in' CHECK (kind IN ('sign_in', 'invitation', 'login_as'));
ALTER TABLE sign_in_links ADD COLUMN member_id TEXT COLLATE "C";
ALTER TABLE notices ADD COLUMN actor_member_id TEXT COLLATE "C";
ALTER TABLE notices ADD COLUMN answer TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (answer IN ('', 'accepted', 'disputed'));
ALTER TABLE notices ADD COLUMN answer_note TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE notices ADD COLUMN answered_at BIGINT;
ALTER TABLE workspaces ADD COLUMN quiet_hours TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE workspaces ADD COLUMN auto_stop_after BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sessions_of_user ON sessions (user_id, id) WHERE ended_at IS NULL;

-- An account at an OpenID Connect provider.
CREATE TABLE logins (
    issuer    TEXT COLLATE "C" NOT NULL,
    subject   TEXT COLLATE "C" NOT NULL,
    user_id   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (user_id, issuer)
);

-- The code that a signed-in member types into the chat, one a member.
CREATE TABLE link_codes (
    workspace_id TEXT COLLATE "C" NOT NULL,
    member_id    TEXT COLLATE "C" NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, member_id),
    UNIQUE (workspace_id, hash),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);
