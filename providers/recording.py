"""Records a partner's answers as a folder of fixtures, without its secrets and people.

What is recorded is what a traversal and a check ask for; `providers.recorded` reads it.
"""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from providers import bodies
from providers.base import Provider, VenueFacts, Visit
from providers.errors import PartnerError
from providers.exchange import Sender
from providers.http import PoliteClient
from providers.recorded import INDEX, Ask, Told, as_response, ask_of
from providers.scrubbing import Scrubber, stand_in
from providers.settings import ProviderSettings

_KEPT_HEADERS: Final = frozenset({"content-type", "retry-after", "x-page-generated", "link"})
_SUFFIXES: Final = {
    "application/json": ".json",
    "text/calendar": ".ics",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "text/csv": ".csv",
    "text/html": ".html",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
}


@dataclass(slots=True)
class Taken:
    """What was recorded: (request, answer), in order, each request once."""

    answers: dict[Ask, Told] = field(default_factory=dict)
    error: PartnerError | None = None


class _Recorder:
    """Stands before the network and keeps what it answers."""

    def __init__(self, network: Sender, taken: Taken, most: int, host_map: Mapping[str, str]) -> None:
        self._network = network
        self._taken = taken
        self._most = most
        self._host_map = host_map

    def send(
        self, request: requests.PreparedRequest, *, stream: bool, timeout: Any, verify: Any, proxies: Any
    ) -> requests.Response:
        response = self._network.send(request, stream=stream, timeout=timeout, verify=verify, proxies=proxies)
        host = urlsplit(str(request.url)).hostname or ""
        encoding = response.headers.get("Content-Encoding", "")
        pieces = iter(lambda: response.raw.read1(64 * 1024, decode_content=False), b"")
        body = b"".join(bodies.decoded(pieces, encoding, self._most, host))
        response.close()
        told = Told(response.status_code, dict(response.headers), body)
        asked = ask_of(request)
        self._taken.answers[replace(asked, url=self._unmapped(asked.url))] = told
        return as_response(told, request)

    def _unmapped(self, url: str) -> str:
        """Give the address that the adapter meant, where an operator's map sent it elsewhere."""
        for host, base in self._host_map.items():
            if url.startswith(base):
                return f"https://{host}{url.removeprefix(base.rstrip('/'))}"
        return url

    def close(self) -> None:
        self._network.close()


def record(
    adapter: Provider[Any],
    identifier: str,
    settings: ProviderSettings,
    secrets: Mapping[str, str],
    folder: Path,
    *,
    venue: VenueFacts | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    host_map: Mapping[str, str] | None = None,
    proxy: str | None = None,
) -> Taken:
    """Ask a partner for all that a check and a traversal read, and write the folder.

    Parameters
    ----------
    identifier
        As a person wrote it; its stored form is recorded.
    secrets
        The settings that are secret, in clear.
    host_map, proxy
        As `PoliteClient` takes them.

    Returns
    -------
    Taken
        What was recorded; with the error that ended it, of which the answers so far are written too.
    """
    taken = Taken()
    limits = adapter.limits
    with (
        tempfile.TemporaryDirectory(prefix="passerelle-") as spool,
        PoliteClient(
            clock=clock,
            body_limit=limits.body,
            deadline=limits.deadline,
            through=lambda sender: _Recorder(sender, taken, limits.body, host_map or {}),
            host_map=host_map,
            proxy=proxy,
        ) as client,
    ):
        visit = Visit(adapter.read_identifier(identifier), settings, clock, client, Path(spool), venue)
        try:
            stored = adapter.resolve(visit)
            visit = replace(visit, identifier=stored)
            for _ in adapter.check(visit):
                pass
            refs = [item.ref for page in adapter.fetch(visit) for item in page.items]
            if adapter.traits.hints and refs:
                for _ in adapter.fetch(replace(visit, only=frozenset(refs[:1]))):
                    pass
        except PartnerError as error:
            taken.error = error
    _write(adapter, visit, secrets, taken, folder)
    return taken


def _write(
    adapter: Provider[Any], visit: Visit[Any], secrets: Mapping[str, str], taken: Taken, folder: Path
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    scrub = Scrubber(secrets, visit.identifier)
    told = [(ask, answer, scrub.body(answer.body)) for ask, answer in taken.answers.items()]
    answers = []
    for number, (ask, answer, body) in enumerate(told, 1):
        said: dict[str, Any] = {"ask": f"{ask.method} {scrub.address(ask.url)}"}
        if ask.sends:
            said["sends"] = scrub.address(ask.sends)
        if answer.status != 200:
            said["status"] = answer.status
        kept = {n: v for n, v in answer.headers.items() if n.lower() in _KEPT_HEADERS}
        if kept:
            said["headers"] = {name: scrub.address(value) for name, value in kept.items()}
        if body:
            said["body"] = _name(number, ask, answer)
            (folder / said["body"]).write_bytes(body)
        answers.append(said)
    said = visit.settings.model_dump(mode="json", exclude_unset=True, exclude=set(secrets))
    written = {name: scrub.address(each) if isinstance(each, str) else each for name, each in said.items()}
    index: dict[str, Any] = {
        "provider": adapter.slug,
        "identifier": scrub.address(visit.identifier),
        "settings": {**written, **{name: stand_in(value) for name, value in secrets.items()}},
        "now": visit.clock().isoformat(),
    }
    if visit.venue is not None:
        index["venue"] = {
            "name": visit.venue.name,
            "timezone": visit.venue.timezone,
            "latitude": visit.venue.latitude,
            "longitude": visit.venue.longitude,
        }
    text = json.dumps({**index, "answers": answers}, ensure_ascii=False, indent=1)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")


def _name(number: int, ask: Ask, told: Told) -> str:
    last = urlsplit(ask.url).path.rstrip("/").rpartition("/")[2] or "index"
    stem, _, _ = "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in last).partition(".")
    return f"{number:02}-{stem[:40] or 'answer'}{_SUFFIXES.get(told.content_type, '.txt')}"
