"""Makes an offer of an event of a calendar, its dates as instants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from models.vocabulary import Reason, TitleSays
from providers.base import Visit
from providers.errors import DataError
from providers.ical import component, series
from providers.ical.component import Event, Wall
from providers.ical.expansion import TooMuchWorkError
from providers.ical.rules import RuleError
from providers.ical.series import MOST_EXPANDED, Dated
from providers.ical.settings import IcalSettings
from providers.ical.wording import Wording
from providers.ical.zones import instant
from providers.openagenda.titles import title_says
from providers.records import LeftOut, OfferRecord, StockRecord, replace
from providers.text import fold
from providers.window import Window, zone_of

MOST_DATES: Final = 1_000
"""Dates of one event that are imported, the nearest first."""

SINGLE: Final = "single"
"""The ref of the date of an event that does not repeat: moved, it stays the same date."""

ALL_DAY: Final = "Toute la journée"

_LONGEST_DAY: Final = timedelta(hours=26)
_WIDEST: Final = timedelta(days=2)
"""More than any two wall clocks differ by."""


def horizon_of(visit: Visit[IcalSettings]) -> date:
    """Give the day on which the window of repetitions ends: the first of a month, so it moves monthly."""
    today = visit.clock().astimezone(zone_of(visit.venue))
    month = today.year * 12 + today.month + visit.settings.until_months
    return date(month // 12, month % 12 + 1, 1)


def read(ref: str, payload: bytes, visit: Visit[IcalSettings]) -> OfferRecord | LeftOut:
    """Say what an event is: an offer with its dates to come, or why it is left out.

    Raises
    ------
    DataError
        It has no title, a date or a rule that cannot be read, or far too many dates.
    """
    zone = zone_of(visit.venue)
    event = component.read(payload, zone, visit.clock())
    window = Window.of(visit.settings.since, visit.clock(), zone)
    found = [_Session.of(each, event) for each in _dates(event, window, horizon_of(visit), payload)]
    current = [each for each in found if not window.is_over(each.starts_at, each.ends_at)]
    if not current:
        return LeftOut(ref, Reason.OVER if found or _has_begun(event, window) else Reason.NO_DATE)
    shown = _nearest([each for each in current if not each.words.is_private], visit.clock())
    if not shown:
        return LeftOut(ref, Reason.PRIVATE)
    face = next((each.words for each in shown if not each.is_changed), shown[0].words)
    if face.is_pass_culture_offer:
        return LeftOut(ref, Reason.ALREADY_PASS_CULTURE)
    if not face.title:
        raise DataError("no_title", "L’évènement n’a pas de titre.", f"event {ref} without SUMMARY", payload)
    stocks = {each.ref: each.stock(face) for each in sorted(shown, key=lambda each: each.is_changed)}
    return replace(
        face.offer(ref, visit.venue), stocks=tuple(sorted(stocks.values(), key=lambda each: each.ref))
    )


def _dates(event: Event, window: Window, horizon: date, payload: bytes) -> Sequence[Dated]:
    first = (window.since - _WIDEST).replace(tzinfo=None)
    try:
        found = series.dates(event.components, event.clock, first, datetime.combine(horizon, time()))
    except TooMuchWorkError as error:
        raise _too_many(str(error), payload) from error
    except (RuleError, ValueError, TypeError, OverflowError) as error:
        sentence = "La règle de répétition de l’évènement n’est pas lisible."
        raise DataError(
            "unreadable_rule", sentence, f"{type(error).__name__}: {error}"[:300], payload
        ) from error
    if len(found) >= MOST_EXPANDED:
        raise _too_many(f"{MOST_EXPANDED} dates", payload)
    return found


def _too_many(detail: str, payload: bytes) -> DataError:
    sentence = (
        "L’évènement se répète trop souvent pour être importé. "
        "Vérifiez sa règle de répétition dans votre agenda."
    )
    return DataError("too_many_dates", sentence, detail, payload)


def _has_begun(event: Event, window: Window) -> bool:
    first = min((_instant(each.starts, event) for each in event.components), default=window.since)
    return first < window.since


def _instant(moment: Wall, event: Event) -> datetime:
    """Give a wall clock as an instant; a day begins at midnight in the venue's time."""
    if isinstance(moment, datetime):
        return instant(moment, event.clock.zone)
    return instant(datetime.combine(moment, time()), event.clock.zones.venue)


@dataclass(frozen=True, slots=True)
class _Session:
    """A date of an event, as instants."""

    ref: str
    starts_at: datetime
    ends_at: datetime | None
    words: Wording
    is_changed: bool
    is_one_whole_day: bool

    @classmethod
    def of(cls, dated: Dated, event: Event) -> "_Session":
        starts_at, ends_at = _instant(dated.starts, event), _instant(dated.ends, event)
        whole = not isinstance(dated.starts, datetime)
        return cls(
            ref=_ref(dated.instance, event),
            starts_at=starts_at,
            ends_at=ends_at if ends_at > starts_at else None,
            words=Wording(dated.component),
            is_changed=dated.component.instance is not None,
            is_one_whole_day=whole and ends_at - starts_at <= _LONGEST_DAY,
        )

    def stock(self, face: Wording) -> StockRecord:
        """Give the date; an instance with a title of its own is labelled with it."""
        own = self.words.title if fold(self.words.title) != fold(face.title) else ""
        cancelled = self.words.is_cancelled or (bool(own) and title_says(own) is TitleSays.CANCELLED)
        label = own or (ALL_DAY if self.is_one_whole_day else "")
        return StockRecord(self.ref, self.starts_at, self.ends_at, label=label, cancelled=cancelled)


def _nearest(sessions: Sequence[_Session], now: datetime) -> list[_Session]:
    """Give the dates that are imported, in order; those to come are wanted before those of the past."""
    ordered = sorted(sessions, key=lambda each: each.starts_at)
    to_come = [each for each in ordered if each.starts_at >= now][:MOST_DATES]
    past = [each for each in ordered if each.starts_at < now]
    return past[len(past) - min(len(past), MOST_DATES - len(to_come)) :] + to_come


def _ref(instance: Wall | None, event: Event) -> str:
    """Give what a date is known by: when it was meant to be, whatever became of it since."""
    if instance is None:
        return SINGLE
    if isinstance(instance, datetime):
        return f"{instant(instance, event.clock.zone):%Y%m%dT%H%M%SZ}"
    return f"{instance:%Y%m%d}"
