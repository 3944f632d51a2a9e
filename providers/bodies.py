"""Bodies: decompressed under caps, decoded as text, read as JSON, spooled to disk."""

import codecs
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, Final, NoReturn

from providers.errors import DataError, TransientError

RATIO: Final = 200
"""Decoded bytes for one received beyond which a body is a bomb; a calendar comes to 10, XML to 30."""

RATIO_FROM: Final = 1024 * 1024
"""Decoded bytes before which the ratio is not looked at."""

JSON_DEPTH: Final = 64

_PIECE: Final = 64 * 1024
_HEAD: Final = 2048

# declared → read as; what calls itself Latin-1 is Windows-1252 wherever it has an œ, a € or a ’
_CHARSETS: Final = {
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
    **{
        name: name
        for name in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-15", "mac-roman")
    },
}


def size_in_words(size: int) -> str:
    """Give a size as a French reader expects it: « 64 Mo »."""
    units = (("Mo", 1024 * 1024), ("ko", 1024))
    return next((f"{size // unit} {name}" for name, unit in units if size >= unit), f"{size} octets")


def too_large(host: str, limit: int, detail: str, head: bytes = b"") -> DataError:
    """Give the error of a body over its cap, `limit` in bytes."""
    sentence = f"La réponse de « {host} » dépasse la taille acceptée ({size_in_words(limit)})."
    return DataError("too_large", sentence, f"{host}: {detail}", head)


def decoded(pieces: Iterable[bytes], encoding: str, limit: int, host: str) -> Iterator[bytes]:
    """Undo a Content-Encoding piece by piece, under a cap of `limit` bytes before and after.

    gzip, deflate and identity are known; gzip is what we ask for.

    Raises
    ------
    DataError
        `too_large`: over the cap, or growing more than `RATIO` times; `undecodable`.
    TransientError
        `cut`: the compressed body ends too early.
    """
    received = given = 0
    head = b""
    inflate = _Inflate(encoding, host)
    for piece in pieces:
        received += len(piece)
        if received > limit:
            raise too_large(host, limit, f"more than {limit} bytes received", head)
        for out in inflate(piece):
            given += len(out)
            head = head or out[:_HEAD]
            if given > limit:
                raise too_large(host, limit, f"more than {limit} bytes after decompression", head)
            if given > RATIO_FROM and given > RATIO * received:
                raise too_large(host, limit, f"{given} bytes decompressed from {received}", head)
            yield out
    inflate.finish()


class _Inflate:
    """One body's decompression; never gives more than a piece at a time."""

    def __init__(self, encoding: str, host: str) -> None:
        self._encoding = encoding.strip().lower().removeprefix("x-")
        self._host = host
        self._stream: Any = None
        self._begun = b""
        self._members = 0
        if self._encoding not in {"", "identity", "gzip", "deflate"}:
            self._undecodable(f"Content-Encoding {encoding[:40]!r}")

    def __call__(self, piece: bytes) -> Iterator[bytes]:
        if self._encoding in {"", "identity"}:
            yield piece
            return
        rest = self._begun + piece
        self._begun = b""
        while rest:
            if self._stream is None and not self._start(rest):
                return
            try:
                out = self._stream.decompress(rest, _PIECE)
            except zlib.error as error:
                self._undecodable(str(error))
            if out:
                yield out
            rest = self._stream.unconsumed_tail
            if self._stream.eof:
                rest = self._stream.unused_data
                self._stream = None
                self._members += 1

    def _start(self, rest: bytes) -> bool:
        """Begin a stream, or a gzip file's next member; False when the first bytes are not all there."""
        if self._encoding == "gzip":
            if self._members and not rest.startswith(b"\x1f"):
                return False  # padding after the last member, as tar and some servers leave it
            self._stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
            return True
        if self._members:
            return False
        if len(rest) < 2:
            self._begun = rest
            return False
        # some servers mean raw deflate, others the zlib format
        zlib_header = rest[0] & 0x0F == 8 and int.from_bytes(rest[:2], "big") % 31 == 0
        self._stream = zlib.decompressobj(zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS)
        return True

    def finish(self) -> None:
        if self._stream is not None or self._begun:
            raise cut(self._host, "the compressed body ends too early")

    def _undecodable(self, detail: str) -> NoReturn:
        sentence = f"La réponse de « {self._host} » est illisible (compression)."
        raise DataError("undecodable", sentence, f"{self._host}: {detail}")


def cut(host: str, detail: str) -> TransientError:
    """Give the error of a body that ends before its end."""
    sentence = f"La réponse de « {host} » s’est interrompue avant la fin. Nous réessaierons."
    return TransientError("cut", sentence, f"{host}: {detail}")


def as_text(content: bytes, content_type: str, host: str) -> str:
    """Decode by the charset that the Content-Type names, else as UTF-8; a byte order mark is dropped.

    Raises
    ------
    DataError
        `undecodable`: the bytes are not in that charset.
    """
    named = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    try:
        charset = _CHARSETS.get(codecs.lookup(named[1]).name, "utf-8") if named else "utf-8"
    except LookupError:
        charset = "utf-8"
    if content.startswith(codecs.BOM_UTF8):
        charset = "utf-8"
    try:
        return content.decode(charset).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        sentence = f"La réponse de « {host} » contient des caractères illisibles ({charset})."
        raise DataError(
            "undecodable", sentence, f"{host}: {error.reason} at {error.start}", content
        ) from None


def as_json(text: str, content: bytes, host: str) -> Any:
    """Read JSON; numbers with decimals are `Decimal`, so that money never is a float.

    Raises
    ------
    DataError
        `not_json`: another format, NaN, or nested deeper than `JSON_DEPTH`.
    """
    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
        _refuse_depth(document)
    except (ValueError, ArithmeticError, RecursionError) as error:
        sentence = f"La réponse de « {host} » n’est pas dans le format attendu."
        raise DataError(
            "not_json", sentence, f"{host}: {type(error).__name__}: {error}"[:300], content
        ) from None
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_depth(document: Any) -> None:
    level = [document]
    for _ in range(JSON_DEPTH + 1):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return
    raise ValueError(f"nested deeper than {JSON_DEPTH}")


@contextmanager
def spooled(to: Path) -> Iterator[IO[bytes]]:
    """Write a file that appears under its name only when all of it was written."""
    with NamedTemporaryFile(dir=to.parent, prefix=f".{to.name}.", suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            yield file.file
            file.close()
            part.replace(to)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
