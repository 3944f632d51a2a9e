"""A run's visit, opened from its link: settings, venue facts, the database's clock, the polite client."""

import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import psycopg
from pydantic import ValidationError

from models.database import Connection, connect
from models.uploaded import digest_in
from models.vocabulary import RunMode, Trigger
from providers.base import Provider, Traversal, VenueFact, VenueFacts, Visit, provider
from providers.errors import ConfigurationError
from providers.http import PoliteClient, Shelf
from providers.settings import ProviderSettings
from runtime.settings import RuntimeSettings
from schedules.budgets import SharedBudget
from schedules.cadence import full_is_due
from schedules.planning import waiting_times
from workers.deposits import deposits_of
from workers.queries import SQL
from workers.replay import Replayed
from workers.sealing import apart, unseal
from workers.source import Source
from workers.staging import Answers


@dataclass(frozen=True, slots=True)
class Site:
    """Where this process finds the database and the broker, and how it is configured."""

    database_url: str
    broker_url: str
    settings: RuntimeSettings


def read_settings(adapter: Provider[Any], written: Mapping[str, Any]) -> ProviderSettings:
    """Validate a link's settings as written.

    Raises
    ------
    ConfigurationError
        Code `settings_invalid`; the sentence names each field and what is wrong with it.
    """
    try:
        return adapter.Settings.model_validate(dict(written))
    except ValidationError as error:
        fields = adapter.Settings.model_fields
        known = ", ".join(sorted(fields))
        lines = []
        for problem in error.errors(include_url=False, include_input=False):
            name = str(problem["loc"][0]) if problem["loc"] else ""
            if problem["type"] == "missing":
                lines.append(f"{name} : à indiquer ({fields[name].title or name})")
            elif problem["type"] == "extra_forbidden":
                lines.append(f"réglage inconnu : {name} (connus : {known})")
            else:
                lines.append(f"{name} : {problem['msg'].removeprefix('Value error, ')}")
        raise ConfigurationError(
            "settings_invalid", f"Réglages à corriger : {' ; '.join(lines)}.", str(error)
        ) from None


@contextmanager
def open_visit(
    site: Site,
    adapter: Provider[Any],
    identifier: str,
    settings: ProviderSettings,
    *,
    name: str,
    venue: VenueFacts | None = None,
    validators: Mapping[str, Mapping[str, str]] | None = None,
    next_allowed: Mapping[str, datetime] | None = None,
    shelf: Shelf | None = None,
    heart: Callable[[], None] = lambda: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Visit[Any]]:
    """Open a visit for the length of the block; its spool is a folder of its own, gone afterwards."""
    spool = (site.settings.data_dir / "spool" / name).absolute()
    shutil.rmtree(spool, ignore_errors=True)
    spool.mkdir(parents=True)
    limits = adapter.limits
    client = PoliteClient(
        clock=clock,
        budget=SharedBudget(site.broker_url, requests=limits.requests, period=limits.period),
        host_map=site.settings.host_map,
        validators=validators,
        heart=heart,
        proxy=site.settings.proxy,
        body_limit=limits.body,
        deadline=limits.deadline,
        next_allowed=next_allowed,
        shelf=shelf,
    )
    try:
        with client:
            yield Visit(
                identifier=identifier,
                settings=settings,
                clock=clock,
                http=client,
                spool=spool,
                venue=venue,
            )
    finally:
        shutil.rmtree(spool, ignore_errors=True)


def with_deposits(site: Site, visit: Visit[Any], venue_id: int | None) -> Visit[Any]:
    """Give a visit that belongs to no run the deposits of the venue that it is for."""
    if venue_id is None or not (site.settings.deposits or digest_in(visit.identifier)):
        return visit
    with connect(site.database_url) as connection:
        deposits = deposits_of(connection, site.settings.deposits, venue_id, visit.identifier, visit.spool)
    return replace(visit, deposits=deposits)


def venue_facts(row: Mapping[str, Any]) -> VenueFacts | None:
    """Give what an adapter may know of the venue; None for an operator's catalogue."""
    if row["venue_id"] is None:
        return None
    return VenueFacts(
        name=row["name"],
        timezone=row["timezone"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        siret=row["siret"],
    )


def clock_of(connection: Connection) -> Callable[[], datetime]:
    """Give a clock that tells the database's time, late by at most the quickest of a few round trips.

    Quantities depend on whether a booking came before the partner was asked, by the clock that stamps
    bookings: one that is ahead would take a booking that the partner does not know for one it does.
    """
    _, (read_at, now) = min(_reading(connection) for _ in range(CLOCK_READINGS))
    return lambda: now + timedelta(seconds=time.monotonic() - read_at)


CLOCK_READINGS = 5


def _reading(connection: Connection) -> tuple[float, tuple[float, datetime]]:
    """Read the database's clock: (seconds of the round trip, (our monotonic clock after it, its time))."""
    asked = time.monotonic()
    row = connection.execute("SELECT clock_timestamp() AS now").fetchone()
    answered = time.monotonic()
    if row is None:
        raise LookupError("PostgreSQL told no time")
    return answered - asked, (answered, row["now"])


def fingerprint_context(
    adapter: Provider[Any], written: Mapping[str, Any], row: Mapping[str, Any], *, deducts: bool
) -> bytes:
    """Digest what fingerprints are judged in: version, settings as written, how seats count, venue facts."""
    uses = adapter.traits.uses
    facts = {
        "version": adapter.version,
        "deducts": deducts,
        "settings": {key: value for key, value in sorted(written.items()) if value is not None},
        "category": row["default_category"],
        "name": row["name"] if VenueFact.NAME in uses else None,
        "timezone": row["timezone"] if VenueFact.TIMEZONE in uses else None,
        "position": [row["latitude"], row["longitude"]] if VenueFact.POSITION in uses else None,
        "siret": row["siret"] if VenueFact.SIRET in uses else None,
    }
    return blake2b(json.dumps(facts, sort_keys=True, default=str).encode(), digest_size=32).digest()


@contextmanager
def open_source(
    site: Site,
    connection: Connection,
    link_id: int,
    run: Mapping[str, Any],
    heart: Callable[[], None],
    *,
    written: Mapping[str, Any] | None = None,
) -> Iterator[Source]:
    """Open all that the engine needs of a run's link, for the length of the block.

    Validators are not sent when everything must be read: a full run, one that goes on in the
    middle, after an edit, in another context (another version of the adapter, other facts of the
    venue), or while items are quarantined. `written` stands for the link's settings.

    Raises
    ------
    ConfigurationError
        The provider is unknown here, the settings do not fit, or the identifier leads nowhere.
    """
    row = connection.execute(SQL["link_of_run"], {"link": link_id}).fetchone()
    if row is None:
        raise ConfigurationError("unknown_link", f"La source n° {link_id} n’existe pas.")
    adapter = provider(row["provider"])
    if run["mode"] == RunMode.REPLAY:
        adapter = Replayed(adapter, connection.execute(SQL["quarantined"], {"link": link_id}).fetchall())
    written = dict(row["settings"] if written is None else written)
    settings = read_settings(adapter, unseal(site.settings, row["secrets"]) | written)
    _, secret = apart(settings)
    open_to_all = {name: value for name, value in written.items() if name not in secret}
    deducts = adapter.traits.deducts_our_bookings or adapter.slug in site.settings.booked_at_partners
    context = fingerprint_context(adapter, open_to_all, row, deducts=deducts)  # another key reads the same
    mode = _mode(adapter, row, run, context)
    if mode != run["mode"]:
        connection.execute(SQL["read_all"], {"run": run["id"]})
    by_changes = adapter.traits.traversal is Traversal.CHANGES
    start = row["cursor"] if by_changes and mode == RunMode.USUAL else None
    everything = (
        run["mode"] == RunMode.FULL
        or run["cursor"] is not None
        or run["traversals"] > 1
        or row["settings_edited_at"] is not None
        or row["context"] != context
        or row["has_quarantine"]
    )
    with open_visit(
        site,
        adapter,
        row["identifier"],
        settings,
        name=f"run-{run['id']}-{run['lease_token'] or secrets.token_hex(8)}",
        venue=venue_facts(row),
        validators={} if everything else row["validators"],
        next_allowed=waiting_times(connection, link_id),
        shelf=_shelf(site, adapter, row, run),
        heart=heart,
        clock=clock_of(connection),
    ) as opened:
        root, spool = site.settings.deposits, opened.spool
        identifier = adapter.resolve(opened)
        if identifier != row["identifier"] and run["lease_token"] is not None:
            _keep_identifier(connection, link_id, identifier)
        visit = replace(
            opened,
            identifier=identifier,
            cursor=run["cursor"] or start,
            only=frozenset(run["only_refs"] or ()),
            deposits=deposits_of(connection, root, row["venue_id"], identifier, spool),
        )
        yield Source(
            link_id=link_id,
            venue_id=row["venue_id"],
            run_id=run["id"],
            provider=adapter,
            visit=visit,
            answers=Answers(settings, row["default_category"], deducts=deducts),
            context=context,
            timezone=row["timezone"],
            snapshot=not visit.only and (mode == RunMode.FULL or (mode == RunMode.USUAL and not by_changes)),
            same_context=row["context"] == context,
            start=start,
        )


def _shelf(
    site: Site, adapter: Provider[Any], row: Mapping[str, Any], run: Mapping[str, Any]
) -> Shelf | None:
    """Where links of the same feed share answers; who waits for a run, or was hinted at, asks anew."""
    if adapter.limits.shared_for is None:
        return None
    return Shelf(
        (site.settings.data_dir / "shelf").absolute(),
        adapter.limits.shared_for,
        newer_than=row["visited_at"],
        waits=site.settings.lease.total_seconds(),
        reads=run.get("trigger") == Trigger.SCHEDULE,
    )


def _keep_identifier(connection: Connection, link_id: int, identifier: str) -> None:
    """Store what an identifier that only the network could tell turned out to be."""
    try:
        connection.execute(SQL["link_resolved"], {"link": link_id, "identifier": identifier})
    except psycopg.errors.UniqueViolation as error:
        raise ConfigurationError(
            "already_linked",
            f"Cette adresse mène à {identifier}, que ce lieu importe déjà par une autre source."
            " Déconnectez l’une des deux.",
            str(error),
        ) from None


def _mode(adapter: Provider[Any], row: Mapping[str, Any], run: Mapping[str, Any], context: bytes) -> RunMode:
    """Give what a run reads: a changes traversal reads everything at first, daily, and in another context.

    A run that goes on reads what it began with: taken for a whole reading, the rest of a list of
    changes would leave out nearly everything.
    """
    mode = RunMode(run["mode"])
    if mode is not RunMode.USUAL or adapter.traits.traversal is not Traversal.CHANGES:
        return mode
    if run["cursor"] is not None and run["context"] == context:
        return mode
    current = row["cursor"] is not None and row["context"] == context and row["settings_edited_at"] is None
    if not current or row["full_at"] is None:
        return RunMode.FULL
    since, now = row["full_at"].timestamp(), row["now"].timestamp()
    full = full_is_due(row["id"], adapter.cadence, since=since, now=now)
    return RunMode.FULL if full else RunMode.USUAL
