"""Single documents, spooled to disk: XML elements and CSV rows as they come, and pages of items of them."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from lxml import etree

from providers.base import Item, Page, Visit
from providers.errors import DataError, TransientError
from providers.http import Download

MOST_COLUMNS: Final = 500
_CUT: Final = "Le fichier est arrivé incomplet. Nous réessaierons ; vos offres restent en place."
_OTHER: Final = "Le site n’a pas envoyé le fichier attendu. Vérifiez l’adresse."


def pages_of(download: Download, items: Iterable[Item], visit: Visit[Any], most: int) -> Iterator[Page]:
    """Give the items of a document page by page; an interrupted traversal goes on in the same document.

    Parameters
    ----------
    most
        Items of a page: the adapter's `limits.page_items`.
    """
    cursor = visit.cursor or {}
    restarted = bool(cursor) and cursor.get("sha256") != download.sha256
    done = 0 if restarted else int(cursor.get("number", 0))
    waiting: list[Item] = []
    number = 0
    for item in items:
        number += 1
        if number <= done:
            continue
        if len(waiting) == most:
            yield _page(download, waiting, number - 1, restarted=restarted)
            waiting, restarted = [], False
        waiting.append(item)
    yield _page(download, waiting, number, restarted=restarted, last=True)


def _page(
    download: Download, items: Sequence[Item], number: int, *, restarted: bool, last: bool = False
) -> Page:
    cursor = {"sha256": download.sha256, "number": number}
    return Page(items, cursor, download.requested_at, last=last, restarted=restarted)


def elements(path: Path, root: str, tag: str) -> Iterator[Any]:
    """Give the elements of a name inside a root, each forgotten afterwards; namespaces are ignored.

    Raises
    ------
    TransientError
        The document is empty, or ends before its root does.
    DataError
        It is another document, or no XML.
    """
    if not path.stat().st_size:
        raise TransientError("cut_body", _CUT, "an empty body")
    with path.open("rb") as file:
        # neither entities nor DTDs nor the network
        walk = etree.iterparse(
            file, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
        )
        met = False
        try:
            for event, element in walk:
                name = etree.QName(element).localname if isinstance(element.tag, str) else ""
                if not met:
                    met = True
                    if name != root:
                        raise DataError("not_the_document", _OTHER, f"root {name[:80]!r}, not {root!r}")
                elif event == "end" and name == tag:
                    yield element
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            if met:
                raise TransientError("cut_body", _CUT, str(error)[:300]) from None
            head = path.read_bytes()[:2048]
            raise DataError("not_the_document", _OTHER, str(error)[:300], head) from None


def texts_of(element: Any) -> dict[str, str]:
    """Give the texts of an element's children by their names; the first of several."""
    found: dict[str, str] = {}
    for child in element:
        if isinstance(child.tag, str):
            found.setdefault(etree.QName(child).localname, "".join(child.itertext()).strip())
    return found


def rows(path: Path, columns: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Give the rows of a CSV by the names of its first line; `columns` must be among them.

    UTF-8, else Windows-1252; separated by semicolons, commas or tabs, whichever the first line has.

    Raises
    ------
    TransientError
        It is empty, or its last row is cut.
    DataError
        It is no such list.
    """
    body = path.read_bytes()
    if not body.strip():
        raise TransientError("cut_body", _CUT, "an empty body")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=first.count))
    try:
        names = [name.strip() for name in next(reader)]
        missing = [name for name in columns if name not in names]
        if missing or len(names) > MOST_COLUMNS:
            raise DataError("not_the_document", _OTHER, f"no column {missing} in {first[:200]!r}", body)
        for row in reader:
            if len(row) >= len(names):
                yield dict(zip(names, row, strict=False))
            elif any(cell.strip() for cell in row):
                raise TransientError("cut_body", _CUT, f"line {reader.line_num} has {len(row)} columns")
    except csv.Error as error:
        raise DataError("not_the_document", _OTHER, str(error)[:300], body) from None
