-- What an operator has to know: whether the tick, a queue's head or a provider is late. Cheap at any size.

-- name: last_tick
SELECT at, clock_timestamp() - at AS ago FROM last_tick;

-- name: queue_heads
-- The run of each queue that has waited longest, but for those of partners that do not answer.
SELECT DISTINCT ON (sync_run.queue) sync_run.queue, sync_run.id, sync_run.created_at,
    clock_timestamp() - sync_run.created_at AS ago
FROM sync_run JOIN link ON link.id = sync_run.link_id
WHERE sync_run.status = 'queued' AND NOT EXISTS (
    SELECT FROM provider_state WHERE provider_state.provider = link.provider AND breaker <> 'closed')
ORDER BY sync_run.queue, sync_run.created_at;

-- name: silent_providers
SELECT provider, since, retry_at FROM provider_state WHERE breaker <> 'closed' ORDER BY provider;

-- name: late_providers
-- Since when the link of each provider is due that has waited longest; what its partner asked for is no lateness.
WITH RECURSIVE scheduled (provider) AS (
    (SELECT provider FROM link WHERE state = 'active' AND next_run_at IS NOT NULL ORDER BY provider LIMIT 1)
    UNION ALL
    SELECT (SELECT link.provider FROM link
            WHERE state = 'active' AND next_run_at IS NOT NULL AND link.provider > scheduled.provider
            ORDER BY provider LIMIT 1)
    FROM scheduled WHERE scheduled.provider IS NOT NULL
), oldest AS (
    SELECT scheduled.provider, least(
        (SELECT min(first.due_at) FROM (VALUES (true, true), (true, false), (false, true), (false, false))
            AS rank (urgent, put_off) CROSS JOIN LATERAL (
                SELECT next_run_at AS due_at FROM link WHERE link.provider = scheduled.provider AND state = 'active'
                    AND link.urgent = rank.urgent AND link.is_put_off = rank.put_off AND next_run_at <= now()
                ORDER BY next_run_at LIMIT 1) AS first),
        (SELECT min(wanted_at) FROM link WHERE link.provider = scheduled.provider AND state = 'active'
            AND wanted_at IS NOT NULL AND put_off = 'budget')) AS since
    FROM scheduled WHERE scheduled.provider IS NOT NULL
)
SELECT provider, since, clock_timestamp() - since AS ago FROM oldest
WHERE since < clock_timestamp() - %(late)s AND NOT EXISTS (
    SELECT FROM provider_state WHERE provider_state.provider = oldest.provider AND breaker <> 'closed')
ORDER BY since;
