"""What schedules need: a link's habit and stakes, tills of request budgets, breakers that say since when."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("""
    ALTER TABLE link
        ADD visited_at timestamptz,          -- when its last complete visit began
        -- the habit (schedules.cadence): visits that found a change, the seconds before these and before
        -- the others, and the hints in all these seconds; older ones forgotten little by little
        ADD changes double precision NOT NULL DEFAULT 0,
        ADD changed_seconds double precision NOT NULL DEFAULT 0,
        ADD unchanged_seconds double precision NOT NULL DEFAULT 0,
        ADD hints double precision NOT NULL DEFAULT 0,
        ADD hinted integer NOT NULL DEFAULT 0,  -- hints since the last visit
        ADD requests real NOT NULL DEFAULT 1,   -- of a visit
        ADD host text NOT NULL DEFAULT '',      -- where most of them go,
        ADD budget_key text NOT NULL DEFAULT '',  -- and what they are counted by
        ADD importance real NOT NULL DEFAULT 1, -- of a stale level, when its next visit is due
        ADD urgent boolean NOT NULL DEFAULT false,
        ADD fresh_until timestamptz,         -- as the partner's answer said
        ADD wanted_at timestamptz,           -- put off: since when it is due,
        ADD put_off text CHECK (put_off IN ('budget', 'retry_after', 'quiet'));  -- and why
    ALTER TABLE link ADD is_put_off boolean GENERATED ALWAYS AS (wanted_at IS NOT NULL) STORED;
    -- A provider's urgent links, then the others; of each those put off, whose turn comes, then those that are due.
    DROP INDEX link_due;
    CREATE INDEX link_due ON link (provider, urgent, is_put_off, next_run_at)
        WHERE state = 'active' AND next_run_at IS NOT NULL;
    -- Links of the same feed go together.
    CREATE INDEX link_of_feed ON link (provider, identifier);
    CREATE INDEX link_put_off ON link (provider, wanted_at) WHERE state = 'active' AND wanted_at IS NOT NULL;

    -- One row a host and one a budget key ('openagenda:123'), which often are the same.
    ALTER TABLE host_state
        ADD spent_until timestamptz,         -- what was given out takes the partner's grant until then
        ADD price double precision NOT NULL DEFAULT 1 CHECK (price >= 1),
        ADD priced_at timestamptz,
        ADD quiet_from time,                 -- in French time
        ADD quiet_until time,
        ADD CHECK ((quiet_from IS NULL) = (quiet_until IS NULL));

    ALTER TABLE provider_state
        ADD since timestamptz;               -- open: the first failure of those that opened it

    -- The class of the error: what a breaker counts is that a partner does not answer.
    ALTER TABLE sync_run ADD error_kind text
        CHECK (error_kind IN ('configuration', 'rate_limited', 'transient', 'data', 'bug'));
    CREATE INDEX sync_run_finished ON sync_run (finished_at) WHERE finished_at IS NOT NULL;
    """)


def downgrade() -> None:
    op.execute("""
    DROP INDEX sync_run_finished, link_put_off, link_of_feed, link_due;
    ALTER TABLE sync_run DROP error_kind;
    ALTER TABLE provider_state DROP since;
    ALTER TABLE host_state DROP spent_until, DROP price, DROP priced_at, DROP quiet_from, DROP quiet_until;
    ALTER TABLE link DROP visited_at, DROP changes, DROP changed_seconds, DROP unchanged_seconds, DROP hints,
        DROP hinted, DROP requests, DROP host, DROP budget_key, DROP importance, DROP urgent,
        DROP fresh_until, DROP is_put_off, DROP wanted_at, DROP put_off;
    CREATE INDEX link_due ON link (next_run_at) WHERE state = 'active' AND next_run_at IS NOT NULL;
    """)
