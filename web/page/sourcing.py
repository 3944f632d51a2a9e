"""A source as its card shows it: what it holds, how its last importation went, what comes next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from models.run import SyncRun
from models.uploaded import digest_in
from models.vocabulary import UPLOAD, LinkState, Reason, RunStatus
from providers.base import provider
from providers.errors import PartnerError
from web.page import reading
from web.page.books import reason_of_book
from web.page.opened import Opened
from workers.levels import LEVEL
from workers.products import PRODUCT
from workers.wording import BOOK, COPY, DATE, OFFER, Wording, primary_of, wording_of

RUN_WORDS: Final[Mapping[str, str]] = {
    RunStatus.QUEUED: "en attente",
    RunStatus.RUNNING: "en cours",
    RunStatus.SUCCEEDED: "terminée",
    RunStatus.PARTIAL: "terminée, avec des éléments à corriger",
    RunStatus.REVIEW: "terminée, retraits à confirmer",
    RunStatus.FAILED: "n’a pas abouti",
    RunStatus.DEAD: "interrompue, notre équipe est prévenue",
}
STATE_WORDS: Final[Mapping[str, str]] = {
    LinkState.ACTIVE: "active",
    LinkState.PAUSED: "en pause",
    LinkState.TO_CHECK: "à vérifier",
    LinkState.UNLINKED: "déconnectée",
}
HELD_WORDS: Final[Mapping[str, str]] = {
    Reason.LOOKS_LIKE_EXISTING: "ressemblance à confirmer",
    Reason.TITLE_SAYS_CANCELLED: "titre à confirmer",
    Reason.NO_CATEGORY: "catégorie à choisir",
    Reason.PRICE_UNKNOWN: "prix à indiquer",
    Reason.PRICE_TO_CONFIRM: "prix à confirmer",
    Reason.CAPACITY_UNKNOWN: "nombre de places à indiquer",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A link of the venue, with its latest run and what it holds."""

    row: reading.Row
    held: Sequence[tuple[str, int]]

    @property
    def id(self) -> int:
        return int(self.row["id"])

    @property
    def name(self) -> str:
        return str(self.row["title"] or self.row["identifier"])

    @property
    def kind(self) -> str:
        """What its offers are made of: `level` of a stock list, `product` of a catalogue, else events."""
        return primary_of(self.row["provider"])

    @property
    def words(self) -> Wording:
        return wording_of(self.row["provider"])

    @property
    def holds(self) -> str:
        """Give « 12 livres, 45 exemplaires », « 8 offres, 14 dates »."""
        if self.kind == LEVEL:
            return f"{BOOK.counted(self.row['offers'])} en vente, {COPY.counted(self.row['copies'])}"
        if self.kind == PRODUCT:
            return f"{BOOK.counted(self.row['told'])} décrit{'s' * (self.row['told'] > 1)}"
        return f"{OFFER.counted(self.row['offers'])}, {DATE.counted(self.row['dates'])}"

    def why(self, reason: str) -> str:
        """Say why its offers wait."""
        return reason_of_book(reason) if self.kind == LEVEL else Reason(reason).sentence

    @property
    def is_uploaded(self) -> bool:
        return bool(digest_in(self.row["identifier"]))

    @property
    def state(self) -> str:
        return STATE_WORDS[self.row["state"]]

    @property
    def is_going(self) -> bool:
        return self.row["run_status"] in {RunStatus.QUEUED, RunStatus.RUNNING}

    @property
    def last(self) -> str:
        return RUN_WORDS[self.row["done_status"]] if self.row["done_id"] else ""

    @property
    def waiting(self) -> int:
        return sum(number for _, number in self.held)

    @property
    def next_at(self) -> datetime | None:
        due: datetime | None = self.row["next_run_at"]
        return due if self.row["state"] == LinkState.ACTIVE and not self.is_going else None

    @property
    def brought_nothing(self) -> bool:
        """Whether its last importation came to its end and left no offer."""
        ended_well = self.row["done_status"] in {RunStatus.SUCCEEDED, RunStatus.PARTIAL}
        return (
            self.row["state"] == LinkState.ACTIVE
            and not self.is_going
            and ended_well
            and not self.row["told" if self.kind == PRODUCT else "offers"]
        )

    @property
    def left_out(self) -> list[tuple[str, int]]:
        """Why the last importation left items out, and how many for each reason."""
        counters = self.row["done_counters"] or {}
        return Counter(counters.get("filtered", {})).most_common()


def sources(opened: Opened) -> list[Source]:
    """Give the venue's sources, the disconnected ones last."""
    held: dict[int, list[tuple[str, int]]] = {}
    for row in reading.rows(opened.db, "held", venue=opened.venue.id):
        held.setdefault(row["link_id"], []).append((row["held_reason"], row["offers"]))
    return [
        Source(row, held.get(row["id"], []))
        for row in reading.rows(opened.db, "sources", venue=opened.venue.id, upload=UPLOAD)
    ]


def source(opened: Opened, link_id: int) -> Source:
    """Give one of the venue's sources."""
    return next(each for each in sources(opened) if each.id == link_id)


def takes_hints(provider_slug: str) -> bool:
    """Whether a partner can say by itself that something changed."""
    try:
        return provider(provider_slug).traits.hints
    except PartnerError:
        return False


def progress(run: SyncRun) -> dict[str, Any]:
    """Give how far a run is: what it has met, of about how many, in per cent where that can be told."""
    try:
        kinds = 1 + len(provider(run.link.provider).traits.completes)
    except PartnerError:
        kinds = 1
    # a list's lines are counted, not marked
    seen = max(run.seen, int(run.counters.get("items", {}).get("read", 0)))
    if not run.estimate:
        return {"seen": seen, "expected": None, "percent": None}
    expected = max(run.estimate * kinds, seen)
    return {"seen": seen, "expected": expected, "percent": min(99, 100 * seen // expected)}
