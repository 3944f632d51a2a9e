"""The addresses at which a partner says that something of a source changed: made, shown once, revoked."""

from fastapi import APIRouter
from fastapi.responses import Response

from models.access import HintToken, create_hint_token, hint_path, revoke_hint_token
from models.link import remember
from models.vocabulary import LinkState
from web.hook.paths import Id
from web.page.opened import AbsentError, Managing

router = APIRouter(prefix="/lieux/{venue_id}/sources/{link_id}/signaux")


@router.post("")
def make(managed: Managing, link_id: Id) -> Response:
    """Make an address and show it, this once."""
    link = managed.link(link_id)
    if link.state == LinkState.UNLINKED:
        raise AbsentError
    token = create_hint_token(managed.db, link.id)
    remember(managed.db, link, "hint_address_made", actor=managed.caller.actor, role=managed.caller.role)
    managed.db.commit()
    base = managed.site.settings.public_url or str(managed.request.base_url)
    address = base.rstrip("/") + hint_path(link.provider, token)
    return managed.screen("hint_address.html", link=link, address=address)


@router.post("/{token_id}/revoquer")
def revoke(managed: Managing, link_id: Id, token_id: Id) -> Response:
    """Revoke an address."""
    link = managed.link(link_id)
    row = managed.db.get(HintToken, token_id)
    if row is None or row.link_id != link.id:
        raise AbsentError
    revoke_hint_token(managed.db, row.id)
    remember(managed.db, link, "hint_address_revoked", actor=managed.caller.actor, role=managed.caller.role)
    managed.db.commit()
    return managed.go(f"/sources/{link.id}", said="L’adresse ne sert plus\u00a0: ce qui y arrive est refusé.")
