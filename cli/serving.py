"""`passerelle serve`, `page` and `migrate`: the processes that do the work, what they show, the schema."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

import typer

from cli.answers import Answer, AsJson, ExitCode, command, margin, print_document
from cli.processes import all_workers, free_port, hook_child, kept_running, serving
from cli.sample_agenda import NUMBER, SampleAgenda
from cli.sample_partner import sample_partner
from cli.site import is_embedded, site, unmigrated_site
from cli.venues import find_venue, sample_venue
from models.access import Role, opening_link
from models.database import connect, is_current, migrate, session
from runtime.logging import configure_logging
from workers.visits import Site

PORT = 8000


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    command(app, "serve", example="passerelle serve")(serve)
    command(app, "page", example="passerelle page 1")(page)
    command(app, "migrate", example="passerelle migrate")(migrate_schema)


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the hook and the page; another if it is taken.")] = PORT,
    as_json: AsJson = False,
) -> Answer:
    """Run the hook, the page, workers and beat (and the embedded services) until Ctrl-C; then all are gone.

    On an empty data folder it adds a sample venue, and a sample agenda stands in for Open Agenda.
    With --json the document is printed as soon as they are started.
    """
    configure_logging(level="INFO")
    with site() as plain, serving(plain), _with_sample(plain) as (here, venue):
        port = free_port(host, port)
        base = here.settings.public_url or f"http://{host}:{port}"
        beside = [hook_child(here, host, port)]
        with kept_running(here, all_workers(here), output=sys.stderr, beside=beside) as supervisor:
            data_dir = here.settings.data_dir.absolute()
            opening = (
                base + opening_link(venue, "vous", Role.MANAGE, configured=here.settings) if venue else None
            )
            if as_json:
                print_document({"serving": True, "data_dir": data_dir, "url": base, "page": opening})
                sys.stdout.flush()
            margin().print(f"Passerelle est en service sur {base} ({data_dir}). Ctrl-C l’arrête.")
            if opening is not None:
                margin().print(f"Ouvrez {opening}, puis collez {NUMBER}", soft_wrap=True)
                margin().print(
                    "(Ce lien vaut un quart d’heure\u00a0; « passerelle page 1 » en donne un autre.)"
                )
            code = ExitCode(supervisor.wait())
    margin().print("Passerelle est arrêtée.")
    return Answer(None, code=code)


def page(
    venue: Annotated[str, typer.Argument(metavar="VENUE", help="Number, SIRET or name of the venue.")],
    *,
    user: Annotated[str, typer.Option(help="Who opens it; kept with what they do.")] = "vous",
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.MANAGE,
    base: Annotated[str, typer.Option(help="Where `passerelle serve` listens.")] = f"http://127.0.0.1:{PORT}",
    as_json: AsJson = False,
) -> Answer:
    """Give the address that opens a venue's page; it holds for a quarter of an hour."""
    del as_json
    with site() as here, session(here.database_url) as db:
        place = find_venue(db, venue)
        path = opening_link(place.id, user, role, configured=here.settings)
        url = (here.settings.public_url or base) + path
    return Answer({"venue": place.id, "url": url}, [url])


@contextmanager
def _with_sample(here: Site) -> Iterator[tuple[Site, int | None]]:
    """On an empty embedded site, add the sample venue; where it was added, keep the sample agenda up.

    Gives the site that the processes are to serve, and the sample venue's id if there is one. An
    operator's own host map is never touched.
    """
    marker = here.settings.data_dir / "sample"
    if is_embedded(here) and not here.settings.host_map and not marker.exists() and _is_empty(here):
        marker.write_text(
            f"A sample agenda stands in for Open Agenda ({NUMBER}); remove this file to end it.\n"
        )
    if here.settings.host_map or not marker.exists():
        yield here, None
        return
    with session(here.database_url) as db:
        number = sample_venue(db).id
        db.commit()
    with sample_partner({NUMBER: SampleAgenda()}) as address:
        margin().print(
            f"Un agenda d’exemple tient lieu d’Open Agenda. Pour le vrai, supprimez {marker} et relancez."
        )
        mapped = here.settings.model_copy(update={"host_map": {"openagenda.com": address}})
        yield replace(here, settings=mapped), number


def _is_empty(here: Site) -> bool:
    with connect(here.database_url) as connection:
        return connection.execute("SELECT FROM venue LIMIT 1").fetchone() is None


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
