"""How runs, links and notices stand, for display: the API answers it, the page shows it."""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.link import Link
from models.notice import Notice
from models.run import SyncRun
from models.vocabulary import LinkState, RunMode, RunStatus
from providers.base import provider
from providers.errors import ConfigurationError
from web.shapes import LinkCard, NoticeState, RunError, RunState
from workers.counts import Counts
from workers.notices import DATE_GONE, DATE_MOVED
from workers.wording import wording_of

LABELS = {
    RunStatus.QUEUED: "en attente",
    RunStatus.RUNNING: "en cours",
    RunStatus.SUCCEEDED: "terminée",
    RunStatus.PARTIAL: "terminée",
    RunStatus.REVIEW: "terminée, retraits à confirmer",
    RunStatus.FAILED: "n’a pas abouti",
    RunStatus.DEAD: "interrompue, notre équipe est prévenue",
}
ANSWERS = {DATE_GONE: ["move", "cancel", "keep"], DATE_MOVED: ["noted"]}


def run_state(run: SyncRun) -> RunState:
    """Give how a run stands."""
    status = RunStatus(run.status)
    counts = Counts.load(run.counters)
    counted_words = counts.dump()
    return RunState(
        run=run.id,
        link=run.link_id,
        venue=run.link.venue_id,
        provider=run.link.provider,
        status=status,
        label=_label(run, status, counts),
        final=status.is_final,
        mode=RunMode(run.mode),
        trigger=run.trigger,
        requested_by=run.requested_by,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        read=counts.items["read"],
        estimate=run.estimate,
        counts=counted_words["items"],
        filtered=counted_words["filtered"],
        offers=counted_words["offers"],
        stocks=counted_words["stocks"],
        requests=counts.requests,
        bytes=counts.bytes,
        seconds=counts.seconds,
        message=run.message,
        error=RunError(code=run.error_code, message=run.message) if run.error_code else None,
    )


CARDS = text("""
    SELECT link.id,
        (SELECT count(*) FROM offer
         WHERE offer.link_id = link.id AND active AND deleted_at IS NULL) AS offers,
        (SELECT count(*) FROM stock JOIN offer ON offer.id = stock.offer_id
         WHERE offer.link_id = link.id AND offer.active AND deleted_at IS NULL AND stock.active
           AND coalesce(stock.starts_at, 'infinity') >= now()) AS dates,
        (SELECT count(*) FROM offer WHERE offer.link_id = link.id AND active AND deleted_at IS NULL
           AND held_reason IS NOT NULL) AS held,
        (SELECT count(*) FROM quarantine WHERE quarantine.link_id = link.id) AS quarantined,
        EXISTS (SELECT FROM withdrawal WHERE withdrawal.link_id = link.id AND closed_at IS NULL) AS review,
        (SELECT max(id) FROM sync_run WHERE sync_run.link_id = link.id) AS last_run
    FROM link WHERE link.id = ANY (:links) ORDER BY link.id
""")


def link_cards(db: Session, venue_id: int, *, unlinked: bool = False) -> list[LinkCard]:
    """Give a venue's links, oldest first; the disconnected ones only when wanted."""
    wanted = select(Link).where(Link.venue_id == venue_id).order_by(Link.id)
    if not unlinked:
        wanted = wanted.where(Link.state != LinkState.UNLINKED)
    return _cards(db, db.scalars(wanted).all())


def link_card(db: Session, link: Link) -> LinkCard:
    """Give one link with what it brought."""
    return _cards(db, [link])[0]


def notice_state(notice: Notice) -> NoticeState:
    """Give a notice with the answers that it takes."""
    answers = [] if notice.resolved_at else ANSWERS.get(notice.kind, [])
    if notice.candidate_stock_id is None:
        answers = [answer for answer in answers if answer != "move"]
    return NoticeState(
        notice=notice.id,
        kind=notice.kind,
        venue=notice.venue_id,
        link=notice.link_id,
        offer=notice.offer_id,
        run=notice.run_id,
        question=notice.question,
        answers=answers,
        opened_at=notice.opened_at,
        resolved_at=notice.resolved_at,
        resolution=notice.resolution,
        resolved_by=notice.resolved_by,
    )


def notices_of(db: Session, venue_id: int, *, resolved: bool = False, most: int = 200) -> list[NoticeState]:
    """Give a venue's open notices, oldest first; or the latest resolved ones, newest first."""
    wanted = select(Notice).where(Notice.venue_id == venue_id).limit(most)
    if resolved:
        wanted = wanted.where(Notice.resolved_at.is_not(None)).order_by(Notice.resolved_at.desc(), Notice.id)
    else:
        wanted = wanted.where(Notice.resolved_at.is_(None)).order_by(Notice.id)
    return [notice_state(notice) for notice in db.scalars(wanted)]


def provider_label(slug: str) -> str:
    """Give a partner's name; its slug when its adapter is gone."""
    try:
        return provider(slug).label
    except ConfigurationError:
        return slug


def _label(run: SyncRun, status: RunStatus, counts: Counts) -> str:
    if status is RunStatus.PARTIAL and counts.items["quarantined"]:
        return (
            f"terminée, {wording_of(run.link.provider).read.counted(counts.items['quarantined'])} à corriger"
        )
    if status is RunStatus.PARTIAL and run.shortfall:
        return "terminée, détails non reçus"
    return LABELS[status]


def _cards(db: Session, links: Sequence[Link]) -> list[LinkCard]:
    brought = {row.id: row for row in db.execute(CARDS, {"links": [link.id for link in links]})}
    latest = [row.last_run for row in brought.values() if row.last_run is not None]
    runs = {run.id: run for run in db.scalars(select(SyncRun).where(SyncRun.id.in_(latest)))}
    return [
        LinkCard(
            link=link.id,
            venue=link.venue_id,
            provider=link.provider,
            provider_label=provider_label(link.provider),
            identifier=link.identifier,
            title=link.title,
            settings=link.settings,
            state=LinkState(link.state),
            state_reason=link.state_reason,
            created_at=link.created_at,
            next_run_at=link.next_run_at,
            offers=brought[link.id].offers,
            dates=brought[link.id].dates,
            held=brought[link.id].held,
            quarantined=brought[link.id].quarantined,
            review=brought[link.id].review,
            last_run=run_state(runs[brought[link.id].last_run]) if brought[link.id].last_run else None,
        )
        for link in links
    ]
