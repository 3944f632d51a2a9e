"""An import written down in one statement, when nothing stands in its way; nearly always nothing does.

`web.imports` says the same in words, and takes over where this gives no row: the source is edited,
paused or disconnected, a run is open already, the hour's runs are used up, the request was heard.
One statement instead of eight is what keeps the answer quick on a busy machine (docs/decisions).
"""

import json

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from models.link import Link
from models.request import HeardRequest
from models.run import SyncRun
from models.venue import Venue
from web.callers import Caller
from web.form import Form

IMPORT = text("""
    WITH there AS (
        SELECT id, settings, state FROM link
        WHERE venue_id = :venue AND provider = :provider
          AND (identifier = :identifier OR pasted = :identifier)
        ORDER BY identifier = :identifier DESC, id LIMIT 1
    ), made AS (
        INSERT INTO link (venue_id, provider, identifier, pasted, settings, "interval")
        SELECT :venue, :provider, :identifier, :identifier, CAST(:settings AS jsonb), :interval
        WHERE NOT EXISTS (SELECT FROM there)
        RETURNING id
    ), remembered AS (
        INSERT INTO link_event (link_id, actor, role, action, detail)
        SELECT id, :actor, :role, 'linked', jsonb_build_object('settings', CAST(:settings AS jsonb)) FROM made
    ), source AS (
        SELECT id FROM made
        UNION ALL
        SELECT id FROM there WHERE settings = CAST(:settings AS jsonb) AND state = 'active' AND :most > (
            SELECT count(*) FROM sync_run WHERE link_id = there.id AND trigger = 'person'
                AND created_at > clock_timestamp() - interval '1 hour')
    ), asked AS (
        INSERT INTO sync_run (link_id, queue, trigger, requested_by)
        SELECT id, 'manual', 'person', :actor FROM source
        ON CONFLICT DO NOTHING
        RETURNING *
    ), heard AS (
        INSERT INTO heard_request (caller, key, digest, run_id)
        SELECT :caller, key, :digest, asked.id FROM asked, unnest(CAST(:keys AS text[])) AS key ORDER BY key
    )
    SELECT * FROM asked
""")


def import_straight(
    db: Session, venue: Venue, form: Form, caller: Caller, *, heard: HeardRequest | None, most: int
) -> SyncRun | None:
    """Give the run that was queued, committed; None when it takes more than that, and nothing is written."""
    names = {
        "venue": venue.id,
        "provider": form.adapter.slug,
        "identifier": form.identifier,
        "settings": json.dumps(form.settings),
        "interval": form.adapter.cadence.usual,
        "actor": caller.actor,
        "role": caller.role.value,
        "most": most,
        "caller": heard.caller if heard else "",
        "keys": list(heard.keys) if heard else [],
        "digest": heard.digest if heard else b"",
    }
    try:
        run: SyncRun | None = db.scalar(select(SyncRun).from_statement(IMPORT), names)
    except IntegrityError:  # the request was heard, or another one makes the same link at this moment
        run = None
    if run is None:
        db.rollback()
        return None
    link = db.get_one(Link, run.link_id, options=[lazyload(Link.venue)])
    set_committed_value(run, "link", link)  # nothing is asked after the commit
    db.commit()
    return run
