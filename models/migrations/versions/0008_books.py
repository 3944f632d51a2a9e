"""Books: what catalogues tell of a product, what stock lists say page by page, lines that wait."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("""
    -- What a reader is told of a product, out of its record; a null title: no operator's catalogue
    -- tells it (a venue's own may, for that venue).
    ALTER TABLE product
        ADD title text GENERATED ALWAYS AS (record ->> 'title') STORED,
        ADD description text NOT NULL GENERATED ALWAYS AS (coalesce(record ->> 'description', '')) STORED,
        ADD image_url text NOT NULL GENERATED ALWAYS AS (coalesce(record ->> 'cover_url', '')) STORED,
        ADD price numeric(10, 2) GENERATED ALWAYS AS ((record -> 'price' ->> 'amount')::numeric) STORED,
        ADD is_digital boolean NOT NULL
            GENERATED ALWAYS AS (coalesce(record ->> 'form' = 'digital', false)) STORED,
        ADD refused text GENERATED ALWAYS AS (record ->> 'refused') STORED;
    ALTER TABLE product_source
        ADD ref text NOT NULL DEFAULT '';  -- the catalogue's own
    CREATE INDEX product_source_of_link ON product_source (link_id, ref);

    -- The price that stands in place of one that its line does not say.
    ALTER TABLE stock ADD priced_by_product boolean NOT NULL DEFAULT false;

    -- A list's pages as they were last read and written. A page whose digest is the same costs nothing;
    -- of another one, only the lines that differ are looked at.
    CREATE TABLE list_page (
        link_id bigint NOT NULL REFERENCES link,
        place integer NOT NULL,            -- 0, 1, 2… in the traversal
        digest bytea NOT NULL,             -- of its bytes, in the link's context
        size integer NOT NULL,             -- lines
        base text NOT NULL,                -- a line a row: its ref, a tab, what matters in it
        patch jsonb NOT NULL DEFAULT '{}', -- row number → the line that has replaced it; refs stay
        PRIMARY KEY (link_id, place)
    );
    ALTER TABLE list_page ALTER base SET STORAGE EXTERNAL;
    -- `moved`: lines may have gone since what is listed was last compared with what is shown.
    CREATE TABLE stock_list (
        link_id bigint PRIMARY KEY REFERENCES link,
        moved boolean NOT NULL
    );
    -- Lines to look at in the next whole reading although their page says what it said: somebody else
    -- wrote their stock, or two pages hold the same ref (`place`: the later one, each time).
    CREATE TABLE line_to_read (
        link_id bigint NOT NULL REFERENCES link,
        ref text NOT NULL,
        place integer,
        UNIQUE NULLS NOT DISTINCT (link_id, ref, place)
    );

    CREATE INDEX offer_of_product_only ON offer (product_id) WHERE product_id IS NOT NULL;
    CREATE INDEX offer_held ON offer (link_id) WHERE held_reason IS NOT NULL;
    CREATE INDEX stock_to_recount ON stock (id) WHERE booking_changed_at >= snapshot_at;
    CREATE INDEX line_waiting ON source_item (ref) WHERE kind = 'level';
    """)


def downgrade() -> None:
    op.execute("""
    DROP INDEX line_waiting, stock_to_recount, offer_held, offer_of_product_only;
    DROP TABLE line_to_read, stock_list, list_page;
    ALTER TABLE stock DROP priced_by_product;
    DROP INDEX product_source_of_link;
    ALTER TABLE product_source DROP ref;
    ALTER TABLE product DROP title, DROP description, DROP image_url, DROP price, DROP is_digital, DROP refused;
    """)
