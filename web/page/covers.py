"""A book's cover: fetched for whoever looks at it first, kept for those who look next.

Catalogues tell covers by address. The browser is never sent there: whoever holds the address would see who
looks at which book, and could answer with anything.
"""

from datetime import timedelta
from typing import Annotated, Final

from anyio import move_on_after, to_thread
from fastapi import APIRouter, Path
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from models.cover import LARGEST_KEPT, keep_cover
from providers.errors import DataError, PartnerError
from providers.http import PoliteClient
from schedules.budgets import SharedBudget
from web.page import reading
from web.page.opened import Looking, Opened

router = APIRouter(prefix="/lieux/{venue_id}/couvertures")

LARGEST: Final = 2 * 1024 * 1024
"""Bytes. What is larger than `LARGEST_KEPT` is passed on, and fetched again for the next who looks."""
DEADLINE: Final = timedelta(seconds=3)
PATIENCE: Final = 10.0
"""Seconds that a request waits for its turn to fetch; a page of books from a site that hangs ends by that."""
PER_SECOND: Final = 10
"""Covers asked of one host, by all processes together."""
KEPT_FOR: Final = timedelta(days=30)
"""So long a cover is good, and so long an address that gave something else is not asked again."""
AWAY_FOR: Final = timedelta(hours=1)
CACHE: Final = {"Cache-Control": "private, max-age=3600"}


@router.get("/{ean}")
async def cover(opened: Looking, ean: Annotated[str, Path(pattern="^[0-9]{13}$")]) -> Response:
    """Give the cover that the venue is told of a book; 404 where there is none to show."""
    known = await run_in_threadpool(_look, opened, ean)
    content = known["content"]
    if content is None and known["refused"] is None and known["address"]:
        # whoever waits for a place holds no thread, so that the page goes on whatever partners do
        with move_on_after(PATIENCE):
            content = await to_thread.run_sync(_fetch, opened, known["address"], limiter=opened.hook.covers)
    kind = media_type(content) if content else None
    return Response(content, media_type=kind, headers=CACHE) if kind else Response(status_code=404)


def media_type(content: bytes) -> str | None:
    """Give the type of an image by its first bytes; None for all that is none, and for drawings (SVG)."""
    for start, kind in _STARTS.items():
        if content.startswith(start):
            return kind
    match content[:4], content[4:12], content[8:12]:
        case b"RIFF", _, b"WEBP":
            return "image/webp"
        case _, b"ftypavif" | b"ftypavis", _:
            return "image/avif"
        case _:
            return None


_STARTS: Final = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def _look(opened: Opened, ean: str) -> reading.Row:
    known = opened.row("cover", ean=ean)
    opened.db.commit()  # no connection is held while the partner is asked
    return known


def _fetch(opened: Opened, address: str) -> bytes | None:
    """Ask the address, and keep what comes of it."""
    try:
        content = _ask(opened, address)
    except PartnerError as error:
        lasts = KEPT_FOR if isinstance(error, DataError) else AWAY_FOR
        keep_cover(opened.db, address, refused=error.code, good_for=lasts)
        opened.db.commit()
        return None
    if len(content) <= LARGEST_KEPT:
        keep_cover(opened.db, address, content=content, good_for=KEPT_FOR)
        opened.db.commit()
    return content


def _ask(opened: Opened, address: str) -> bytes:
    site = opened.site
    client = PoliteClient(
        budget=SharedBudget(site.broker_url, requests=PER_SECOND, period=timedelta(seconds=1)),
        host_map=site.settings.host_map,
        proxy=site.settings.proxy,
        deadline=DEADLINE,
        max_wait=DEADLINE,
    )
    with client:
        content = client.get(address, limit=LARGEST).content
    if media_type(content) is None:
        raise DataError("not_an_image", "Cette adresse ne donne pas d’image.", head=content)
    return content
