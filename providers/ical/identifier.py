"""Reads the address of a calendar from what a person pasted."""

import base64
import re
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from providers.errors import ConfigurationError

HELP: Final = (
    "Collez l’adresse d’abonnement de votre agenda, qui se termine le plus souvent par « .ics », par exemple "
    "https://www.exemple.fr/agenda.ics ou webcal://www.exemple.fr/agenda.ics."
)
_GOOGLE_HELP: Final = (
    "Dans Google Agenda, ouvrez les paramètres de l’agenda, rubrique « Intégrer l’agenda », et copiez "
    "l’« Adresse publique au format iCal » (l’agenda doit être public) ou l’« Adresse secrète »."
)
_GOOGLE: Final = frozenset({"calendar.google.com", "www.google.com"})
_LONGEST: Final = 2_000
_SCHEMES: Final = frozenset({"https", "http", "webcal", "webcals"})
_UNSAFE: Final = re.compile(r"[\s\x00-\x1f\x7f]")


def read(written: str) -> str:
    """Give the calendar's address in the one form in which it is stored.

    Raises
    ------
    ConfigurationError
        What was pasted is no address of a calendar; the sentence says what to paste instead.
    """
    pasted = written.strip().strip("<>\"'«»\u00a0\u202f").strip()
    if not pasted:
        raise _wrong("identifier_empty", "L’adresse de l’agenda manque")
    if re.match(r"begin:vcalendar", pasted, re.IGNORECASE):
        raise _wrong("identifier_content", "Ceci est le contenu d’un agenda, pas son adresse")
    if re.match(r"(?:file:|[a-z]:\\|[/~])", pasted, re.IGNORECASE):
        raise _wrong("identifier_file", "Ceci est un fichier de votre ordinateur")
    if "@" in pasted and not re.search(r"[/?]", pasted):
        raise _wrong("identifier_email", "Ceci est une adresse électronique")
    try:
        parts = urlsplit(pasted if "://" in pasted else f"https://{pasted.lstrip('/')}")
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse") from None
    if parts.scheme.lower() not in _SCHEMES or "." not in host or _UNSAFE.search(pasted):
        raise _wrong("identifier_unreadable", "Ceci n’est pas l’adresse d’un agenda")
    if len(pasted) > _LONGEST:
        raise _wrong("identifier_unreadable", "Cette adresse est trop longue")
    if host in _GOOGLE and not parts.path.endswith(".ics") and (public := _of_google(parts.query)):
        return public
    _refuse_pages(host, parts.path)
    netloc = parts.netloc.rpartition("@")
    secure = re.sub(r":(?:80|443)$", "", netloc[2].lower())
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit(("https", f"{netloc[0]}{netloc[1]}{secure}", path, parts.query, ""))


def _of_google(query: str) -> str | None:
    """Find the public calendar of a Google Agenda page: `?src=` or, in base 64, `?cid=`."""
    said = parse_qs(query)
    named = next(iter(said.get("src") or said.get("cid") or []), "").strip()
    if named and "@" not in named:
        with suppress(ValueError):
            named = base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode("utf-8")
    if not re.fullmatch(r"[\w.+#-]{1,200}@[\w.-]{3,200}", named):
        return None
    return f"https://calendar.google.com/calendar/ical/{quote(named, safe='')}/public/basic.ics"


def _refuse_pages(host: str, path: str) -> None:
    """Recognise the pages of known calendars, which are not the calendar itself."""
    if host in _GOOGLE and not path.endswith(".ics"):
        sentence = f"Ceci est une page de Google Agenda, pas l’adresse du calendrier. {_GOOGLE_HELP}"
        raise ConfigurationError("identifier_page", sentence)
    if host in {"openagenda.com", "www.openagenda.com"}:
        raise ConfigurationError(
            "identifier_open_agenda",
            "Ceci est un agenda d’Open Agenda : choisissez « Open Agenda » comme partenaire, "
            "vous aurez aussi les images et les prix.",
        )
    if host.startswith("outlook.") and path.endswith(".html"):
        raise _wrong("identifier_page", "Ceci est la page de l’agenda Outlook ; copiez plutôt son lien ICS")


def _wrong(code: str, what: str) -> ConfigurationError:
    return ConfigurationError(code, f"{what}. {HELP}")
