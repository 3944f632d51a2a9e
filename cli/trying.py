"""`passerelle try`: an adapter in the shell, without a database, also on answers that go wrong."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table

from cli.answers import Answer, AsJson, ExitCode, RefusedError, command
from cli.checking import Set, as_settings, sample_line, try_out
from cli.partners import Slug
from models.french import counted, euros
from models.vocabulary import Reason
from providers.base import Item, Provider, VenueFacts, Visit, provider
from providers.errors import DataError, PartnerError
from providers.faults import FAULTS, Outcome, traverse
from providers.http import PoliteClient
from providers.recorded import Change, Recorded, Recording, unchanged
from providers.records import Detail, LeftOut, OfferRecord, ProductRecord, StockLevel, dump
from runtime.settings import settings as configured
from workers.visits import read_settings

SHOWN = 20
"""Records that `try` shows to a person; the JSON has all of them."""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    command(app, "try", example="passerelle try openagenda 47826291 --from recorded/ --faults")(try_provider)


def try_provider(
    slug: Slug,
    identifier: Annotated[
        str | None,
        typer.Argument(
            metavar="[IDENTIFIER]", help="What a venue would paste; with --from, the recorded one."
        ),
    ] = None,
    *,
    settings: Set = None,
    recorded: Annotated[
        Path | None, typer.Option("--from", help="Answer from the files of this folder, not the network.")
    ] = None,
    faults: Annotated[
        bool, typer.Option("--faults", help="Try how the adapter takes these answers cut, empty, slow, 429…")
    ] = False,
    as_json: AsJson = False,
) -> Answer:
    """Try an adapter in the shell: check, fetch, normalise, print. No database."""
    del as_json
    if recorded is not None and not recorded.is_dir():
        raise RefusedError("no_such_folder", f"Ce dossier n’existe pas : {recorded}.")
    if faults and recorded is None:
        raise RefusedError(
            "faults_need_answers",
            "Ajoutez « --from DOSSIER » : les pannes sont mises sur des réponses enregistrées.",
        )
    adapter = provider(slug)
    recording = Recording(recorded) if recorded is not None else None
    index = recording.index if recording is not None else {}
    written = identifier or index.get("identifier")
    if not written:
        raise RefusedError("usage", "Donnez IDENTIFIER : ce qu’un lieu collerait.")
    read = adapter.read_identifier(written)
    choices = read_settings(adapter, {**index.get("settings", {}), **as_settings(settings)})
    began = time.monotonic()
    with _shell_visit(adapter, read, choices, recording) as visit:
        tried = try_out(adapter, replace(visit, identifier=adapter.resolve(visit)))
    tried.refuse()
    if faults and recording is not None:
        return _with_faults(adapter, tried.identifier, choices, recording)
    with _shell_visit(adapter, tried.identifier, choices, recording) as visit:
        found = _read_all(adapter, visit)
    found.seconds = time.monotonic() - began
    return Answer(
        {"provider": slug, "identifier": tried.identifier, "checks": tried.document, **found.document},
        [*tried.screen, "", *found.screen],
    )


@dataclass
class _Found:
    """What a traversal came to, without a database to keep it in."""

    read: int = 0
    offers: list[OfferRecord] = field(default_factory=list)
    products: list[ProductRecord] = field(default_factory=list)
    levels: list[StockLevel] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    quarantined: list[dict[str, str]] = field(default_factory=list)
    shortfall: str | None = None
    requests: int = 0
    received: int = 0
    seconds: float = 0.0

    @property
    def document(self) -> dict[str, Any]:
        return {
            "counts": {
                "read": self.read,
                "offers": len(self.offers),
                "stocks": sum(len(offer.stocks) for offer in self.offers),
                "products": len(self.products),
                "levels": len(self.levels),
                "quarantined": len(self.quarantined),
                "filtered": self.left_out.total(),
            },
            "filtered_by": dict(self.left_out),
            "shortfall": self.shortfall,
            "quarantined": self.quarantined,
            "requests": self.requests,
            "bytes": self.received,
            "seconds": round(self.seconds, 3),
            "offers": [dump(offer) for offer in self.offers],
            "products": [dump(product) for product in self.products],
            "levels": [dump(level) for level in self.levels],
        }

    @property
    def screen(self) -> list[RenderableType]:
        dates = counted(sum(len(offer.stocks) for offer in self.offers), "date")
        offers = counted(len(self.offers), "offre")
        lines: list[RenderableType] = [f"{counted(self.read, 'élément')} : {offers}, {dates}."]
        lines.extend(f"  {sample_line(offer)}" for offer in self.offers[:SHOWN])
        if len(self.offers) > SHOWN:
            lines.append(f"  … et {len(self.offers) - SHOWN} de plus (--json les donne toutes).")
        lines.extend(
            f"{number} de côté : {Reason(reason).sentence}" for reason, number in self.left_out.items()
        )
        lines.extend(f"Illisible, {each['ref']} : {each['message']}" for each in self.quarantined)
        return lines


def _level_line(level: StockLevel) -> str:
    price = "" if level.price is None else f" — {euros(level.price)}"
    return f"{level.ref} — {counted(level.available, 'exemplaire')}{price}"


def _read_all(adapter: Provider[Any], visit: Visit[Any]) -> _Found:
    """Fetch and normalise everything, completing what one kind of item adds to another."""
    found = _Found()
    records: dict[str, OfferRecord] = {}
    details: dict[str, Detail] = {}
    for page in adapter.fetch(visit):
        found.shortfall = page.shortfall or found.shortfall
        for item in page.items:
            found.read += item.kind == adapter.traits.primary
            if item.deleted:  # a stream's tombstone: what it listed before is gone
                records.pop(item.ref, None)
                continue
            try:
                for record in adapter.normalise(item, visit):
                    match record:
                        case Detail():
                            details[record.ref] = record
                        case OfferRecord():
                            records[record.ref] = record
                        case ProductRecord():
                            found.products.append(record)
                        case StockLevel():
                            found.levels.append(record)
                        case LeftOut():
                            found.left_out[record.reason] += 1
            except DataError as error:
                found.quarantined.append(_unreadable(item, error))
    for ref, offer in records.items():
        whole = adapter.complete(offer, details[ref], visit) if ref in details else offer
        if isinstance(whole, LeftOut):
            found.left_out[whole.reason] += 1
        else:
            found.offers.append(whole)
    found.requests, found.received = visit.http.requests, visit.http.received
    return found


def _unreadable(item: Item, error: PartnerError) -> dict[str, str]:
    return {"ref": item.ref, "code": error.code, "message": error.sentence, "detail": str(error)[:500]}


@contextmanager
def _shell_visit(
    adapter: Provider[Any],
    identifier: str,
    settings: Any,
    recording: Recording | None,
    change: Change = unchanged,
) -> Iterator[Visit[Any]]:
    """Open a visit without a database or a broker, so without the budget that workers share.

    Recorded answers are read as at the time of recording, where it is known.
    """
    here = configured()
    then = recording.now if recording is not None else None
    venue = recording.index.get("venue") if recording is not None else None
    client = (
        Recorded(recording, change, body_limit=adapter.limits.body, deadline=adapter.limits.deadline)
        if recording is not None
        else PoliteClient(
            host_map=here.host_map,
            proxy=here.proxy,
            body_limit=adapter.limits.body,
            deadline=adapter.limits.deadline,
        )
    )
    with tempfile.TemporaryDirectory(prefix="passerelle-") as spool, client:
        yield Visit(
            identifier=identifier,
            settings=settings,
            clock=lambda: then or datetime.now(UTC),
            http=client,
            spool=Path(spool),
            venue=None if venue is None else VenueFacts(**venue),
        )


def _with_faults(adapter: Provider[Any], identifier: str, settings: Any, recording: Recording) -> Answer:
    """Read the answers with each fault in all of them, and say what came of it."""

    def outcome(change: Change) -> Outcome:
        with _shell_visit(adapter, identifier, settings, recording, change) as visit:
            return traverse(adapter, visit)

    whole = outcome(unchanged)
    rows = [_Tried(name, outcome(fault), whole, adapter.traits.primary) for name, fault in FAULTS.items()]
    table = Table("panne", "ce qui arrive", "ce qui serait retiré")
    for row in rows:
        table.add_row(FAULTS[row.name].label, row.happens, counted(len(row.gone), "élément"))
    failed = any(not row.is_right for row in rows)
    return Answer(
        {"provider": adapter.slug, "items": len(whole.met), "faults": [row.document for row in rows]},
        [
            table,
            "Une panne n’est pas prise comme il faut." if failed else "Toutes les pannes sont bien prises.",
        ],
        ExitCode.FAILED if failed else ExitCode.DONE,
    )


@dataclass(frozen=True)
class _Tried:
    """What came of a fault in every answer."""

    name: str
    outcome: Outcome
    whole: Outcome
    primary: str

    @property
    def gone(self) -> Sequence[str]:
        return sorted(self.outcome.withdraws(self.whole, self.primary))

    @property
    def happens(self) -> str:
        error = self.outcome.error
        return "lu en entier" if error is None else f"{type(error).__name__} : {error.sentence}"

    @property
    def is_right(self) -> bool:
        fault, error = FAULTS[self.name], self.outcome.error
        return not self.gone and (fault.may_pass if error is None else isinstance(error, fault.expected))

    @property
    def document(self) -> dict[str, Any]:
        error = self.outcome.error
        return {
            "fault": self.name,
            "error": None
            if error is None
            else {"class": type(error).__name__, "code": error.code, "message": error.sentence},
            "withdrawn": self.gone,
            "right": self.is_right,
        }
