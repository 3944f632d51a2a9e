"""Cuts an ONIX message into its products as bytes, without parsing them.

However long the message is, one piece of it is held at a time. What a product needs of the message
around it (the defaults of its header, the prefixes of its root) goes with each as its wrapping.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol
from xml.sax.saxutils import quoteattr

from providers.errors import DataError, PartnerError, TransientError
from providers.onix.dates import moment
from providers.onix.tags import Element, tree_of

PIECE: Final = 256 * 1024
LONGEST_PRODUCT: Final = 16 * 1024 * 1024
"""Bytes; the longest notices of the book trade come to 200 kB."""

_NAME: Final = rb"(?:[A-Za-z_][\w.-]*:)?"
_PRODUCT: Final = _NAME + rb"[Pp][Rr][Oo][Dd][Uu][Cc][Tt]"
_MESSAGE: Final = _NAME + rb"[Oo][Nn][Ii][Xx][Mm][Ee][Ss][Ss][Aa][Gg][Ee]"
_ATTRIBUTES: Final = rb"(?:\s+[^\s=/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*"

_DECLARED: Final = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']")
_DOCTYPE_END: Final = re.compile(rb"[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_ROOT: Final = re.compile(rb"<([A-Za-z_][\w.:-]*)(" + _ATTRIBUTES + rb")\s*(/?)>")
_RELEASE: Final = re.compile(rb"\srelease\s*=\s*[\"']\s*([^\"']*?)\s*[\"']")
_PREFIXES: Final = re.compile(rb"\sxmlns:[\w.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')")
_NEXT: Final = re.compile(rb"<!--|<(" + _PRODUCT + rb")(?=[\s/>])|</(" + _MESSAGE + rb")\s*>")
_OPEN_TAG: Final = re.compile(rb"<[^\s/>]+" + _ATTRIBUTES + rb"\s*(/?)>")
_LONGEST_TOKEN: Final = 128

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


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a message says of itself.

    Parameters
    ----------
    order
        Ranks messages by when they were sent, then by number; None where the header says neither.
    wrapping
        The start tag that goes before each product; `END` goes after it.
    """

    sender: str = ""
    order: str | None = None
    wrapping: bytes = b"<message>"


END: Final = b"</message>"


class Readable(Protocol):
    """What a message is read from: `size` bytes at a time, fewer at its end, none after it."""

    def read(self, size: int, /) -> bytes: ...


class Document:
    """An open message; `products` gives its products, then says whether its end was there.

    Parameters
    ----------
    file
        The message as it was sent, at its beginning.

    Raises
    ------
    DataError
        `not_onix`: another document; `onix_2`: a release that we do not read; `encoding_unknown`.
    TransientError
        `cut_body`: it is empty, or ends before its first product and its own end.
    """

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._decoder: codecs.IncrementalDecoder | None = None
        self._over = False
        self._buffer = b""
        self._at = 0
        self._tag = self._open = self._close = b""
        self._begin()

    def _begin(self) -> None:
        head = self._file.read(PIECE)
        if not head:
            raise _cut("Le message reçu est vide.", "empty body")
        self._decoder = _decoder_of(head)
        self._buffer = self._decoded(head)
        doctype = self._prologue()
        root = self._root()
        name, release = root[1].rpartition(b":")[2].lower(), _RELEASE.search(root[2])
        if name not in (b"onixmessage", b"product"):
            raise self._not_onix(f"the root is {root[1][:60]!r}")
        self._bare = name == b"product"
        if (release and release[1] and not release[1].startswith(b"3")) or b"onix/2" in doctype.lower():
            raise DataError(
                "onix_2",
                "Ce message est dans une ancienne version d’ONIX. Demandez à l’expéditeur ONIX 3.0 ou 3.1.",
                f"release {release[1][:20]!r}" if release else "DOCTYPE of ONIX 2",
                self._buffer[:2048],
            )
        if self._bare:
            self.envelope = Envelope()
            self._at = root.start()
            return
        self._at = root.end()
        prefixes = b"".join(_PREFIXES.findall(root[2]))
        self._ended = bool(root[3])
        began = self._at
        found = not self._ended and self._seek()
        self.envelope = _envelope(root[0], self._buffer[began : self._at] if found else b"", prefixes)

    _bare = False
    _ended = False

    def products(self) -> Iterator[bytes]:
        """Give each product as UTF-8 bytes, from its start tag to its end tag.

        Raises
        ------
        TransientError
            `cut_body`, after the last whole product: the message does not come to its end.
        DataError
            `product_too_large`; `after_end`: something stands behind the message.
        """
        while self._seek():
            yield self._take()
        if self._ended:
            rest = self._buffer[self._at : self._at + 4096].strip(b"\0\t\r\n ")
            if rest and not rest.startswith((b"<!--", b"<?")):
                raise DataError("after_end", "Le message contient autre chose après sa fin.", head=rest)
        elif not self._bare:
            raise _cut("Le message est arrivé incomplet.", "no end tag of the message")

    def _seek(self) -> bool:
        """Go to the next product; False at the message's end tag, or at the file's end."""
        while not self._ended:
            found = _NEXT.search(self._buffer, self._at)
            if found is None:
                self._at = max(self._at, len(self._buffer) - _LONGEST_TOKEN)
                if not self._more():
                    return False
            elif found[1]:
                self._at = found.start()
                if found[1] != self._tag:
                    self._tag, self._open, self._close = found[1], b"<%b>" % found[1], b"</%b>" % found[1]
                return True
            elif found[2]:
                self._at, self._ended = found.end(), True
            else:
                self._at = found.start()
                self._skip_comment()
        return False

    def _skip_comment(self) -> None:
        while (end := self._buffer.find(b"-->", self._at + 4)) < 0:
            self._more_of("a comment")
        self._at = end + 3

    def _take(self) -> bytes:
        """Cut the product that begins here, at its end tag or where the next product begins."""
        start = self._at
        end = self._buffer.find(self._close, start)
        block = self._buffer[start : end + len(self._close)] if end >= 0 else b""
        # the usual product has no comment, no CDATA, no attribute, and none that begins within it
        if (
            block.startswith(self._open)
            and not (b"!" in block and b"<!" in block)
            and not block.rfind(self._open)
        ):
            self._at = start + len(block)
            return block
        while (length := self._length()) is None:
            self._more_of("a product")
        block = self._buffer[self._at : self._at + length]
        self._at += length
        return block

    def _length(self) -> int | None:
        """Measure the product that begins here, comments and CDATA apart; None: its end is not here yet."""
        opened = _OPEN_TAG.match(self._buffer, self._at)
        if opened and opened[1]:
            return opened.end() - self._at
        inner = re.compile(rb"<!--|<!\[CDATA\[|<(/?)" + re.escape(self._tag) + rb"(?=[\s/>])")
        at = self._at + 1
        while found := inner.search(self._buffer, at):
            if found[1] is None:
                mark = b"-->" if found[0] == b"<!--" else b"]]>"
                at = self._buffer.find(mark, found.end())
            elif found[1]:
                at = self._buffer.find(b">", found.end())
                return None if at < 0 else at + 1 - self._at
            else:
                return found.start() - self._at
            if at < 0:
                return None
        return None

    def _more_of(self, what: str) -> None:
        if len(self._buffer) - self._at > LONGEST_PRODUCT:
            raise DataError(
                "product_too_large",
                "Une notice du message est démesurée : il est sans doute abîmé.",
                f"{what} of more than {LONGEST_PRODUCT} bytes",
                self._buffer[self._at : self._at + 2048],
            )
        if not self._more():
            raise _cut("Le message est arrivé incomplet.", f"cut within {what}")

    def _more(self) -> bool:
        """Read on; what lies behind is dropped."""
        if self._over:
            return False
        piece = self._file.read(max(PIECE, len(self._buffer) - self._at))
        self._over = not piece
        self._buffer = self._buffer[self._at :] + self._decoded(piece)
        self._at = 0
        return not self._over

    def _decoded(self, piece: bytes) -> bytes:
        return piece if self._decoder is None else self._decoder.decode(piece, final=not piece).encode()

    def _prologue(self) -> bytes:
        """Go to the root's start tag; gives the DOCTYPE, which is read by nobody."""
        doctype = b""
        self._buffer = self._buffer.removeprefix(codecs.BOM_UTF8)
        while True:
            rest = self._buffer[self._at :].lstrip(b"\0\t\r\n ")
            self._at = len(self._buffer) - len(rest)
            end = -1
            if rest.startswith(b"<?"):
                end = rest.find(b"?>") + 2
            elif rest.startswith(b"<!--"):
                end = rest.find(b"-->", 4) + 3
            elif rest[:9].upper() == b"<!DOCTYPE":
                found = _DOCTYPE_END.match(rest, 9)
                doctype, end = (rest[: found.end()], found.end()) if found else (b"", -1)
            else:
                return doctype
            if end < 3:
                raise self._not_onix("what stands before the root has no end")
            self._at += end

    def _root(self) -> re.Match[bytes]:
        root = _ROOT.match(self._buffer, self._at)
        if root is None:
            rest = self._buffer[self._at : self._at + 4096]
            if rest.startswith(b"<") and b">" not in rest and not self._more():
                raise _cut("Le message est arrivé incomplet.", "cut within the root's start tag")
            raise self._not_onix("no root element")
        return root

    def _not_onix(self, detail: str) -> DataError:
        sentence = "Ce document n’est pas un message ONIX. Vérifiez l’adresse auprès de l’expéditeur."
        return DataError("not_onix", sentence, detail, self._buffer[:2048])


def _decoder_of(head: bytes) -> codecs.IncrementalDecoder | None:
    """Give what turns the message's bytes into text; None: they are UTF-8 already."""
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    declared = _DECLARED.match(head)
    named = marked or (declared[1].decode("ascii") if declared else "utf-8")
    try:
        name = codecs.lookup(named).name
    except LookupError:
        name = ""
    if name in _UTF_8:
        return None
    if name not in _CHARSETS or (name.startswith("utf-16") and not marked):
        sentence = f"Le message se dit écrit en « {named[:40]} », que nous ne lisons pas : demandez UTF-8."
        raise DataError("encoding_unknown", sentence, f"encoding {named[:40]!r}", head)
    return codecs.getincrementaldecoder(_CHARSETS[name])("replace")


def _envelope(root: bytes, header: bytes, prefixes: bytes) -> Envelope:
    """Read the header; one that cannot be read says nothing."""
    said: dict[str, str] = {}
    name = root[1:].split(None, 1)[0].rstrip(b">/")
    try:
        for element in tree_of(root + header + b"</" + name + b">").iter():
            _take_said(element, said)
    except DataError:
        said = {}
    sent = moment(said.get("SentDateTime", ""))
    number = said.get("MessageNumber", "")
    order = None
    if sent is not None:
        order = f"{sent:%Y%m%dT%H%M%SZ}" + (f"#{int(number):015d}" if _is_number(number) else "")
    defaults = "".join(f" {key}={quoteattr(said[name])}" for name, key in _DEFAULTS.items() if said.get(name))
    return Envelope(
        said.get("SenderName", "")[:200], order, b"<message" + prefixes + defaults.encode() + b">"
    )


_DEFAULTS: Final = {
    "DefaultLanguageOfText": "language",
    "DefaultPriceType": "price_type",
    "DefaultCurrencyCode": "currency",
}


def _take_said(element: Element, said: dict[str, str]) -> None:
    if element.text and element.text.strip():
        said.setdefault(element.tag, element.text.strip())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 15


def _cut(sentence: str, detail: str) -> PartnerError:
    return TransientError("cut_body", f"{sentence} Nous réessaierons ; rien n’a été retiré.", detail)
