"""The dead-man's row and what else an operator has to know, in words that say what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from models import french
from models.database import Connection
from models.queries import read_queries
from models.vocabulary import Queue
from providers.base import provider
from providers.errors import PartnerError
from providers.text import typeset

SQL = read_queries(Path(__file__).parent / "watch.sql")

TICK: Final = timedelta(minutes=2)
"""Since the last tick: by then twelve are missing."""

HEAD: Final = {Queue.MANUAL: timedelta(minutes=1)}
"""How long the first run of a queue may wait: a person waits for theirs."""
HEAD_BEHIND: Final = timedelta(minutes=30)

PROVIDER: Final = timedelta(hours=1)
"""How long a link may be due."""

ZONE: Final = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is late; `ours`: somebody here has to do something about it."""

    code: str
    sentence: str
    ours: bool = True


def troubles(connection: Connection) -> list[Trouble]:
    """Give what is late, the worst first."""
    return [*_tick(connection), *_heads(connection), *_providers(connection)]


def _tick(connection: Connection) -> Iterator[Trouble]:
    row = connection.execute(SQL["last_tick"]).fetchone()
    if row is not None and row["ago"] > TICK:
        yield Trouble(
            "tick_late",
            typeset(
                f"L’horloge est arrêtée {french.since(row['at'], ZONE)} : plus rien ne part de soi-même."
                " Vérifiez que « celery beat » et l’ouvrier de la file « ticks » tournent, et que Redis"
                " répond."
            ),
        )


def _heads(connection: Connection) -> Iterator[Trouble]:
    for row in connection.execute(SQL["queue_heads"]):
        if row["ago"] > HEAD.get(row["queue"], HEAD_BEHIND):
            yield Trouble(
                "queue_late",
                typeset(
                    f"Dans la file « {row['queue']} », l’importation n° {row['id']} attend"
                    f" {french.since(row['created_at'], ZONE)}. Vérifiez qu’un ouvrier de cette file tourne ;"
                    " s’il y en a, ajoutez-en."
                ),
            )


def _providers(connection: Connection) -> Iterator[Trouble]:
    for row in connection.execute(SQL["late_providers"], {"late": PROVIDER}):
        yield Trouble(
            "provider_late",
            typeset(
                f"Les sources {_label(row['provider'])} ont du retard : la plus ancienne est attendue"
                f" {french.since(row['since'], ZONE)}. Si l’horloge tourne, il manque des ouvriers, ou des"
                " requêtes accordées : voyez « passerelle schedule »."
            ),
        )
    for row in connection.execute(SQL["silent_providers"]):
        again = f" Prochain essai à {french.hour(row['retry_at'], ZONE)}." if row["retry_at"] else ""
        yield Trouble(
            "provider_silent",
            typeset(
                f"{_label(row['provider'])} ne répond pas {french.since(row['since'], ZONE)}."
                f" Ses sources attendent, les autres non.{again}"
            ),
            ours=False,
        )


def _label(slug: str) -> str:
    try:
        return provider(slug).label
    except PartnerError:
        return slug
