"""`passerelle demo`: the whole path on services of its own, each step checked; leaves nothing behind."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import RenderableType
from rich.table import Table

from cli.answers import Answer, AsJson, ExitCode, RefusedError, command, margin, screen
from cli.demo_corpus import import_agendas, recorded_agendas
from cli.hook_client import HookClient
from cli.importing import document_of, told
from cli.offers import offers_table, whole
from cli.processes import all_workers, free_port, hook_child, kept_running, serving
from cli.sample_agenda import NUMBER, SampleAgenda
from cli.sample_partner import Agenda, sample_partner
from cli.site import unmigrated_site
from cli.venues import sample_venue
from cli.waiting import await_run, bar, look
from models.access import create_token
from models.database import connect, migrate, session
from models.french import counted, euros, moment
from models.vocabulary import Queue
from runtime.settings import settings
from workers.visits import Site

HOST = "127.0.0.1"
SIREN = "732829320"
ZONE = "Europe/Paris"

Say = Callable[[RenderableType], None]

ROWS = """
    SELECT 'offer' AS kind, id, xmin::text AS version, title, active, NULL::timestamptz AS starts_at,
        NULL::numeric AS price FROM offer
    UNION ALL
    SELECT 'stock', stock.id, stock.xmin::text, offer.title, stock.active, stock.starts_at, stock.price
    FROM stock JOIN offer ON offer.id = stock.offer_id
    UNION ALL
    SELECT 'source_item', id, xmin::text, kind || ' ' || ref, withdrawn_at IS NULL, NULL, NULL
    FROM source_item
"""
"""Every row that an import may write, with the transaction that wrote it last."""

EXPECTED = {
    ("offer", "Bal des marées", "modifiée"),
    ("stock", "Bal des marées", "modifiée"),
    ("stock", "Conférence : les écluses de Bretagne", "nouvelle"),
    ("stock", "Conférence : les écluses de Bretagne", "retirée"),
    ("offer", "Nuit des contes", "retirée"),
    ("stock", "Nuit des contes", "retirée"),
}
"""What the agenda's revision comes to: one event changed, one moved, one gone."""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    command(app, "demo", example="passerelle demo")(demo)


def demo(*, as_json: AsJson = False) -> Answer:
    """Show the whole path: services, workers, a sample agenda imported, again, and after a change."""
    say: Say = margin().print if as_json else screen().print
    began = time.monotonic()
    agenda = SampleAgenda()
    agendas: dict[str, Agenda] = {NUMBER: agenda}
    corpus = settings().corpus
    if corpus is not None:
        agendas |= recorded_agendas(corpus)
    with sample_partner(agendas) as address, _site_of_its_own(address, say) as (here, hook):
        document = _show_sample(here, hook, agenda, say)
        if corpus is not None:
            document["corpus"] = import_agendas(here, corpus, SIREN, say)
    document["seconds"] = round(time.monotonic() - began, 1)
    say(f"La démonstration est terminée en {document['seconds']:.0f} s ; il n’en reste rien.")
    return Answer(document)


@contextmanager
def _site_of_its_own(address: str, say: Say) -> Iterator[tuple[Site, str]]:
    """Give a served site in a fresh folder and its hook's address, gone afterwards.

    An operator's services are not touched.
    """
    data_dir = Path(tempfile.mkdtemp(prefix="passerelle-demo-"))
    data_dir.chmod(0o711)  # root's PostgreSQL runs under another account, which has to reach it
    own = {"data_dir": data_dir, "database_url": None, "broker_url": None}
    configured = settings().model_copy(update=own | {"host_map": {"openagenda.com": address}})
    log = data_dir / "workers.log"
    try:
        with ExitStack() as stack:
            say("Démarrage de PostgreSQL, du broker, du point d’entrée, des ouvriers et de beat…")
            here = stack.enter_context(unmigrated_site(configured, durable=False))
            migrate(here.database_url, here.settings)
            stack.enter_context(serving(here))
            port = free_port(HOST, 0)
            output, beside = stack.enter_context(log.open("a")), [hook_child(here, HOST, port)]
            stack.enter_context(kept_running(here, all_workers(here), output=output, beside=beside))
            yield here, f"http://{HOST}:{port}"
    except RefusedError:
        if log.exists():
            margin().print(log.read_text(errors="replace")[-4000:])
        raise
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)


def _show_sample(here: Site, address: str, agenda: SampleAgenda, say: Say) -> dict[str, Any]:
    hook = _hook(here, address)
    asked = _asked(here, hook, say)
    link = asked["link"]
    say("\n1. Première importation, demandée comme le portail la demande")
    first = _await(here, asked)
    _say_outcome(first, say)
    with session(here.database_url) as db:
        say(offers_table(db, link, ZONE))
    made = (first["offers"]["created"], first["stocks"]["created"])
    _expect(made == (8, 14), "8 offres et 14 dates", first)
    before = _rows(here)

    say("\n2. Le même agenda, importé de nouveau")
    second = _await(here, hook.post(f"/links/{link}/runs", {}))
    _say_outcome(second, say)
    after = _rows(here)
    _expect(before == after, "aucune ligne écrite", second)
    say(f"Aucune des {len(after)} lignes d’offres, de dates et d’éléments n’a été écrite.")

    say("\n3. Un évènement a changé, un autre est déplacé, un troisième est retiré de l’agenda")
    agenda.revise()
    third = _await(here, hook.post(f"/links/{link}/runs", {}))
    _say_outcome(third, say)
    changes = _changes(before, _rows(here))
    say(_changes_table(changes))
    found = {(change["kind"], change["title"], change["change"]) for change in changes}
    _expect(found == EXPECTED and len(changes) == len(EXPECTED), "exactement ces lignes", third)
    return {"link": link, "imports": [first, second, third], "changes": changes}


def _hook(here: Site, address: str) -> HookClient:
    """Wait for the hook to answer; the venue's script calls it with a token of its own."""
    with session(here.database_url) as db:
        venue = sample_venue(db)
        _, token = create_token(db, venue, "démonstration")
        db.commit()
        hook = HookClient(address, venue.id, token)
    hook.await_ready()
    return hook


def _asked(here: Site, hook: HookClient, say: Say) -> dict[str, Any]:
    """Check the agenda through the hook, then ask for its import."""
    form = {
        "provider": "openagenda",
        "identifier": f"https://openagenda.com/agendas/{NUMBER}/events.ics?",
        "settings": {"capacity": 40},
    }
    say("Lieu « Théâtre de l’Écluse » : « + Importer des offres », Open Agenda, on colle son adresse.")
    for check in hook.post(f"/venues/{hook.venue}/checks", form)["checks"]:
        say(f"{'✓' if check['state'] == 'ok' else '!'} {check['sentence']}")
    asked = hook.post(f"/venues/{hook.venue}/imports", form)
    with connect(here.database_url) as connection:
        _expect(look(connection, asked["run"]) is not None, "l’importation dans le registre", asked)
    return asked


def _await(here: Site, asked: Mapping[str, Any]) -> dict[str, Any]:
    with bar() as move:
        await_run(here, asked["run"], Queue.MANUAL, move=move)
    with connect(here.database_url) as connection:
        return document_of(look(connection, asked["run"]))


def _say_outcome(document: Mapping[str, Any], say: Say) -> None:
    for line in told(document):
        say(line)
    if document["status"] not in {"succeeded", "partial"}:
        raise RefusedError("demo_failed", "La démonstration n’a pas abouti.", exit_code=ExitCode.FAILED)


def _rows(here: Site) -> dict[tuple[str, int], dict[str, Any]]:
    with connect(here.database_url) as connection:
        return {(row["kind"], row["id"]): row for row in connection.execute(ROWS)}


def _changes(
    before: Mapping[tuple[str, int], Mapping[str, Any]], after: Mapping[tuple[str, int], Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Give the offers and dates whose rows were written in between."""
    found = []
    for key, row in after.items():
        known = before.get(key)
        if row["kind"] == "source_item" or (known is not None and known["version"] == row["version"]):
            continue
        change = "nouvelle" if known is None else "modifiée" if row["active"] else "retirée"
        was = known["price"] if known is not None and known["price"] != row["price"] else None
        found.append({**row, "change": change, "price_before": was})
    return sorted(found, key=lambda change: (change["title"], change["kind"], change["change"]))


def _changes_table(changes: list[dict[str, Any]]) -> Table:
    table = Table("ligne", "offre", whole("date"), whole("prix"), "")
    for change in changes:
        price = "" if change["price"] is None else euros(change["price"])
        if change["price_before"] is not None:
            price = f"{euros(change['price_before'])} → {price}"
        when = moment(change["starts_at"], ZONE) if change["starts_at"] else ""
        word = "offre" if change["kind"] == "offer" else "date"
        table.add_row(word, change["title"], when, price, change["change"])
    table.caption = counted(len(changes), "ligne écrite", "lignes écrites")
    return table


def _expect(holds: bool, what: str, document: Mapping[str, Any]) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise RefusedError(
            "demo_failed",
            f"La démonstration attendait {what}.",
            exit_code=ExitCode.FAILED,
            document={"import": dict(document)},
        )
