"""Says on which dates an event takes place: repetitions, exceptions, moved and changed instances.

The rules of RFC 5545 for all that are recurring-ical-events'; the repetitions that it puts together
are expanded by `expansion`, with a bound.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from icalendar import Event as EventProperties
from icalendar import vDDDTypes
from recurring_ical_events import EventAdapter, Occurrence, Series

from providers.ical import expansion, rules
from providers.ical.component import Clock, Component, Wall
from providers.ical.expansion import TooMuchWorkError, Work

MOST_EXPANDED: Final = 5_000
MOST_CHANGED: Final = 2_000
MOST_FUTURES: Final = 100
"""Changed instances of one event, and those of them that change all that follow."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date of an event; `instance` is when the repetition was meant to be before anybody moved it.

    None: an event that does not repeat.
    """

    component: Component
    starts: Wall
    ends: Wall
    instance: Wall | None


def dates(components: Sequence[Component], clock: Clock, first: Wall, last: Wall) -> list[Dated]:
    """Give the dates that lie between two moments of the clock, at least; not in order.

    An event that does not repeat is given wherever it lies. Of versions of one event the one with
    the highest SEQUENCE counts.

    Raises
    ------
    RuleError
        A rule cannot be read, or asks for too much work.
    """
    whole = [each for each in components if each.instance is None]
    latest = max((each.sequence for each in whole), default=0)
    current = [each for each in whole if each.sequence == latest]
    if len(whole) == len(components) and not any(each.recurs for each in current):
        return _single(current)
    if len(components) > MOST_CHANGED or sum(each.and_future for each in components) > MOST_FUTURES:
        raise TooMuchWorkError(f"{len(components)} changed instances")
    series = _BoundedSeries([_Adapter(each, clock) for each in components])
    return [
        Dated(each.component, each.start, each.end, each.instance)
        for each in islice(series.between(first, last), MOST_EXPANDED)
    ]


def _single(current: Sequence[Component]) -> list[Dated]:
    """Give the date of an event without repetition.

    Some exporters give the dates of an event one UID and no RECURRENCE-ID: each is one of its dates.
    """
    starts = {each.starts: each for each in current}
    if len(starts) == 1:
        (only,) = starts.values()
        return [Dated(only, only.starts, only.ends, None)]
    return [Dated(each, each.starts, each.ends, each.starts) for each in starts.values()]


class _Occurrence(Occurrence):  # type: ignore[misc]
    """A date as the library makes it, that remembers its component and its first place."""

    def __init__(
        self, adapter: "_Adapter", *span: Any, sequence: int = -1, instance: Wall | None = None
    ) -> None:
        super().__init__(adapter, *span, sequence=sequence)
        self.component = adapter.component
        self.instance = self.component.instance if instance is None else instance


class _Adapter(EventAdapter):  # type: ignore[misc]
    """A component as the library wants it, its times without timezones."""

    def __init__(self, component: Component, clock: Clock) -> None:
        properties = EventProperties()
        if component.instance is not None:
            named = vDDDTypes(component.instance)
            if component.and_future:
                named.params["RANGE"] = "THISANDFUTURE"
            properties["RECURRENCE-ID"] = named
        if component.recurs or component.excluded:
            properties["RRULE"] = ""  # that there is one matters for a changed instance
        super().__init__(properties)
        self.component = component
        self.clock = clock
        self.uid = ""
        self.sequence = component.sequence
        self.rrules = component.rules
        self.exdates = component.excluded

    uid: Any = None  # these four are properties in the library, plain attributes here
    sequence: Any = None
    rrules: Any = None
    exdates: Any = None

    @property
    def raw_start(self) -> Wall:
        return self.component.starts

    @property
    def raw_end(self) -> Wall:
        return self.component.ends

    @property
    def rdates(self) -> list[Wall | tuple[Wall, timedelta]]:
        return [starts if length is None else (starts, length) for starts, length in self.component.added]


class _Repetitions:
    """A rule between two moments, as the library asks for it."""

    def __init__(self, rule: rules.Rule, start: datetime, work: Work) -> None:
        self.until = rule.until
        self._rule, self._start, self._work = rule, start, work

    def between(self, first: datetime, last: datetime, *, inc: bool) -> Iterator[datetime]:
        del inc
        return expansion.occurrences(self._rule, self._start, first, last, self._work)


class _BoundedSeries(Series):  # type: ignore[misc]
    """The library's series, over rules with a bound; all that it repeats shares one budget."""

    occurrence = _Occurrence

    class RecurrenceRules(Series.RecurrenceRules):  # type: ignore[misc]
        """The repetitions of the event itself."""

        core: _Adapter

        def create_rule_with_start(self, written: str) -> _Repetitions:
            if not hasattr(self, "work"):
                self.work = Work()
            rule = rules.read(written, self.core.clock.read_until)
            return _Repetitions(rule, self.start, self.work)

        def as_occurrence(self, start: Wall, stop: Wall, occurrence: Any, core: _Adapter) -> _Occurrence:
            made: _Occurrence = super().as_occurrence(start, stop, occurrence, core)
            made.instance = self.convert_to_original_type(start - core.move_recurrences_by)
            return made
