"""« Modifier »: a source's settings, with what narrowing them would take away shown before it is saved."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import select

from models.link import Link
from models.run import SyncRun
from models.vocabulary import LinkState
from providers.base import provider
from providers.errors import PartnerError
from web.checks import TimeIsUpError, deadline
from web.form import secrets_of, with_kept
from web.hook.paths import Id
from web.imports import disconnect, edit_link, import_offers, read_form
from web.page import asking, forms, reading, uploads
from web.page.opened import Looking, Managed, Managing, Opened
from web.problems import Problem
from workers.preview import preview

router = APIRouter(prefix="/lieux/{venue_id}/sources/{link_id}/modifier")

SECONDS = 45.0
KEY_REFUSED = frozenset({"key_refused", "key_limited"})
"""What adapters call a key that opens nothing, or not all."""


@router.get("")
def ask(opened: Looking, link_id: Id) -> Response:
    """Show the settings."""
    opened.expect_manager()
    link = opened.link(link_id)
    return _form(opened, link, link.settings)


@router.post("")
def save(managed: Managing, link_id: Id) -> Response:
    """Show what the new settings would take away, or save them."""
    link = managed.link(link_id)
    adapter = provider(link.provider)
    written = forms.read(adapter.Settings, managed.form)
    whole = with_kept(_kept(managed, link), written)
    errors = forms.problems(adapter.Settings, whole)
    pasted = managed.written("identifiant") or link.identifier
    if not errors:
        try:
            form = read_form(link.provider, pasted, whole)
        except PartnerError as error:
            errors["identifiant"] = error.sentence
    step = managed.written("etape")
    if errors or step == "corriger":
        return _form(managed, link, written, errors, pasted=pasted)
    if form.identifier not in {link.identifier, link.pasted}:
        return _other_identifier(managed, link, pasted, written)
    if step != "enregistrer" and link.state == LinkState.ACTIVE and _may_narrow(link, form.settings):
        found = _losses(managed, link, form.written)
        if found:
            return managed.screen("narrowing.html", link=link, sent=managed.sent(), **found)
    try:
        edit_link(managed.db, link, managed.caller, site=managed.site, written=written)
        if link.state == LinkState.TO_CHECK:
            edit_link(managed.db, link, managed.caller, site=managed.site, state=LinkState.ACTIVE)
    except PartnerError as error:
        return _form(managed, link, written, {"identifiant": error.sentence}, pasted=pasted)
    managed.db.commit()
    return managed.go(said="Les réglages sont enregistrés. Ils s’appliquent à la prochaine importation.")


def _other_identifier(managed: Managed, link: Link, pasted: str, written: Mapping[str, Any]) -> Response:
    """Take a corrected identifier where the source has brought nothing yet; else it is another source."""
    held = managed.row("offers_of_link", link=link.id)
    if held["offers"]:
        sentence = (
            "C’est une autre source : ajoutez-la par « + Importer des offres », puis déconnectez celle-ci."
        )
        return _form(managed, link, written, {"identifiant": sentence}, pasted=pasted)
    form = read_form(link.provider, pasted, with_kept(_kept(managed, link), written))

    def replace_source() -> Any:
        asked = import_offers(managed.db, managed.venue, form, managed.caller, site=managed.site)
        if asked.run.link_id != link.id:
            disconnect(managed.db, link, managed.caller, keep_offers=True)
            managed.db.commit()
        return asked

    return asking.show(managed, replace_source)


def _kept(opened: Opened, link: Link) -> Mapping[str, str]:
    """Give the secrets that may stay as they are: none once the key was refused."""
    latest = select(SyncRun.error_code).where(SyncRun.link_id == link.id).order_by(SyncRun.id.desc()).limit(1)
    if link.state == LinkState.TO_CHECK and opened.db.scalar(latest) in KEY_REFUSED:
        return {}
    return secrets_of(opened.site, link)


def _may_narrow(link: Link, settings: Mapping[str, Any]) -> bool:
    """Whether something else than what fills the partner's silence changes."""
    fills = {"capacity", "price", "category"}

    def others(said: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in said.items() if name not in fills}

    return others(link.settings) != others(settings)


def _losses(managed: Managed, link: Link, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the next importation would withdraw with these settings; None: nothing."""
    managed.db.commit()  # a connection is not held while the partner is asked
    try:
        with managed.hook.errand():
            found = preview(link.id, managed.site, settings=settings, heart=deadline(SECONDS))
    except (TimeIsUpError, PartnerError, Problem):
        return {"losses": None}
    offers = {loss["offer_id"] for loss in found.losses if loss["change"] in {"absent", "filtered"}}
    if not offers:
        return None
    return {"losses": reading.rows(managed.db, "offers_by_id", offers=sorted(offers))}


def _form(
    opened: Opened,
    link: Link,
    written: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    *,
    pasted: str = "",
) -> Response:
    adapter = provider(link.provider)
    return opened.screen(
        "edit_source.html",
        status=422 if errors else 200,
        link=link,
        adapter=adapter,
        fields=forms.fields(adapter.Settings, written, errors, kept=_kept(opened, link)),
        errors=errors or {},
        pasted=pasted or link.identifier,
        uploads=uploads.known(opened, adapter, pasted or link.identifier),
    )
