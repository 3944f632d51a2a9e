"""`passerelle link`: connects a venue to a partner, or everybody to a catalogue; or edits such a link."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import typer
from sqlalchemy import func, select

from cli.answers import Answer, AsJson, RefusedError, command, margin
from cli.checking import Set, TriedOut, as_settings, try_out, visiting
from cli.site import actor, site
from cli.venues import find_venue
from models.database import session
from models.link import Link, link_venue
from models.venue import Venue
from providers.base import Provider, Visit, provider
from providers.errors import ConfigurationError, RateLimited, TransientError
from providers.settings import OfferDefaults, ProviderSettings
from workers.products import PRODUCT
from workers.sealing import apart, seal, unseal
from workers.visits import Site, read_settings

UNCHECKED = "La source est connectée sans avoir été vérifiée."


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    example = (
        "passerelle link 1 openagenda 47826291 --set capacity=unlimited"
        "  or, for every venue:  passerelle link --catalogue onix https://www.exemple.fr/onix/"
    )
    command(app, "link", example=example)(link)


@dataclass
class Linked:
    """A link as it was made or edited, with what the check found and what a person should know."""

    link: Link
    tried: TriedOut
    warnings: list[str] = field(default_factory=list)


def link(
    venue: Annotated[
        str,
        typer.Argument(
            metavar="VENUE", help="Number, SIRET or name of the venue; not said with --catalogue."
        ),
    ],
    provider_slug: Annotated[
        str, typer.Argument(metavar="PROVIDER", help="See `passerelle providers`.", show_default=False)
    ],
    identifier: Annotated[
        str | None,
        typer.Argument(metavar="IDENTIFIER", help="What a venue would paste.", show_default=False),
    ] = None,
    *,
    catalogue: Annotated[
        bool,
        typer.Option(
            "--catalogue", help="An operator's catalogue of books: it serves every venue, and none is named."
        ),
    ] = False,
    settings: Set = None,
    no_check: Annotated[bool, typer.Option("--no-check", help="Do not ask the partner first.")] = False,
    as_json: AsJson = False,
) -> Answer:
    """Link a venue to a partner; the same again edits the settings given, an empty value removes one.

    With --catalogue the words are PROVIDER and IDENTIFIER.
    """
    del as_json
    place, slug, pasted = _words(venue, provider_slug, identifier, catalogue=catalogue)
    written = as_settings(settings)
    with site() as here:
        linked = link_source(here, place, slug, pasted, written, check=not no_check)
    row = linked.link
    for warning in linked.warnings:
        margin().print(warning)
    return Answer(
        {
            "id": row.id,
            "venue": row.venue_id,
            "identifier": row.identifier,
            "title": row.title,
            "settings": row.settings,
            "checks": linked.tried.document,
            "warnings": linked.warnings,
        },
        [*linked.tried.screen, f"Source n° {row.id} : {_named(row)}"],
    )


def _words(first: str, second: str, third: str | None, *, catalogue: bool) -> tuple[str | None, str, str]:
    """Give (venue, provider, identifier) of the words that were typed."""
    if catalogue:
        if third is not None:
            raise RefusedError("usage", "Avec --catalogue, donnez PROVIDER et IDENTIFIER, sans lieu.")
        return None, first, second
    if third is None:
        raise RefusedError("usage", "Donnez VENUE, PROVIDER et IDENTIFIER, ou bien --catalogue sans lieu.")
    return first, second, third


def link_source(
    here: Site, venue: str | None, slug: str, identifier: str, written: dict[str, str], *, check: bool
) -> Linked:
    """Link a venue to a partner's identifier, or edit that link; its first run is due at once.

    Parameters
    ----------
    venue
        None: an operator's catalogue, which serves every venue.

    Raises
    ------
    PartnerError
        The identifier or the settings are wrong, or the partner says so.
    RefusedError
        The venue is unknown, the partner is no catalogue, or the check found the source unusable.
    """
    adapter = provider(slug)
    if venue is None and adapter.traits.primary != PRODUCT:
        raise RefusedError(
            "no_catalogue", f"{adapter.label} n’est pas un catalogue de livres : reliez-le à un lieu."
        )
    read = adapter.read_identifier(identifier)
    place = None
    if venue is not None:
        with session(here.database_url) as db:
            place = find_venue(db, venue)
    warnings: list[str] = []
    kept, secret_kept = _kept(here, place, slug, read)
    typed = read_settings(adapter, _given(kept | secret_kept | written))
    with visiting(here, adapter, read, typed, place) as opened:
        identifier = _resolve(adapter, opened, warnings)
        kept, secret_kept = _kept(here, place, slug, identifier)
        settings = read_settings(adapter, _given(kept | secret_kept | written))
        tried = TriedOut(identifier)
        if check and not warnings:  # with a warning, the partner is away already
            tried = _try_out(adapter, replace(opened, identifier=identifier, settings=settings), warnings)
    if place is not None and _asks_capacity(adapter, settings):
        warnings.append(_capacity_question(place, slug, identifier))
    plain, secret = apart(settings)
    with session(here.database_url) as db:
        row = link_venue(
            db,
            None if place is None else db.get_one(Venue, place.id),
            provider=slug,
            identifier=identifier,
            settings=plain,
            secrets=None if secret == secret_kept else seal(here.settings, secret),
            interval=adapter.cadence.usual,
            actor=actor(),
        )
        row.title = tried.fact("title") or row.title
        row.next_run_at = db.scalar(select(func.now()))
        db.commit()
        db.refresh(row)
    return Linked(row, tried, warnings)


def _resolve(adapter: Provider[Any], visit: Visit[Any], warnings: list[str]) -> str:
    """Give the identifier as it is stored; as typed where the partner is away."""
    try:
        return adapter.resolve(visit)
    except (TransientError, RateLimited) as error:
        warnings.append(f"{error.sentence} {UNCHECKED}")
        return visit.identifier


def _try_out(adapter: Provider[Any], visit: Visit[Any], warnings: list[str]) -> TriedOut:
    tried = try_out(adapter, visit)
    if isinstance(tried.error, TransientError | RateLimited):
        warnings.append(f"{tried.error.sentence} {UNCHECKED}")
    else:
        tried.refuse()
    return tried


def _kept(
    here: Site, venue: Venue | None, slug: str, identifier: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Give the settings and the secrets of the link that there is already."""
    with session(here.database_url) as db:
        link = db.scalar(
            select(Link).where(
                Link.venue_id == (venue.id if venue else None),
                Link.provider == slug,
                Link.identifier == identifier,
            )
        )
        return ({}, {}) if link is None else (dict(link.settings), _secrets_of(here, link))


def _secrets_of(here: Site, link: Link) -> dict[str, str]:
    """Give a link's secrets; none where they cannot be read any more, for they can be given anew."""
    try:
        return unseal(here.settings, link.secrets)
    except ConfigurationError:
        return {}


def _given(written: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was set to nothing."""
    return {key: value for key, value in written.items() if value not in ("", None)}


def _asks_capacity(adapter: Provider[Any], settings: ProviderSettings) -> bool:
    return (
        not adapter.traits.knows_remaining
        and isinstance(settings, OfferDefaults)
        and settings.capacity is None
    )


def _capacity_question(venue: Venue, slug: str, identifier: str) -> str:
    question = OfferDefaults.model_fields["capacity"].title
    command_line = f"passerelle link {venue.id} {slug} {identifier} --set capacity=50"
    return (
        f"{question} Répondez avec « {command_line} », ou capacity=unlimited (sans limite) ;"
        " d’ici là, les offres importées ne sont pas montrées."
    )


def _named(row: Link) -> str:
    title = f" — {row.title}" if row.title else ""
    whose = "" if row.venue_id else ", catalogue de tous les lieux"
    return f"{provider(row.provider).label}{title} ({row.identifier}){whose}"
