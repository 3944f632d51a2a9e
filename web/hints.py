"""What a partner's hint leads to: a run that reads what it points at, or the link's next run, sooner."""

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.link import Link
from models.run import SyncRun
from models.vocabulary import LinkState
from providers.base import HintRequest, provider
from schedules.planning import SQL, is_heeded
from schedules.tick import queue_of

MOST_REFS = 500
"""Beyond them the partner says that all changed."""

log = structlog.get_logger(__name__)

JOIN = text("""
    UPDATE sync_run SET only_refs = ARRAY(SELECT DISTINCT unnest(only_refs || :refs) ORDER BY 1)
    WHERE link_id = :link AND status = 'queued' AND mode = 'hinted' AND cardinality(only_refs) < :most
    RETURNING id
""")
ASK = text("""
    INSERT INTO sync_run (link_id, queue, mode, only_refs, trigger, requested_by, hinted_at)
    SELECT :link, :queue, 'hinted', :refs, 'hint', 'partner', clock_timestamp()
    WHERE NOT EXISTS (SELECT FROM sync_run JOIN link ON link.id = link_id
        WHERE link_id = :link AND sync_run.created_at > clock_timestamp() - interval '1 minute'
          AND (mode = 'hinted' OR hastened_at > clock_timestamp() - interval '2 minutes'))
    ON CONFLICT DO NOTHING RETURNING id
""")
HASTEN = text("""
    UPDATE link SET next_run_at = least(next_run_at, now() + interval '1 minute'), hastened_at = now(),
        hinted_since = coalesce(hinted_since, now())
    WHERE id = :link AND state = 'active'
""")


def take_hint(db: Session, link: Link, request: HintRequest) -> SyncRun | None:
    """Do what a hint asks for; gives the run to publish, if it made one; commits.

    Hints cost a link one run a minute at most, however many they are. One that comes in between joins
    the hinted run that waits; where none waits, or another run is going on, the link's next run comes
    within a minute, and while hints go on, that one is the minute's.
    Where requests are scarce, a link that changes all the time is left to its visits.
    """
    adapter = provider(link.provider)
    try:
        refs = adapter.hint(request)
    except Exception:  # an adapter's bug is not the partner's business
        log.exception("hint_unreadable", provider=link.provider, link=link.id)
        refs = None
    if refs is None:
        log.warning("hint_unknown", provider=link.provider, link=link.id, head=request.body[:200])
        return None
    if link.state != LinkState.ACTIVE:
        return None
    heard = db.connection().exec_driver_sql(SQL["heard_hint"], {"link": link.id}).mappings().one()
    if not is_heeded(dict(heard), adapter):
        db.commit()
        return None
    names = {
        "link": link.id,
        "refs": sorted(refs),
        "most": MOST_REFS,
        "queue": queue_of(link.provider).value,
    }
    asked = None
    if not 0 < len(refs) <= MOST_REFS:
        db.execute(HASTEN, names)
    elif db.scalar(JOIN, names) is None:
        asked = db.scalar(ASK, names)
        if asked is None:
            db.execute(HASTEN, names)
    db.commit()
    return db.get_one(SyncRun, asked) if asked is not None else None
