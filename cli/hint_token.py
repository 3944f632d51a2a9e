"""`passerelle hint-token …`: the addresses at which a partner says that something of a link changed."""

from typing import Annotated, Any

import typer
from rich.table import Table

from cli.answers import Answer, AsJson, RefusedError, command
from cli.links import LinkNumber, find_link
from cli.site import actor, site
from cli.words import instant
from models.access import HintToken, create_hint_token, hint_path, list_hint_tokens, revoke_hint_token
from models.database import session
from models.link import remember

group = typer.Typer(
    help="Addresses at which a partner's webhooks say that something changed.", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    """Add this group to the command line."""
    app.add_typer(group, name="hint-token")


@command(group, "create", example="passerelle hint-token create 1")
def create(link: LinkNumber, *, as_json: AsJson = False) -> Answer:
    """Make an address of one link; it is printed once, and only its digest is kept."""
    del as_json
    with site() as here, session(here.database_url) as db:
        found = find_link(db, link)
        token = create_hint_token(db, found.id)
        row = list_hint_tokens(db, found.id)[-1]
        remember(db, found, "hint_address_made", actor=actor())
        db.commit()
        path = hint_path(found.provider, token)
        address = (here.settings.public_url or "").rstrip("/") + path
        document = _document(row) | {"token": token, "path": path, "address": address}
    lines = [address, "Notez cette adresse\u00a0: elle ne sera plus affichée."]
    if not here.settings.public_url:
        lines.append("Mettez devant l’adresse publique de Passerelle (PASSERELLE_PUBLIC_URL).")
    return Answer(document, lines)


@command(group, "list", example="passerelle hint-token list 1")
def list_all(link: LinkNumber, *, as_json: AsJson = False) -> Answer:
    """List a link's addresses, the revoked ones too, with the last hint that each received."""
    del as_json
    with site() as here, session(here.database_url) as db:
        found = find_link(db, link)
        zone = found.venue.timezone if found.venue else "Europe/Paris"
        rows = list_hint_tokens(db, found.id)
        documents = [_document(row) for row in rows]
        table = Table("n°", "créée", "dernier signal", "révoquée")
        for row in rows:
            instants = (row.created_at, row.last_used_at, row.revoked_at)
            table.add_row(str(row.id), *(instant(each, zone) for each in instants))
    return Answer({"hint_tokens": documents}, [table] if documents else ["Aucune adresse."])


@command(group, "revoke", example="passerelle hint-token revoke 3")
def revoke(
    token: Annotated[int, typer.Argument(metavar="ID", help="Number of the address.")],
    *,
    as_json: AsJson = False,
) -> Answer:
    """Revoke an address for good: what comes to it from now on is not found."""
    del as_json
    with site() as here, session(here.database_url) as db:
        row = revoke_hint_token(db, token)
        if row is None:
            raise RefusedError("unknown_token", f"L’adresse n°\u00a0{token} n’existe pas.")
        remember(db, find_link(db, row.link_id), "hint_address_revoked", actor=actor())
        db.commit()
        document = _document(row)
    return Answer(document, [f"L’adresse n°\u00a0{token} est révoquée."])


def _document(row: HintToken) -> dict[str, Any]:
    return {
        "id": row.id,
        "link": row.link_id,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "revoked_at": row.revoked_at,
    }
