"""What each link's source lists, what could not be read, what waits for a person."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE source_item (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        link_id bigint NOT NULL REFERENCES link,
        kind text NOT NULL,
        ref text NOT NULL,
        fingerprint bytea,                 -- null: reads as changed when next seen
        order_key text,
        offer_id bigint REFERENCES offer,
        left_out text,                     -- why it makes no offer of this link
        withdrawn_at timestamptz,
        kept_at timestamptz,               -- a person keeps what the source dropped, until it is back
        last_record jsonb,                 -- only of kinds that complete, or are completed
        last_run_id bigint,
        UNIQUE (link_id, kind, ref)
    );
    CREATE INDEX source_item_of_offer ON source_item (offer_id);

    -- Offers that the link which holds them still lists; for other links they are held elsewhere.
    CREATE VIEW held_offer AS
        SELECT item.offer_id, item.link_id FROM source_item AS item
        JOIN offer ON offer.id = item.offer_id AND offer.link_id = item.link_id
        JOIN link ON link.id = item.link_id AND link.state <> 'unlinked'
        WHERE item.withdrawn_at IS NULL AND item.left_out IS NULL;

    -- Which items a run has met. Unlogged: PostgreSQL empties it after a crash, and the run, whose
    -- row counts them too, then starts its traversal again.
    CREATE UNLOGGED TABLE seen_mark (
        run_id bigint NOT NULL,
        kind text NOT NULL,
        ref text NOT NULL,
        asked_at timestamptz NOT NULL,
        answered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        fingerprint bytea NOT NULL,
        PRIMARY KEY (run_id, kind, ref)
    );

    CREATE TABLE quarantine (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        link_id bigint NOT NULL REFERENCES link,
        kind text NOT NULL,
        ref text NOT NULL,
        run_id bigint,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        turn text NOT NULL CHECK (turn IN ('partner', 'ours')),  -- whose turn it is
        code text NOT NULL,
        sentence text NOT NULL,            -- French, for the venue manager
        detail text NOT NULL DEFAULT '',   -- for the engineer
        payload bytea,                     -- pickled by nobody: JSON or the partner's bytes
        UNIQUE (link_id, kind, ref)
    );

    -- A link's open question about what a run held back; at most one.
    CREATE TABLE withdrawal (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        link_id bigint NOT NULL REFERENCES link,
        run_id bigint NOT NULL REFERENCES sync_run,
        opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        closed_at timestamptz,
        decision text CHECK (decision IN ('confirmed', 'kept', 'items_back', 'superseded')),
        decided_by text NOT NULL DEFAULT '',
        why text[] NOT NULL DEFAULT '{}',  -- which guards spoke
        counts jsonb NOT NULL DEFAULT '{}'
    );
    CREATE UNIQUE INDEX one_open_withdrawal_a_link ON withdrawal (link_id) WHERE closed_at IS NULL;

    -- What runs found that could take something away from a reader, until the end of a complete
    -- traversal judges it, and a person if the guard says so.
    CREATE TABLE withdrawal_item (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        link_id bigint NOT NULL REFERENCES link,
        change text NOT NULL CHECK (change IN ('absent', 'filtered', 'unlisted', 'price', 'category')),
        source_item_id bigint REFERENCES source_item,
        offer_id bigint NOT NULL REFERENCES offer,
        stock_id bigint REFERENCES stock,
        new_price numeric(10, 2),
        new_category text,
        run_id bigint,
        UNIQUE NULLS NOT DISTINCT (link_id, change, offer_id, stock_id)
    );

    CREATE TABLE notice (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        venue_id bigint REFERENCES venue,
        link_id bigint REFERENCES link,
        offer_id bigint REFERENCES offer,
        stock_id bigint REFERENCES stock,
        candidate_stock_id bigint REFERENCES stock ON DELETE SET NULL,
        run_id bigint,
        question text NOT NULL,
        facts jsonb NOT NULL DEFAULT '{}',
        opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        resolved_at timestamptz,
        resolution text NOT NULL DEFAULT '',
        resolved_by text NOT NULL DEFAULT '',
        told_at timestamptz,
        resolved_told_at timestamptz,
        reminders smallint NOT NULL DEFAULT 0
    );
    CREATE UNIQUE INDEX one_open_notice_a_subject ON notice (kind, link_id, stock_id) NULLS NOT DISTINCT
        WHERE resolved_at IS NULL;
    CREATE INDEX notice_of_venue ON notice (venue_id) WHERE resolved_at IS NULL;

    CREATE TABLE price_answer (
        link_id bigint NOT NULL REFERENCES link,
        sentence text NOT NULL,
        price numeric(10, 2) NOT NULL CHECK (price >= 0),
        answered_by text NOT NULL DEFAULT '',
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (link_id, sentence)
    );
    """)


def downgrade() -> None:
    op.execute("""
    DROP VIEW held_offer;
    DROP TABLE price_answer, notice, withdrawal_item, withdrawal, quarantine, seen_mark, source_item;
    """)
