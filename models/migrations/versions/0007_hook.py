"""What the hook keeps: requests heard, what a token may do, what was pasted, how notices were told."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("""
    -- Requests that wrote something, by their Idempotency-Key or webhook-id: told again, they do nothing.
    CREATE TABLE heard_request (
        caller text NOT NULL,              -- 'portal', or a token's number
        key text NOT NULL,
        digest bytea NOT NULL,             -- of method, address and body: a key is not for two requests
        run_id bigint,                     -- what it asked for
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (caller, key)
    );
    CREATE INDEX heard_request_at ON heard_request (at);

    ALTER TABLE access_token ADD role text NOT NULL DEFAULT 'manage' CHECK (role IN ('read', 'manage'));
    CREATE INDEX access_token_of_venue ON access_token (venue_id);
    CREATE INDEX hint_token_of_link ON hint_token (link_id);

    -- The identifier as the form read it; the first run may put another in its place (an agenda's
    -- address becomes its number), and pasting the same again must find the same link.
    ALTER TABLE link ADD pasted text NOT NULL DEFAULT '';

    -- The portal may be away: when to tell it again, and how often it did not take a message.
    ALTER TABLE notice ADD tell_at timestamptz NOT NULL DEFAULT now(),
        ADD tell_failures smallint NOT NULL DEFAULT 0;
    CREATE INDEX notice_to_tell ON notice (tell_at)
        WHERE resolved_at IS NULL OR (told_at IS NOT NULL AND resolved_told_at IS NULL);

    -- When the tick was last done; one row.
    CREATE TABLE last_tick (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        at timestamptz NOT NULL
    );
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE last_tick;
    DROP INDEX notice_to_tell;
    ALTER TABLE notice DROP tell_at, DROP tell_failures;
    ALTER TABLE link DROP pasted;
    DROP INDEX hint_token_of_link, access_token_of_venue;
    ALTER TABLE access_token DROP role;
    DROP TABLE heard_request;
    """)
