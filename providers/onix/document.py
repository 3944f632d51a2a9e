"""Cuts an ONIX message into its products as bytes, without parsing them.

However long the message is, one piece of it is held at a time. What a product needs of the message
around it (the defaults of its header, the prefixes of its root) goes with each as its wrapping.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final, Protocol

from providers.errors import DataError, PartnerError, TransientError
from providers.onix.charset import decoder_of
from providers.onix.envelope import Envelope, envelope_of

PIECE: Final = 256 * 1024
LONGEST_PRODUCT: Final = 16 * 1024 * 1024
"""Bytes; the longest notices of the book trade come to 200 kB."""

_NAME: Final = rb"(?:[A-Za-z_][\w.-]*:)?"
_PRODUCT: Final = _NAME + rb"[Pp][Rr][Oo][Dd][Uu][Cc][Tt]"
_MESSAGE: Final = _NAME + rb"[Oo][Nn][Ii][Xx][Mm][Ee][Ss][Ss][Aa][Gg][Ee]"
_ATTRIBUTES: Final = rb"(?:\s+[^\s=/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*"

_DOCTYPE_END: Final = re.compile(rb"[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_ROOT: Final = re.compile(rb"<([A-Za-z_][\w.:-]*)(" + _ATTRIBUTES + rb")\s*(/?)>")
_RELEASE: Final = re.compile(rb"\srelease\s*=\s*[\"']\s*([^\"']*?)\s*[\"']")
_NEXT: Final = re.compile(rb"<!--|<(" + _PRODUCT + rb")(?=[\s/>])|</(" + _MESSAGE + rb")\s*>")
_OPEN_TAG: Final = re.compile(rb"<[^\s/>]+" + _ATTRIBUTES + rb"\s*(/?)>")
_HEADER_OF_2: Final = re.compile(
    rb"<(?:From(?:Company|Person|SAN|EANNumber)|SentDate|m17[2345]|m182)[\s>]", re.IGNORECASE
)
"""What only a header of ONIX 2 says; messages of 2.1 often name no release."""
_NOTHING: Final = re.compile(rb"<!--.*?(?:-->|$)|<\?.*?(?:\?>|$)", re.DOTALL)
_LONGEST_TOKEN: Final = 128


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
        self._decoder = decoder_of(head)
        self._buffer = self._decoded(head)
        doctype = self._prologue()
        root = self._root()
        name, release = root[1].rpartition(b":")[2].lower(), _RELEASE.search(root[2])
        if name not in (b"onixmessage", b"product"):
            raise self._not_onix(f"the root is {root[1][:60]!r}")
        self._bare = name == b"product"
        if (release and release[1] and not release[1].startswith(b"3")) or b"onix/2" in doctype.lower():
            raise self._too_old(f"release {release[1][:20]!r}" if release else "DOCTYPE of ONIX 2")
        if self._bare:
            self.envelope = Envelope()
            self._at = root.start()
            return
        self._at = root.end()
        self._ended = bool(root[3])
        header = b"" if self._ended else self._header()
        if not release and _HEADER_OF_2.search(header):
            raise self._too_old("header of ONIX 2")
        self.envelope = envelope_of(root[0], header)

    _bare = False
    _ended = False

    @property
    def ahead(self) -> int:
        """Bytes that were read and not yet cut."""
        return len(self._buffer) - self._at

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
            rest = _NOTHING.sub(b"", self._buffer[self._at : self._at + 4096]).strip(b"\0\t\r\n ")
            if rest:
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

    def _header(self) -> bytes:
        """Give what stands before the first product, or before the message's end."""
        at = self._at
        while len(self._buffer) < LONGEST_PRODUCT:
            found = _NEXT.search(self._buffer, at)
            if found and (found[1] or found[2]):
                return self._buffer[self._at : found.start()]
            end = self._buffer.find(b"-->", found.end()) if found else -1
            if end >= 0:
                at = end + 3
            elif self._over:
                break
            else:
                piece = self._file.read(PIECE)
                self._over = not piece
                self._buffer += self._decoded(piece)
        return b""

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

    def _too_old(self, detail: str) -> DataError:
        sentence = "Ce message est dans une ancienne version d’ONIX. Demandez à l’expéditeur ONIX 3.0 ou 3.1."
        return DataError("onix_2", sentence, detail, self._buffer[:2048])

    def _not_onix(self, detail: str) -> DataError:
        sentence = "Ce document n’est pas un message ONIX. Vérifiez l’adresse auprès de l’expéditeur."
        return DataError("not_onix", sentence, detail, self._buffer[:2048])


def _cut(sentence: str, detail: str) -> PartnerError:
    return TransientError("cut_body", f"{sentence} Nous réessaierons ; rien n’a été retiré.", detail)
