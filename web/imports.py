"""What a person does with sources: imports, asks again, edits, pauses, disconnects; API and page alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Any

from sqlalchemy import or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.link import Link, link_venue, pause, remember, resume, unlink
from models.request import HeardRequest, hear, led_to
from models.run import SyncRun, ask_for_run
from models.venue import Venue
from models.vocabulary import LinkState, Queue, RunMode, RunStatus, Trigger
from providers.base import Provider, provider
from providers.errors import ConfigurationError
from web.callers import Caller
from web.problems import Problem
from workers.sealing import apart, seal, unseal
from workers.visits import Site, read_settings

MOST_RUNS = 6
"""Manual runs an hour and link; joining one that is open is none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The run that answers a wish; `publish`: the workers have not been told yet."""

    run: SyncRun
    publish: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What a person wrote, read: nobody was asked whether it leads anywhere.

    `settings` may be shown to whoever may see the source, `secret` to nobody.
    """

    adapter: Provider[Any]
    identifier: str
    settings: dict[str, Any]
    secret: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def written(self) -> dict[str, Any]:
        """All of the settings, for asking the partner."""
        return self.settings | self.secret


def read_form(slug: str, identifier: str, written: Mapping[str, Any]) -> Form:
    """Read the form of a source; no network.

    Raises
    ------
    ConfigurationError
        The partner is unknown, or the identifier or a setting is not one; the sentence says which.
    """
    adapter = provider(slug)
    return Form(adapter, adapter.read_identifier(identifier), *_settings(adapter, written))


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
        settings, secret = _settings(provider(link.provider), with_kept(kept, written))
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


def secrets_of(site: Site, link: Link) -> dict[str, str]:
    """Give a link's secrets; none where they cannot be read any more, for they can be given anew."""
    try:
        return unseal(site.settings, link.secrets)
    except ConfigurationError:
        return {}


def with_kept(kept: Mapping[str, str], written: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was written, with the secrets that are kept where they were not written anew."""
    return {**kept, **{name: value for name, value in written.items() if value not in (None, "")}}


def _settings(adapter: Provider[Any], written: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Give (settings, secrets) in the one form that is stored: as written, and only what was written."""
    return apart(read_settings(adapter, with_kept({}, written)))


def _import(  # noqa: PLR0917 - who asks for what, and where
    db: Session, venue: Venue, form: Form, caller: Caller, site: Site, heard: HeardRequest | None
) -> Asked:
    known = _known(db, heard)
    if known is not None:
        return known
    there = db.scalar(
        select(Link)
        .where(
            Link.venue_id == venue.id,
            Link.provider == form.adapter.slug,
            or_(Link.identifier == form.identifier, Link.pasted == form.identifier),
        )
        .order_by((Link.identifier == form.identifier).desc(), Link.id)
        .limit(1)
    )
    link = link_venue(
        db,
        venue,
        provider=form.adapter.slug,
        identifier=there.identifier if there else form.identifier,
        settings=form.settings,
        secrets=seal(site.settings, form.secret),
        interval=form.adapter.cadence.usual,
        actor=caller.actor,
        role=caller.role,
    )
    if there is None:
        link.pasted = form.identifier
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
