"""What a person does with sources: imports, asks again, edits, pauses, disconnects; API and page alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models.link import Link, link_venue, pause, remember, resume, unlink
from models.request import HeardRequest, hear, led_to
from models.run import SyncRun, ask_for_run
from models.venue import Venue
from models.vocabulary import LinkState, Queue, RunMode, RunStatus, Trigger
from providers.base import provider
from providers.errors import ConfigurationError
from web.callers import Caller
from web.form import Form, read_form, secrets_of, settings_as_written, with_kept
from web.problems import Problem
from web.straight import import_straight
from workers.sealing import seal
from workers.visits import Site

__all__ = ["Asked", "Form", "ask_again", "disconnect", "edit_link", "import_offers", "read_form"]

MOST_RUNS = 6
"""Manual runs an hour and link; joining one that is open is none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The run that answers a wish; `publish`: the workers have not been told yet."""

    run: SyncRun
    publish: bool


def import_offers(
    db: Session,
    venue: Venue,
    form: Form,
    caller: Caller,
    *,
    site: Site,
    heard: HeardRequest | None = None,
) -> Asked:
    """Link a venue to a partner, or edit or revive its link, and queue a run; commits.

    Raises
    ------
    Problem
        429: this link's runs of the hour are used up.
    """
    if not form.secret:  # another key is compared in no statement: it is never encrypted alike
        straight = import_straight(db, venue, form, caller, heard=heard, most=MOST_RUNS)
        if straight is not None:
            return Asked(straight, publish=True)
    for _ in range(3):
        try:
            return _import(db, venue, form, caller, site, heard)
        except IntegrityError:  # another request makes the same link at this moment
            db.rollback()
    return _import(db, venue, form, caller, site, heard)


def ask_again(
    db: Session,
    link: Link,
    caller: Caller,
    *,
    mode: RunMode = RunMode.USUAL,
    heard: HeardRequest | None = None,
) -> Asked:
    """Queue a run of a link, or give the one that is open; commits.

    Raises
    ------
    ConfigurationError
        Code `unlinked`: the source is disconnected.
    Problem
        429: this link's runs of the hour are used up.
    """
    known = _known(db, heard)
    if known is not None:
        return known
    if link.state == LinkState.UNLINKED:
        raise ConfigurationError("unlinked", "Cette source est déconnectée\u00a0: importez-la de nouveau.")
    return _ask(db, link, caller, mode, heard)


def edit_link(
    db: Session,
    link: Link,
    caller: Caller,
    *,
    site: Site,
    written: Mapping[str, Any] | None = None,
    state: LinkState | None = None,
) -> None:
    """Replace a link's settings, pause it or resume it; the caller commits.

    A secret that was not written anew stays.

    Raises
    ------
    ConfigurationError
        A setting is wrong, or the source is disconnected (code `unlinked`).
    """
    if link.state == LinkState.UNLINKED:
        raise ConfigurationError("unlinked", "Cette source est déconnectée\u00a0: importez-la de nouveau.")
    if written is not None:
        kept = secrets_of(site, link)
        settings, secret = settings_as_written(provider(link.provider), with_kept(kept, written))
        if secret != kept:
            link.secrets = seal(site.settings, secret)
            remember(db, link, "key_changed", actor=caller.actor, role=caller.role)
        if settings != link.settings:
            link.settings = settings
            link.settings_edited_at = db.scalar(text("SELECT clock_timestamp()"))
            remember(db, link, "edited", actor=caller.actor, role=caller.role, settings=settings)
            if link.state == LinkState.ACTIVE:
                link.next_run_at = link.settings_edited_at
    if state == LinkState.PAUSED and link.state != LinkState.PAUSED:
        pause(db, link, actor=caller.actor, role=caller.role)
    elif state == LinkState.ACTIVE and link.state != LinkState.ACTIVE:
        resume(db, link, actor=caller.actor, role=caller.role)


def disconnect(db: Session, link: Link, caller: Caller, *, keep_offers: bool) -> None:
    """Disconnect a source, its offers kept online or withdrawn; the caller commits."""
    if link.state != LinkState.UNLINKED:
        unlink(db, link, keep_offers=keep_offers, actor=caller.actor, role=caller.role)


def _import(  # noqa: PLR0917 - who asks for what, and where
    db: Session, venue: Venue, form: Form, caller: Caller, site: Site, heard: HeardRequest | None
) -> Asked:
    known = _known(db, heard)
    if known is not None:
        return known
    link = link_venue(
        db,
        venue,
        provider=form.adapter.slug,
        identifier=form.identifier,
        settings=form.settings,
        secrets=seal(site.settings, form.secret),
        interval=form.adapter.cadence.usual,
        actor=caller.actor,
        role=caller.role,
    )
    return _ask(db, link, caller, RunMode.USUAL, heard)


def _known(db: Session, heard: HeardRequest | None) -> Asked | None:
    run_id = hear(db, heard) if heard else None
    return Asked(db.get_one(SyncRun, run_id), publish=False) if run_id is not None else None


def _ask(db: Session, link: Link, caller: Caller, mode: RunMode, heard: HeardRequest | None) -> Asked:
    db.flush()
    _limit(db, link)
    run, publish = ask_for_run(
        db,
        link.id,
        queue=Queue.MANUAL,
        trigger=Trigger.PERSON,
        requested_by=caller.actor,
        mode=mode,
    )
    set_committed_value(run, "link", link)  # known already: nothing is asked after the commit
    if heard is not None:
        led_to(db, heard, run.id)
    db.commit()
    return Asked(run, publish)


USED_UP = text("""
    SELECT CASE WHEN count(*) >= :most THEN
        greatest(min(created_at) + interval '1 hour' - clock_timestamp(), interval '1 second') END
    FROM (SELECT created_at, status FROM sync_run
          WHERE link_id = :link AND trigger = 'person' AND created_at > clock_timestamp() - interval '1 hour'
          ORDER BY id DESC LIMIT :most) AS latest
    WHERE NOT EXISTS (SELECT FROM sync_run WHERE link_id = :link AND status = ANY (:open))
""")
OPEN = [RunStatus.QUEUED.value, RunStatus.RUNNING.value]


def _limit(db: Session, link: Link) -> None:
    """Refuse one run too many in an hour, unless one is open that the wish joins."""
    wait: timedelta | None = db.scalar(USED_UP, {"link": link.id, "most": MOST_RUNS, "open": OPEN})
    if wait is not None:
        seconds = ceil(wait.total_seconds())
        raise Problem(
            429,
            "too_many_runs",
            f"Cette source a déjà été importée {MOST_RUNS}\u00a0fois en une heure."
            f" Réessayez dans {ceil(seconds / 60)}\u00a0min\u00a0; elle est aussi mise à jour toute seule.",
            headers={"Retry-After": str(seconds)},
        )
