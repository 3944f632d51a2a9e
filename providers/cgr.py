"""CGR: a cinema's films and showings, one SOAP answer with a JSON document in it.

The web service (`GestionCinemaWS`) is asked for everything at once; seats below zero are an oversold
room. Format: the public client of the pass Culture (`clients/cgr_client.py` of pass-culture-main).
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from lxml import etree
from pydantic import Field

from providers import bodies
from providers.base import Visit
from providers.cinema import address, times
from providers.cinema.adapter import UNNAMED, Cinema, Listed, Told
from providers.cinema.film import Film, Showing
from providers.cinema.grouping import by_film, upcoming
from providers.cinema.refusals import explained, key_refused, troubled, unreadable
from providers.cinema.settings import Account, Key
from providers.cinema.shapes import Amount, Id, Length, Seats, Shape, Words, key_of, remaining, trim
from providers.errors import DataError
from providers.http import Answer
from providers.settings import ProviderSettings
from providers.text import fold, typeset
from providers.verdicts import of_status
from providers.window import zone_of

SERVICE: Final = "/GESTIONCINEMAWS_WEB/awws/GestionCinemaWS.awws"
FAULT: Final = 500
"""The status with which SOAP 1.1 sends a fault: what is wrong is in the body."""

LARGEST: Final = 16 * 1024 * 1024
"""Bytes: a multiplex comes to 1 MB."""

_KEY: Final = "Vérifiez l’identifiant et le mot de passe du service web de votre cinéma."
_PLACE: Final = "Vérifiez l’adresse du service web de votre cinéma."
_ASK: Final = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    '<ns:GetSeancesPassCulture xmlns:ns="urn:GestionCinemaWS">'
    "<User>{user}</User><mdp>{password}</mdp><IDFilmAllocine>0</IDFilmAllocine>"
    "</ns:GetSeancesPassCulture></soap:Body></soap:Envelope>"
)
_REFUSAL: Final = re.compile(
    r"\b(?:mot de passe|mdp|utilisateur|user|identifiants?|login|authenti\w+|acces (?:refuse|interdit))\b"
)


class CgrSettings(ProviderSettings):
    """CGR says prices and seats."""

    username: Account = Field(
        title="Identifiant",
        description=typeset("Le nom d’utilisateur (« User ») du service web."),
    )
    password: Key = Field(
        title="Mot de passe",
        description=typeset("Le mot de passe (« mdp ») de votre cinéma."),
    )


class _Showing(Shape):
    id: Id = Field(alias="IDSeance")
    day: str = Field(alias="Date")
    hour: str = Field(alias="Heure")
    seats: Seats = Field(None, alias="NbPlacesRestantes")
    price: Amount = Field(None, alias="PrixUnitaire")
    version: Words = Field("", alias="Version")
    relief: Words = Field("", alias="Relief")
    is_ice: Any = Field(default=None, alias="bICE")
    is_preview: Any = Field(default=None, alias="bAVP")


class _Film(Shape):
    nested: ClassVar = {"Seances": _Showing}

    id: Id = Field(alias="IDFilm")
    title: Words = Field("", alias="Titre")
    synopsis: Words = Field("", alias="Synopsis")
    poster: Words = Field("", alias="Affiche")
    minutes: Length = Field(None, alias="Duree")
    showings: tuple[_Showing, ...] = Field((), alias="Seances")


class Cgr(Cinema[CgrSettings]):
    """The adapter; the module says what is read."""

    slug = "cgr"
    label = "CGR"
    Settings: ClassVar = CgrSettings
    identifier_label = "Adresse du service web de votre cinéma"
    identifier_help = typeset(f"L’adresse du service, par exemple « https://mon-cinema.example{SERVICE} ».")

    def read_identifier(self, written: str) -> str:
        host, path, _ = address.read(written, self.identifier_help)
        return f"https://{host}{path if path.strip('/') else SERVICE}"

    def films(self, visit: Visit[CgrSettings]) -> Iterator[Listed]:
        answer = _answer(visit)
        listing = answer.get("ObjetRetour")
        cinema = key_of(listing, "NumCine")
        films = listing.get("Films") if isinstance(listing, Mapping) else None
        if cinema is None or not isinstance(films, list):
            raise unreadable(self.label, "no cinema, or no list of films", repr(answer)[:500].encode())
        zone = zone_of(visit.venue)
        morning = times.this_morning(visit.clock(), zone)
        if any(key_of(each, "IDFilm") is None for each in films):
            yield UNNAMED
        for film, said in by_film(films, "IDFilm", "Seances", "IDSeance"):
            kept = trim(_Film, said)
            showings = kept.get("Seances")
            if not showings:
                continue
            if isinstance(showings, list) and all(isinstance(each, Mapping) for each in showings):
                kept["Seances"] = upcoming(
                    showings, "IDSeance", lambda each: times.is_before(_written(each), morning, zone)
                )
            yield Listed(film, f"{cinema}/{film}", kept)

    def tell(self, payload: Any, visit: Visit[CgrSettings]) -> Told:
        read = _Film.model_validate(payload)
        zone = zone_of(visit.venue)
        showings = [
            Showing(
                ref=each.id,
                starts_at=times.read(f"{each.day.strip()}T{each.hour.strip()}", zone),
                traits=(
                    each.version,
                    each.relief if each.relief != "2D" else "",
                    "ICE" if each.is_ice is True else "",
                    "avant-première" if each.is_preview is True else "",
                ),
                price=each.price,
                remaining=remaining(each.seats),
            )
            for each in read.showings
        ]
        return Told(Film(read.title, read.synopsis, read.minutes, poster=read.poster), showings)


def _written(showing: Mapping[str, Any]) -> str:
    return f"{showing.get('Date')}T{showing.get('Heure')}"


def _answer(visit: Visit[CgrSettings]) -> Mapping[str, Any]:
    """Ask for all the showings, and give the JSON that is in the envelope.

    Raises
    ------
    ConfigurationError
        The user or the password is refused.
    TransientError
        The service says that something went wrong.
    """
    settings = visit.settings
    asked = _ASK.format(user=_xml(settings.username), password=_xml(settings.password.get_secret_value()))
    with explained(Cgr.label, key=_KEY, place=_PLACE):
        answer = visit.http.post(
            visit.identifier,
            content=asked.encode(),
            headers={
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": '"urn:GestionCinemaWS/GetSeancesPassCulture"',
            },
            limit=LARGEST,
            accepts={200, FAULT},
        )
    document = _within(answer)
    code, words = document.get("CodeErreur"), str(document.get("IntituleErreur") or "")
    if str(code) != "0":
        if _REFUSAL.search(fold(words)):
            raise key_refused(Cgr.label, _KEY, f"CodeErreur {code}: {words[:200]}")
        raise troubled(Cgr.label, words or f"erreur {code}")
    return document


def _xml(text: str) -> str:
    """Escape what goes between two tags; what XML cannot say was pasted by mistake."""
    if not text.isprintable():
        raise key_refused(Cgr.label, _KEY, "control characters in the key")
    return escape(text)


def _within(answer: Answer) -> Mapping[str, Any]:
    """Give the JSON document of an envelope."""
    host = urlsplit(answer.url).hostname or ""
    if answer.status == FAULT and b"Fault" not in answer.content:
        raise of_status(FAULT, answer.url, host, None, far=False)
    root = _parsed(answer.content)
    fault = _text_of(root, "faultstring") or _text_of(root, "Text")
    if root.tag.endswith("}Envelope") and any(_name(each) == "Fault" for each in root.iter(etree.Element)):
        if _REFUSAL.search(fold(fault)):
            raise key_refused(Cgr.label, _KEY, f"fault: {fault[:200]}")
        raise troubled(Cgr.label, fault)
    result = _text_of(root, "GetSeancesPassCultureResult").lstrip("\ufeff")
    if not result:
        raise unreadable(Cgr.label, "no result in the envelope", answer.content)
    document = bodies.as_json(result, result.encode("utf-8", "replace"), host)
    if not isinstance(document, Mapping):
        raise unreadable(Cgr.label, "the result is no object", result.encode("utf-8", "replace"))
    return document


def _parsed(content: bytes) -> etree._Element:
    """Parse XML that declares nothing of its own: no document type, so no entities."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    if b"<!DOCTYPE" in content.upper():
        raise _not_soap("it declares a document type", content)
    try:
        root = etree.fromstring(content.removeprefix(codecs.BOM_UTF8).strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _not_soap(str(error), content) from None
    return root


def _not_soap(detail: str, content: bytes) -> DataError:
    return unreadable(Cgr.label, f"not an XML answer: {detail[:200]}", content)


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _text_of(root: etree._Element, name: str) -> str:
    """Give the text of the first element of a name, whatever its namespace."""
    return next(
        (str(each.text or "").strip() for each in root.iter(etree.Element) if _name(each) == name), ""
    )


PROVIDER: Final = Cgr()
