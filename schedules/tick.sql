-- What the tick does, in SQL: each statement is harmless when two ticks run at once or one runs twice.

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
-- Queued runs that nobody was told of and that have a place, or that nobody took: again after ten
-- minutes, then twenty…, and after a restart of PostgreSQL, since a worker that found it away let its
-- message go. A provider has so many places in the background, so a slow one leaves the workers to the
-- others: none while its breaker is open, one when it is half open. People need no place.
WITH waiting AS (
    SELECT sync_run.id, sync_run.queue, sync_run.status, sync_run.published_at, sync_run.publications,
        coalesce(places.runs, 1) AS places, coalesce(provider_state.breaker, 'closed') AS breaker,
        row_number() OVER (PARTITION BY link.provider, sync_run.queue = 'manual'
            ORDER BY (sync_run.status = 'running' OR sync_run.published_at IS NOT NULL) DESC,
                link.urgent DESC, sync_run.id) AS place
    FROM sync_run JOIN link ON link.id = sync_run.link_id
    LEFT JOIN provider_state ON provider_state.provider = link.provider
    LEFT JOIN unnest(%(providers)s::text[], %(places)s::integer[]) AS places (provider, runs)
        ON places.provider = link.provider
    WHERE sync_run.status IN ('queued', 'running')
)
SELECT id, queue FROM waiting
WHERE status = 'queued'
  AND (queue = 'manual' OR place <= CASE breaker WHEN 'closed' THEN places WHEN 'half_open' THEN 1 ELSE 0 END)
  AND (published_at IS NULL
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

-- name: purge_covers
-- Covers past their time, and the oldest beyond ten thousand: three gigabytes at most.
DELETE FROM cover WHERE good_until < now() OR address_sha256 IN (
    SELECT address_sha256 FROM cover ORDER BY fetched_at DESC OFFSET 10000);

-- name: purge_bodies
UPDATE sync_run SET body_head = NULL WHERE body_head IS NOT NULL AND finished_at < now() - interval '30 days';

-- name: purge_changes
DELETE FROM offer_change WHERE at < now() - interval '90 days';

-- name: purge_marks
-- Marks of runs that are over; usually gone with the run's end.
DELETE FROM seen_mark AS mark USING sync_run
WHERE sync_run.id = mark.run_id AND sync_run.status NOT IN ('queued', 'running');

-- name: purge_tills
-- A till that nobody used for two days says nothing any more.
DELETE FROM host_state WHERE quiet_from IS NULL
    AND coalesce(greatest(spent_until, priced_at, retry_at), '-infinity') < now() - interval '2 days';

-- name: ticked
INSERT INTO last_tick (at) VALUES (clock_timestamp())
ON CONFLICT (singleton) DO UPDATE SET at = excluded.at;
