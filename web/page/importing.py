"""« + Importer des offres »: choose a partner, paste, see what it would bring, import."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, BackgroundTasks
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy import text

from models.link import link_venue
from models.vocabulary import Family
from providers.base import Provider, provider, provider_modules
from providers.errors import ConfigurationError
from web.page import asking, forms, guessing, trying
from web.page.opened import AbsentError, Looking, Managing, Opened, RefusedError

router = APIRouter(prefix="/lieux/{venue_id}/importer")

BRINGS: Mapping[Family, str] = {
    Family.AGENDA: "Vos évènements et leurs dates.",
    Family.CATALOGUE: "Vos livres et leurs exemplaires.",
    Family.TICKETING: "Vos séances, leurs prix et les places qui restent.",
}

KEEP_REQUEST = text("""
    INSERT INTO provider_request (venue_id, name, address, contact, requested_by)
    VALUES (:venue, :name, :address, :contact, :requested_by)
""")


def partners() -> Sequence[Provider[Any]]:
    """Give the partners that can be chosen, by name."""
    return sorted((provider(slug) for slug in provider_modules()), key=lambda each: each.label.casefold())


@router.get("")
def choose(opened: Looking) -> Response:
    """Show the partners."""
    _expect_manager(opened)
    return opened.screen("partners.html", partners=partners(), brings=BRINGS, asked={}, errors={})


@router.post("/demande")
def ask_for_partner(managed: Managing) -> Response:
    """Keep which partner is missing; open the generic source when its address answers as one."""
    asked = {name: managed.written(name)[:500] for name in ("nom", "adresse", "contact")}
    if not asked["nom"]:
        return managed.screen(
            "partners.html",
            status=422,
            partners=partners(),
            brings=BRINGS,
            asked=asked,
            errors={"nom": "Indiquez le nom de votre prestataire."},
        )
    managed.db.execute(
        KEEP_REQUEST,
        {
            "venue": managed.venue.id,
            "name": asked["nom"],
            "address": asked["adresse"],
            "contact": asked["contact"],
            "requested_by": managed.visitor.user,
        },
    )
    managed.db.commit()
    slug = guessing.generic_source(managed.site, asked["adresse"]) if asked["adresse"] else None
    if slug is not None:
        return _form(
            managed,
            provider(slug),
            asked["adresse"],
            hint="Cette adresse peut être importée dès maintenant : vérifiez-la ci-dessous.",
        )
    return managed.go(said="Merci : votre demande est transmise à l’équipe du pass Culture.")


@router.get("/{slug}")
def fill_in(opened: Looking, slug: str, identifiant: str = "") -> Response:
    """Show a partner's form."""
    _expect_manager(opened)
    return _form(opened, _adapter(slug), identifiant)


@router.post("/{slug}")
def submit(managed: Managing, slug: str, later: BackgroundTasks) -> Response:
    """Try what was filled in, or import it."""
    adapter = _adapter(slug)
    pasted, written = managed.written("identifiant"), forms.read(adapter.Settings, managed.form)
    errors: dict[str, str] = {}
    try:
        identifier = adapter.read_identifier(pasted)
    except ConfigurationError as error:
        errors["identifiant"] = error.sentence
    try:
        settings = adapter.Settings.model_validate(written)
    except ValidationError as error:
        errors |= forms.problems(adapter.Settings, error)
    step = managed.written("etape")
    if errors or step == "corriger":
        return _form(managed, adapter, pasted, written, errors)
    if step == "importer":
        link = link_venue(
            managed.db,
            managed.venue,
            provider=adapter.slug,
            identifier=identifier,
            settings=settings.model_dump(mode="json", exclude_defaults=True),
            interval=adapter.cadence.usual,
            actor=managed.visitor.user,
        )
        link.title = managed.written("titre")[:300] or link.title
        return asking.ask(managed, link, later)
    trial = trying.try_source(managed.site, adapter, identifier, settings, managed.venue)
    if trial.error:
        return _form(managed, adapter, pasted, written, {"identifiant": trial.error})
    return managed.screen(
        "trial.html",
        adapter=adapter,
        pasted=pasted,
        trial=trial,
        examples=[trying.as_row(each) for each in trial.examples],
        sent=_sent(managed),
        answers=[field for field in forms.fields(adapter.Settings, written) if field.value],
    )


def _form(
    opened: Opened,
    adapter: Provider[Any],
    pasted: str,
    written: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    hint: str = "",
) -> Response:
    return opened.screen(
        "form.html",
        status=422 if errors else 200,
        adapter=adapter,
        pasted=pasted,
        fields=forms.fields(adapter.Settings, written, errors),
        errors=errors or {},
        brings=BRINGS[adapter.family],
        hint=hint,
    )


def _sent(managed: Any) -> list[tuple[str, str]]:
    """What was filled in, to be sent again by the next step's form."""
    return [(name, str(value)) for name, value in managed.form.multi_items() if name not in {"jeton", "etape"}]


def _adapter(slug: str) -> Provider[Any]:
    try:
        return provider(slug)
    except ConfigurationError:
        raise AbsentError from None


def _expect_manager(opened: Opened) -> None:
    if not opened.visitor.may_manage:
        raise RefusedError
