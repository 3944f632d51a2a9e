-- Which links go: what the tick reads to share the partners' grants among those that are due.

-- name: open_runs
-- A provider's runs that are open in the background.
SELECT link.provider, count(*) AS runs FROM sync_run JOIN link ON link.id = sync_run.link_id
WHERE sync_run.status IN ('queued', 'running') AND sync_run.queue <> 'manual' GROUP BY 1;

-- name: due_links
-- Of each provider that has room the due links, urgent and not, each the oldest first, and apart from them
-- those put off whose turn has come: neither hides the others. Skipped: links that another tick claims at this
-- moment, or that have a run already. Providers are found by leaping through the index, so links that are
-- not due cost nothing.
WITH RECURSIVE scheduled (provider) AS (
    (SELECT provider FROM link WHERE state = 'active' AND next_run_at IS NOT NULL ORDER BY provider LIMIT 1)
    UNION ALL
    SELECT (SELECT link.provider FROM link
            WHERE state = 'active' AND next_run_at IS NOT NULL AND link.provider > scheduled.provider
            ORDER BY provider LIMIT 1)
    FROM scheduled WHERE scheduled.provider IS NOT NULL
)
SELECT due.id, scheduled.provider, due.host, due.budget_key, due.requests, urgent, due.since, due.seconds
FROM scheduled
LEFT JOIN unnest(%(providers)s::text[], %(rooms)s::integer[]) AS room (provider, links)
    ON room.provider = scheduled.provider
CROSS JOIN (VALUES (true, true), (true, false), (false, true), (false, false)) AS rank (urgent, put_off)
CROSS JOIN LATERAL (
    SELECT link.id, link.host, link.budget_key, link.requests,
        extract(epoch FROM coalesce(link.wanted_at, link.next_run_at))::float8 AS since,
        extract(epoch FROM link."interval")::float8 AS seconds
    FROM link
    WHERE link.state = 'active' AND link.next_run_at <= now()
      AND link.provider = scheduled.provider AND link.urgent = rank.urgent AND link.is_put_off = rank.put_off
      AND NOT EXISTS (SELECT FROM sync_run
          WHERE sync_run.link_id = link.id AND sync_run.status IN ('queued', 'running'))
    ORDER BY link.next_run_at LIMIT CASE room.links WHEN 0 THEN 0 ELSE %(most)s END
    FOR UPDATE OF link SKIP LOCKED
) AS due
WHERE scheduled.provider IS NOT NULL;

-- name: open_tills
-- A host's first till is a row before it is read: two ticks never both find none, and spend it twice.
INSERT INTO host_state (host) SELECT unnest(%(hosts)s::text[]) ON CONFLICT DO NOTHING;

-- name: tills
-- Hosts and budget keys, in an order that two ticks share.
SELECT host, extract(epoch FROM spent_until)::float8 AS spent_until, price,
    extract(epoch FROM priced_at)::float8 AS priced_at, extract(epoch FROM retry_at)::float8 AS retry_at,
    quiet_from, quiet_until
FROM host_state WHERE host = ANY (%(hosts)s) ORDER BY host FOR UPDATE;

-- name: claim
-- Gives each link a queued run, and sets when it is due again should the run never say.
WITH claimed AS (
    SELECT link.id, link.next_run_at, link.hinted_since, going.queue
    FROM unnest(%(links)s::bigint[], %(queues)s::text[]) AS going (id, queue) JOIN link USING (id)
), asked AS (
    INSERT INTO sync_run (link_id, queue, trigger, scheduled_for, requested_by, hinted_at)
    SELECT id, queue, 'schedule', next_run_at, 'tick', hinted_since FROM claimed ON CONFLICT DO NOTHING
)
UPDATE link SET wanted_at = NULL, put_off = NULL, hinted_since = NULL, next_run_at = now() + link."interval"
    + link."interval" * 0.1 * (abs(hashint8(link.id)) %% 1000) / 1000.0
FROM claimed WHERE link.id = claimed.id;

-- name: companions
-- Links of the same feed as those that go, whose own time comes within half of their interval: the
-- answers that the first one brings serve them all.
SELECT link.id, link.provider FROM unnest(%(links)s::bigint[]) AS going (id)
JOIN link AS first ON first.id = going.id AND first.provider = ANY (%(sharing)s)
JOIN link ON link.provider = first.provider AND link.identifier = first.identifier AND link.id <> first.id
WHERE link.state = 'active' AND link.next_run_at <= now() + link."interval" / 2
  AND link.id <> ALL (%(links)s::bigint[])
  AND NOT EXISTS (SELECT FROM sync_run
      WHERE sync_run.link_id = link.id AND sync_run.status IN ('queued', 'running'))
ORDER BY link.id FOR NO KEY UPDATE OF link SKIP LOCKED;

-- name: put_off
-- What is not its turn yet comes when it is; since when it is due is kept.
UPDATE link SET wanted_at = coalesce(wanted_at, next_run_at), put_off = later.reason,
    next_run_at = to_timestamp(later.turn)
FROM unnest(%(links)s::bigint[], %(turns)s::float8[], %(reasons)s::text[]) AS later (id, turn, reason)
WHERE link.id = later.id;

-- name: keep_tills
INSERT INTO host_state (host, spent_until, price, priced_at)
SELECT host, to_timestamp(spent_until), price, to_timestamp(priced_at)
FROM unnest(%(hosts)s::text[], %(spent)s::float8[], %(prices)s::float8[], %(priced)s::float8[])
    AS till (host, spent_until, price, priced_at)
ORDER BY host
ON CONFLICT (host) DO UPDATE SET spent_until = excluded.spent_until, price = excluded.price,
    priced_at = excluded.priced_at;

-- name: now
SELECT extract(epoch FROM clock_timestamp())::float8 AS now;
