"""« + Importer des offres »: choose a partner, paste, see what it would bring, import."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import text

from models.vocabulary import Family
from providers.base import Provider, provider, provider_modules
from providers.errors import ConfigurationError, TransientError
from web.checks import try_source
from web.imports import Asked, Form, import_offers, read_form
from web.page import asking, forms, guessing
from web.page.examples import example
from web.page.opened import AbsentError, Looking, Managed, Managing, Opened
from web.problems import Problem
from web.shapes import CheckResult

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
    found = []
    for slug in provider_modules():
        with suppress(TransientError):  # a broken adapter takes no other partner from the page
            found.append(provider(slug))
    # whom a venue knows by name comes first; refs of one feed only are the mark of a generic source
    return sorted(found, key=lambda each: (not each.traits.refs_are_global, each.label.casefold()))


@router.get("")
def choose(opened: Looking) -> Response:
    """Show the partners."""
    opened.expect_manager()
    return _partners(opened)


@router.post("/demande")
def ask_for_partner(managed: Managing) -> Response:
    """Keep which partner is missing; open the generic source when its address answers as one."""
    asked = {name: managed.written(name)[:500] for name in ("nom", "adresse", "contact")}
    if not asked["nom"]:
        return _partners(managed, asked, {"nom": "Indiquez le nom de votre prestataire."})
    managed.db.execute(
        KEEP_REQUEST,
        {
            "venue": managed.venue.id,
            "name": asked["nom"],
            "address": asked["adresse"],
            "contact": asked["contact"],
            "requested_by": managed.caller.actor,
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
    opened.expect_manager()
    return _form(opened, _adapter(slug), identifiant)


@router.post("/{slug}")
def submit(managed: Managing, slug: str) -> Response:
    """Try what was filled in, or import it."""
    adapter = _adapter(slug)
    pasted, written = managed.written("identifiant"), forms.read(adapter.Settings, managed.form)
    errors: dict[str, str] = {}
    try:
        adapter.read_identifier(pasted)
    except ConfigurationError as error:
        errors["identifiant"] = error.sentence
    errors |= forms.problems(adapter.Settings, written)
    step = managed.written("etape")
    if errors or step == "corriger":
        return _form(managed, adapter, pasted, written, errors)
    form = read_form(slug, pasted, written)
    if step == "importer":
        return asking.show(managed, lambda: _import(managed, form))
    managed.db.commit()  # a connection is not held while the partner is asked
    try:
        with managed.hook.errand():
            trial = try_source(managed.site, managed.venue, form)
    except Problem as problem:
        return _form(managed, adapter, pasted, written, {"identifiant": problem.sentence})
    refused = [check for check in trial.checks if check.code]
    if refused:
        return _form(managed, adapter, pasted, written, {"identifiant": refused[0].sentence})
    return managed.screen(
        "trial.html",
        adapter=adapter,
        trial=trial,
        title=_title(trial.checks),
        examples=[example(each, form.settings, managed.venue) for each in trial.samples],
        sent=managed.sent(),
    )


def _import(managed: Managed, form: Form) -> Asked:
    asked = import_offers(managed.db, managed.venue, form, managed.caller, site=managed.site)
    title = managed.written("titre")[:300]
    if title and not asked.run.link.title:
        asked.run.link.title = title
        managed.db.commit()
    return asked


def _title(checks: Sequence[CheckResult]) -> str:
    titles = (str(check.facts.get("title") or "") for check in checks)
    return next((title for title in titles if title), "")


def _partners(
    opened: Opened, asked: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Response:
    return opened.screen(
        "partners.html",
        status=422 if errors else 200,
        partners=partners(),
        brings=BRINGS,
        generic=bool(guessing.generic_sources()),
        asked=asked or {},
        errors=errors or {},
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


def _adapter(slug: str) -> Provider[Any]:
    try:
        return provider(slug)
    except ConfigurationError:
        raise AbsentError from None
