"""What a manager does with a source: synchronise, pause, resume, edit, disconnect, connect again."""

from fastapi import APIRouter, BackgroundTasks
from fastapi.responses import Response

from models import link as links
from models.link import link_venue
from models.vocabulary import LinkState
from providers.base import provider
from web.page import asking, reading, sourcing
from web.page.opened import Looking, Managing

router = APIRouter(prefix="/lieux/{venue_id}/sources/{link_id}")


@router.get("")
def source(opened: Looking, link_id: int) -> Response:
    """Show a source: its runs, and what could not be read."""
    link = opened.link(link_id)
    (shown,) = [each for each in sourcing.sources(opened) if each.id == link.id]
    return opened.screen(
        "source.html",
        source=shown,
        runs=reading.rows(opened.db, "runs_of_link", link=link.id),
        quarantined=reading.rows(opened.db, "quarantined", link=link.id, run=None),
        run_words=sourcing.RUN_WORDS,
        held_words=sourcing.HELD_WORDS,
    )


@router.post("/synchroniser")
def synchronise(managed: Managing, link_id: int, later: BackgroundTasks) -> Response:
    """Ask for an importation now."""
    link = managed.link(link_id)
    if link.state == LinkState.UNLINKED:
        return managed.go(said="Cette source est déconnectée : reconnectez-la d’abord.", wrong=True)
    return asking.ask(managed, link, later)


@router.post("/pause")
def pause(managed: Managing, link_id: int) -> Response:
    """Stop visiting the source."""
    link = managed.link(link_id)
    if link.state in {LinkState.ACTIVE, LinkState.TO_CHECK}:
        links.pause(managed.db, link, actor=managed.visitor.user, role=managed.visitor.role)
        managed.db.commit()
    return managed.go(
        said="La source est en pause : ses offres restent en ligne, sans mise à jour, jusqu’à ce que vous la réactiviez."
    )


@router.post("/reprise")
def resume(managed: Managing, link_id: int) -> Response:
    """Visit the source again."""
    link = managed.link(link_id)
    if link.state in {LinkState.PAUSED, LinkState.TO_CHECK}:
        links.resume(managed.db, link, actor=managed.visitor.user, role=managed.visitor.role)
        managed.db.commit()
    return managed.go(said="La source est réactivée. La prochaine importation commence dans un instant.")


@router.get("/deconnecter")
def ask_before_disconnecting(opened: Looking, link_id: int) -> Response:
    """Ask what becomes of the offers."""
    link = opened.link(link_id)
    held = opened.row("offers_of_link", link=link.id)
    return opened.screen("disconnect.html", link=link, offers=held["offers"], bookings=held["bookings"])


@router.post("/deconnecter")
def disconnect(managed: Managing, link_id: int) -> Response:
    """Disconnect the source; its offers stay or leave as chosen."""
    link = managed.link(link_id)
    choice = managed.written("offres")
    if choice not in {"garder", "retirer"}:
        return managed.go(f"/sources/{link.id}/deconnecter", said="Choisissez une des deux réponses.", wrong=True)
    if link.state != LinkState.UNLINKED:
        actor, role = managed.visitor.user, managed.visitor.role
        links.unlink(managed.db, link, keep_offers=choice == "garder", actor=actor, role=role)
        managed.db.commit()
    return managed.go(said="La source est déconnectée. Vous pouvez la reconnecter à tout moment, en bas de cette page.")


@router.post("/reconnecter")
def connect_again(managed: Managing, link_id: int, later: BackgroundTasks) -> Response:
    """Undo a disconnection: the same identifier, the same settings."""
    link = managed.link(link_id)
    if asking.secret_fields(provider(link.provider).Settings):
        return managed.go(f"/importer/{link.provider}?identifiant={link.identifier}")
    link_venue(
        managed.db,
        managed.venue,
        provider=link.provider,
        identifier=link.identifier,
        settings=dict(link.settings),
        interval=link.interval,
        actor=managed.visitor.user,
    )
    return asking.ask(managed, link, later)
