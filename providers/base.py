"""The contract between a partner's adapter and the engine.

The words, once (the design's glossary):

- an *item* is the unit that the partner versions: an agenda event with its timings, an ONIX
  product, a line of a stock list; its *ref* is the partner's identifier of it;
- its *fingerprint* digests what matters in it: equal, then its record has not changed. What a
  partner rewrites at each export (a DTSTAMP) is left out of it;
- a *record* is an item after normalisation, in our terms (`records.py`);
- a *visit* is all that an adapter is handed for a run;
- a *snapshot* traversal lists everything, a *changes* traversal only what changed since a cursor;
- a *page* is what the engine commits at once, with the cursor that goes on after it.

An adapter is pure: no SQL, no Celery, no retry loop, no logging set-up, no clock of its own. It
reads the partner through `visit.http` and says what it read.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from models.vocabulary import Family, Shortfall
from providers.errors import ConfigurationError
from providers.http import PoliteClient
from providers.records import Detail, LeftOut, OfferRecord, Record
from providers.settings import ProviderSettings

Cursor: TypeAlias = Mapping[str, Any]
"""Where a traversal goes on; JSON values only, the adapter's own keys."""

S = TypeVar("S", bound=ProviderSettings)


class Traversal(StrEnum):
    SNAPSHOT = "snapshot"
    CHANGES = "changes"


class VenueFact(StrEnum):
    """A fact of the venue that an adapter may declare it uses: changed, its items are read anew."""

    NAME = "name"
    TIMEZONE = "timezone"
    POSITION = "position"
    SIRET = "siret"


@dataclass(frozen=True, slots=True)
class Traits:
    """What is true of a partner; the engine, the tests and the docs read it.

    Parameters
    ----------
    traversal
        What a usual run reads.
    primary
        The kind of item that makes offers; only these are counted, and withdrawn when not seen.
    completes
        Kind of item → the kind that it completes, of the same ref: `{"detail": "event"}`.
    deducts_our_bookings
        The partner's remaining always lacks what our users booked. Where that depends on whether the
        application books there too, False: the operator says so (`PASSERELLE_BOOKED_AT_PARTNERS`).
    knows_remaining
        False: the link's `capacity` says how many places each date offers.
    refs_are_global
        False: refs are unique only within one feed, so the link is part of an offer's identity.
    keeps_session_ids
        A session that moves keeps its ref: its stock moves by itself.
    takes_uploads
        A venue may upload a file instead of giving an address: the identifier is then `UPLOAD` and
        its digest, the file the only one of the folder `uploads/{digest}` of `Visit.deposits`.
    uses
        Venue facts that change what an item becomes.
    """

    traversal: Traversal = Traversal.SNAPSHOT
    primary: str = "event"
    completes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    deducts_our_bookings: bool = False
    knows_remaining: bool = False
    refs_are_global: bool = True
    keeps_session_ids: bool = False
    hints: bool = False
    takes_uploads: bool = False
    uses: frozenset[VenueFact] = frozenset()


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a link of this provider is visited; `full_every` matters to changes traversals."""

    shortest: timedelta = timedelta(minutes=15)
    usual: timedelta = timedelta(hours=1)
    longest: timedelta = timedelta(days=1)
    full_every: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a partner grants us and what we accept from it.

    `requests` per `period` and per budget key (by default the host); sizes in bytes; `deadline`
    bounds one download. `shared_for`: scheduled visits of links with the same identifier are made
    together, and share answers no older than that; only what is asked for without headers.
    """

    requests: int = 60
    period: timedelta = timedelta(minutes=1)
    parallel_runs: int = 4
    page_items: int = 500
    body: int = 64 * 1024 * 1024
    deadline: timedelta = timedelta(minutes=10)
    shared_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """The venue of a link as an adapter may know it; position in degrees WGS 84."""

    name: str
    timezone: str = "Europe/Paris"
    latitude: float | None = None
    longitude: float | None = None
    siret: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One item as identified; `payload` is whatever `normalise` needs, bytes or JSON values.

    `order` ranks versions in streams that can deliver out of order; None: the order of arrival.
    """

    ref: str
    fingerprint: bytes
    payload: Any
    kind: str = "event"
    order: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Items that are committed together.

    Parameters
    ----------
    cursor
        Goes on *after* this page.
    requested_at
        When the partner was asked: before the request went out, by `visit.clock`.
    estimate
        Items expected in the whole traversal, if it can be told; for the bar.
    last
        True on the last page of a complete, error-free traversal, and only there: what was not
        seen by then may be withdrawn.
    restarted
        The document changed under a resumed traversal: what was seen before is forgotten.
    unmodified
        The partner said that nothing changed since the last complete run (304).
    unidentified
        Something that is listed names no item, or the traversal lists only a part (a catalogue's
        messages): nothing that was not seen may be taken for gone.
    shortfall
        Something beside the items could not be read; the run ends `partial`.
    """

    items: Sequence[Item]
    cursor: Cursor | None
    requested_at: datetime
    estimate: int | None = None
    last: bool = False
    restarted: bool = False
    unmodified: bool = False
    unidentified: bool = False
    shortfall: Shortfall | None = None


@dataclass(frozen=True, slots=True)
class Visit(Generic[S]):
    """All that an adapter is handed for a run.

    Parameters
    ----------
    identifier
        The link's identifier as the adapter itself stored it (`resolve`).
    cursor
        Where an interrupted traversal goes on, or a changes traversal starts; None: from the top.
    only
        Refs that a hint pointed at; empty: everything.
    clock
        Now, aware, by the database's clock.
    spool
        A folder of this run's own for downloads; it is emptied afterwards.
    deposits
        The folder where an operator lets documents be put for this link (SFTP, an upload); None:
        there is none. Whoever opens the visit says where it is: what a venue types is never a path.
    """

    identifier: str
    settings: S
    clock: Callable[[], datetime]
    http: PoliteClient
    spool: Path
    venue: VenueFacts | None = None
    cursor: Cursor | None = None
    only: frozenset[str] = frozenset()
    deposits: Path | None = None


@dataclass(frozen=True, slots=True)
class HintRequest:
    """What a partner sent to a link's hint address; header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes


class CheckState(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One named result of `Provider.check`; sentences are French and say what to do.

    `facts` holds what else was learnt (title, number of events, places found), JSON values;
    `samples` are records as a young user would see them.
    """

    name: str
    state: CheckState
    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    samples: Sequence[OfferRecord] = ()


class Provider(ABC, Generic[S]):
    """A partner system, as one class.

    `normalise` and `complete` are pure and total: the same item, settings, venue and day give the
    same records; whatever the payload, they return records or raise DataError.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    family: ClassVar[Family]
    version: ClassVar[int]
    traits: ClassVar[Traits] = Traits()
    cadence: ClassVar[Cadence] = Cadence()
    limits: ClassVar[Limits] = Limits()
    Settings: ClassVar[type[ProviderSettings]] = ProviderSettings
    contract: ClassVar[int | None] = None
    """For an adapter in a package of its own: the version of this contract that it was written for."""

    identifier_label: ClassVar[str] = "Identifiant"
    identifier_help: ClassVar[str] = ""
    """What to paste, in French, with an example."""

    def read_identifier(self, written: str) -> str:
        """Give the identifier to store from what a person pasted, without network.

        What only the network can tell is left as it is for `resolve`.

        Raises
        ------
        ConfigurationError
            What was pasted cannot be one; the French message says what to paste instead.
        """
        if not written.strip():
            raise ConfigurationError("identifier_empty", f"Indiquez : {self.identifier_label}.")
        return written.strip()

    def resolve(self, visit: Visit[S]) -> str:
        """Give the identifier in its stored form, asking the partner if need be."""
        return visit.identifier

    def budget_key(self, visit: Visit[S]) -> str | None:
        """Give what the request budget is shared by, if it is not the host (an agenda, say)."""
        del visit
        return None

    def hint(self, request: HintRequest) -> frozenset[str] | None:
        """Give the refs that a partner's webhook points at, none for all; None: a shape unknown to us."""
        del request
        return None

    @abstractmethod
    def check(self, visit: Visit[S]) -> Iterator[Check]:
        """Try the link and say what it would bring; raises what `fetch` would raise."""

    @abstractmethod
    def fetch(self, visit: Visit[S]) -> Iterator[Page]:
        """Read the partner page by page, from `visit.cursor`."""

    @abstractmethod
    def normalise(self, item: Item, visit: Visit[S]) -> Sequence[Record]:
        """Say what an item is in our terms."""

    def complete(self, record: OfferRecord, detail: Detail, visit: Visit[S]) -> OfferRecord | LeftOut:
        """Compute the offer of a primary record and the detail of the same ref."""
        raise TypeError(f"{self.slug} declares no kind that completes another: {detail.ref} {visit} {record}")


# asked for here by everybody: the contract is one place
from providers.registry import provider as provider  # noqa: E402, PLC0414 - says that it is re-exported
from providers.registry import provider_modules as provider_modules  # noqa: E402, PLC0414
