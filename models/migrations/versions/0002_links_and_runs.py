"""Links, their history, and the ledger of runs."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE link (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        venue_id bigint REFERENCES venue,  -- null: an operator's catalogue, for every venue
        provider text NOT NULL,
        identifier text NOT NULL,
        title text NOT NULL DEFAULT '',    -- what the partner calls it
        settings jsonb NOT NULL DEFAULT '{}',
        secrets bytea,                     -- encrypted
        state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'to_check', 'unlinked')),
        state_reason text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        settings_edited_at timestamptz,    -- since the last complete run: what narrows is not guarded
        next_run_at timestamptz,
        hastened_at timestamptz,           -- a hint brought the next run nearer
        hinted_since timestamptz,          -- the first hint that no run has answered yet
        "interval" interval NOT NULL,
        failures integer NOT NULL DEFAULT 0,
        cursor jsonb,                      -- where a changes traversal starts
        context bytea,                     -- what its items were read in; another: everything is read
        validators jsonb NOT NULL DEFAULT '{}',
        full_at timestamptz,
        unlinked_at timestamptz,
        UNIQUE NULLS NOT DISTINCT (venue_id, provider, identifier)
    );
    CREATE INDEX link_due ON link (next_run_at) WHERE state = 'active' AND next_run_at IS NOT NULL;

    CREATE TABLE link_event (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        link_id bigint NOT NULL REFERENCES link,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        actor text NOT NULL,
        role text NOT NULL DEFAULT '',
        action text NOT NULL,
        detail jsonb NOT NULL DEFAULT '{}'
    );
    CREATE INDEX link_event_of_link ON link_event (link_id, id);
    CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'what was done is not rewritten: % is append-only', TG_TABLE_NAME;
    END $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON link_event
        FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only();

    CREATE SEQUENCE lease_token;

    CREATE TABLE sync_run (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        link_id bigint NOT NULL REFERENCES link,
        queue text NOT NULL CHECK (queue IN ('manual', 'stocks', 'agendas', 'catalogues')),
        mode text NOT NULL DEFAULT 'usual' CHECK (mode IN ('usual', 'full', 'hinted', 'replay')),
        only_refs text[],
        hinted_at timestamptz,             -- the first hint that it answers
        trigger text NOT NULL CHECK (trigger IN ('schedule', 'person', 'hint')),
        requested_by text NOT NULL DEFAULT '',
        status text NOT NULL DEFAULT 'queued' CHECK (status IN
            ('queued', 'running', 'succeeded', 'partial', 'review', 'failed', 'dead')),
        scheduled_for timestamptz,
        request_key text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        published_at timestamptz,
        publications integer NOT NULL DEFAULT 0,
        started_at timestamptz,
        finished_at timestamptz,
        lease_token bigint,
        lease_until timestamptz,
        backend_pid integer,
        worker text NOT NULL DEFAULT '',
        cursor jsonb,
        context bytea,                     -- of fingerprints: another one starts the traversal again
        first_request_at timestamptz,
        estimate integer,
        pages integer NOT NULL DEFAULT 0,
        seen bigint NOT NULL DEFAULT 0,
        traversals integer NOT NULL DEFAULT 1,
        losses integer NOT NULL DEFAULT 0,     -- expired leases at this page
        takeovers integer NOT NULL DEFAULT 0,  -- in all
        slices integer NOT NULL DEFAULT 0,
        shortfall text,
        counters jsonb NOT NULL DEFAULT '{}',
        error_code text,
        message text NOT NULL DEFAULT '',  -- French, for the venue manager
        detail text NOT NULL DEFAULT '',   -- for the engineer
        body_head bytea,
        UNIQUE (link_id, scheduled_for),
        UNIQUE (link_id, request_key)
    );
    CREATE UNIQUE INDEX one_run_a_link ON sync_run (link_id) WHERE status IN ('queued', 'running');
    CREATE INDEX sync_run_open ON sync_run (status, lease_until, published_at)
        WHERE status IN ('queued', 'running');
    CREATE INDEX sync_run_of_link ON sync_run (link_id, id DESC);

    -- When each link's partner was last asked about all that it lists, or all that changed there, by a
    -- run that ended well: what is shown of the link was confirmed then. Null: never yet.
    CREATE VIEW link_confirmed AS
        SELECT link.id AS link_id, coalesce(run.first_request_at, link.full_at) AS confirmed_at
        FROM link LEFT JOIN LATERAL (
            SELECT first_request_at FROM sync_run
            WHERE link_id = link.id AND status IN ('succeeded', 'partial', 'review') AND mode IN ('usual', 'full')
            ORDER BY sync_run.id DESC LIMIT 1
        ) AS run ON true;

    CREATE TABLE provider_state (
        provider text PRIMARY KEY,
        breaker text NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open', 'half_open')),
        changed_at timestamptz NOT NULL DEFAULT now(),
        failures integer NOT NULL DEFAULT 0,
        retry_at timestamptz
    );
    CREATE TABLE host_state (
        host text PRIMARY KEY,
        retry_at timestamptz,
        reason text NOT NULL DEFAULT ''
    );
    """)


def downgrade() -> None:
    op.execute("""
    DROP VIEW link_confirmed;
    DROP TABLE host_state, provider_state, sync_run, link_event, link;
    DROP SEQUENCE lease_token;
    DROP FUNCTION history_is_append_only();
    """)
