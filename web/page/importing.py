"""« + Importer des offres »: choose a partner, paste, see what it would bring, import."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import text

from models.uploaded import digest_in, link_of_uploads
from providers.base import Provider, provider
from providers.errors import ConfigurationError
from web.checks import try_source
from web.imports import Asked, Form, import_offers, read_form
from web.page import asking, forms, guessing, uploads
from web.page.examples import book_examples, example, words_of_examples
from web.page.opened import AbsentError, Looking, Managed, Managing, Opened
from web.page.partners import group_of, grouped
from web.problems import Problem
from web.shapes import CheckResult

router = APIRouter(prefix="/lieux/{venue_id}/importer")

KEEP_REQUEST = text("""
    INSERT INTO provider_request (venue_id, name, address, contact, requested_by)
    VALUES (:venue, :name, :address, :contact, :requested_by)
""")


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
        return show_form(
            managed,
            provider(slug),
            asked["adresse"],
            hint="Cette adresse peut être importée dès maintenant : vérifiez-la ci-dessous.",
        )
    return managed.go(said="Merci : votre demande est transmise à l’équipe du pass Culture.")


@router.get("/{slug}")
def fill_in(opened: Looking, slug: str, identifiant: str = "") -> Response:
    """Show a partner's form; of a source whose file is replaced, with its settings."""
    opened.expect_manager()
    adapter = adapter_of(slug)
    link = None
    if adapter.traits.takes_uploads and not identifiant:
        link = link_of_uploads(opened.db, opened.venue.id, slug)
    return show_form(opened, adapter, identifiant, None if link is None else link.settings)


@router.post("/{slug}")
def submit(managed: Managing, slug: str) -> Response:
    """Try what was filled in, or import it."""
    return go_on(managed, adapter_of(slug), managed.written("identifiant"))


def go_on(managed: Managed, adapter: Provider[Any], pasted: str) -> Response:
    """Take the next step with what was filled in: correct it, try it, or import it."""
    written = forms.read(adapter.Settings, managed.form)
    errors: dict[str, str] = {}
    place = "fichier" if digest_in(pasted) else "identifiant"
    try:
        adapter.read_identifier(pasted)
    except ConfigurationError as error:
        errors[place] = error.sentence
    errors |= forms.problems(adapter.Settings, written)
    step = managed.written("etape")
    if errors or step == "corriger":
        return show_form(managed, adapter, pasted, written, errors)
    form = read_form(adapter.slug, pasted, written)
    try:
        if step == "importer":
            uploads.put_in_use(managed, form)
            return asking.show(managed, lambda: _import(managed, form))
        uploads.expect(managed, form)
    except uploads.FileError as error:
        return show_form(managed, adapter, "", written, {"fichier": str(error)})
    managed.db.commit()  # a connection is not held while the partner is asked
    try:
        with managed.hook.errand():
            trial = try_source(managed.site, managed.venue, form)
    except Problem as problem:
        return show_form(managed, adapter, pasted, written, {place: problem.sentence})
    refused = [check for check in trial.checks if check.code]
    if refused:
        return show_form(managed, adapter, pasted, written, {place: refused[0].sentence})
    sent = [(name, value) for name, value in managed.sent() if name not in {"identifiant", "depose"}]
    return managed.screen(
        "trial.html",
        adapter=adapter,
        trial=trial,
        title=_title(trial.checks),
        examples=[example(each, form.settings, managed.venue) for each in trial.samples],
        books=book_examples(managed, trial.checks),
        words=words_of_examples(trial.checks),
        sent=[("identifiant", pasted), *sent],
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
        groups=grouped(),
        generic=bool(guessing.generic_sources()),
        asked=asked or {},
        errors=errors or {},
    )


def show_form(
    opened: Opened,
    adapter: Provider[Any],
    pasted: str,
    written: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    hint: str = "",
) -> Response:
    """Show a partner's form, with what was filled in and what is wrong with it."""
    known = uploads.known(opened, adapter, pasted)
    return opened.screen(
        "form.html",
        status=422 if errors else 200,
        adapter=adapter,
        pasted="" if known.sent else pasted,
        uploads=known,
        fields=forms.fields(adapter.Settings, written, errors),
        errors=errors or {},
        brings=group_of(adapter).brings,
        hint=hint,
    )


def adapter_of(slug: str) -> Provider[Any]:
    """Give a partner's adapter; what is none is no page."""
    try:
        return provider(slug)
    except ConfigurationError:
        raise AbsentError from None
