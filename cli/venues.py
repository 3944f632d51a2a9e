"""`passerelle venue …`: structures and their venues, where no portal writes them; and finding one again."""

import math
from collections.abc import Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_numbers
from stdnum.fr import siret as siret_numbers

from cli.answers import Answer, AsJson, RefusedError, command
from cli.site import site
from models.database import session
from models.venue import Offerer, Venue
from models.vocabulary import CATEGORY_LABELS, Category

group = typer.Typer(
    help="Structures and their venues.", epilog="Example: passerelle venue list", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    """Add this group to the command line."""
    app.add_typer(group, name="venue")


@command(
    group,
    "add",
    example='passerelle venue add --siren 732829320 --name "Théâtre municipal" --validated',
)
def add(
    *,
    siren: Annotated[str, typer.Option(help="SIREN of the structure (9 digits).")],
    name: Annotated[str, typer.Option(help="Name of the venue, unique in its structure.")],
    siret: Annotated[str | None, typer.Option(help="SIRET of the venue (14 digits).")] = None,
    structure: Annotated[str | None, typer.Option(help="Name of the structure; the venue's if new.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA timezone; Europe/Paris if new.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude, degrees WGS 84.")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude, degrees WGS 84.")] = None,
    category: Annotated[str | None, typer.Option(help="Category of offers whose source says none.")] = None,
    validated: Annotated[
        bool, typer.Option("--validated", help="The pass Culture team validated the structure.")
    ] = False,
    as_json: AsJson = False,
) -> Answer:
    """Add a venue, and its structure if it is new; the same structure and name again update it."""
    del as_json
    facts: dict[str, Any] = {
        "siret": None if siret is None else read_siret(siret),
        "timezone": None if timezone is None else read_timezone(timezone),
        **read_position(lat, lon),
        "default_category": None if category is None else read_category(category),
    }
    siren = read_siren(siren)
    with site() as here, session(here.database_url) as db:
        venue = keep_venue(
            db,
            siren,
            name.strip(),
            structure=structure,
            validated=validated,
            facts={key: value for key, value in facts.items() if value is not None},
        )
        db.commit()
        return Answer({"id": venue.id}, [f"Lieu n° {venue.id} : {venue.name} (SIREN {siren})"])


@command(group, "list", example="passerelle venue list --json")
def list_venues(*, as_json: AsJson = False) -> Answer:
    """List the venues."""
    del as_json
    with site() as here, session(here.database_url) as db:
        venues = db.scalars(select(Venue).order_by(Venue.id)).all()
    table = Table("n°", "lieu", "structure", "SIREN", "SIRET", "fuseau horaire")
    for venue in venues:
        offerer = venue.offerer
        table.add_row(
            str(venue.id), venue.name, offerer.name, offerer.siren, venue.siret or "", venue.timezone
        )
    return Answer([as_document(venue) for venue in venues], [table] if venues else ["Aucun lieu."])


def as_document(venue: Venue) -> dict[str, Any]:
    """Give a venue as the JSON of `venue list`."""
    return {
        "id": venue.id,
        "name": venue.name,
        "siren": venue.offerer.siren,
        "siret": venue.siret,
        "structure": venue.offerer.name,
        "validated_at": venue.offerer.validated_at,
        "timezone": venue.timezone,
        "latitude": venue.latitude,
        "longitude": venue.longitude,
        "category": venue.default_category,
    }


def keep_venue(
    db: Session,
    siren: str,
    name: str,
    *,
    facts: dict[str, Any],
    structure: str | None = None,
    validated: bool = False,
) -> Venue:
    """Find a structure's venue by its name, or make it; then note the facts that are given.

    Raises
    ------
    RefusedError
        The SIRET is not the structure's, or another venue has it.
    """
    if not name:
        raise RefusedError("name_empty", "Indiquez le nom du lieu.")
    siret = facts.get("siret")
    if siret is not None:
        _check_siret(db, siren, name, siret)
    offerer = db.scalar(select(Offerer).where(Offerer.siren == siren))
    if offerer is None:
        offerer = Offerer(siren=siren, name=structure or name)
        db.add(offerer)
    elif structure:
        offerer.name = structure
    if validated and offerer.validated_at is None:
        offerer.validated_at = db.scalar(select(func.now()))
    db.flush()
    venue = db.scalar(select(Venue).where(Venue.offerer_id == offerer.id, Venue.name == name))
    if venue is None:
        venue = Venue(offerer_id=offerer.id, name=name)
        db.add(venue)
    for fact, value in facts.items():
        setattr(venue, fact, value)
    db.flush()
    return venue


def find_venue(db: Session, written: str) -> Venue:
    """Find the venue that a person means: by its number, its SIRET or its name.

    Raises
    ------
    RefusedError
        There is none, or there are several of that name.
    """
    word = written.strip()
    digits = word.replace(" ", "")
    found: Sequence[Venue] = []
    if digits.isdecimal():
        is_it = Venue.siret == digits if len(digits) == 14 else Venue.id == int(digits[:18])
        found = db.scalars(select(Venue).where(is_it)).all()
    if not found:
        found = db.scalars(
            select(Venue).where(func.fold(Venue.name) == func.fold(word)).order_by(Venue.id)
        ).all()
    if not found:
        raise RefusedError(
            "unknown_venue",
            f"Aucun lieu « {written} ». « passerelle venue list » les montre,"
            " « passerelle venue add » en ajoute.",
        )
    if len(found) > 1:
        choices = ", ".join(f"n° {venue.id} ({venue.offerer.name})" for venue in found)
        raise RefusedError(
            "ambiguous_venue", f"Plusieurs lieux s’appellent « {written} » : {choices}. Donnez le numéro."
        )
    return found[0]


def read_siren(written: str) -> str:
    """Give the nine digits of a SIREN."""
    try:
        return str(siren_numbers.validate(written))
    except ValidationError:
        raise RefusedError(
            "siren_invalid",
            f"« {written} » n’est pas un SIREN : neuf chiffres dont le dernier contrôle les autres, "
            "par exemple 732 829 320.",
        ) from None


def read_siret(written: str) -> str:
    """Give the fourteen digits of a SIRET."""
    try:
        return str(siret_numbers.validate(written))
    except ValidationError:
        raise RefusedError(
            "siret_invalid",
            f"« {written} » n’est pas un SIRET : quatorze chiffres qui commencent par le SIREN, "
            "par exemple 732 829 320 00074.",
        ) from None


def read_timezone(written: str) -> str:
    """Give the name of a timezone that exists."""
    try:
        return ZoneInfo(written).key
    except (KeyError, ValueError, OSError):
        raise RefusedError(
            "timezone_unknown", f"Fuseau horaire inconnu : « {written} ». Exemple : Indian/Reunion."
        ) from None


def read_position(lat: float | None, lon: float | None) -> dict[str, float | None]:
    """Give a position that is on Earth, or none."""
    if (lat is None) != (lon is None):
        raise RefusedError("position_incomplete", "Donnez la latitude et la longitude ensemble.")
    if lat is not None and lon is not None:
        on_earth = math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180
        if not on_earth:
            raise RefusedError("position_impossible", f"Cette position n’existe pas : {lat}, {lon}.")
    return {"latitude": lat, "longitude": lon}


def read_category(written: str) -> str:
    """Give a category's code from its code or its label."""
    word = written.strip().casefold()
    for category, label in CATEGORY_LABELS.items():
        if word in {category.value, category.name.casefold(), label.casefold()}:
            return category.value
    known = ", ".join(category.value for category in Category)
    raise RefusedError("category_unknown", f"Catégorie inconnue : « {written} ». Connues : {known}.")


def _check_siret(db: Session, siren: str, name: str, siret: str) -> None:
    if not siret.startswith(siren):
        raise RefusedError(
            "siret_of_another", f"Le SIRET {siret} ne commence pas par le SIREN {siren} de la structure."
        )
    taken = db.scalar(select(Venue).where(Venue.siret == siret))
    if taken is not None and (taken.offerer.siren, taken.name) != (siren, name):
        raise RefusedError(
            "siret_taken", f"Le SIRET {siret} est déjà celui du lieu n° {taken.id}, « {taken.name} »."
        )


def sample_venue(db: Session) -> Venue:
    """Find or make the venue of the sample agenda, validated, where its events take place."""
    facts = {"latitude": 47.21, "longitude": -1.55, "postal_code": "44000", "city": "Nantes"}
    return keep_venue(db, "732829320", "Théâtre de l’Écluse", facts=facts, validated=True)
