"""How the pages of a declared partner's list follow each other, and which is the last."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from requests.utils import parse_header_links

from providers.declared.paths import first
from providers.errors import DataError

_INCOMPLETE: Final = "La liste reçue n’est pas complète."


@dataclass(frozen=True, slots=True)
class Told:
    """An answer of the list; `events` are on this page, `met` those of the pages before and this one."""

    document: Any
    headers: Mapping[str, str]
    events: int
    met: int
    base: str

    def count(self, path: str) -> int:
        """Give the number at a path; DataError where there is none: what it bounds is not complete."""
        said = first(self.document, path)
        if isinstance(said, bool) or not re.fullmatch(r"\d{1,9}", str(said)):
            raise DataError("no_page_count", _INCOMPLETE, f"no {path}")
        return int(str(said))

    def truth(self, path: str) -> bool:
        """Give the truth at a path; DataError where there is none."""
        said = first(self.document, path)
        if not isinstance(said, bool | int):
            raise DataError("no_page_count", _INCOMPLETE, f"no {path}")
        return bool(said)


class Paging(ABC):
    """How the next page is asked for; `None` is after the last.

    `events` is the path of how many events there are in all, where the partner says so: a list that
    ends with fewer lets nothing be taken for gone.
    """

    events: str = ""

    first: Any = ""

    @abstractmethod
    def address(self, base: str, at: Any) -> str:
        """Give the address of a page."""

    @abstractmethod
    def following(self, told: Told, at: Any) -> Any:
        """Give what asks for the next page, a JSON value."""


@dataclass(frozen=True)
class OnePage(Paging):
    """The whole list is one answer."""

    def address(self, base: str, at: Any) -> str:
        del at
        return base

    def following(self, told: Told, at: Any) -> Any:
        del told, at


@dataclass(frozen=True)
class Pages(Paging):
    """Pages have numbers, from `start` on.

    `total` is the path of how many there are, `more` that of whether there is another; without these
    and `events`, the first page without events is after the last.
    """

    parameter: str
    total: str = ""
    start: int = 1
    events: str = ""
    more: str = ""

    @property
    def first(self) -> Any:
        return self.start

    def address(self, base: str, at: Any) -> str:
        return _with(base, self.parameter, str(at))

    def following(self, told: Told, at: Any) -> Any:
        if self.total:
            goes_on = at + 1 - self.start < told.count(self.total)
        elif self.more:
            goes_on = told.truth(self.more)
        else:
            goes_on = told.events > 0 and not (self.events and told.met >= told.count(self.events))
        return at + 1 if goes_on else None


@dataclass(frozen=True)
class Offset(Paging):
    """A page begins after a number of events; without `events`, one that has none is after the last."""

    parameter: str
    events: str = ""
    first: Any = 0

    def address(self, base: str, at: Any) -> str:
        return _with(base, self.parameter, str(at))

    def following(self, told: Told, at: Any) -> Any:
        is_last = not told.events or (self.events and at + told.events >= told.count(self.events))
        return None if is_last else at + told.events


@dataclass(frozen=True)
class Token(Paging):
    """Each page names the next by a token, at the path `at`; `more` is the path of whether there is one."""

    parameter: str
    at: str
    more: str = ""

    def address(self, base: str, at: Any) -> str:
        return _with(base, self.parameter, str(at)) if at else base

    def following(self, told: Told, at: Any) -> Any:
        del at
        if self.more and not told.truth(self.more):
            return None
        token = first(told.document, self.at)
        if isinstance(token, str | int) and not isinstance(token, bool):
            return str(token)
        if self.more:
            raise DataError("no_page_count", _INCOMPLETE, f"there is more, but no {self.at}")
        return None


@dataclass(frozen=True)
class NextAddress(Paging):
    """Each page gives the address of the next, of the same host, at the path `at`."""

    at: str

    def address(self, base: str, at: Any) -> str:
        return str(at) if at else base

    def following(self, told: Told, at: Any) -> Any:
        del at
        said = first(told.document, self.at)
        return _of_the_same_host(said, told.base) if isinstance(said, str) else None


@dataclass(frozen=True)
class LinkHeader(Paging):
    """The address of the next page, of the same host, is in the header `Link`, as `rel="next"`."""

    def address(self, base: str, at: Any) -> str:
        return str(at) if at else base

    def following(self, told: Told, at: Any) -> Any:
        del at
        links = parse_header_links(told.headers.get("Link", ""))
        said = next((link["url"] for link in links if "next" in link.get("rel", "").lower().split()), None)
        return _of_the_same_host(said, told.base) if said else None


def _of_the_same_host(said: str, base: str) -> str:
    """Give an address in full; the key goes nowhere but to the partner."""
    try:
        address = urljoin(base, said)
        if urlsplit(address)[:2] == urlsplit(base)[:2]:
            return address
    except ValueError:
        pass
    raise DataError("page_elsewhere", "La liste renvoie à une autre adresse que la sienne.")


def _with(base: str, name: str, value: str) -> str:
    return f"{base}{'&' if urlsplit(base).query else '?'}{urlencode({name: value})}"
