"""EMS: one schedule for all its cinemas, with a version; the pass Culture's price of each showing, no seats.

A schedule asked with a version names the cinemas that have changed since. It is not said whether it
then lists all of a film's showings, so it only tells that there is news: the cinema is then read from
the whole schedule. Format: the public client of the pass Culture (`connectors/ems.py` of
pass-culture-main).
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from models.vocabulary import Reason
from providers.base import Cadence, Limits, Page, Traits, Traversal, VenueFact, Visit
from providers.cinema import address, outline, times
from providers.cinema.adapter import UNNAMED, Cinema, Listed, Told
from providers.cinema.film import Film, Showing
from providers.cinema.grouping import by_film, upcoming
from providers.cinema.refusals import explained, unreadable
from providers.cinema.settings import Account, Key, SeatsAsked
from providers.cinema.shapes import Amount, Id, Ids, Length, Shape, Words, key_of, trim
from providers.errors import ConfigurationError
from providers.text import typeset
from providers.window import zone_of

_KEY: Final = "Vérifiez l’identifiant et le mot de passe qu’EMS a donnés."
_PLACE: Final = "Vérifiez l’adresse du planning d’EMS."
_STARTS: Final = re.compile(r"([0-9]{8})([0-9]{4})")
_TRAITS: Final = {"vf": "VF", "vo": "VO", "subtitle": "sous-titré", "video_3d": "3D", "video_4k": "4K"}


def _address(written: Any) -> Any:
    try:
        host, path, _ = address.read(str(written), "")
    except ConfigurationError:
        raise ValueError("l’adresse du planning, par exemple https://ems.example/planning") from None
    return f"https://{host}{path}"


class EmsSettings(SeatsAsked):
    """EMS says prices; how many places a showing offers is asked of a person."""

    address: Annotated[str, BeforeValidator(_address)] = Field(
        title="Adresse du planning", description="L’adresse du planning que donne EMS."
    )
    username: Account = Field(title="Identifiant", description="Le compte que donne EMS.")
    password: Key = Field(title="Mot de passe", description="Celui de ce compte.")


class _Session(Shape):
    id: Id
    starts: str = Field(alias="date")
    features: Ids = ()
    price: Amount = Field(None, alias="pass_culture_price")


class _Event(Shape):
    nested: ClassVar = {"sessions": _Session}

    id: Id
    title: Words = ""
    director: Words = ""
    synopsis: Words = ""
    poster: Words = Field("", alias="bill_url")
    minutes: Length = Field(None, alias="duration")
    sessions: tuple[_Session, ...] = ()


@dataclass(frozen=True, slots=True)
class _Schedule:
    """What a schedule says of our cinema, which it may name twice: `films` None where it does not name it."""

    version: int | None
    films: list[Any] | None


class Ems(Cinema[EmsSettings]):
    """The adapter; the module says what is read."""

    slug = "ems"
    label = "EMS"
    Settings: ClassVar = EmsSettings
    traits = Traits(traversal=Traversal.CHANGES, keeps_session_ids=True, uses=frozenset({VenueFact.TIMEZONE}))
    cadence = Cadence(
        shortest=timedelta(minutes=15),
        usual=timedelta(hours=1),
        longest=timedelta(days=1),
        full_every=timedelta(days=1),
    )
    limits = Limits(requests=10, period=timedelta(minutes=1), parallel_runs=2, body=256 * 1024 * 1024)
    identifier_label = "Numéro de votre cinéma chez EMS"
    identifier_help = typeset("Le numéro qu’EMS donne à votre cinéma, par exemple « 0063 ».")

    def read_identifier(self, written: str) -> str:
        number = written.strip().strip("<>\"'«»").strip()
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,20}", number):
            raise ConfigurationError(
                "identifier_unreadable", f"Ceci n’est pas un numéro de cinéma. {self.identifier_help}"
            )
        return number

    def fetch(self, visit: Visit[EmsSettings]) -> Iterator[Page]:
        """Give the cinema's films, all on one page; an empty one when nothing has changed since the cursor.

        The cursor is the schedule's version.
        """
        asked = visit.clock()
        since = (visit.cursor or {}).get("version")
        if isinstance(since, int) and since > 0:
            news = _schedule(visit, since)
            if news.films is None and news.version is not None and news.version >= since:
                yield Page([], {"version": news.version}, asked, estimate=0, last=True)
                return
        whole = _schedule(visit, 0)
        listed = list(_films(visit, whole.films))
        items = [each.item for each in listed if each.ref]
        cursor = {} if whole.version is None else {"version": whole.version}
        yield Page(
            items, cursor, asked, estimate=len(items), last=True, unidentified=len(items) < len(listed)
        )

    def films(self, visit: Visit[EmsSettings]) -> Iterator[Listed]:
        return _films(visit, _schedule(visit, 0).films)

    def tell(self, payload: Any, visit: Visit[EmsSettings]) -> Told:
        read = _Event.model_validate(payload)
        zone = zone_of(visit.venue)
        showings = [
            Showing(
                ref=each.id,
                starts_at=times.read(_written(each.starts), zone),
                traits=tuple(_TRAITS[feature] for feature in _TRAITS if feature in each.features),
                price=each.price,
            )
            for each in read.sessions
        ]
        # the address of the poster names its width; the application shows it larger than 120 pixels
        poster = read.poster.replace("/120/", "/600/")
        film = Film(read.title, read.synopsis, read.minutes, read.director, poster)
        return Told(film, showings, Reason.OVER)


def _films(visit: Visit[EmsSettings], events: list[Any] | None) -> Iterator[Listed]:
    if events is None:
        return
    zone = zone_of(visit.venue)
    morning = times.this_morning(visit.clock(), zone)
    if any(key_of(each, "id") is None for each in events):
        yield UNNAMED
    for film, said in by_film(events, "id", "sessions", "id"):
        kept = trim(_Event, said)
        sessions = kept.get("sessions")
        if not sessions:
            continue
        if isinstance(sessions, list) and all(isinstance(each, Mapping) for each in sessions):
            kept["sessions"] = upcoming(
                sessions, "id", lambda each: times.is_before(_written(each.get("date")), morning, zone)
            )
        yield Listed(film, f"{visit.identifier}/{film}", kept)


def _written(starts: Any) -> str:
    """Give « 203002012030 » as « 20300201T2030 »."""
    return _STARTS.sub(r"\1T\2", starts) if isinstance(starts, str) else ""


def _schedule(visit: Visit[EmsSettings], since: int) -> _Schedule:
    """Ask for the schedule since a version, 0 for the whole, and look for our cinema in it.

    Cinemas are read one at a time: the whole schedule stays on disk.
    """
    settings = visit.settings
    pair = f"{settings.username}:{settings.password.get_secret_value()}"
    file = visit.spool / f"schedule-{'changes' if since else 'whole'}.json"
    with explained(Ems.label, key=_KEY, place=_PLACE):
        download = visit.http.download(
            settings.address,
            file,
            params={"version": str(since)},
            headers={
                "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
                "Accept": "application/json",
            },
            conditional=False,
        )
    if download is None:
        return _Schedule(since, None)
    with outline.opened(file, 2, urlsplit(settings.address).hostname or "") as document:
        frame = document.frame
        if not isinstance(frame, Mapping) or not isinstance(frame.get("sites"), list):
            raise unreadable(Ems.label, "no list of cinemas", file.read_bytes()[:2048])
        ours = [site for site in document.parts(frame["sites"]) if key_of(site, "id") == visit.identifier]
        films: list[Any] = []
        for site in ours:
            events = site.get("events")
            if not isinstance(events, list):
                raise unreadable(Ems.label, "a cinema without a list of films", repr(site)[:500].encode())
            films += events
        version = frame.get("version")
        known = version if isinstance(version, int) and not isinstance(version, bool) else None
        return _Schedule(known, films if ours else None)


PROVIDER: Final = Ems()
