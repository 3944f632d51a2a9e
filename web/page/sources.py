"""What a manager does with a source: synchronise, pause, resume, disconnect, connect again."""

from fastapi import APIRouter
from fastapi.responses import Response

from models.access import list_hint_tokens
from models.link import Link
from models.vocabulary import LinkState
from providers.errors import ConfigurationError
from web import imports
from web.hook.paths import Id
from web.page import asking, lines, reading, sourcing
from web.page.opened import Looking, Managed, Managing

router = APIRouter(prefix="/lieux/{venue_id}/sources/{link_id}")

PAUSED = "La source est en pause : ses offres restent en ligne, sans mise à jour, jusqu’à sa réactivation."
RESUMED = "La source est réactivée. La prochaine importation commence dans un instant."
DISCONNECTED = "La source est déconnectée. Vous pouvez la reconnecter à tout moment, en bas de cette page."


@router.get("")
def source(opened: Looking, link_id: Id) -> Response:
    """Show a source: its runs, and what could not be read."""
    link = opened.link(link_id)
    return opened.screen(
        "source.html",
        source=sourcing.source(opened, link.id),
        runs=reading.rows(opened.db, "runs_of_link", link=link.id),
        quarantined=lines.quarantined(opened, link.id),
        reasons=reading.rows(opened.db, "left_out", link=link.id),
        run_words=sourcing.RUN_WORDS,
        held_words=sourcing.HELD_WORDS,
        hint_tokens=list_hint_tokens(opened.db, link.id, revoked=False),
        takes_hints=link.state != LinkState.UNLINKED and sourcing.takes_hints(link.provider),
    )


@router.post("/synchroniser")
def synchronise(managed: Managing, link_id: Id) -> Response:
    """Ask for an importation now."""
    link = managed.link(link_id)
    try:
        return asking.show(managed, lambda: imports.ask_again(managed.db, link, managed.caller))
    except ConfigurationError as error:
        return managed.go(said=error.sentence, wrong=True)


@router.post("/pause")
def pause(managed: Managing, link_id: Id) -> Response:
    """Stop visiting the source."""
    return _set_state(managed, managed.link(link_id), LinkState.PAUSED, PAUSED)


@router.post("/reprise")
def resume(managed: Managing, link_id: Id) -> Response:
    """Visit the source again."""
    return _set_state(managed, managed.link(link_id), LinkState.ACTIVE, RESUMED)


@router.get("/deconnecter")
def ask_before_disconnecting(opened: Looking, link_id: Id) -> Response:
    """Ask what becomes of the offers."""
    opened.expect_manager()
    link = opened.link(link_id)
    held = opened.row("offers_of_link", link=link.id)
    return opened.screen("disconnect.html", link=link, offers=held["offers"], bookings=held["bookings"])


@router.post("/deconnecter")
def disconnect(managed: Managing, link_id: Id) -> Response:
    """Disconnect the source; its offers stay or leave as chosen."""
    link = managed.link(link_id)
    choice = managed.written("offres")
    if choice not in {"garder", "retirer"}:
        return managed.go(
            f"/sources/{link.id}/deconnecter", said="Choisissez une des deux réponses.", wrong=True
        )
    imports.disconnect(managed.db, link, managed.caller, keep_offers=choice == "garder")
    managed.db.commit()
    return managed.go(said=DISCONNECTED)


@router.post("/reconnecter")
def connect_again(managed: Managing, link_id: Id) -> Response:
    """Undo a disconnection: the same identifier, the same settings."""
    link = managed.link(link_id)
    try:
        form = imports.read_form(link.provider, link.identifier, link.settings)
    except ConfigurationError:  # what is secret was erased: it has to be filled in again
        return managed.go(f"/importer/{link.provider}?identifiant={link.identifier}")
    return asking.show(
        managed,
        lambda: imports.import_offers(managed.db, managed.venue, form, managed.caller, site=managed.site),
    )


def _set_state(managed: Managed, link: Link, state: LinkState, said: str) -> Response:
    try:
        imports.edit_link(managed.db, link, managed.caller, site=managed.site, state=state)
    except ConfigurationError as error:
        return managed.go(said=error.sentence, wrong=True)
    managed.db.commit()
    return managed.go(said=said)
