"""Rewrites a spooled calendar that is not written as the format wants, where what is meant is certain.

Old exporters write Latin letters, UTF-16 or carriage returns alone; some sites write « begin:vevent ».
"""

import codecs
import re
from pathlib import Path
from typing import Final

from providers.icalendar_file import unfold

_PIECE: Final = 1024 * 1024
_SMALL_MARK: Final = re.compile(rb"\n(?!BEGIN:[A-Z]|END:[A-Z])(?i:BEGIN|END):")
_MARK: Final = re.compile(rb"(?im)^(?:BEGIN|END):[A-Z-]+")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def tidy(path: Path) -> None:
    """Make a calendar UTF-8, with line feeds and its marks in capitals; one that is so is left alone."""
    if _is_tidy(path):
        return
    body = path.read_bytes()
    if body.startswith(_UTF_16):
        body = body.decode("utf-16", "replace").encode()
    if b"\n" not in body:
        body = body.replace(b"\r", b"\n")
    lines = unfold(body).split(b"\n")  # a fold may lie inside a character
    body = b"\n".join(line if _is_utf_8(line) else _from_latin(line) for line in lines)
    path.write_bytes(_MARK.sub(lambda found: found[0].upper(), body))


def _is_tidy(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line_feeds = False
    with path.open("rb") as file:
        try:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
                line_feeds = line_feeds or b"\n" in piece
                if _SMALL_MARK.search(piece):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return line_feeds


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _from_latin(line: bytes) -> bytes:
    return line.decode("cp1252", "replace").encode()
