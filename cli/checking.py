"""`passerelle check`: tries a source with its partner and says what it would bring."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from cli.answers import Answer, AsJson, ExitCode, RefusedError, command
from cli.links import find_link
from cli.site import site
from cli.venues import find_venue
from models.database import session
from models.french import euros, moment
from models.venue import Venue
from models.vocabulary import Certainty
from providers.base import Check, CheckState, Provider, VenueFacts, Visit, provider
from providers.errors import ConfigurationError, PartnerError
from providers.records import OfferRecord, Price, dump
from providers.settings import OfferDefaults, ProviderSettings
from workers.sealing import unseal
from workers.visits import Site, open_visit, read_settings, with_deposits

Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting; see `passerelle describe PROVIDER`."),
]

MARKS = {CheckState.OK: "✓", CheckState.WARNING: "!", CheckState.FAILED: "✗"}


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    command(app, "check", example='passerelle check openagenda 47826291 --set places="Salle A, Salle B"')(
        check
    )


def check(
    provider_slug: Annotated[str | None, typer.Argument(metavar="PROVIDER")] = None,
    identifier: Annotated[str | None, typer.Argument(metavar="IDENTIFIER")] = None,
    *,
    settings: Set = None,
    venue: Annotated[str | None, typer.Option(help="Number, SIRET or name of the venue.")] = None,
    link: Annotated[int | None, typer.Option(help="Check this link instead, as it is set.")] = None,
    as_json: AsJson = False,
) -> Answer:
    """Try a source: does it answer, what does it hold, what would be imported. Writes nothing."""
    del as_json
    if (link is None) == (provider_slug is None or identifier is None):
        raise RefusedError("usage", "Donnez PROVIDER et IDENTIFIER, ou bien --link.")
    with site() as here:
        if link is not None:
            with session(here.database_url) as db:
                row = find_link(db, link)
                place = row.venue
                adapter = provider(row.provider)
                written = dict(row.settings) | unseal(here.settings, row.secrets)
                read = row.identifier
        else:
            adapter = provider(str(provider_slug))
            read = adapter.read_identifier(str(identifier))
            written = as_settings(settings)
            with session(here.database_url) as db:
                place = find_venue(db, venue) if venue is not None else None
        with visiting(here, adapter, read, read_settings(adapter, written), place) as visit:
            found = try_out(adapter, replace(visit, identifier=adapter.resolve(visit)))
    if found.error is not None:
        found.refuse()
    return Answer({"identifier": found.identifier, "checks": found.document}, found.screen)


@dataclass
class TriedOut:
    """What a check found until its end, or until the error that ended it.

    `timezone` is the venue's, and `price` the link's for what the partner leaves open: samples are
    told as they would be shown.
    """

    identifier: str
    timezone: str = "Europe/Paris"
    price: Decimal | None = None
    checks: list[Check] = field(default_factory=list)
    error: PartnerError | None = None

    @property
    def document(self) -> list[dict[str, Any]]:
        return [
            {
                "name": check.name,
                "state": check.state,
                "sentence": check.sentence,
                "facts": check.facts,
                "samples": [dump(sample) for sample in check.samples],
            }
            for check in self.checks
        ]

    @property
    def screen(self) -> Sequence[RenderableType]:
        lines: list[RenderableType] = []
        for check in self.checks:
            lines.append(f"{MARKS[check.state]} {check.sentence}")
            lines.extend(f"    {sample_line(each, self.timezone, self.price)}" for each in check.samples)
        return lines

    def fact(self, name: str) -> Any:
        """Give a fact that a check learnt; None where none did."""
        return next((check.facts[name] for check in self.checks if name in check.facts), None)

    def refuse(self) -> None:
        """Raise the error, with the checks that came before it."""
        if self.error is not None:
            wrong = isinstance(self.error, ConfigurationError)
            raise RefusedError(
                self.error.code,
                self.error.sentence,
                exit_code=ExitCode.WRONG if wrong else ExitCode.FAILED,
                document={"identifier": self.identifier, "checks": self.document},
                screen=self.screen,
            ) from self.error


def try_out(adapter: Provider[Any], visit: Visit[Any]) -> TriedOut:
    """Check a source; what a check finds failed counts as an error of configuration."""
    found = TriedOut(visit.identifier)
    if visit.venue is not None:
        found.timezone = visit.venue.timezone
    if isinstance(visit.settings, OfferDefaults):
        found.price = visit.settings.price
    try:
        for each in adapter.check(visit):
            found.checks.append(each)
    except PartnerError as error:
        found.error = error
    else:
        failed = next((each for each in found.checks if each.state is CheckState.FAILED), None)
        if failed is not None:
            found.error = ConfigurationError(f"check_{failed.name}", failed.sentence)
    return found


@contextmanager
def visiting(
    here: Site, adapter: Provider[Any], identifier: str, settings: ProviderSettings, venue: Venue | None
) -> Iterator[Visit[Any]]:
    """Open a visit that belongs to no run."""
    facts = None if venue is None else facts_of(venue)
    with open_visit(
        here, adapter, identifier, settings, name=f"cli-{secrets.token_hex(4)}", venue=facts
    ) as visit:
        yield with_deposits(here, visit, None if venue is None else venue.id)


def facts_of(venue: Venue) -> VenueFacts:
    """Give what an adapter may know of a venue."""
    return VenueFacts(venue.name, venue.timezone, venue.latitude, venue.longitude, venue.siret)


def as_settings(written: Sequence[str] | None) -> dict[str, str]:
    """Read `--set key=value …`.

    Raises
    ------
    RefusedError
        One of them is no key and value.
    """
    pairs: dict[str, str] = {}
    for each in written or ():
        key, equals, value = each.partition("=")
        if not equals or not key.strip():
            raise RefusedError("setting_malformed", f"« --set {each} » : écrivez --set réglage=valeur.")
        pairs[key.strip()] = value.strip()
    return pairs


def sample_line(
    offer: OfferRecord, timezone: str = "Europe/Paris", default_price: Decimal | None = None
) -> str:
    """Give an offer in one line, as a young user would see it: title, first date, price."""
    first = offer.stocks[0] if offer.stocks else None
    parts = [offer.title]
    if first is not None and first.starts_at is not None:
        more = f" (+ {len(offer.stocks) - 1})" if len(offer.stocks) > 1 else ""
        parts.append(moment(first.starts_at, timezone) + more)
    if first is not None:
        parts.append(price_words(first.price, default_price))
    return " — ".join(parts)


def price_words(said: Price, default: Decimal | None = None) -> str:
    """Give a price as read, with a question mark where a person has to confirm it, or the default."""
    amount = default if said.amount is None else said.amount
    if amount is None:
        return "prix inconnu"
    return f"{euros(amount)}\u00a0?" if said.certainty is Certainty.PROPOSED else euros(amount)
