"""The demonstration's second half: the real agendas of a corpus, against what was counted in them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from cli.answers import ExitCode, RefusedError
from cli.importing import run_link
from cli.linking import link_source
from cli.sample_partner import Agenda, RecordedAgenda
from cli.venues import keep_venue
from models.database import connect, session
from workers.visits import Site

AGENDAS: Mapping[str, tuple[str, str]] = {
    "100001": ("tcheque_forme_b", "tcheque_v2"),
    "100002": ("albi_forme_a", "albi_v2"),
    "100003": ("next_stories_forme_a", "next_stories_v2"),
}
"""Number → calendar and folder of detail pages; one of them has no details."""

IMPORTED = """
    SELECT count(DISTINCT offer.id) AS events, count(stock.id) AS dates
    FROM offer JOIN stock ON stock.offer_id = offer.id WHERE offer.link_id = %s AND stock.active
"""


def recorded_agendas(corpus: Path) -> dict[str, Agenda]:
    """Give the corpus' agendas as a partner serves them."""
    folder = corpus / "openagenda"
    return {
        number: RecordedAgenda(
            folder / "ics" / f"{calendar}.ics", sorted((folder / "json" / details).glob("page_*.json"))
        )
        for number, (calendar, details) in AGENDAS.items()
    }


def import_agendas(
    here: Site, corpus: Path, siren: str, say: Callable[[RenderableType], None]
) -> list[dict[str, Any]]:
    """Import each agenda for a venue of its own and compare with the corpus' facts.

    Raises
    ------
    RefusedError
        An agenda did not come to what was counted in it.
    """
    facts = json.loads((corpus / "facts.json").read_text(encoding="utf-8"))
    choices = {"since": "2000-01-01", "places": "all", "capacity": "unlimited"}
    found = []
    say("\n4. Les agendas réels du corpus")
    table = Table("agenda", "évènements", "dates", "requêtes", "secondes", "état")
    for number, (calendar, _) in AGENDAS.items():
        with session(here.database_url) as db:
            venue = keep_venue(db, siren, f"Agenda {calendar}", facts={})
            db.commit()
        link = link_source(here, str(venue.id), "openagenda", number, choices, check=True).link
        document = run_link(here, link.id)
        with connect(here.database_url) as connection:
            imported = connection.execute(IMPORTED, [link.id]).fetchone() or {}
        known = facts[f"openagenda/ics/{calendar}.ics"]
        counted = {"events": known["distinct_event_uids"], "dates": known["distinct_occurrences"]}
        found.append({"agenda": calendar, "import": document, "imported": imported, "counted": counted})
        table.add_row(
            calendar,
            f"{imported['events']} sur {counted['events']}",
            f"{imported['dates']} sur {counted['dates']}",
            str(document["requests"]),
            f"{document['seconds']:.1f}",
            document["message"] or "terminée",
        )
    say(table)
    if any(agenda["imported"] != agenda["counted"] for agenda in found):
        raise RefusedError(
            "demo_failed",
            "Un agenda réel n’a pas été importé en entier.",
            exit_code=ExitCode.FAILED,
            document={"corpus": found},
        )
    return found
