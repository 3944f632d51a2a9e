"""A feed read page by page, as OpenActive's Realtime Paged Data Exchange 1.1 has it.

Source: https://www.openactive.io/realtime-paged-data-exchange/. The last page is an empty one whose
`next` is itself; a page that is empty and leads on was filtered. `next` is followed as it is given, on the
feed's own site only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit, urlunsplit

from providers.errors import DataError
from providers.http import PoliteClient

PAGE_LIMIT: Final = 32 * 1024 * 1024
"""Bytes: five hundred opportunities with their embedded parents come to 3 MB."""

MOST_PAGES: Final = 20_000

_LONGEST: Final = 4_000

Canonical: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...]]
"""A page's address in a form in which two spellings of it are equal: host, path, query."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One answer of a feed; `is_last` on the page that has nothing more for now."""

    address: str
    following: str
    items: Sequence[Any]
    requested_at: datetime
    is_last: bool


def pages(client: PoliteClient, home: str, start: str | None = None) -> Iterator[FeedPage]:
    """Read a feed from `start`, or from its first page at `home`, to its end for now.

    Raises
    ------
    DataError
        `not_rpde`: a body that is no page; `next_elsewhere`: it leads to another site;
        `feed_loops`: its pages lead in a circle; `feed_endless`.
    """
    address, seen = start or home, set[Canonical]()
    for _ in range(MOST_PAGES):
        page = _read(client, home, address)
        seen.add(canonical(address))
        yield page
        if page.is_last:
            return
        if canonical(page.following) in seen:
            raise _broken(
                "feed_loops", "Le flux tourne en rond : une page renvoie à une page déjà lue.", address
            )
        address = page.following
    raise _broken("feed_endless", "Le flux n’en finit pas.", address)


def _read(client: PoliteClient, home: str, address: str) -> FeedPage:
    answer = client.get(address, headers={"Accept": "application/json"}, limit=PAGE_LIMIT)
    said = answer.json()
    items = said.get("items") if isinstance(said, dict) else None
    following = said.get("next") if isinstance(said, dict) else None
    if not isinstance(items, list) or not isinstance(following, str) or not following.strip():
        sentence = "Cette adresse n’est pas celle d’un flux RPDE : il y manque « items » ou « next »."
        raise DataError("not_rpde", sentence, address, answer.content)
    following = next_address(home, address, following.strip())
    is_last = not items and canonical(following) == canonical(address)
    return FeedPage(address, following, items, answer.requested_at, is_last)


def next_address(home: str, address: str, following: str) -> str:
    """Give where `next` leads: as given, from the page's address if it is relative.

    A site behind another may know itself by a name of its own (`http://localhost:8080/…`): that
    means the feed's site.

    Raises
    ------
    DataError
        `next_elsewhere`, or `not_rpde` when it is no address.
    """
    try:
        parts = urlsplit(urljoin(address, following))
        host, port = parts.hostname or "", parts.port
        at_home = urlsplit(home)
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in {"http", "https"} or not host or len(following) > _LONGEST:
        raise _broken("not_rpde", "Le flux renvoie à une adresse qui n’en est pas une.", following[:200])
    if _site(host) == _site(at_home.hostname or "") and (port in {None, 80, 443} or port == at_home.port):
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    if _is_internal(host):
        return urlunsplit(parts._replace(scheme=at_home.scheme, netloc=at_home.netloc, fragment=""))
    sentence = (
        f"Le flux renvoie à un autre site, « {host} ». Si le flux a déménagé, indiquez sa nouvelle adresse."
    )
    raise DataError("next_elsewhere", sentence, f"{address} leads to {following}"[:500])


def canonical(address: str) -> Canonical:
    """Give an address in its comparable form: without scheme, `www.`, escapes and order."""
    parts = urlsplit(address)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    return _site(parts.hostname or ""), unquote(parts.path).rstrip("/"), tuple(query)


def _site(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")


def _is_internal(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))


def _broken(code: str, sentence: str, detail: str) -> DataError:
    return DataError(code, sentence, detail)
