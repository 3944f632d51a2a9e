-- What the tick does, in SQL: each statement is harmless when two ticks run at once or one runs twice.

-- name: claim_due_links
-- Gives each due link a queued run, and sets when it is due again. Skipped: links that another tick
-- claims at this moment, or that have a run already.
WITH due AS (
    SELECT link.id, link.next_run_at, link.provider FROM link
    WHERE link.state = 'active' AND link.next_run_at <= now()
      AND NOT EXISTS (SELECT FROM sync_run WHERE sync_run.link_id = link.id AND status IN ('queued', 'running'))
    ORDER BY link.next_run_at LIMIT %(most)s
    FOR UPDATE OF link SKIP LOCKED
), asked AS (
    INSERT INTO sync_run (link_id, queue, trigger, scheduled_for, requested_by)
    SELECT due.id, coalesce(queues.queue, 'agendas'), 'schedule', due.next_run_at, 'tick'
    FROM due LEFT JOIN unnest(%(providers)s::text[], %(queues)s::text[]) AS queues (provider, queue)
        ON queues.provider = due.provider
    ON CONFLICT DO NOTHING
)
UPDATE link SET next_run_at = now() + link."interval"
    + link."interval" * 0.1 * (abs(hashint8(link.id)) %% 1000) / 1000.0
FROM due WHERE link.id = due.id
RETURNING link.id;

-- name: expired_leases
-- Running rows whose worker stopped beating, with the name of the backends that may still be there.
SELECT id, lease_token FROM sync_run
WHERE status = 'running' AND lease_until < clock_timestamp()
ORDER BY id FOR UPDATE SKIP LOCKED;

-- name: end_backends
-- Ends what a frozen worker left in the database, before anybody goes on with its run.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = %(name)s AND pid <> pg_backend_pid();

-- name: take_back
-- Puts the run back in its queue. A loss counts at the page where it happened; a restart of
-- PostgreSQL is nobody's loss. Three at one page park the run.
UPDATE sync_run SET
    losses = losses + lost.one, takeovers = takeovers + 1,
    status = CASE WHEN losses + lost.one >= 3 THEN 'dead' ELSE 'queued' END,
    finished_at = CASE WHEN losses + lost.one >= 3 THEN clock_timestamp() END,
    error_code = CASE WHEN losses + lost.one >= 3 THEN 'lost_workers' END,
    message = CASE WHEN losses + lost.one >= 3 THEN %(message)s ELSE '' END,
    lease_until = NULL, published_at = NULL, publications = 0
FROM (SELECT CASE WHEN pg_postmaster_start_time() > lease_until - %(lease)s THEN 0 ELSE 1 END AS one
      FROM sync_run WHERE id = %(run)s) AS lost
WHERE id = %(run)s AND status = 'running' AND lease_token = %(token)s AND lease_until < clock_timestamp()
RETURNING id, link_id, status;

-- name: rest_link
-- A link whose run was parked rests for a day, unless a person asks.
UPDATE link SET next_run_at = now() + interval '1 day', failures = failures + 1
WHERE id = %(link)s AND state = 'active';

-- name: unpublish
-- Redis lost its messages: every queued run has to be told again.
UPDATE sync_run SET published_at = NULL WHERE status = 'queued' AND published_at IS NOT NULL;

-- name: to_publish
-- Queued runs that nobody was told of, or that nobody took: again after ten minutes, then twenty…, and
-- after a restart of PostgreSQL, since a worker that found it away let its message go.
SELECT id, queue FROM sync_run
WHERE status = 'queued' AND (
    published_at IS NULL
    OR published_at < pg_postmaster_start_time()
    OR published_at < clock_timestamp() - %(again_after)s * power(2, least(publications - 1, 10)))
ORDER BY queue = 'manual' DESC, id LIMIT %(most)s;

-- name: published
UPDATE sync_run SET published_at = clock_timestamp(), publications = publications + 1
WHERE id = %(run)s AND status = 'queued';

-- name: purge_unchanged_runs
-- Runs that changed nothing are kept seven days, others thirteen months; payloads thirty days, changes ninety.
DELETE FROM sync_run WHERE finished_at < now() - CASE
    WHEN status = 'succeeded' AND counters #>> '{items,new}' = '0' AND counters #>> '{items,changed}' = '0'
        AND counters #>> '{items,withdrawn}' = '0' THEN interval '7 days' ELSE interval '13 months' END
  AND NOT EXISTS (SELECT FROM withdrawal WHERE withdrawal.run_id = sync_run.id);

-- name: purge_heard_requests
-- Requests are recognised for a week.
DELETE FROM heard_request WHERE at < now() - interval '7 days';

-- name: purge_payloads
UPDATE quarantine SET payload = NULL WHERE payload IS NOT NULL AND at < now() - interval '30 days';

-- name: purge_uploads
-- Files that were looked at and not imported, or replaced since.
DELETE FROM uploaded_file AS file WHERE uploaded_at < now() - interval '7 days' AND NOT EXISTS (
    SELECT FROM link WHERE link.venue_id = file.venue_id AND link.identifier = 'upload:' || file.sha256);

-- name: purge_bodies
UPDATE sync_run SET body_head = NULL WHERE body_head IS NOT NULL AND finished_at < now() - interval '30 days';

-- name: purge_changes
DELETE FROM offer_change WHERE at < now() - interval '90 days';

-- name: purge_marks
-- Marks of runs that are over; usually gone with the run's end.
DELETE FROM seen_mark AS mark USING sync_run
WHERE sync_run.id = mark.run_id AND sync_run.status NOT IN ('queued', 'running');

-- name: ticked
INSERT INTO last_tick (at) VALUES (clock_timestamp())
ON CONFLICT (singleton) DO UPDATE SET at = excluded.at;
