"""`passerelle providers`, `describe` and `try`: the partners, and an adapter without a database."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table

from cli.answers import Answer, AsJson, RefusedError, command
from cli.checking import Set, as_settings, sample_line, try_out
from models.french import counted
from models.vocabulary import Reason
from providers.base import Item, Provider, Visit, provider, provider_modules
from providers.errors import DataError, PartnerError
from providers.http import PoliteClient
from providers.recorded import Recorded
from providers.records import Detail, LeftOut, OfferRecord, dump
from runtime.settings import settings as configured
from workers.visits import read_settings

Slug = Annotated[str, typer.Argument(metavar="PROVIDER", help="See `passerelle providers`.")]

SHOWN = 20
"""Offers that `try` shows to a person; the JSON has all of them."""


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    command(app, "providers", example="passerelle providers")(list_providers)
    command(app, "describe", example="passerelle describe openagenda")(describe)
    command(app, "try", example="passerelle try openagenda 47826291 --from recorded/")(try_provider)


def list_providers(*, as_json: AsJson = False) -> Answer:
    """List the partners that venues can be linked to."""
    del as_json
    adapters = [provider(slug) for slug in sorted(provider_modules())]
    table = Table("nom", "partenaire", "famille", "à coller")
    for adapter in adapters:
        table.add_row(adapter.slug, adapter.label, adapter.family, adapter.identifier_label)
    document = [
        {"slug": adapter.slug, "label": adapter.label, "family": adapter.family} for adapter in adapters
    ]
    return Answer(document, [table])


def describe(slug: Slug, *, as_json: AsJson = False) -> Answer:
    """Describe a partner: what to paste, its settings, how often and how much it is asked."""
    del as_json
    adapter = provider(slug)
    traits, cadence, limits = adapter.traits, adapter.cadence, adapter.limits
    settings: list[dict[str, Any]] = [
        {
            "name": name,
            "title": field.title or name,
            "description": field.description or "",
            "required": field.is_required(),
            "default": None if field.is_required() else field.get_default(call_default_factory=True),
        }
        for name, field in adapter.Settings.model_fields.items()
    ]
    document = {
        "slug": adapter.slug,
        "label": adapter.label,
        "family": adapter.family,
        "version": adapter.version,
        "identifier": {"label": adapter.identifier_label, "help": adapter.identifier_help},
        "settings": settings,
        "traits": {
            "traversal": traits.traversal,
            "primary": traits.primary,
            "completes": traits.completes,
            "deducts_our_bookings": traits.deducts_our_bookings,
            "knows_remaining": traits.knows_remaining,
            "refs_are_global": traits.refs_are_global,
            "keeps_session_ids": traits.keeps_session_ids,
            "hints": traits.hints,
            "uses": sorted(traits.uses),
        },
        "cadence": cadence,
        "limits": limits,
    }
    table = Table("réglage", "question", "aide", "par défaut")
    for each in settings:
        default = "" if each["default"] is None else str(each["default"])
        shown = "(à indiquer)" if each["required"] else default
        table.add_row(str(each["name"]), str(each["title"] or ""), str(each["description"] or ""), shown)
    minutes = int(cadence.usual.total_seconds() // 60)
    pace = (
        f"Une importation toutes les {minutes} minutes ;"
        f" {counted(limits.requests, 'requête')} au plus en {int(limits.period.total_seconds())} s."
    )
    remaining = (
        "Le partenaire dit combien de places restent."
        if traits.knows_remaining
        else "Le partenaire ne dit pas combien de places restent : c’est le réglage « capacity »."
    )
    return Answer(
        document,
        [
            f"{adapter.label} ({adapter.slug}, {adapter.family}, version {adapter.version})",
            f"{adapter.identifier_label} : {adapter.identifier_help}",
            pace,
            remaining,
            table,
        ],
    )


def try_provider(
    slug: Slug,
    identifier: Annotated[str, typer.Argument(metavar="IDENTIFIER", help="What a venue would paste.")],
    *,
    settings: Set = None,
    recorded: Annotated[
        Path | None, typer.Option("--from", help="Answer from the files of this folder, not the network.")
    ] = None,
    as_json: AsJson = False,
) -> Answer:
    """Try an adapter in the shell: check, fetch, normalise, print. No database."""
    del as_json
    if recorded is not None and not recorded.is_dir():
        raise RefusedError("no_such_folder", f"Ce dossier n’existe pas : {recorded}.")
    adapter = provider(slug)
    read = adapter.read_identifier(identifier)
    choices = read_settings(adapter, as_settings(settings))
    began = time.monotonic()
    with _shell_visit(adapter, read, choices, recorded) as visit:
        tried = try_out(adapter, replace(visit, identifier=adapter.resolve(visit)))
    tried.refuse()
    with _shell_visit(adapter, tried.identifier, choices, recorded) as visit:
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
    adapter: Provider[Any], identifier: str, settings: Any, recorded: Path | None
) -> Iterator[Visit[Any]]:
    """Open a visit without a database or a broker, so without the budget that workers share."""
    here = configured()
    client = (
        Recorded(recorded)
        if recorded is not None
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
            clock=lambda: datetime.now(UTC),
            http=client,
            spool=Path(spool),
        )
