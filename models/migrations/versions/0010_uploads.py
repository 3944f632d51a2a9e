"""Files that venues upload; what the page asks of books and of long lists of offers."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("""
    -- A source's identifier names its file by digest; the shared database is where every machine finds it.
    CREATE TABLE uploaded_file (
        venue_id bigint NOT NULL REFERENCES venue,
        sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        name text NOT NULL,
        content bytea NOT NULL,
        size integer NOT NULL CHECK (size = octet_length(content) AND size <= 16777216),
        uploaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        uploaded_by text NOT NULL,
        PRIMARY KEY (venue_id, sha256)
    );

    -- A venue's offers are those of its sources, and those of none.
    CREATE INDEX offer_of_no_link ON offer (venue_id) WHERE link_id IS NULL;

    -- What a venue is told of a book: what the operator's catalogues say, else a catalogue of its own.
    CREATE FUNCTION book_told(of_product bigint, to_venue bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
        SELECT CASE WHEN product.title IS NOT NULL THEN product.record ELSE (
            SELECT source.record FROM product_source AS source JOIN link ON link.id = source.link_id
            WHERE source.product_id = product.id AND link.venue_id = to_venue AND source.withdrawn_at IS NULL
              AND source.record ->> 'title' <> ''
            ORDER BY link.id LIMIT 1) END
        FROM product WHERE product.id = of_product
    $$;
    """)


def downgrade() -> None:
    op.execute("""
    DROP FUNCTION book_told(bigint, bigint);
    DROP INDEX offer_of_no_link;
    DROP TABLE uploaded_file;
    """)
