"""What is asked of a calendar's site, and which events its answer names."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Final

from providers import icalendar_file
from providers.base import Limits, Visit
from providers.errors import ConfigurationError, DataError
from providers.http import Download
from providers.ical.identity import EventsFile
from providers.ical.settings import IcalSettings
from providers.ical.tidying import tidy
from providers.window import zone_of

DAYS_OF_RENEWAL: Final = 3
"""First days of a month, when the window has moved: an unchanged calendar is read all the same."""


@dataclass(frozen=True, slots=True)
class Identified:
    """The events of a calendar by ref, each with its fingerprint; the digest is of all of them."""

    events: Sequence[tuple[str, bytes]]
    digest: str


def download(visit: Visit[IcalSettings], limits: Limits, *, conditional: bool) -> Download | None:
    """Spool the calendar; None when it is what it was after the last complete run."""
    today = visit.clock().astimezone(zone_of(visit.venue))
    try:
        return visit.http.download(
            visit.identifier,
            visit.spool / "calendar.ics",
            headers={"Accept": "text/calendar, */*;q=0.5"},
            limit=limits.body,
            conditional=conditional and today.day > DAYS_OF_RENEWAL,
            matters=icalendar_file.digest,
        )
    except ConfigurationError as error:
        if error.code not in {"not_found", "refused"}:
            raise
        raise ConfigurationError(
            "calendar_not_found",
            "Aucun calendrier à cette adresse, ou il n’est pas public. Dans votre agenda, vérifiez qu’il est "
            "partagé publiquement, puis collez de nouveau son adresse au format iCal (.ics).",
            str(error),
        ) from error


def opened(path: Path) -> AbstractContextManager[EventsFile]:
    """Open a calendar file, tidied; raises as `icalendar_file.opened` does."""
    tidy(path)
    return icalendar_file.opened(path, EventsFile, sender="Le site")


def identify(calendar: EventsFile, horizon: date) -> Identified:
    """Give the events of a calendar in an order that does not depend on the file's.

    Raises
    ------
    DataError
        It says that there are events in a way that we do not read.
    """
    if not calendar.spans and b"begin:vevent" in calendar.body[:1_000_000].lower():
        sentence = "L’agenda n’est pas écrit comme un calendrier iCalendar. Prévenez le site qui le publie."
        raise DataError("not_a_calendar", sentence, "events that do not begin a line", calendar.body[:2048])
    events = [(ref, calendar.fingerprint_of(ref, horizon)) for ref in sorted(calendar.refs())]
    digest = blake2b(digest_size=16)
    for ref, fingerprint in events:
        digest.update(ref.encode() + b"\0" + fingerprint)
    return Identified(events, digest.hexdigest())
