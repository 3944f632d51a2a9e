-- What a visit leaves in its link for the schedule, and what the cadence asks of the database.

-- name: link_to_plan
SELECT link.changes, link.changed_seconds, link.unchanged_seconds, link.hints, link.hinted, link.requests,
    extract(epoch FROM link.visited_at)::float8 AS visited_at, extract(epoch FROM clock_timestamp())::float8 AS now,
    coalesce(host_state.price, 1) AS price,
    extract(epoch FROM host_state.priced_at)::float8 AS priced_at
FROM link LEFT JOIN host_state ON host_state.host = coalesce(nullif(%(key)s, ''), link.budget_key)
WHERE link.id = %(link)s;

-- name: stakes_of_link
-- The coming dates of a link, the nearest first, and how many seats of theirs are booked.
SELECT extract(epoch FROM stock.starts_at)::float8 AS starts_at, stock.quantity - stock.booked_quantity AS "left",
    stock.booked_quantity AS booked
FROM offer JOIN stock ON stock.offer_id = offer.id
WHERE offer.link_id = %(link)s AND offer.active AND offer.deleted_at IS NULL AND stock.active
  AND stock.starts_at > now() AND stock.starts_at < now() + interval '7 days'
ORDER BY stock.starts_at LIMIT 200;

-- name: plan_link
UPDATE link SET changes = %(changes)s, changed_seconds = %(changed)s, unchanged_seconds = %(unchanged)s,
    hints = %(hints)s, hinted = hinted - %(hinted)s, visited_at = to_timestamp(%(visited_at)s),
    requests = %(requests)s,
    host = coalesce(nullif(%(host)s, ''), host), budget_key = coalesce(nullif(%(key)s, ''), budget_key), importance = %(importance)s,
    urgent = %(urgent)s, fresh_until = %(fresh_until)s, "interval" = make_interval(secs => %(seconds)s)
WHERE id = %(link)s;

-- name: may_come_back
-- A partner said when to come back; a later word of its replaces an earlier one.
INSERT INTO host_state (host, retry_at, reason) VALUES (%(host)s, %(retry_at)s, 'retry_after')
ON CONFLICT (host) DO UPDATE SET retry_at = excluded.retry_at, reason = excluded.reason;

-- name: told_to_wait
SELECT host, retry_at FROM host_state WHERE retry_at > clock_timestamp() AND host = (
    SELECT link.host FROM link WHERE link.id = %(link)s);

-- name: charge
UPDATE host_state SET spent_until = greatest(spent_until, clock_timestamp()) + make_interval(secs => %(seconds)s)
WHERE host = %(key)s;

-- name: heard_hint
-- Counts a hint; gives what says whether to heed it.
WITH heard AS (
    UPDATE link SET hinted = hinted + 1 WHERE id = %(link)s
    RETURNING changes, changed_seconds, unchanged_seconds, hints + hinted AS hints, requests, importance, budget_key
)
SELECT heard.*, coalesce(host_state.price, 1) AS price,
    extract(epoch FROM host_state.priced_at)::float8 AS priced_at, extract(epoch FROM clock_timestamp())::float8 AS now
FROM heard LEFT JOIN host_state ON host_state.host = heard.budget_key;
