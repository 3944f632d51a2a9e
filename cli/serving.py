"""`passerelle serve` and `passerelle migrate`: the processes that do the work, and the schema they need."""

import sys

import typer

from cli.answers import Answer, AsJson, ExitCode, command, margin, print_document
from cli.processes import ALL, kept_running, serving
from cli.site import site, unmigrated_site
from models.database import is_current, migrate
from runtime.logging import configure_logging


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    command(app, "serve", example="passerelle serve")(serve)
    command(app, "migrate", example="passerelle migrate")(migrate_schema)


def serve(*, as_json: AsJson = False) -> Answer:
    """Run workers and beat (and the embedded services) until Ctrl-C; then all of them are gone.

    With --json the document is printed as soon as they are started.
    """
    configure_logging(level="INFO")
    with site() as here, serving(here), kept_running(here, ALL, output=sys.stderr) as supervisor:
        data_dir = here.settings.data_dir.absolute()
        if as_json:
            print_document({"serving": True, "data_dir": data_dir})
            sys.stdout.flush()
        margin().print(f"Passerelle est en service ({data_dir}). Ctrl-C l’arrête.")
        code = ExitCode(supervisor.wait())
    margin().print("Passerelle est arrêtée.")
    return Answer(None, code=code)


def migrate_schema(*, as_json: AsJson = False) -> Answer:
    """Bring the database to the schema of this version."""
    del as_json
    with unmigrated_site() as here:
        was_current = is_current(here.database_url)
        migrate(here.database_url, here.settings)
    sentence = (
        "La base de données était déjà à jour." if was_current else "La base de données a été mise à jour."
    )
    return Answer({"migrated": not was_current}, [sentence])
