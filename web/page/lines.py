"""The lines of a stock list that make no offer, each with why: left out for now, or to be corrected."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from models.vocabulary import Reason
from web.hook.paths import Id
from web.page import reading, sourcing
from web.page.books import with_book
from web.page.opened import Looking, Opened

router = APIRouter(prefix="/lieux/{venue_id}/sources/{link_id}/lignes")

A_PAGE: Final = 50
MOST: Final = 100
"""Items to correct that a source's own screen shows; the rest are here, page by page."""
TO_CORRECT: Final = "a-corriger"


@router.get("")
def lines(opened: Looking, link_id: Id, quoi: str = "", q: str = "", page: int = 1) -> Response:
    """Show a page of the lines that make no offer."""
    link = opened.link(link_id)
    number = max(1, min(page, 100_000))
    reasons = reading.rows(opened.db, "left_out", link=link.id)
    start = A_PAGE * (number - 1)
    wanted = "".join(sign for sign in q[:40] if sign.isalnum())
    what = quoi if quoi == TO_CORRECT or quoi in set(Reason) else ""
    found: Sequence[reading.Row] = ()
    wrong: Sequence[reading.Row] = ()
    if what == TO_CORRECT:
        wrong = quarantined(opened, link.id, most=A_PAGE, after=start)
    else:
        names = {"link": link.id, "venue": opened.venue.id, "reason": what, "wanted": wanted}
        found = reading.rows(opened.db, "lines_left_out", **names, most=A_PAGE, after=start)
    in_all = next((row["in_all"] for row in (*found, *wrong)), 0)
    query = {"quoi": what, "q": wanted}
    return opened.screen(
        "lines.html",
        source=sourcing.source(opened, link.id),
        reasons=reasons,
        lines=[with_book({"dates": 0} | dict(row) | {"ean": row["ref"]}) for row in found],
        quarantined=wrong,
        what=what,
        wanted=wanted,
        number=number,
        in_all=in_all,
        pages=-(-in_all // A_PAGE),
        href=lambda **said: _href(opened, link.id, query | said),
    )


def quarantined(
    opened: Opened, link_id: int, run_id: int | None = None, *, most: int = MOST, after: int = 0
) -> Sequence[reading.Row]:
    """Give what could not be read of a source, or by one run, the latest first; `in_all` counts them."""
    return reading.rows(opened.db, "quarantined", link=link_id, run=run_id, most=most, after=after)


def _href(opened: Opened, link_id: int, said: dict[str, Any]) -> str:
    query = urlencode({name: value for name, value in said.items() if value})
    return f"{opened.home}/sources/{link_id}/lignes{'?' if query else ''}{query}"
