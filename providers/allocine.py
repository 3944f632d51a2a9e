"""Allociné: a cinema's films and showings as its site announces them; neither seats nor prices.

Pages of films come by cursor (GraphQL behind a plain address). VO and VF of a film are two offers.
A showing has no id: it is known by when it begins. Format: the public client of the pass Culture
(`connectors/api_allocine.py` of pass-culture-main).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from models.vocabulary import Reason
from providers.base import Cadence, Traits, VenueFact, Visit
from providers.cinema import times
from providers.cinema.adapter import UNNAMED, Cinema, Listed, Told
from providers.cinema.film import Film, Showing
from providers.cinema.grouping import Grouped
from providers.cinema.refusals import explained, key_refused, moved, troubled, unreadable
from providers.cinema.settings import Key, SeatsAsked
from providers.cinema.shapes import Id, Shape, Words, key_of, trim, word
from providers.errors import ConfigurationError
from providers.text import one_line, typeset
from providers.window import zone_of

ADDRESS: Final = "https://graph-api-proxy.allocine.fr/api/query/movieShowtimeList"
MOST_PAGES: Final = 100

_KEY: Final = "Vérifiez la clé qu’Allociné vous a donnée, et qu’elle est copiée en entier."
_PLACE: Final = "Vérifiez le code de votre salle sur Allociné."
_THEATER: Final = re.compile(r"[A-Z][0-9][0-9A-Z]{3}")
_LINKED: Final = re.compile(
    r"(?:salle_gen_csalle|csalle|salle_affich-salle|salle)=([A-Za-z][0-9A-Za-z]{4})\b"
)
_RUNTIME: Final = re.compile(r"PT(?:([0-9]{1,2})H)?(?:([0-9]{1,3})M)?(?:[0-9]+S)?")
_VERSIONS: Final = {"ORIGINAL": "VO", "DUBBED": "VF", "LOCAL": "VF"}
_ORDINARY: Final = frozenset({"DIGITAL", "F_2D", "ANALOG", "F_35MM", "TRADITIONAL_AUDITORIUM"})
"""How a film is shown at the cinema's ordinary price; IMAX, 4DX, 3D… have a price of their own."""

_REFUSAL: Final = re.compile(r"unauth|forbidden|credential|api.?key|token|permission", re.IGNORECASE)


class AllocineSettings(SeatsAsked):
    """Allociné says neither seats nor prices: both are asked of a person."""

    key: Key = Field(title="Clé d’API", description="La clé qu’Allociné vous a donnée.")
    supplements: bool = Field(
        default=False,
        title="Importer aussi les séances à supplément (3D, IMAX, 4DX…)",
        description=typeset("Au même prix que les autres : laissez décoché si elles coûtent plus cher."),
    )


class _Movie(Shape):
    id: Id = Field(alias="internalId")
    title: Words = ""
    kind: Words = Field("", alias="type")
    runtime: Words = ""
    synopsis: Words = ""
    poster: Any = None
    backlink: Any = None


class _Showtime(Shape):
    starts: str = Field(alias="startsAt")
    version: Words = Field("", alias="diffusionVersion")
    projection: Any = None
    experience: Any = None

    @property
    def has_supplement(self) -> bool:
        """Whether it is shown in a way that is not the ordinary one."""
        ways = [
            way
            for said in (self.projection, self.experience)
            for way in (said if isinstance(said, list | tuple) else [said])
        ]
        return any(way is not None and str(way) not in _ORDINARY for way in ways)


class _Payload(Shape):
    movie: _Movie
    directors: Words = ""
    version: Literal["VO", "VF", ""]
    showtimes: tuple[_Showtime, ...]


class Allocine(Cinema[AllocineSettings]):
    """The adapter; the module says what is read."""

    slug = "allocine"
    label = "Allociné"
    Settings: ClassVar = AllocineSettings
    traits = Traits(uses=frozenset({VenueFact.TIMEZONE}))
    cadence = Cadence(shortest=timedelta(hours=1), usual=timedelta(hours=6), longest=timedelta(days=1))
    identifier_label = "Code de votre salle sur Allociné"
    identifier_help = typeset(
        "Le code de votre salle, par exemple « P0001 », ou l’adresse de sa page sur Allociné."
    )

    def read_identifier(self, written: str) -> str:
        pasted = written.strip().strip("<>\"'«»").strip()
        linked = _LINKED.search(pasted)
        code = (linked[1] if linked else _decoded(pasted) or pasted).upper()
        if not _THEATER.fullmatch(code):
            raise ConfigurationError(
                "identifier_unreadable", f"Ceci n’est pas le code d’une salle. {self.identifier_help}"
            )
        return code

    def films(self, visit: Visit[AllocineSettings]) -> Iterator[Listed]:
        zone = zone_of(visit.venue)
        morning = times.this_morning(visit.clock(), zone)
        grouped, movies, unnamed = Grouped(visit.spool), dict[str, Any](), False
        for node in _nodes(visit):
            movie = key_of(node, "movie", "internalId")
            showtimes = node.get("showtimes")
            if movie is None:
                unnamed = True
                continue
            movies[movie] = {"movie": trim(_Movie, node["movie"]), "directors": _directors(node["movie"])}
            by_version: dict[str, list[Any]] = {}
            every = showtimes if isinstance(showtimes, list) else [showtimes]
            # one that cannot be read names no version, and so neither « VO » nor « VF » is gone
            unnamed = unnamed or not all(isinstance(each, Mapping) for each in every)
            for each in every:
                version = (
                    _VERSIONS.get(str(each.get("diffusionVersion")), "") if isinstance(each, Mapping) else ""
                )
                by_version.setdefault(f"{movie} {version}".strip(), []).append(trim(_Showtime, each))
            grouped.add(by_version)
        if unnamed:
            yield UNNAMED
        for name, showtimes in grouped:
            movie, _, version = name.partition(" ")
            kept = {
                f"{each.get('startsAt')} {each}" if isinstance(each, Mapping) else str(each): each
                for each in showtimes
                if not (isinstance(each, Mapping) and times.is_before(each.get("startsAt"), morning, zone))
            }
            payload = {**movies[movie], "version": version, "showtimes": [kept[key] for key in sorted(kept)]}
            ref = f"{visit.identifier}/{movie}" + (f"-{version}" if version else "")
            yield Listed(grouped.place_of(name), ref, payload)

    def tell(self, payload: Any, visit: Visit[AllocineSettings]) -> Told:
        read = _Payload.model_validate(payload)
        movie, zone = read.movie, zone_of(visit.venue)
        is_special = movie.kind == "SPECIAL_EVENT"
        every = [(times.read(each.starts, zone), each) for each in read.showtimes]
        showings = [
            Showing(ref=f"{starts:%Y%m%dT%H%M%SZ}", starts_at=starts)
            for starts, each in every
            if visit.settings.supplements or not (is_special or each.has_supplement)
        ]
        title = one_line(movie.title)
        film = Film(
            title=f"{title} – {read.version}" if title and read.version else title,
            synopsis=movie.synopsis,
            minutes=_minutes(movie.runtime),
            directors=read.directors,
            poster=_unescaped(word(movie.poster, "url")),
            page=_unescaped(word(movie.backlink, "url")).replace("http://", "https://", 1),
        )
        return Told(film, showings, Reason.SPECIAL_SCREENING if every else Reason.OVER)


def _nodes(visit: Visit[AllocineSettings]) -> Iterator[Mapping[str, Any]]:
    """Give the films of all pages, as long as there is a next one.

    Raises
    ------
    TransientError
        `listing_moved`: there are not as many as were announced; `partner_error`: an error in the answer.
    """
    after, seen, known = "", 0, set[str]()
    for _ in range(MOST_PAGES):
        page = _page(visit, after)
        edges = page.get("edges")
        if not isinstance(edges, list):
            raise unreadable(Allocine.label, "no list of films", repr(page)[:500].encode())
        for edge in edges:
            node = edge.get("node") if isinstance(edge, Mapping) else None
            yield node if isinstance(node, Mapping) else {}
        seen += len(edges)
        turn, total = page.get("pageInfo") or {}, page.get("totalCount")
        more = turn.get("hasNextPage") if isinstance(turn, Mapping) else turn
        if not isinstance(more, bool | None) or (more is None and not isinstance(total, int)):
            raise unreadable(Allocine.label, "neither how many films nor whether more pages follow")
        if not more:
            if isinstance(total, int) and seen < total:
                raise moved(Allocine.label, f"{seen} films of {total}")
            return
        after = str(turn.get("endCursor") or "")
        if not after or after in known:
            raise unreadable(Allocine.label, "a next page without a cursor of its own")
        known.add(after)
    raise unreadable(Allocine.label, f"more than {MOST_PAGES} pages")


def _page(visit: Visit[AllocineSettings], after: str) -> Mapping[str, Any]:
    theater = b64encode(f"Theater:{visit.identifier}".encode()).decode()
    with explained(Allocine.label, key=_KEY, place=_PLACE):
        answer = visit.http.get(
            ADDRESS,
            params={"theater": theater} | ({"after": after} if after else {}),
            headers={
                "Authorization": f"Bearer {visit.settings.key.get_secret_value()}",
                "Accept": "application/json",
            },
        )
    said = answer.json()
    errors = said.get("errors") if isinstance(said, Mapping) else None
    if errors:
        words = _words_of(errors)
        if _REFUSAL.search(words):
            raise key_refused(Allocine.label, _KEY, words)
        raise troubled(Allocine.label, words)
    inside = said.get("data") or said if isinstance(said, Mapping) else None
    page = inside.get("movieShowtimeList") if isinstance(inside, Mapping) else None
    if not isinstance(page, Mapping):
        raise unreadable(Allocine.label, "no movieShowtimeList", answer.content)
    return page


def _words_of(errors: Any) -> str:
    """Give what the errors of a GraphQL answer say, with their codes."""
    said = []
    for error in errors if isinstance(errors, Sequence) and not isinstance(errors, str) else [errors]:
        extensions = error.get("extensions") if isinstance(error, Mapping) else None
        said += [str(error.get("message", "")) if isinstance(error, Mapping) else str(error)]
        said += [str(extensions.get("code", ""))] if isinstance(extensions, Mapping) else []
    return one_line(" ".join(said))[:300]


def _directors(movie: Mapping[str, Any]) -> str:
    credits_ = movie.get("credits")
    edges = credits_.get("edges") if isinstance(credits_, Mapping) else None
    names = []
    for edge in edges if isinstance(edges, list) else ():
        node = edge.get("node") if isinstance(edge, Mapping) else None
        person = node.get("person") if isinstance(node, Mapping) else None
        parts = (
            [person.get(part) for part in ("firstName", "lastName")] if isinstance(person, Mapping) else []
        )
        names.append(" ".join(part for part in parts if isinstance(part, str)).strip())
    return ", ".join(name for name in names if name)[:500]


def _minutes(runtime: str) -> int | None:
    found = _RUNTIME.fullmatch(runtime)
    return int(found[1] or 0) * 60 + int(found[2] or 0) if found else None


def _unescaped(url: str) -> str:
    """Undo what some answers escape twice: a backslash before each slash."""
    return url.replace("\\/", "/")


def _decoded(pasted: str) -> str:
    """Give « P0001 » of « VGhlYXRlcjpQMDAwMQ== », the form in which Allociné's own systems name it."""
    try:
        return b64decode(pasted, validate=True).decode("ascii").partition("Theater:")[2]
    except (BadBase64, ValueError):
        return ""


PROVIDER: Final = Allocine()
