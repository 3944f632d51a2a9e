"""The adapter that a declaration makes."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any, ClassVar, Final, TypeVar

from providers.base import Check, CheckState, Cursor, Item, Page, Provider, Visit
from providers.declared.asking import Api, Asking
from providers.declared.mapping import EventOf, trim
from providers.declared.offers import record_of, ref_of
from providers.declared.paths import first
from providers.errors import ConfigurationError, DataError
from providers.records import OfferRecord, Record
from providers.settings import ProviderSettings
from providers.text import counted, typeset

S = TypeVar("S", bound=ProviderSettings)

SAMPLES: Final = 3


class JsonApi(Provider[S]):
    """A partner that lists its events as JSON; a subclass is its declaration.

    Parameters
    ----------
    api, event
        Where the events are, and what of them is what.
    identifier_pattern
        What is found in what a person pasted, its first group where it has one.
    """

    api: ClassVar[Api]
    event: ClassVar[EventOf]
    identifier_pattern: ClassVar[str] = r"[A-Za-z0-9_.-]{1,100}"

    def read_identifier(self, written: str) -> str:
        pasted = written.strip().strip("<>\"'«»").strip()
        found = re.fullmatch(self.identifier_pattern, pasted)
        if found is None:
            said = "L’identifiant manque" if not pasted else "Ceci n’est pas un identifiant"
            code = "identifier_unreadable" if pasted else "identifier_empty"
            raise ConfigurationError(code, f"{said} {self.label}. {self.identifier_help}")
        return next((group for group in found.groups() if group), found[0])

    def check(self, visit: Visit[S]) -> Iterator[Check]:
        """Give the checks `list` and `samples`, from the first page."""
        page = next(iter(self._pages(visit, {})))
        events = [item for item in page.items if not item.deleted]
        more = "" if page.last else " au moins"
        sentence = f"{self.label} répond : {counted(len(events), 'évènement')}{more}."
        state = CheckState.OK if events else CheckState.WARNING
        yield Check("list", state, typeset(sentence), {"events": len(events)})
        yield samples_of(self, events, visit)

    def fetch(self, visit: Visit[S]) -> Iterator[Page]:
        """Give a page for each of the partner's; the cursor is what asks for the next one."""
        return self._pages(visit, visit.cursor or {})

    def _pages(self, visit: Visit[S], cursor: Cursor) -> Iterator[Page]:
        asking = Asking(self.api, visit)
        for listed in asking.pages(cursor.get("at"), cursor.get("met", 0)):
            items, unidentified = [], listed.is_short
            for event in listed.events:
                ref = ref_of(first(event, self.event.ref))
                unidentified = unidentified or not ref
                if ref and (not visit.only or ref in visit.only):
                    whole = {**event, **asking.detail(ref)} if self.api.detail else event
                    items.append(item_of(ref, trim(whole, self.event)))
            last = listed.following is None
            at = None if last else {"at": listed.following, "met": listed.met}
            yield Page(items, at, listed.requested_at, last=last, unidentified=unidentified)

    def normalise(self, item: Item, visit: Visit[S]) -> Sequence[Record]:
        return [record_of(item, visit)]


def item_of(ref: str, payload: Mapping[str, Any]) -> Item:
    written = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=str)
    return Item(ref, blake2b(written.encode("ascii"), digest_size=16).digest(), payload)


def samples_of(adapter: Provider[Any], items: Sequence[Item], visit: Visit[Any]) -> Check:
    """Give the check `samples`: three offers to come."""
    samples = list(islice(_offers(adapter, items, visit), SAMPLES))
    if not samples:
        return Check("samples", CheckState.WARNING, "Aucune date à venir n’y est annoncée.")
    such = "telle que les jeunes la verraient" if len(samples) < 2 else "telles que les jeunes les verraient"
    sentence = f"Voici {counted(len(samples), 'offre')}, {such}."
    return Check("samples", CheckState.OK, typeset(sentence), samples=samples)


def _offers(adapter: Provider[Any], items: Sequence[Item], visit: Visit[Any]) -> Iterator[OfferRecord]:
    for item in items:
        try:
            yield from (each for each in adapter.normalise(item, visit) if isinstance(each, OfferRecord))
        except DataError:
            continue
