"""CDS (Ciné Digital Service, « Ciné Office »): a cinema's shows, its films, and the pass Culture's vouchers.

Shows name their film and their tariffs by number; the price is that of the pass Culture's voucher whose
tariff a show has. Seats are counted twice, for the web and for the whole room: the cinema says which
counts. Format: the public client of the pass Culture (`clients/cds_client.py` of pass-culture-main).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from providers.base import Visit
from providers.cinema import address, outline, times
from providers.cinema.adapter import UNNAMED, Cinema, Listed, Told
from providers.cinema.film import Film, Showing
from providers.cinema.grouping import Grouped, upcoming
from providers.cinema.refusals import NOT_FOUND, explained, unreadable
from providers.cinema.settings import Key
from providers.cinema.shapes import Amount, Id, Length, Seats, Shape, Words, key_of, remaining, trim
from providers.errors import ConfigurationError
from providers.settings import ProviderSettings
from providers.text import fold, typeset
from providers.window import zone_of

VOUCHER: Final = "PSCULTURE"
"""CDS's code of the pass Culture's vouchers."""

_KEY: Final = "Vérifiez la clé (« api_token ») que CDS a donnée à votre cinéma."
_PLACE: Final = "Vérifiez l’adresse de votre compte CDS."
_GAUGES: Final = {
    **dict.fromkeys(("auto", "automatique", "cds"), "auto"),
    **dict.fromkeys(("internet", "web", "en ligne"), "internet"),
    **dict.fromkeys(("global", "globale", "salle"), "global"),
}


def _gauge(written: Any) -> Any:
    found = _GAUGES.get(fold(written)) if isinstance(written, str) else None
    if found is None:
        raise ValueError("« auto », « internet » ou « salle »")
    return found


class CdsSettings(ProviderSettings):
    """CDS says prices and seats."""

    token: Key = Field(title="Clé d’API", description=typeset("La clé (« api_token ») de votre cinéma."))
    gauge: Annotated[Literal["auto", "internet", "global"], BeforeValidator(_gauge)] = Field(
        default="auto",
        title="Quelles places compter",
        description=typeset(
            "« auto » : comme votre cinéma l’a réglé dans CDS ; « internet » : celles de la vente en ligne ; "
            "« salle » : toutes celles de la salle."
        ),
    )


class _Numbered(Shape):
    id: Id


class _Tariff(Shape):
    id: Id
    price: Amount = None


class _Voucher(Shape):
    nested: ClassVar = {"tariffid": _Tariff}

    tariff: _Tariff = Field(alias="tariffid")


class _ShowTariff(Shape):
    nested: ClassVar = {"tariffid": _Numbered}

    tariff: _Numbered = Field(alias="tariffid")


class _ShowOption(Shape):
    nested: ClassVar = {"mediaoptionsid": _Numbered}

    option: _Numbered = Field(alias="mediaoptionsid")


class _Show(Shape):
    nested: ClassVar = {
        "showsTariffPostypeCollection": _ShowTariff,
        "showsMediaoptionsCollection": _ShowOption,
    }

    id: Id
    starts: str = Field(alias="showtime")
    cancelled: bool = Field(default=False, alias="canceled")
    seats: Seats = Field(None, alias="remainingplace")
    seats_online: Seats = Field(None, alias="internetremainingplace")
    tariffs: tuple[_ShowTariff, ...] = Field((), alias="showsTariffPostypeCollection")
    options: tuple[_ShowOption, ...] = Field((), alias="showsMediaoptionsCollection")


class _Media(Shape):
    """A film; `duration` in seconds."""

    id: Id
    title: Words = ""
    synopsis: Words = Field("", alias="storyline")
    poster: Words = Field("", alias="posterpath")
    seconds: Length = Field(None, alias="duration")


class _Payload(Shape):
    """`tariffs`: those of the pass Culture's vouchers; `media` None: no film of that number is listed."""

    media: _Media | None
    shows: tuple[_Show, ...]
    tariffs: tuple[_Tariff, ...] = ()
    options: dict[str, str] = Field(default_factory=dict)
    gauge: Literal["internet", "global"]


Rows: TypeAlias = Iterator[Mapping[str, Any]]


class Cds(Cinema[CdsSettings]):
    """The adapter; the module says what is read."""

    slug = "cds"
    label = "CDS"
    Settings: ClassVar = CdsSettings
    identifier_label = "Adresse de votre compte CDS"
    identifier_help = typeset(
        "L’adresse de l’API de votre compte, par exemple « https://mon-cinema.example/vad/ ». Si le compte a "
        "plusieurs cinémas, ajoutez le numéro du vôtre après un dièse : « https://…/vad/#12 »."
    )
    no_tariff = (
        "Aucune séance n’a de tarif pass Culture. "
        f"Demandez à CDS d’ouvrir le bon d’échange « {VOUCHER} » dans votre cinéma."
    )

    def read_identifier(self, written: str) -> str:
        host, path, cinema = address.read(written, self.identifier_help)
        return f"https://{host}{path.rstrip('/')}/" + (f"#{cinema[:50]}" if cinema else "")

    def films(self, visit: Visit[CdsSettings]) -> Iterator[Listed]:
        api = _Api(visit)
        gauge = api.gauge()
        tariffs = list(_pass_tariffs(api.rows("vouchertype")))
        options = dict(_options(api.rows("mediaoptions")))
        media = {film: trim(_Media, row) for row in api.rows("media") if (film := key_of(row, "id"))}
        grouped, unnamed = _grouped(api, Grouped(visit.spool, "id"))
        if unnamed:
            yield UNNAMED
        zone = zone_of(visit.venue)
        morning = times.this_morning(visit.clock(), zone)
        for film, shows in grouped:
            kept = upcoming(shows, "id", lambda each: times.is_before(each.get("showtime"), morning, zone))
            named = set(_numbers_in(kept))
            payload = {
                "media": media.get(film),
                "shows": kept,
                "tariffs": [tariff for tariff in tariffs if tariff["id"] in named],
                "options": {ref: label for ref, label in options.items() if ref in named},
                "gauge": gauge,
            }
            yield Listed(grouped.place_of(film), f"{api.account}{film}", payload)

    def tell(self, payload: Any, visit: Visit[CdsSettings]) -> Told:
        read = _Payload.model_validate(payload)
        if read.media is None:
            raise ValueError("its shows name a film that CDS does not list")
        zone = zone_of(visit.venue)
        prices = {tariff.id: tariff.price for tariff in read.tariffs}
        showings = []
        for show in read.shows:
            seats = show.seats_online if read.gauge == "internet" else show.seats
            showings.append(
                Showing(
                    ref=show.id,
                    starts_at=times.read(show.starts, zone),
                    traits=tuple(read.options.get(each.option.id, "") for each in show.options),
                    price=_price(show, prices),
                    remaining=remaining(seats),
                    cancelled=show.cancelled,
                )
            )
        film = read.media
        minutes = film.seconds // 60 if film.seconds else None
        return Told(Film(film.title, film.synopsis, minutes, poster=film.poster), showings)


def _price(show: _Show, prices: Mapping[str, Decimal | None]) -> Decimal | None:
    """Give the voucher's tariff; of several (a slip of the cinema) the lowest, as the application pays it."""
    said = [prices.get(each.tariff.id) for each in show.tariffs]
    return min((price for price in said if price is not None), default=None)


def _grouped(api: "_Api", grouped: Grouped) -> tuple[Grouped, bool]:
    """Put the shows together by film; also tell whether one names no film. Deleted ones are gone."""
    unnamed = False
    for show in api.rows("shows"):
        film = key_of(show, "mediaid", "id")
        if show.get("deleted") in (True, "true"):
            continue
        if film is None:
            unnamed = True
        else:
            grouped.add({film: [trim(_Show, show)]})
    return grouped, unnamed


def _pass_tariffs(rows: Rows) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        tariff = key_of(row, "tariffid", "id")
        if row.get("code") == VOUCHER and tariff is not None:
            yield trim(_Tariff, row["tariffid"]) | {"id": tariff}


def _options(rows: Rows) -> Iterator[tuple[str, str]]:
    """Give id → what the ticket says of an option (« VO », « 3D »)."""
    for row in rows:
        ref, label = key_of(row, "id"), row.get("ticketlabel")
        if ref is not None and isinstance(label, str) and label.strip():
            yield ref, label.strip()[:40]


def _numbers_in(shows: list[Any]) -> Iterator[str]:
    """Give the numbers of the tariffs and options that shows name."""
    for show in shows:
        for listed, inside in (
            ("showsTariffPostypeCollection", "tariffid"),
            ("showsMediaoptionsCollection", "mediaoptionsid"),
        ):
            each_of = show.get(listed)
            for each in each_of if isinstance(each_of, list) else ():
                if number := key_of(each, inside, "id"):
                    yield number


class _Api:
    """CDS's API of one account."""

    def __init__(self, visit: Visit[CdsSettings]) -> None:
        self._visit = visit
        self._base, _, self._cinema = visit.identifier.partition("#")
        self.account = self._base.removeprefix("https://")

    def rows(self, what: str) -> Rows:
        """Give the objects of a list, one at a time; the list itself is on disk."""
        file = self._visit.spool / f"{what}.json"
        with explained(Cds.label, key=_KEY, place=_PLACE):
            download = self._visit.http.download(
                self._base + what,
                file,
                params={"api_token": self._visit.settings.token.get_secret_value()},
                headers={"Accept": "application/json"},
                conditional=False,
            )
        if download is None:
            return
        with outline.opened(file, 1, self.account.partition("/")[0]) as document:
            if not isinstance(document.frame, list):
                raise unreadable(Cds.label, f"{what}: no list", file.read_bytes()[:2048])
            for row in document.parts(document.frame):
                if not isinstance(row, Mapping):
                    raise unreadable(Cds.label, f"{what}: not a list of objects", repr(row)[:500].encode())
                yield row

    def gauge(self) -> str:
        """Give which seats count, by the link's setting or else by the cinema's own.

        Raises
        ------
        ConfigurationError
            The account has no such cinema, or several and the link names none; or it does
            not say which gauge counts (`gauge_not_said`).
        """
        cinemas = {ref: row for row in self.rows("cinemas") if (ref := key_of(row, "id"))}
        if self._cinema and self._cinema not in cinemas:
            raise _other_cinema(f"Ce compte n’a pas de cinéma « {self._cinema} »", cinemas)
        if not self._cinema and len(cinemas) != 1:
            raise _other_cinema("Dites de quel cinéma il s’agit", cinemas)
        cinema = cinemas[self._cinema] if self._cinema else next(iter(cinemas.values()))
        if self._visit.settings.gauge != "auto":
            return self._visit.settings.gauge
        online = cinema.get("internetsalegaugeactive")
        found = {"true": "internet", "false": "global"}.get(str(online).lower())
        if found is None:
            sentence = "CDS ne dit pas quelles places compter : choisissez « internet » ou « salle »."
            raise ConfigurationError("gauge_not_said", sentence, f"internetsalegaugeactive: {online!r}"[:200])
        return found


def _other_cinema(what: str, cinemas: Mapping[str, Any]) -> ConfigurationError:
    known = ", ".join(f"« {ref} »" for ref in sorted(cinemas)[:20]) or "aucun"
    sentence = f"{what} : ajoutez son numéro à l’adresse, après un dièse. Cinémas du compte : {known}."
    return ConfigurationError(NOT_FOUND, sentence, what)


PROVIDER: Final = Cds()
