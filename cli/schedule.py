"""`passerelle schedule` and `quiet`: when sources are read next and why, and when hosts are left alone."""

from datetime import time
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.answers import Answer, AsJson, RefusedError, command
from cli.site import site
from cli.words import instant
from models.database import connect
from models.french import lasting, number
from schedules import upcoming


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    command(app, "schedule", example="passerelle schedule --limit 5")(schedule)
    command(app, "quiet", example="passerelle quiet billetterie.example 23:00 06:30")(quiet)


def schedule(
    link: Annotated[int | None, typer.Argument(metavar="[LINK]", help="Only this link.")] = None,
    *,
    limit: Annotated[int, typer.Option(help="At most so many, the next first.", min=1)] = 20,
    as_json: AsJson = False,
) -> Answer:
    """Tell when sources are read next and why, and what that asks of each partner in an hour."""
    del as_json
    with site() as here, connect(here.database_url) as connection:
        rows = upcoming.coming(connection, link=link, limit=limit)
        loads = [] if link is not None else upcoming.load(connection)
    if link is not None and not rows:
        raise RefusedError("unknown_link", f"La source n° {link} n’existe pas.")
    links = [_document(row) for row in rows]
    if link is not None:
        when = instant(rows[0]["next_run_at"], rows[0]["timezone"]) or "rien de prévu"
        return Answer(links[0], [f"{_name(rows[0])} : {when}", *(f"  {each}" for each in links[0]["why"])])
    if not rows:
        return Answer({"links": [], "load": []}, ["Aucune source active."])
    table = Table("n°", "source", "prochaine lecture", "toutes les", "pourquoi")
    for row, document in zip(rows, links, strict=True):
        table.add_row(
            str(row["id"]),
            _name(row),
            instant(row["next_run_at"], row["timezone"]),
            lasting(row["interval"]),
            document["why"][0],
        )
    load = Table(
        "partenaire",
        "sources",
        "dans l’heure",
        "visites/h",
        "requêtes/h",
        "dernière heure",
        "reportées",
        "prix",
    )
    for each in loads:
        load.add_row(
            each["provider"],
            *(number(each[word]) for word in ("links", "soon")),
            *(f"{each[word]:.1f}" for word in ("visits", "requests")),
            *(number(each[word]) for word in ("lately", "put_off")),
            f"{each['dearest']:.1f}",
        )
    return Answer({"links": links, "load": [dict(each) for each in loads]}, [table, load])


def quiet(
    host: Annotated[
        str | None, typer.Argument(metavar="[HOST]", help="The host, as its partner has it.")
    ] = None,
    begins: Annotated[str | None, typer.Argument(metavar="[FROM]", help="23:00, French time.")] = None,
    ends: Annotated[str | None, typer.Argument(metavar="[UNTIL]", help="06:30.")] = None,
    *,
    none: Annotated[bool, typer.Option("--none", help="Leave it alone at no hour.")] = False,
    as_json: AsJson = False,
) -> Answer:
    """Leave a host alone in some hours of every day, but for people's importations; alone: list them."""
    del as_json
    hours = None
    if host is not None and not none:
        if begins is None or ends is None:
            raise RefusedError("hours_missing", "Indiquez de quelle heure à quelle heure : 23:00 06:30.")
        hours = (_hour(begins), _hour(ends))
        if hours[0] == hours[1]:
            raise RefusedError("hours_empty", "Les heures calmes doivent laisser du temps aux lectures.")
    with site() as here, connect(here.database_url) as connection:
        if host is not None:
            upcoming.set_quiet(connection, host, hours)
        rows = upcoming.quiet_hosts(connection)
    return Answer(
        [
            {"host": row["host"], "from": str(row["quiet_from"]), "until": str(row["quiet_until"])}
            for row in rows
        ],
        [f"{row['host']} : de {row['quiet_from']:%H:%M} à {row['quiet_until']:%H:%M}" for row in rows]
        or ["Aucun hôte n’a d’heures calmes."],
    )


def _hour(written: str) -> time:
    try:
        return time.fromisoformat(written)
    except ValueError:
        raise RefusedError("hour_unreadable", f"« {written} » n’est pas une heure : 23:00, 06:30.") from None


def _name(row: upcoming.Row) -> str:
    return f"{row['venue'] or 'catalogue'} — {row['provider']} — {row['title'] or row['identifier']}"


def _document(row: upcoming.Row) -> dict[str, Any]:
    words = ("id", "provider", "identifier", "title", "venue", "state", "next_run_at", "wanted_at", "put_off")
    more = ("interval", "visited_at", "importance", "urgent", "requests", "host", "budget_key", "failures")
    return {word: row[word] for word in (*words, *more)} | {
        "price": row["price"] or 1.0,
        "why": upcoming.why(row),
    }
