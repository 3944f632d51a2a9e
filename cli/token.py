"""`passerelle token …`: the bearer tokens with which a venue's scripts call the hook."""

from typing import Annotated, Any

import typer
from rich.table import Table

from cli.answers import Answer, AsJson, RefusedError, command
from cli.site import site
from cli.venues import find_venue
from models.access import AccessToken, Role, create_token, list_tokens, revoke_token
from models.database import session

group = typer.Typer(help="Bearer tokens of venues, for scripts that call the hook.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this group to the command line."""
    app.add_typer(group, name="token")


@command(group, "create", example='passerelle token create 1 --name "caisse du théâtre"')
def create(
    venue: Annotated[str, typer.Argument(metavar="VENUE", help="Number, SIRET or name of the venue.")],
    *,
    name: Annotated[str, typer.Option(help="What the token is for; the ledger names it.")],
    read_only: Annotated[bool, typer.Option("--read-only", help="It may look, and change nothing.")] = False,
    as_json: AsJson = False,
) -> Answer:
    """Make a token of one venue; it is printed once, and kept nowhere."""
    del as_json
    with site() as here, session(here.database_url) as db:
        place = find_venue(db, venue)
        row, token = create_token(db, place, name, Role.READ if read_only else Role.MANAGE)
        db.commit()
        document = _document(row) | {"token": token}
    return Answer(document, [token, "Notez ce jeton : il ne sera plus affiché."])


@command(group, "list", example="passerelle token list --venue 1")
def list_all(
    *,
    venue: Annotated[str | None, typer.Option(help="Number, SIRET or name of the venue.")] = None,
    as_json: AsJson = False,
) -> Answer:
    """List tokens, the revoked ones too, with their last use."""
    del as_json
    with site() as here, session(here.database_url) as db:
        place = find_venue(db, venue).id if venue is not None else None
        documents = [_document(row) for row in list_tokens(db, place)]
    table = Table("n°", "lieu", "nom", "rôle", "créé", "utilisé", "révoqué")
    for each in documents:
        table.add_row(*(str(value) if value is not None else "" for value in each.values()))
    return Answer({"tokens": documents}, [table])


@command(group, "revoke", example="passerelle token revoke 3")
def revoke(
    token: Annotated[int, typer.Argument(metavar="ID", help="Number of the token.")],
    *,
    as_json: AsJson = False,
) -> Answer:
    """Revoke a token for good; the next call with it is refused."""
    del as_json
    with site() as here, session(here.database_url) as db:
        row = revoke_token(db, token)
        if row is None:
            raise RefusedError("unknown_token", f"Le jeton n°\u00a0{token} n’existe pas.")
        db.commit()
        document = _document(row)
    return Answer(document, [f"Le jeton n°\u00a0{token} («\u00a0{row.name}\u00a0») est révoqué."])


def _document(row: AccessToken) -> dict[str, Any]:
    return {
        "id": row.id,
        "venue": row.venue_id,
        "name": row.name,
        "role": row.role,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "revoked_at": row.revoked_at,
    }
