"""Boost: the showings of a cinema with the seats left and the pass Culture's tariff.

A login gives a token (JWT) for a day; showings come in pages, each with its film, and are grouped by
film before anything is given. Format: the public client of the pass Culture (`clients/boost_client.py`
of pass-culture-main).
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final

from pydantic import Field

from providers.base import Visit
from providers.cinema import address, times
from providers.cinema.adapter import UNNAMED, Cinema, Listed, Told
from providers.cinema.film import Film, Showing
from providers.cinema.grouping import Grouped, upcoming
from providers.cinema.refusals import explained, key_refused, moved, unreadable
from providers.cinema.settings import Account, Key
from providers.cinema.shapes import (
    Amount,
    Id,
    Length,
    Seats,
    Shape,
    Words,
    key_of,
    remaining,
    trim,
    word,
)
from providers.errors import ConfigurationError
from providers.settings import ProviderSettings
from providers.text import typeset
from providers.window import zone_of

PASS_TARIFFS: Final = ("PCU", "PC2", "PC3", "PC4", "PC5")
"""Boost's codes of the pass Culture's tariffs, the first that a showing has counts."""

PAYMENT_METHOD: Final = "external:credit:passculture"
DAYS: Final = 60
A_PAGE: Final = 100
"""Showings; Boost gives 200 at most."""

MOST_PAGES: Final = 2_000
_KEY: Final = "Vérifiez l’identifiant et le mot de passe que Boost a donnés à votre cinéma."
_PLACE: Final = "Vérifiez l’adresse de votre cinéma chez Boost."
_BAD_LOGIN: Final = frozenset({400, 422})


class BoostSettings(ProviderSettings):
    """Boost says prices and seats: only who asks is asked."""

    username: Account = Field(
        title="Identifiant",
        description="Le compte que Boost a ouvert pour le pass Culture dans votre cinéma.",
    )
    password: Key = Field(title="Mot de passe", description="Celui de ce compte.")


class _Film(Shape):
    id: Id
    title: Words = Field(alias="titleCnc")
    poster: Words = Field("", alias="posterUrl")
    minutes: Length = Field(None, alias="duration")


class _Pricing(Shape):
    code: Words = Field("", alias="pricingCode")
    amount: Amount = Field(None, alias="amountTaxesIncluded")


class _Showtime(Shape):
    """A showing as listed, its film apart; `soldOut` beats the number."""

    nested: ClassVar = {"showtimePricing": _Pricing}

    id: Id
    starts: str = Field(alias="showDate")
    ends: Words = Field("", alias="showEndDate")
    sold_out: bool = Field(default=False, alias="soldOut")
    seats: Seats = Field(None, alias="numberSeatsRemaining")
    pricings: tuple[_Pricing, ...] = Field((), alias="showtimePricing")
    version: Any = None
    format: Any = None
    premium: Any = Field(default=None, alias="idAttributPremium")


class _Payload(Shape):
    film: _Film
    showings: tuple[_Showtime, ...]
    premiums: dict[str, str] = Field(default_factory=dict)


class Boost(Cinema[BoostSettings]):
    """The adapter; the module says what is read."""

    slug = "boost"
    label = "Boost"
    version = 2
    Settings: ClassVar = BoostSettings
    identifier_label = "Adresse de votre cinéma chez Boost"
    identifier_help = typeset("L’adresse de votre caisse Boost, par exemple « https://mon-cinema.example/ ».")
    no_tariff = (
        "Aucune séance n’a de tarif pass Culture. "
        "Demandez à Boost d’ouvrir le tarif « PCU » dans votre cinéma."
    )

    def read_identifier(self, written: str) -> str:
        host, path, _ = address.read(written, self.identifier_help)
        return f"https://{host}{path.rstrip('/')}/"

    def films(self, visit: Visit[BoostSettings]) -> Iterator[Listed]:
        api = _Api(visit)
        zone = zone_of(visit.venue)
        morning = times.this_morning(visit.clock(), zone)
        known: dict[str, Any] = {}
        grouped, unnamed = Grouped(visit.spool, "id"), False
        for page in api.showtimes():
            some: dict[str, list[Any]] = {}
            for said in page:
                film = key_of(said, "film", "id")
                if film is None:
                    unnamed = True
                    continue
                if said.get("draftMode") is True or said.get("hidden") is True:
                    continue
                known[film] = trim(_Film, said["film"])
                some.setdefault(film, []).append(trim(_Showtime, said))
            grouped.add(some)
        if unnamed:
            yield UNNAMED
        cinema = visit.identifier.removeprefix("https://")
        for film, showings in grouped:
            kept = upcoming(showings, "id", lambda each: times.is_before(each.get("showDate"), morning, zone))
            used = {ref for each in kept if (ref := key_of(each, "idAttributPremium"))}
            names = api.attributes() if used else {}
            payload = {
                "film": known[film],
                "showings": kept,
                "premiums": {ref: names[ref] for ref in sorted(used) if ref in names},
            }
            yield Listed(grouped.place_of(film), f"{cinema}{film}", payload)

    def tell(self, payload: Any, visit: Visit[BoostSettings]) -> Told:
        read = _Payload.model_validate(payload)
        zone = zone_of(visit.venue)
        showings = []
        for each in read.showings:
            premium = read.premiums.get(str(each.premium), "")
            dimension = word(each.format, "title").replace("2D", "")
            showings.append(
                Showing(
                    ref=each.id,
                    starts_at=times.read(each.starts, zone),
                    ends_at=times.end(each.ends, zone),
                    traits=(word(each.version, "code"), dimension, premium),
                    price=_pass_price(each),
                    remaining=0 if each.sold_out else remaining(each.seats),
                )
            )
        film = Film(read.film.title, minutes=read.film.minutes, poster=read.film.poster)
        return Told(film, showings)


def _pass_price(showtime: _Showtime) -> Any:
    """Give the pass Culture's tariff; a showing without one has no price that we may say."""
    by_code = {pricing.code: pricing.amount for pricing in reversed(showtime.pricings)}
    return next((said for code in PASS_TARIFFS if (said := by_code.get(code)) is not None), None)


class _Api:
    """Boost's API of one cinema; logs in when it is first asked, and again when the token has run out."""

    def __init__(self, visit: Visit[BoostSettings]) -> None:
        self._visit = visit
        self._token = ""
        self._attributes: dict[str, str] | None = None

    def showtimes(self) -> Iterator[list[Any]]:
        """Give the showings of the next sixty days that the pass Culture may pay, page by page.

        Those that are full are asked for too: full is not the same as gone.
        """
        today = self._visit.clock().astimezone(zone_of(self._visit.venue)).date()
        path = f"api/showtimes/between/{today}/{today + timedelta(days=DAYS)}"
        seen, total = 0, None
        for number in range(1, MOST_PAGES + 1):
            asked = {"page": str(number), "per_page": str(A_PAGE), "paymentMethod": PAYMENT_METHOD}
            page = self._ask(path, asked)
            rows = page.get("data")
            if not isinstance(rows, list):
                raise unreadable(Boost.label, f"{path}: no list of showings", repr(page)[:500].encode())
            yield rows
            seen += len(rows)
            count = page.get("totalCount")
            total = count if number == 1 else total
            pages = page.get("totalPages")
            ended = number >= pages if isinstance(pages, int) else len(rows) < A_PAGE
            if count != total or (ended and total not in (None, seen)) or (not rows and not ended):
                raise moved(Boost.label, f"{path}: {seen} showings of {total}, now {count}")
            if ended:
                return
        raise unreadable(Boost.label, f"{path}: more than {MOST_PAGES} pages")

    def attributes(self) -> Mapping[str, str]:
        """Give id → name of what a showing can be (« ICE Immersive »); none where Boost does not say."""
        if self._attributes is None:
            try:
                rows = self._ask("api/cinemas/attributs", {}).get("data")
            except ConfigurationError:
                rows = None
            named = rows if isinstance(rows, list) else ()
            self._attributes = {ref: word(row, "title")[:40] for row in named if (ref := key_of(row, "id"))}
        return self._attributes

    def _ask(self, path: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        fresh = not self._token
        try:
            return self._get(path, asked)
        except ConfigurationError as error:
            if fresh or error.status != 401:
                raise
        self._token = ""
        return self._get(path, asked)

    def _get(self, path: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        self._token = self._token or self._login()
        with explained(Boost.label, key=_KEY, place=_PLACE):
            answer = self._visit.http.get(
                self._visit.identifier + path,
                params=asked,
                headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"},
            )
        said = answer.json()
        if not isinstance(said, Mapping):
            raise unreadable(Boost.label, f"{path}: no object", answer.content)
        return said

    def _login(self) -> str:
        settings = self._visit.settings
        with explained(Boost.label, key=_KEY, place=_PLACE, refusals=_BAD_LOGIN):
            answer = self._visit.http.post(
                f"{self._visit.identifier}api/vendors/login?ignore_device=True",
                json={
                    "username": settings.username,
                    "password": settings.password.get_secret_value(),
                    "stationName": "Passerelle",
                },
                headers={"Accept": "application/json"},
            )
        said = answer.json()
        token = said.get("token") if isinstance(said, Mapping) else None
        if not isinstance(said, Mapping):
            raise unreadable(Boost.label, "login: no object", answer.content)
        if not isinstance(token, str) or not token:
            raise key_refused(Boost.label, _KEY, f"login without token: {str(said.get('message', ''))[:200]}")
        return token


PROVIDER: Final = Boost()
