"""Reads which agenda a person means: its number, one of its export addresses, or its page."""

import html
import re
from typing import Final
from urllib.parse import unquote, urlsplit

from providers.errors import ConfigurationError

SITE: Final = "https://openagenda.com"
HELP: Final = (
    "Collez l’adresse de votre agenda, par exemple https://openagenda.com/jep-2018-ile-de-france, "
    "ou son numéro, par exemple 47826291 (il est affiché en bas de la colonne de droite de sa page)."
)

_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_AGENDA: Final = re.compile(r"(?:^|/)agendas/([0-9]{1,12})(?:/(?:(?:admin/)?events(?:\.[a-z0-9.]+)?/?)?)?$")
_LOCALE: Final = re.compile(r"^/(?:[a-z]{2})(?=/)")
_SLUG: Final = re.compile(r"^/([a-z0-9][a-z0-9_.-]{1,200})(/.*)?$")
_EVENT: Final = re.compile(r"/events?/(?!p/)[^/]+")
_NOT_SLUGS: Final = frozenset(
    {
        *("about", "agenda", "agendas", "api", "contact", "embeds", "event", "events", "help", "home"),
        *("legal", "locations", "login", "logout", "map", "new", "newsletter", "privacy", "search"),
        *("settings", "signin", "signup", "support"),
    }
)


def read(written: str) -> str:
    """Give the agenda's number, or its page's address where only the network can tell the number.

    Raises
    ------
    ConfigurationError
        What was pasted names no agenda; the sentence says what to paste instead.
    """
    pasted = written.strip().strip("<>\"'«»").strip()
    if not pasted:
        raise ConfigurationError("identifier_empty", f"L’identifiant de l’agenda manque. {HELP}")
    bare = re.sub(r"[\s\u00a0\u202f]", "", pasted).removeprefix("n°").removeprefix("#")
    if _NUMBER.fullmatch(bare):
        return _number(bare)
    if "@" in pasted and "/" not in pasted:
        raise _wrong("identifier_email", "Ceci est une adresse électronique")
    try:
        parts = urlsplit(pasted if "://" in pasted else f"https://{pasted.lstrip('/')}")
        host, path = (parts.hostname or "").lower(), unquote(parts.path).strip().rstrip("/")
    except ValueError:
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse") from None
    if parts.scheme.lower() not in {"http", "https", "webcal"} or not host:
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse d’Open Agenda")
    if host != "openagenda.com" and not host.endswith(".openagenda.com"):
        raise _wrong("identifier_other_site", "Ceci n’est pas une adresse d’Open Agenda")
    path = _LOCALE.sub("", path.lower())
    if found := _AGENDA.search(path):
        return _number(found[1])
    if _EVENT.search(path):
        raise _wrong("identifier_event", "Ceci est la page d’un évènement, pas celle de l’agenda")
    slug = _SLUG.match(path)
    if host in ("openagenda.com", "www.openagenda.com") and slug and slug[1] not in _NOT_SLUGS:
        return f"{SITE}/{slug[1]}"
    raise _wrong("identifier_no_agenda", "Cette adresse n’est pas celle d’un agenda")


def _number(digits: str) -> str:
    if not int(digits):
        raise _wrong("identifier_zero", "Ce numéro n’est pas celui d’un agenda")
    return str(int(digits))


def _wrong(code: str, what: str) -> ConfigurationError:
    return ConfigurationError(code, f"{what}. {HELP}")


def find_number(page: str, address: str) -> str:
    """Find the agenda's number in its page.

    The page carries its state as JSON (plain, escaped in a script, or in an attribute) and links to
    its exports; the surest sign on which they agree is taken.

    Raises
    ------
    ConfigurationError
        The page names no agenda, or several and not which one it is.
    """
    text = html.unescape(page).replace('\\"', '"')
    slug = re.escape(address.rstrip("/").rpartition("/")[2])
    signs = (
        rf'"uid":"?([0-9]{{1,12}})"?,(?:"[a-z]+":(?:"[^"{{}}]{{0,300}}"|[0-9a-z.]+),){{0,6}}"slug":"{slug}"',
        rf'"slug":"{slug}",(?:"[a-z]+":(?:"[^"{{}}]{{0,300}}"|[0-9a-z.]+),){{0,6}}"uid":"?([0-9]{{1,12}})\b',
        r'(?:data-(?:oa-)?agenda-uid|"?agendaUid"?)\s*[=:]\s*["\']?([0-9]{1,12})\b',
        r"/agendas/([0-9]{1,12})/events\.v2\.",
        r"/agendas/([0-9]{1,12})\b",
    )
    compact = re.sub(r'(?<=[":,{}\[\]])\s+(?=[":,{}\[\]0-9])', "", text)
    for sign in signs:
        found = {str(int(number)) for number in re.findall(sign, compact)} - {"0"}
        if len(found) == 1:
            return found.pop()
    raise ConfigurationError(
        "agenda_not_in_page",
        f"Le numéro de l’agenda n’a pas été trouvé sur la page {address}. {HELP}",
    )
