"""The body of an answer: what stands at its two ends, found without reading what lies between, and its rows.

    {"total": 2, "limit": 1000, "offset": 0, "stocks": [{"ref": "978…", "available": 3, "price": 12.9}, …]}

Source: the protocol that pass Culture described to its partners (`/stocks/{siret}`), with what they
make of it: keys in any order, `total` a word, more fields than asked, numbers as text.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from providers import bodies
from providers.books.levels import is_code, name_of
from providers.errors import DataError
from providers.lines import Line

_SMALL: Final = 2_048
_LONGEST_CURSOR: Final = 200
_NAMED: Final = re.compile(rb'"ref"\s*:\s*(?:"[ \t\r\n]*[^" \t\r\n]|[-0-9])')
_NEXT: Final = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*\{")
_READER: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
"""Numbers stay as they are written: 12.90 is 12.90, and a number of 5,000 digits costs nothing."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What an answer is at first sight.

    Parameters
    ----------
    first, last
        The codes of the first and the last row that has one, as the partner wrote them.
    total
        What the partner announces; it may lie.
    named
        Every row names something. False: what is not named may be anything that we hold.
    """

    is_empty: bool
    first: str | None = None
    last: str | None = None
    total: int | None = None
    named: bool = True


def glance(body: bytes, host: str) -> Glance:
    """Look at an answer; the whole of it is read only where its ends leave a doubt.

    Raises
    ------
    DataError, TransientError
        As `rows`.
    """
    return _ends(body) or _whole(body, host)


def rows(body: bytes, host: str) -> Sequence[Any]:
    """Give the rows of an answer, whatever they are; none for an empty list or an empty body.

    Raises
    ------
    DataError
        `not_json` or `not_stocks`: another document.
    TransientError
        `cut`: it ends too early.
    """
    return _read(body, host)[1]


def read_lines(body: bytes, host: str = "") -> Sequence[Line]:
    """Give the lines of an answer, one a row; what does not name its book is known by its digest.

    Raises
    ------
    DataError, TransientError
        As `rows`.
    """
    try:
        return [_line(row) for row in rows(body, host)]
    except RecursionError:
        raise _not_json(host, "a row is nested too deeply", body) from None


def write(some: Sequence[Any]) -> bytes:
    """Give rows as an answer of their own."""
    return json.dumps({"stocks": some}).encode()


def _line(row: Any) -> Line:
    if type(row) is not dict:
        row = {"row": row}
    code = row.get("ref")
    if type(code) is not str or not (len(code) == 13 and code.isascii() and code.isdecimal()):
        return _odd_line(row)
    return Line(code, f"{code} {row.get('available')!r} {row.get('price')!r}", row)


def _odd_line(row: dict[str, Any]) -> Line:
    code = row.get("ref")
    if is_code(code):
        ref = name_of(str(code))
        return Line(ref, f"{ref} {row.get('available')!r} {row.get('price')!r}", row)
    text = repr(row)
    digest = blake2b(text.encode(), digest_size=6).hexdigest()
    return Line(f"sans référence ({digest})", text, row)


def _ends(body: bytes) -> Glance | None:
    """Look at the ends of a large, plain answer; None where the whole has to be read.

    The list is what lies between the only two square brackets; what is around it, with a word in its
    place, is read as the document that it is; so are the first row and the last. Since no string has an
    escaped quote, whatever is cut in the middle of a string leaves an odd number of quotes and is no JSON.
    """
    start, end = body.find(b"["), body.rfind(b"]")
    if len(body) <= _SMALL or start < 0 or end < start or b"\\" in body or b"\0" in body[:64]:
        return None
    inside = body[start + 1 : end].strip()
    if b"[" in inside or b"]" in inside or not inside.startswith(b"{") or not inside.endswith(b"}"):
        return None
    try:
        around = _READER.decode((body[:start] + b'["\xc2\xb7"]' + body[end + 1 :]).decode("utf-8-sig"))
        first = _READER.decode(inside[: inside.find(b"}") + 1].decode())
        last = _READER.decode(inside[inside.rfind(b"{") :].decode())
    except (ValueError, RecursionError):
        return None
    if not isinstance(around, dict) or around.get("stocks") != ["·"]:
        return None
    begins, goes_on = _cursor(first), _cursor(last)
    objects = inside.count(b"{")
    if begins is None or goes_on is None or len(_NAMED.findall(inside)) != objects:
        return None
    if len(_NEXT.findall(inside)) != objects - 1:
        return None  # something stands between them that is no object
    return Glance(False, begins, goes_on, _total(around))


def _whole(body: bytes, host: str) -> Glance:
    around, every = _read(body, host)
    if not every:
        return Glance(True, total=_total(around))
    codes = [code for row in every if (code := _cursor(row)) is not None]
    named = all(isinstance(row, dict) and is_code(row.get("ref")) for row in every)
    return Glance(False, codes[0] if codes else None, codes[-1] if codes else None, _total(around), named)


def _read(body: bytes, host: str) -> tuple[Mapping[str, Any], Sequence[Any]]:
    """Give the document and its rows."""
    if not body.strip():
        return {}, []
    text = body.decode(json.detect_encoding(body), "replace").strip()
    try:
        document = _READER.decode(text)
    except (ValueError, RecursionError) as error:
        if _is_cut(text, error):
            raise bodies.cut(host, str(error)) from None
        raise _not_json(host, f"{type(error).__name__}: {error}", body) from None
    if document == {}:
        return {}, []
    listed = document.get("stocks", ()) if isinstance(document, dict) else ()
    if listed is None:
        return document, []
    if not isinstance(listed, list):
        raise DataError(
            "not_stocks",
            f"« {host} » répond, mais pas par une liste de stocks : vérifiez l’adresse du service.",
            f"{host}: no list « stocks »",
            body,
        )
    return document, listed


def _is_cut(text: str, error: Exception) -> bool:
    """Tell whether it is the beginning of a document."""
    if not text.startswith("{") or not isinstance(error, json.JSONDecodeError):
        return False
    return error.pos >= len(text) or (error.msg != "Extra data" and not text.endswith("}"))


def _not_json(host: str, detail: str, body: bytes) -> DataError:
    sentence = f"La réponse de « {host} » n’est pas dans le format attendu."
    return DataError("not_json", sentence, f"{host}: {detail}"[:300], body)


def _cursor(row: Any) -> str | None:
    """Give a row's code as it can be asked for again; None where it has none that can."""
    code = row.get("ref") if isinstance(row, dict) else None
    if not isinstance(code, str) or not is_code(code):
        return None
    return code if len(code) <= _LONGEST_CURSOR and code.isprintable() else None


def _total(around: Mapping[str, Any]) -> int | None:
    total = around.get("total")
    if not isinstance(total, str) or not total.isascii() or not total.isdecimal() or len(total) > 9:
        return None
    return int(total)
