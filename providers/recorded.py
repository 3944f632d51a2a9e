"""A partner's recorded answers: a folder, and a client that answers from it instead of the network."""

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import cycle
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from providers.errors import ConfigurationError
from providers.http import DOWNLOAD_LIMIT, PoliteClient

INDEX: Final = "answers.json"

_TYPES: Final = {
    ".json": "application/json",
    ".ics": "text/calendar; charset=utf-8",
    ".xml": "application/xml",
    ".rss": "application/rss+xml",
    ".atom": "application/atom+xml",
    ".csv": "text/csv",
    ".html": "text/html; charset=utf-8",
}
_INSTANT: Final = re.compile(
    r"\d{4}-?\d{2}-?\d{2}(?:[T ]\d{2}:?\d{2}(?::?\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?|\b\d{10,13}\b"
)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it goes over the wire.

    `announced` is a Content-Length that is not the body's; `endless`: the body comes again and
    again; `failure` is raised in place of an answer.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    announced: int | None = None
    endless: bool = False
    failure: Exception | None = None

    @property
    def content_type(self) -> str:
        """Give the media type alone, in lower case."""
        written = next((value for name, value in self.headers.items() if name.lower() == "content-type"), "")
        return written.partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that a recording may know; `sends` is its body."""

    method: str
    url: str
    sends: str = ""


Change: TypeAlias = Callable[[Ask, Told], Told]
"""What happens to an answer on its way: a fault, or what the partner says the next day."""


class Recording:
    """The answers in a folder.

    With an `answers.json` each request has its answer by method, address and query; instants in a
    query and the order of ids may differ, and a POST is known by what it sends:

        {"identifier": "…", "settings": {…}, "now": "2030-01-01T12:00:00+00:00", "venue": {…},
         "answers": [{"ask": "GET https://partner.example/events?page=1", "body": "events_1.json"}]}

    An answer may add `status`, `headers` and `sends`. Without an `answers.json` a request's file is
    found by the last part of its path: `…/events.v2.ics` is `events.v2.ics`, else the folder's only
    `.ics` file; another address of the same path goes on to `page_2.json`, the first may be
    `page_1.json`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._met: dict[str, list[str]] = {}
        self._bodies: dict[str, bytes] = {}

    @cached_property
    def index(self) -> Mapping[str, Any]:
        """What `answers.json` says; empty without one."""
        file = self.folder / INDEX
        said: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        return said

    @property
    def now(self) -> datetime | None:
        """When the answers were given, by `answers.json`."""
        written = self.index.get("now")
        return datetime.fromisoformat(written) if written else None

    def find(self, ask: Ask) -> Told:
        """Give the recorded answer to a request.

        Raises
        ------
        ConfigurationError
            `not_found`: there is none.
        """
        told = self._of_index(ask) if self.index else self._of_names(ask)
        if told is None:
            where = self.folder.name
            raise ConfigurationError(
                "not_found",
                f"Le dossier « {where} » n’a pas de réponse enregistrée à cette demande.",
                f"no answer in {where} for {ask.method} {ask.url} {ask.sends[:200]}",
            )
        return told

    @cached_property
    def _asks(self) -> Sequence[tuple[Ask, Mapping[str, Any]]]:
        split = [(each["ask"].partition(" "), each) for each in self.index["answers"]]
        return [(Ask(method, url, each.get("sends", "")), each) for (method, _, url), each in split]

    def _of_index(self, ask: Ask) -> Told | None:
        for known in (_same, _nearly_the_same):
            for each, said in self._asks:
                if known(each, ask):
                    return self._told(said)
        return None

    def _told(self, said: Mapping[str, Any]) -> Told:
        name = said.get("body", "")
        if name and name not in self._bodies:
            self._bodies[name] = (self.folder / name).read_bytes()
        body = self._bodies[name] if name else b""
        usual = {"Content-Type": _TYPES.get(Path(name).suffix, "application/octet-stream")} if name else {}
        return Told(said.get("status", 200), usual | said.get("headers", {}), body)

    def _of_names(self, ask: Ask) -> Told | None:
        path = urlsplit(ask.url).path
        name = path.rpartition("/")[2] or "index"
        met = self._met.setdefault(path, [])
        if ask.url not in met:
            met.append(ask.url)
        number, suffix = met.index(ask.url) + 1, Path(name).suffix
        candidates = [self.folder / f"page_{number}{suffix}"]
        if number == 1:
            alone = list(self.folder.glob(f"*{suffix or '.'}"))
            candidates = [self.folder / name, *candidates, *(alone if len(alone) == 1 else ())]
        file = next((each for each in candidates if each.is_file()), None)
        return None if file is None else self._told({"body": file.name})


@lru_cache(maxsize=1024)
def _parts(ask: Ask) -> tuple[str, str, str, list[tuple[str, str]]]:
    parts = urlsplit(ask.url)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    return ask.method, parts.netloc.lower(), parts.path or "/", query


def _same(known: Ask, ask: Ask) -> bool:
    return _parts(known) == _parts(ask) and known.sends in ask.sends


def _nearly_the_same(known: Ask, ask: Ask) -> bool:
    return _same(_loosely(known), _loosely(ask))


@lru_cache(maxsize=1024)
def _loosely(ask: Ask) -> Ask:
    query = [(name, ",".join(sorted(_INSTANT.sub("…", value).split(",")))) for name, value in _parts(ask)[3]]
    bare = urlsplit(ask.url)._replace(query="", fragment="").geturl()
    return Ask(
        ask.method,
        f"{bare}?{urlencode(query)}",
        _INSTANT.sub("…", ask.sends),
    )


def unchanged(_: Ask, told: Told) -> Told:
    return told


class Tape:
    """What stands in the network's place: takes a prepared request and gives the recorded answer."""

    def __init__(self, recording: Recording, change: Change = unchanged) -> None:
        self._recording = recording
        self._change = change
        self.asked: list[Ask] = []

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:
        ask = ask_of(request)
        self.asked.append(ask)
        told = self._change(ask, self._recording.find(ask))
        if told.failure is not None:
            raise told.failure
        return as_response(told, request)

    def close(self) -> None:
        pass


def ask_of(request: requests.PreparedRequest) -> Ask:
    """Give a request as a recording knows it."""
    body = request.body or b""
    sends = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    return Ask(str(request.method), str(request.url), sends)


def as_response(told: Told, request: requests.PreparedRequest) -> requests.Response:
    """Give an answer as the network would."""
    announced = len(told.body) if told.announced is None else told.announced
    length = {} if told.endless and told.announced is None else {"Content-Length": str(announced)}
    headers = {
        **{name: value for name, value in told.headers.items() if name.lower() not in _HOP_BY_HOP},
        **length,
    }
    response = requests.Response()
    response.status_code = told.status
    response.headers = CaseInsensitiveDict(headers)
    response.url = str(request.url)
    response.request = request
    response.raw = urllib3.HTTPResponse(
        body=io.BufferedReader(_Endless(told.body)) if told.endless else io.BytesIO(told.body),
        headers=headers,
        status=told.status,
        preload_content=False,
        request_method=request.method,
    )
    return response


_HOP_BY_HOP: Final = frozenset({"content-length", "content-encoding", "transfer-encoding"})


class _Endless(io.RawIOBase):
    """A body that begins as it should and never ends."""

    def __init__(self, body: bytes) -> None:
        self._pieces = cycle([(body or b" ") * max(1, 65_536 // max(1, len(body)))])

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = next(self._pieces)[: len(buffer)]
        buffer[: len(piece)] = piece
        return len(piece)


class Recorded(PoliteClient):
    """The polite client over a recording: verdicts, caps and repetitions are the real ones, no second passes.

    `asked` is what was asked, repetitions too.
    """

    def __init__(
        self,
        recording: Recording | Path,
        change: Change = unchanged,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        body_limit: int = DOWNLOAD_LIMIT,
        deadline: timedelta = timedelta(minutes=10),
    ) -> None:
        found = Recording(recording) if isinstance(recording, Path) else recording
        self._tape = Tape(found, change)
        super().__init__(
            clock=clock,
            sleep=lambda _: None,
            body_limit=body_limit,
            deadline=deadline,
            through=lambda _: self._tape,
        )

    @property
    def asked(self) -> Sequence[Ask]:
        return self._tape.asked
