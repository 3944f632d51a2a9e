"""`passerelle doctor`: whether everything that has to run does, in words that say what to do."""

import redis
import typer
from rich.console import RenderableType

from cli.answers import Answer, AsJson, ExitCode, command
from cli.processes import is_served
from cli.site import is_embedded, site
from cli.words import instant
from models.database import connect
from providers.text import typeset
from schedules.watch import SQL, Trouble, troubles


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    command(app, "doctor", example="passerelle doctor")(doctor)


def doctor(*, as_json: AsJson = False) -> Answer:
    """Look at the database, Redis, the tick, queues and partners; exit code 1 when something needs you."""
    del as_json
    with site() as here, connect(here.database_url) as connection:
        row = connection.execute(SQL["last_tick"]).fetchone()
        found = [*_services(here.broker_url), *troubles(connection)]
        if row is None:
            found.append(Trouble("never_ticked", typeset(_NEVER), ours=False))
        if is_embedded(here) and not is_served(here):
            found = [each for each in found if each.code not in _OF_A_SERVED_SITE]
            found.insert(0, Trouble("not_served", typeset(_NOT_SERVED), ours=False))
    ticked = row["at"] if row else None
    bad = any(each.ours for each in found)
    screen: list[RenderableType] = ["La base de données répond, dans la version attendue."]
    if ticked is not None:
        screen.append(f"Dernier battement de l’horloge : {instant(ticked)}.")
    screen += [f"{'✗' if each.ours else '·'} {each.sentence}" for each in found]
    if not found:
        screen.append("Rien n’est en retard.")
    document = {
        "ok": not bad,
        "last_tick_at": ticked,
        "troubles": [{"code": each.code, "ours": each.ours, "sentence": each.sentence} for each in found],
    }
    return Answer(document, screen, ExitCode.FAILED if bad else ExitCode.DONE)


_NEVER = (
    "L’horloge n’a encore jamais battu ici : « celery beat » et l’ouvrier de la file « ticks » la font"
    " battre."
)
_NOT_SERVED = "« passerelle serve » n’est pas lancé ici : rien ne part de soi-même."
_OF_A_SERVED_SITE = frozenset({"tick_late", "queue_late", "provider_late", "never_ticked"})


def _services(broker_url: str) -> list[Trouble]:
    try:
        with redis.Redis.from_url(broker_url, socket_connect_timeout=2, socket_timeout=2) as client:
            client.ping()
    except redis.exceptions.RedisError as error:
        why = type(error).__name__
        sentence = f"Redis ne répond pas ({why}) : rien n’est perdu, mais rien ne part. Relancez-le."
        return [Trouble("redis_away", typeset(sentence))]
    return []
