"""What is asked of Open Agenda: the calendar, whole, and the pages of event details."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from providers import icalendar_file
from providers.base import Limits, Visit
from providers.errors import ConfigurationError, DataError
from providers.http import Download
from providers.openagenda import detail
from providers.openagenda.event import lists_from
from providers.openagenda.ics import Calendar
from providers.openagenda.identifier import SITE
from providers.openagenda.settings import OpenAgendaSettings

DETAILS_A_PAGE: Final = 300
MOST_PAGES: Final = 500
PAGE_LIMIT: Final = 32 * 1024 * 1024
"""Bytes: three hundred events (the most that a page holds) come to 3 MB, with all their timings to 24 MB."""


@dataclass(frozen=True, slots=True)
class Part:
    """A page of details: ref → trimmed event; `after` asks for the next, None on the last."""

    events: dict[str, dict[str, Any]]
    after: list[Any] | None
    total: int | None
    requested_at: datetime


def budget_key(visit: Visit[OpenAgendaSettings]) -> str:
    """Ten requests a minute an agenda, calendar and details together."""
    return f"openagenda:{visit.identifier}"


def download(visit: Visit[OpenAgendaSettings], limits: Limits, *, conditional: bool) -> Download | None:
    """Spool the agenda's calendar; None when it is what it was after the last complete run."""
    try:
        return visit.http.download(
            f"{SITE}/agendas/{visit.identifier}/events.v2.ics",
            visit.spool / "agenda.ics",
            budget_key=budget_key(visit),
            limit=limits.body,
            conditional=conditional,
            matters=icalendar_file.digest,
        )
    except ConfigurationError as error:
        raise not_found(error, visit.identifier) from error


def not_found(error: ConfigurationError, identifier: str) -> ConfigurationError:
    """Say a 404 in the words of the form."""
    if error.code != "not_found":
        return error
    what = f"n° {identifier} sur Open Agenda" if identifier.isdigit() else f"à l’adresse {identifier}"
    return ConfigurationError(
        "agenda_not_found",
        f"Aucun agenda {what}. Vérifiez que l’agenda existe encore et qu’il est public, "
        "puis collez de nouveau son numéro ou l’adresse de sa page.",
        str(error),
    )


def expect(calendar: Calendar, identifier: str) -> None:
    """Check that the calendar is the one that was asked for.

    Raises
    ------
    ConfigurationError
        It says that it is another one; nothing of it is taken.
    """
    if calendar.number and calendar.number != identifier:
        raise ConfigurationError(
            "other_agenda",
            f"Open Agenda a envoyé l’agenda n° {calendar.number[:20]} au lieu du n° {identifier}. "
            "Vérifiez le numéro de l’agenda ; vos offres n’ont pas changé.",
            f"X-WR-RELCALID {calendar.number!r} for {identifier}",
        )


def parts(visit: Visit[OpenAgendaSettings], after: Any) -> Iterator[Part]:
    """Read the details page by page, to the last page, an empty one or one that comes again.

    `total` is not believed: it may change between two pages.
    """
    asked = _cursor(after)
    seen = {repr(asked)}
    for _ in range(MOST_PAGES):
        part = _part(visit, asked)
        again = part.after is not None and repr(part.after) in seen
        if not part.events or (again and part.after == asked):
            return
        asked = None if again else part.after
        yield Part(part.events, asked, part.total, part.requested_at)
        if asked is None:
            return
        seen.add(repr(asked))


def _part(visit: Visit[OpenAgendaSettings], after: list[Any] | None) -> Part:
    asked: list[tuple[str, Any]] = [
        ("size", DETAILS_A_PAGE),
        ("detailed", 1),
        ("longDescriptionFormat", "HTML"),
        ("timings[gte]", f"{lists_from(visit):%Y-%m-%dT%H:%M:%S.000Z}"),
        *(("after[]", value) for value in after or ()),
    ]
    answer = visit.http.get(
        f"{SITE}/agendas/{visit.identifier}/events.v2.json?{urlencode(asked)}",
        budget_key=budget_key(visit),
        limit=PAGE_LIMIT,
    )
    said = answer.json()
    events = said.get("events") if isinstance(said, dict) else None
    if not isinstance(events, list):
        sentence = "Open Agenda n’a pas envoyé les détails des évènements."
        raise DataError("not_details", sentence, "no list of events", answer.content)
    total = said.get("total")
    return Part(
        {ref: detail.trim(event) for event in events if (ref := detail.ref_of(event))},
        _cursor(said.get("after")),
        total if isinstance(total, int) and total >= 0 else None,
        answer.requested_at,
    )


def _cursor(after: Any) -> list[Any] | None:
    """Read a cursor: values to be sent back as they are; anything else is none."""
    values = after if isinstance(after, list) else [after]
    usable = values and len(values) <= 10 and all(isinstance(value, str | int) for value in values)
    return values if usable else None
