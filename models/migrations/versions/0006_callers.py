"""Who may call the hook, partners' hint addresses, and the partners that venues ask for."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE access_token (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        venue_id bigint NOT NULL REFERENCES venue,
        name text NOT NULL,
        digest bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        revoked_at timestamptz
    );
    CREATE TABLE hint_token (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        link_id bigint NOT NULL REFERENCES link,
        digest bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        revoked_at timestamptz
    );
    CREATE TABLE provider_request (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        venue_id bigint NOT NULL REFERENCES venue,
        name text NOT NULL,
        address text NOT NULL DEFAULT '',
        contact text NOT NULL DEFAULT '',
        requested_by text NOT NULL DEFAULT '',
        at timestamptz NOT NULL DEFAULT now()
    );
    """)


def downgrade() -> None:
    op.execute("DROP TABLE provider_request, hint_token, access_token")
