"""Covers of books, kept for a while after somebody looked at them."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("""
    -- By address: another address is another cover, and every venue that is told the same one shares it.
    CREATE TABLE cover (
        address_sha256 bytea PRIMARY KEY CHECK (octet_length(address_sha256) = 32),
        content bytea CHECK (octet_length(content) <= 307200),
        refused text,
        fetched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        good_until timestamptz NOT NULL,
        CHECK (num_nonnulls(content, refused) = 1)
    );
    """)


def downgrade() -> None:
    op.execute("DROP TABLE cover;")
