"""Where a request goes: the URL as the world knows it, and the address that it is sent to.

Only https on its own port may be called, except where an operator's host map says otherwise. An
address that a person typed with http:// is called with https://; a partner that redirects from
https to http is refused.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import requests

from providers.address import refused

_SECRET_PARAMETER: Final = re.compile(
    r"(?P<name>(?:^|(?<=[?&;]))[^=&;#]*(?:key|token|secret|passw|pwd|sig(?=nature|=)|auth|credential)[^=&;#]*)=[^&;#]*",
    re.IGNORECASE,
)
_USERINFO: Final = re.compile(r"(?<=//)[^/?#@]*@")
# « Adresse secrète au format iCal » of a Google calendar
_SECRET_PATH: Final = re.compile(r"(?<=/)private-[0-9a-zA-Z]+")

_NO_ADDRESS: Final = "Cette adresse n’est pas celle d’une page web : elle doit commencer par https://."


def redact_url(url: str) -> str:
    """Give a URL that may be logged: without userinfo, without values that look secret."""
    address, mark, rest = _USERINFO.sub("", url).partition("?")
    return _SECRET_PATH.sub("private-***", address) + mark + _SECRET_PARAMETER.sub(r"\g<name>=***", rest)


def validators_key(url: str) -> str:
    """Give what the validators of a URL are stored under: the URL, its secrets digested."""
    safe = redact_url(url)
    return safe if safe == url else f"{safe}#{hashlib.sha256(url.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Route:
    """`url` is the world's name, without userinfo; `address` is where the request is sent.

    `authorization` is what the URL's userinfo amounts to.
    """

    url: str
    address: str
    mapped: bool
    authorization: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def origin(self) -> tuple[str, str]:
        parts = urlsplit(self.url)
        return parts.scheme, parts.netloc


class Routes:
    """Finds routes; `host_map` sends a host to a base URL, path and query kept."""

    def __init__(self, host_map: Mapping[str, str]) -> None:
        self._bases = {host.casefold().rstrip("."): base.rstrip("/") for host, base in host_map.items()}

    def first(self, url: str, params: Mapping[str, str] | None = None) -> Route:
        """Give the route of a URL as typed or built.

        Raises
        ------
        ConfigurationError
            `address_refused`: it is no URL, or not one that we call.
        """
        parts, authorization = _normalised(url, params)
        if parts.scheme == "http" and parts.hostname not in self._bases:
            netloc = parts.netloc.removesuffix(":80")
            parts = parts._replace(scheme="https", netloc=netloc)
        return self._place(parts, authorization)

    def after(self, route: Route, location: str) -> Route:
        """Give the route of a redirect.

        Raises
        ------
        ConfigurationError
            `address_refused`: it leads where we do not go.
        """
        base = self._bases.get(route.host)
        try:
            url = urljoin(route.url, _as_utf8(location))
        except ValueError:
            raise refused(route.host, "redirects to what is no URL", _NO_ADDRESS) from None
        if base and (url == base or url.startswith(base + "/")):
            # a mapped server that names itself means the host that it stands for
            url = "://".join(route.origin) + url.removeprefix(base)
        parts, _ = _normalised(url, None)
        if parts.scheme == "http" and parts.hostname not in self._bases:
            raise refused(
                route.host,
                f"redirects to {redact_url(url)}",
                f"« {route.host} » renvoie vers une adresse qui n’est pas sécurisée (http://) : "
                "demandez-lui une adresse en https://.",
            )
        return self._place(parts, "")

    def _place(self, parts: SplitResult, authorization: str) -> Route:
        host = parts.hostname or ""
        url = urlunsplit(parts)
        base = self._bases.get(host.rstrip("."))
        if base is not None:
            path = urlunsplit(("", "", parts.path, parts.query, ""))
            return Route(url, base + path, mapped=True, authorization=authorization)
        if parts.port not in {None, 443}:
            raise refused(
                host,
                f"port {parts.port}",
                f"L’adresse « {host}:{parts.port} » utilise un port particulier : "
                "indiquez une adresse https sans numéro de port.",
            )
        return Route(url, url, mapped=False, authorization=authorization)


def _normalised(url: str, params: Mapping[str, str] | None) -> tuple[SplitResult, str]:
    """Give the parts of a URL as `requests` would send it, and the authorization in its userinfo."""
    if not re.match(r"\s*https?://", url, re.IGNORECASE):
        raise refused("(malformed)", "neither https:// nor http://", _NO_ADDRESS)
    try:
        prepared = requests.Request("GET", url, params=dict(params or {})).prepare()
        parts = urlsplit(prepared.url or "")
        netloc = parts.netloc.rpartition("@")[2].lower()
    except (requests.RequestException, ValueError):
        raise refused("(malformed)", redact_url(url), _NO_ADDRESS) from None
    if netloc.endswith(":443") and parts.scheme == "https":
        netloc = netloc.removesuffix(":443")
    return parts._replace(netloc=netloc, fragment=""), prepared.headers.get("Authorization", "")


def _as_utf8(header: str) -> str:
    # http.client reads headers as Latin-1; a Location with raw accents is UTF-8
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header
