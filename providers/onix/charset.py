"""What an ONIX message's bytes are written in, as it says itself."""

import codecs
import re
from typing import Final

from providers.errors import DataError

_DECLARED: Final = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']")

_UTF_8: Final = frozenset({"utf-8", "ascii"})
_CHARSETS: Final = {
    "iso8859-1": "cp1252",  # what calls itself Latin-1 is Windows-1252 wherever it has an œ or a ’
    **{
        name: name
        for name in ("cp1252", "iso8859-15", "mac-roman", "cp850", "utf-16", "utf-16-le", "utf-16-be")
    },
}
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)


def decoder_of(head: bytes) -> codecs.IncrementalDecoder | None:
    """Give what turns the message's bytes into text; None: they are UTF-8 already."""
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    declared = _DECLARED.match(head)
    named = marked or (declared[1].decode("ascii") if declared else "utf-8")
    try:
        name = codecs.lookup(named).name
    except LookupError:
        name = ""
    if name in _UTF_8 or (name.startswith("utf-16") and not marked):
        return None  # its bytes are not: .NET writes « utf-16 » into a string that is then saved as UTF-8
    if name not in _CHARSETS:
        sentence = f"Le message se dit écrit en « {named[:40]} », que nous ne lisons pas : demandez UTF-8."
        raise DataError("encoding_unknown", sentence, f"encoding {named[:40]!r}", head)
    return codecs.getincrementaldecoder(_CHARSETS[name])("replace")
