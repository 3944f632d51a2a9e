"""`passerelle import` and `passerelle preview`: a link's run, done and waited for, or only foretold."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table

from cli.answers import Answer, AsJson, ExitCode, RefusedError, command
from cli.links import LinkNumber, find_link
from cli.site import actor, site
from cli.waiting import await_run, bar, do_run, look
from cli.words import price, status_words
from models.database import connect, session
from models.french import moment
from models.run import SyncRun, ask_for_run
from models.vocabulary import LinkState, Queue, Reason, RunMode, RunStatus, Shortfall, Trigger
from providers.errors import PartnerError
from workers.counts import ITEM_WORDS, Counts
from workers.decisions import confirm_review
from workers.preview import Preview
from workers.preview import preview as foretell
from workers.products import PRODUCT
from workers.visits import Site
from workers.wording import KINDS, primary_of, wording_of

Inline = Annotated[bool, typer.Option("--inline", help="In this process, without a worker.")]

CODES = {
    RunStatus.SUCCEEDED: ExitCode.DONE,
    RunStatus.PARTIAL: ExitCode.DONE,
    RunStatus.REVIEW: ExitCode.REVIEW,
    RunStatus.FAILED: ExitCode.FAILED,
    RunStatus.DEAD: ExitCode.FAILED,
}


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    command(app, "import", example="passerelle import 1 --json")(import_link)
    command(app, "preview", example="passerelle preview 1")(preview_link)
    command(app, "replay", example="passerelle replay 1")(replay_link)


def import_link(
    link: LinkNumber,
    *,
    full: Annotated[bool, typer.Option("--full", help="Read everything, whatever has not changed.")] = False,
    inline: Inline = False,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm what a review would hold back.")] = False,
    as_json: AsJson = False,
) -> Answer:
    """Import a link through the queue and wait until it is done."""
    del as_json
    with site() as here:
        document = run_link(here, link, RunMode.FULL if full else RunMode.USUAL, inline=inline)
        if yes and document["status"] == RunStatus.REVIEW:
            document = _confirmed(document, confirm_review(here, link, actor()))
    return Answer(document, told(document), CODES[RunStatus(document["status"])])


def replay_link(link: LinkNumber, *, inline: Inline = False, as_json: AsJson = False) -> Answer:
    """Try a link's quarantined items again, as they were received; the partner is not asked."""
    del as_json
    with site() as here:
        document = run_link(here, link, RunMode.REPLAY, inline=inline)
    return Answer(document, told(document), CODES[RunStatus(document["status"])])


def run_link(
    here: Site, number: int, mode: RunMode = RunMode.USUAL, *, inline: bool = False
) -> dict[str, Any]:
    """Do a run of a link and give the document of `import`.

    A run of the link that is open already is joined; where it reads something else than what was
    asked for, the run asked for follows it.

    Raises
    ------
    RefusedError
        There is no such link, or it is disconnected.
    """
    while True:
        run = _ask(here, number, mode)
        try:
            with bar() as move:
                if inline:
                    do_run(here, run.id, move=move)
                else:
                    await_run(here, run.id, run.queue, move=move)
        except KeyboardInterrupt:
            raise RefusedError(
                "interrupted",
                f"L’importation n° {run.id} n’est pas perdue : elle reprendra où elle en est, par"
                " « passerelle serve » ou « passerelle import ».",
                exit_code=ExitCode.INTERRUPTED,
                document={"run": run.id, "link": number},
            ) from None
        if run.mode in (mode, RunMode.FULL):
            break
    with connect(here.database_url) as connection:
        return document_of(look(connection, run.id))


def _ask(here: Site, number: int, mode: RunMode) -> SyncRun:
    with session(here.database_url) as db:
        link = find_link(db, number)
        if link.state == LinkState.UNLINKED:
            raise RefusedError(
                "unlinked",
                f"La source n° {number} est déconnectée : « passerelle link » la connecte de nouveau.",
            )
        run, _ = ask_for_run(
            db, number, queue=Queue.MANUAL, trigger=Trigger.PERSON, requested_by=actor(), mode=mode
        )
        db.commit()
        return run


def document_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give an ended run as the JSON of `import`."""
    counts = Counts.load(row["counters"])
    error = None
    if row["error_code"] is not None:
        error = {"code": row["error_code"], "message": row["message"]}
    return {
        "run": row["id"],
        "link": row["link_id"],
        "status": row["status"],
        **counted_document(counts),
        "error": error,
        "message": row["message"],
        "provider": row["provider"],
        "details": dict(counts.details),
        "filtered_by": dict(counts.filtered),
    }


def counted_document(counts: Counts) -> dict[str, Any]:
    """Give the counts as the JSON of `import` has them; `counts` are of items."""
    dumped = counts.dump()
    return {
        "counts": {word: dumped["items"][word] for word in ITEM_WORDS},
        "offers": dumped["offers"],
        "stocks": dumped["stocks"],
        "requests": dumped["requests"],
        "bytes": dumped["bytes"],
        "seconds": dumped["seconds"],
    }


def preview_link(link: LinkNumber, *, as_json: AsJson = False) -> Answer:
    """Say what an import would change; nothing is written."""
    del as_json
    with site() as here:
        with session(here.database_url) as db:
            row = find_link(db, link)
            zone = row.venue.timezone if row.venue else "Europe/Paris"
            slug = row.provider
        found = Preview(Counts())
        try:
            with bar() as move:
                foretell(
                    link, here, on_page=lambda counts, estimate: move(_page(counts, estimate)), found=found
                )
        except PartnerError as error:
            document = _foretold(link, slug, found, status=RunStatus.FAILED)
            document["error"] = {"code": error.code, "message": error.sentence}
            document["message"] = error.sentence
            return Answer(document, told(document), ExitCode.FAILED)
    status = RunStatus.SUCCEEDED
    if found.review:
        status = RunStatus.REVIEW
    elif found.shortfall or found.counts.items["quarantined"]:
        status = RunStatus.PARTIAL
    document = _foretold(link, slug, found, status=status)
    tables = _tables(found, zone, books=primary_of(slug) in KINDS)
    return Answer(document, [*tables, *told(document)], CODES[status])


def _page(counts: Counts, estimate: int | None) -> dict[str, Any]:
    return {"counters": counts.dump(), "estimate": estimate, "status": RunStatus.RUNNING}


def _foretold(link: int, slug: str, found: Preview, *, status: RunStatus) -> dict[str, Any]:
    sentences = [found.review, Shortfall(found.shortfall).sentence if found.shortfall else ""]
    return {
        "run": None,
        "link": link,
        "status": status,
        **counted_document(found.counts),
        "error": None,
        "message": " ".join(sentence for sentence in sentences if sentence),
        "provider": slug,
        "details": dict(found.counts.details),
        "filtered_by": dict(found.counts.filtered),
        "changes": found.changes,
        "losses": found.losses,
    }


def _confirmed(document: dict[str, Any], counts: Counts) -> dict[str, Any]:
    """Add what was confirmed to a run that had held it back."""
    document = {**document, "status": RunStatus.SUCCEEDED, "message": "Retraits confirmés."}
    for name, more in (("counts", counts.items), ("offers", counts.offers), ("stocks", counts.stocks)):
        document[name] = {word: number + more[word] for word, number in document[name].items()}
    return document


def told(document: Mapping[str, Any]) -> Sequence[RenderableType]:
    """Say a run's outcome: status, what changed, what was left out and why."""
    counts, offers, stocks = document["counts"], document["offers"], document["stocks"]
    status = status_words(document["status"], counts["quarantined"])
    what = "Prévision" if document["run"] is None else f"Importation n° {document['run']}"
    lines = [f"{what} : {status}."]
    if document["message"]:
        lines.append(document["message"])
    words = wording_of(document["provider"])
    if document["error"] is None:
        lines.append(
            f"{words.read.counted(counts['read'])} : {words.read.new(counts['new'])},"
            f" {words.read.said(counts['changed'], 'modifié')},"
            f" {words.read.said(counts['unchanged'], 'inchangé')},"
            f" {words.read.said(counts['withdrawn'], 'retiré')}."
        )
        lines.extend(
            f"{noun.counted(sum(changed.values()))} : {changed['created']} en plus,"
            f" {noun.said(changed['updated'], 'modifié')}, {noun.said(changed['withdrawn'], 'retiré')}."
            for noun, changed in ((words.offer, offers), (words.stock, stocks))
            if any(changed.values())
        )
        if counts["held"]:
            lines.append(f"{words.offer.counted(counts['held'])} à compléter avant d’être montrées.")
    if document["run"] is None and words is KINDS[PRODUCT]:
        lines.append("Les offres des lieux que ce catalogue changerait ne sont pas comptées ici.")
    lines.extend(
        f"{words.item.counted(number)} de côté : {Reason(reason).sentence}"
        for reason, number in document["filtered_by"].items()
    )
    return lines


def _tables(found: Preview, timezone: str, *, books: bool) -> Sequence[RenderableType]:
    tables = []
    if found.changes:
        table = Table("livre", "EAN", "") if books else Table("offre", "", "dates en plus", "dates modifiées")
        table.add_column("à compléter")
        for change in found.changes:
            action = "nouvelle" if change["action"] == "create" else "modifiée"
            dates = (str(change["dates_made"] or ""), str(change["dates_changed"] or ""))
            table.add_row(
                change["title"],
                *((change["ref"], f"offre {action}") if books else (action, *dates)),
                Reason(change["held_reason"]).sentence if change["held_reason"] else "",
            )
        tables.append(table)
    if found.losses:
        table = Table("perte", "offre", "date", "prix", "nouveau prix")
        for loss in found.losses:
            table.add_row(
                LOSSES[loss["change"]],
                loss["title"],
                moment(loss["starts_at"], timezone) if loss["starts_at"] else "",
                price(loss["price"]) if loss["price"] is not None else "",
                price(loss["new_price"]) if loss["new_price"] is not None else "",
            )
        tables.append(table)
    return tables


LOSSES = {
    "absent": "n’est plus listée",
    "filtered": "laissée de côté",
    "unlisted": "date disparue",
    "price": "prix changé",
    "category": "catégorie changée",
}
