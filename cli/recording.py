"""`passerelle record`: a partner's answers as a folder of fixtures, without secrets and people."""

from pathlib import Path
from typing import Annotated

import typer

from cli.answers import Answer, AsJson, ExitCode, RefusedError, command
from cli.checking import Set, as_settings
from cli.partners import Slug
from models.french import counted
from providers.base import provider
from providers.recorded import INDEX
from providers.recording import record
from runtime.settings import settings as configured
from workers.sealing import apart
from workers.visits import read_settings


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    command(
        app, "record", example="passerelle record openagenda 47826291 --to tests/providers/mine/recorded"
    )(record_provider)


def record_provider(
    slug: Slug,
    identifier: Annotated[str, typer.Argument(metavar="IDENTIFIER", help="What a venue would paste.")],
    *,
    to: Annotated[Path, typer.Option("--to", help="A folder; it must not hold a recording yet.")],
    settings: Set = None,
    as_json: AsJson = False,
) -> Answer:
    """Save all that a check and an import ask of a partner; read it before you keep it."""
    del as_json
    if (to / INDEX).exists():
        raise RefusedError("already_recorded", f"Ce dossier contient déjà un enregistrement : {to}.")
    adapter = provider(slug)
    choices = read_settings(adapter, as_settings(settings))
    _, secrets = apart(choices)
    here = configured()
    taken = record(adapter, identifier, choices, secrets, to, host_map=here.host_map, proxy=here.proxy)
    files = sorted(each.name for each in to.iterdir())
    document = {"folder": str(to), "answers": len(taken.answers), "files": files}
    screen = [
        f"{counted(len(taken.answers), 'réponse')} dans {to}.",
        "Les clés, courriels et téléphones ont été remplacés. Relisez : un nom dans une phrase reste.",
    ]
    if taken.error is None:
        return Answer(document, screen)
    error = {"code": taken.error.code, "message": taken.error.sentence}
    return Answer({**document, "error": error}, [*screen, taken.error.sentence], ExitCode.FAILED)
