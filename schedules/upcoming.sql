-- When links are due and why, for people.

-- name: coming
-- The links that are due next, or one link; with what says why.
SELECT link.id, link.provider, link.identifier, link.title, link.state, link.state_reason, link.failures,
    link.next_run_at, link.wanted_at, link.put_off, link."interval", link.visited_at, link.fresh_until,
    link.changes, link.changed_seconds, link.unchanged_seconds, link.hints, link.requests, link.importance,
    link.urgent, link.host, link.budget_key, link.full_at,
    coalesce(venue.name, '') AS venue, coalesce(venue.timezone, 'Europe/Paris') AS timezone,
    till.price, extract(epoch FROM till.priced_at)::float8 AS priced_at,
    extract(epoch FROM clock_timestamp())::float8 AS now, clock_timestamp() AS now_at,
    open_run.id AS run_id, open_run.status AS run_status, provider_state.breaker, provider_state.since AS silent_since,
    provider_state.retry_at AS probe_at
FROM link
LEFT JOIN venue ON venue.id = link.venue_id
LEFT JOIN host_state AS till ON till.host = link.budget_key
LEFT JOIN provider_state ON provider_state.provider = link.provider AND breaker <> 'closed'
LEFT JOIN sync_run AS open_run ON open_run.link_id = link.id AND open_run.status IN ('queued', 'running')
WHERE CASE WHEN %(link)s::bigint IS NOT NULL THEN link.id = %(link)s
           ELSE link.state = 'active' AND link.next_run_at IS NOT NULL END
ORDER BY link.next_run_at, link.id LIMIT %(limit)s;

-- name: load
-- What the schedule asks of each provider: links, visits and requests an hour as planned, requests in
-- the last hour, how many links come within the next one, how many are put off, the dearest request.
SELECT link.provider, count(*) AS links,
    sum(3600 / greatest(1, extract(epoch FROM link."interval")))::float8 AS visits,
    sum(link.requests * 3600 / greatest(1, extract(epoch FROM link."interval")))::float8 AS requests,
    count(DISTINCT link.budget_key) FILTER (WHERE link.budget_key <> '') AS keys,
    count(*) FILTER (WHERE link.next_run_at < now() + interval '1 hour') AS soon,
    count(link.wanted_at) AS put_off,
    coalesce(max(till.price), 1) AS dearest,
    (SELECT coalesce(sum((run.counters ->> 'requests')::bigint), 0) FROM sync_run AS run
     JOIN link AS theirs ON theirs.id = run.link_id
     WHERE theirs.provider = link.provider AND run.finished_at > now() - interval '1 hour')::bigint AS lately
FROM link LEFT JOIN host_state AS till ON till.host = link.budget_key
WHERE link.state = 'active' GROUP BY link.provider ORDER BY requests DESC;

-- name: set_quiet
INSERT INTO host_state (host, quiet_from, quiet_until) VALUES (%(host)s, %(from)s, %(until)s)
ON CONFLICT (host) DO UPDATE SET quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until;

-- name: quiet
SELECT host, quiet_from, quiet_until FROM host_state WHERE quiet_from IS NOT NULL ORDER BY host;
