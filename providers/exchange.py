"""One request to a partner: our turn, the attempts, the redirects, the body.

One call is up to four attempts, one attempt up to five redirects; every request sent costs budget.
`deadline` bounds an attempt, to the last byte of its body, and no attempt begins later than
`deadline` after the first: a call ends within twice that time. Waits for our turn (the budget, a
Retry-After) come on top, each of `max_wait` at most; a longer one raises RateLimited.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NoReturn, Protocol, TypeVar

import requests
import urllib3.exceptions
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from providers import bodies, verdicts
from providers.address import Transport
from providers.errors import ConfigurationError, PartnerError, RateLimited, TransientError
from providers.headers import conditions, fresh_until, retry_after
from providers.patience import Patience
from providers.routes import Route, Routes, redact_url, validators_key

ATTEMPTS: Final = 4
REDIRECTS: Final = 5
CONNECT_TIMEOUT: Final = 5.0
READ_TIMEOUT: Final = 30.0
"""Seconds of silence."""

_CHUNK: Final = 64 * 1024
_REDIRECT: Final = frozenset({301, 302, 303, 307, 308})
_PASSED_ON: Final = frozenset({"accept", "accept-language"})
"""What of an adapter's headers another host than its own may see."""
_NETWORK: Final = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)

T = TypeVar("T")


class Budget(Protocol):
    """Whose turn it is, among all that ask the same partner."""

    def wait(self, key: str) -> float:
        """Give the seconds after which to ask again; 0: go, and the request is counted."""


class Sender(Protocol):
    """What brings a request to its partner and an answer back, as `requests`' adapters do."""

    def send(
        self, request: requests.PreparedRequest, *, stream: bool, timeout: Any, verify: Any, proxies: Any
    ) -> requests.Response: ...
    def close(self) -> None: ...


def _itself(sender: Sender) -> Sender:
    return sender


class Unbudgeted:
    """No budget: a shell, a test."""

    def wait(self, key: str) -> float:
        del key
        return 0.0


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as an adapter means it.

    Parameters
    ----------
    accepts
        The statuses that bring an answer, besides 304 where `known` was sent; any other is an
        error of the taxonomy.
    known
        Validators of an earlier answer; they are sent to the URL that gave them, and only there.
    body
        Arguments of `requests.Request`: `json` or `data`.
    """

    method: str
    route: Route
    headers: Mapping[str, str]
    budget_key: str | None
    accepts: Collection[int]
    known: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)

    def headers_for(self, route: Route) -> dict[str, str]:
        """Give the headers of one hop: another host sees neither credentials nor what may be some."""
        at_home = route.origin == self.route.origin
        headers = {
            name: value for name, value in self.headers.items() if at_home or name.lower() in _PASSED_ON
        }
        if at_home and self.route.authorization:
            headers.setdefault("Authorization", self.route.authorization)
        ours = {"User-Agent": user_agent(), "Accept-Encoding": "gzip"}
        return {"Accept": "*/*"} | headers | self._conditions_for(route) | ours

    def hopes_for(self, status: int, route: Route) -> bool:
        return status in self.accepts or (status == 304 and bool(self._conditions_for(route)))

    def _conditions_for(self, route: Route) -> dict[str, str]:
        given_by = self.known.get("url", validators_key(self.route.url))
        return conditions(self.known) if validators_key(route.url) == given_by else {}


@dataclass(frozen=True, slots=True)
class Reply:
    """A status that was hoped for, its body not read yet."""

    raw: requests.Response
    route: Route
    requested_at: datetime


@dataclass(slots=True)
class Exchange:
    """Sends requests and counts them; the parameters are `PoliteClient`'s."""

    clock: Callable[[], datetime]
    budget: Budget
    routes: Routes
    patience: Patience
    deadline: timedelta
    max_wait: timedelta
    verify: bool | str = True
    proxy: str | None = None
    through: Callable[[Sender], Sender] = _itself
    sent: int = 0
    received: int = 0
    next_allowed: dict[str, datetime] = field(default_factory=dict)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    fresh_until: datetime | None = None
    # a requests.Session would bring cookies, netrc and the environment's proxies: bare transports do not
    _guarded: Sender = field(init=False)
    _mapped: Sender = field(init=False)

    def __post_init__(self) -> None:
        self._guarded = self.through(Transport(self.patience, guarded=True))
        self._mapped = self.through(Transport(self.patience, guarded=False))

    def close(self) -> None:
        self._guarded.close()
        self._mapped.close()

    def run(self, ask: Ask, read: Callable[[Reply], T]) -> T:
        """Give what `read` makes of the reply; a body that ends too early is asked for again."""
        _refuse_unsendable(ask)
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(self.deadline),
            wait=wait_random_exponential(multiplier=1, max=30),
            retry=retry_if_exception(partial(self._worth_repeating, ask.method)),
            sleep=self.patience.wait,
            reraise=True,
        )
        made: T = retrying(self._attempt, ask, read)
        return made

    def body(self, reply: Reply, limit: int) -> Iterator[bytes]:
        """Give the decoded body piece by piece, `limit` bytes at most, before and after decompression."""
        headers, host = reply.raw.headers, reply.route.host
        announced = headers.get("Content-Length", "")
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
            raise bodies.too_large(host, limit, f"{announced[:20]} bytes announced")
        return bodies.decoded(self._pieces(reply), headers.get("Content-Encoding", ""), limit, host)

    def _worth_repeating(self, method: str, error: BaseException) -> bool:
        if not isinstance(error, PartnerError):
            return False
        if isinstance(error, RateLimited) and self._is_far(error.retry_at):
            return False
        return error.code in (verdicts.AGAIN if method == "GET" else verdicts.AGAIN_WHEN_WRITING)

    def _attempt(self, ask: Ask, read: Callable[[Reply], T]) -> T:
        route, requested_at = ask.route, None
        with self.patience.within(self.deadline.total_seconds()):
            for _ in range(REDIRECTS + 1):
                self._wait_for_our_turn(route.host, ask.budget_key or route.host)
                requested_at = requested_at or self.clock()
                self.asked[route.host, ask.budget_key or route.host] += 1
                with closing(self._send(ask, route)) as response:
                    elsewhere = response.headers.get("Location", "")
                    if ask.method == "GET" and response.status_code in _REDIRECT and elsewhere:
                        route = self.routes.after(route, elsewhere)
                        continue
                    self._judge(ask, route, response)
                    return read(Reply(response, route, requested_at))
        sentence = f"« {ask.route.host} » renvoie sans fin d’une adresse à une autre. Nous réessaierons."
        raise TransientError("too_many_redirects", sentence, redact_url(ask.route.url))

    def _wait_for_our_turn(self, host: str, key: str) -> None:
        allowed = self.next_allowed.get(host)
        if allowed is not None and self._is_far(allowed):
            raise verdicts.of_status(429, f"https://{host}", host, allowed, far=True)
        if allowed is not None:
            self.patience.wait((allowed - self.clock()).total_seconds())
        waited = timedelta(0)
        while seconds := self.budget.wait(key):
            waited += timedelta(seconds=seconds)
            if waited > self.max_wait:
                sentence = f"« {host} » a déjà été beaucoup interrogé. L’importation reprendra d’elle-même."
                retry_at = self.clock() + timedelta(seconds=seconds)
                raise RateLimited("budget", sentence, f"no request left for {key}", retry_at)
            self.patience.wait(seconds)

    def _is_far(self, instant: datetime | None) -> bool:
        return instant is not None and instant - self.clock() > self.max_wait

    def _send(self, ask: Ask, route: Route) -> requests.Response:
        request = requests.Request(ask.method, route.address, headers=ask.headers_for(route), **ask.body)
        transport = self._mapped if route.mapped else self._guarded
        proxies = {"https": self.proxy} if self.proxy and not route.mapped else {}
        try:
            self.patience.beat()
            left = max(self.patience.left(), 0.01)
            timeout = min(CONNECT_TIMEOUT, left), min(READ_TIMEOUT, left)
            self.sent += 1
            return transport.send(
                request.prepare(), stream=True, timeout=timeout, verify=self.verify, proxies=proxies
            )
        except _NETWORK as error:
            self._raise_failure(error, route, streaming=False)

    def _judge(self, ask: Ask, route: Route, response: requests.Response) -> None:
        """Raise what the status amounts to, unless it is one that was hoped for."""
        now = self.clock()
        retry_at = retry_after(response.headers, now)
        if retry_at is not None:
            self.next_allowed[route.host] = retry_at
        if not ask.hopes_for(response.status_code, route):
            far = self._is_far(retry_at)
            raise verdicts.of_status(response.status_code, route.url, route.host, retry_at, far=far)
        self.fresh_until = fresh_until(response.headers, now)

    def _pieces(self, reply: Reply) -> Iterator[bytes]:
        while True:
            try:
                piece = reply.raw.raw.read1(_CHUNK, decode_content=False)
                self.patience.beat()
            except _NETWORK as error:
                self._raise_failure(error, reply.route, streaming=True)
            if not piece:
                return
            self.received += len(piece)
            yield piece

    def _raise_failure(self, error: Exception, route: Route, *, streaming: bool) -> NoReturn:
        if self.patience.stopped is not None:
            # whatever wrapped it in between quotes the URL
            raise self.patience.stopped from self.patience.stopped.__cause__
        if self.patience.expired:
            sentence = f"« {route.host} » met trop de temps à tout envoyer. Nous réessaierons."
            raise TransientError("deadline", sentence, redact_url(route.url)) from None
        raise verdicts.of_failure(error, route.url, route.host, streaming=streaming) from None


@cache
def user_agent() -> str:
    """Say who we are."""
    try:
        ours = version("passerelle")
    except PackageNotFoundError:
        ours = "dev"
    return f"Passerelle/{ours} (+https://passculture.app)"


def _refuse_unsendable(ask: Ask) -> None:
    # a key pasted with a line break; the libraries' own errors would quote it
    for value in ask.headers.values():
        if not (value.isascii() and value.isprintable() and value == value.strip()):
            sentence = (
                "La clé d’accès contient un caractère qui ne peut pas en faire partie : copiez-la de nouveau."
            )
            raise ConfigurationError("credentials_malformed", sentence, f"a header for {ask.route.host}")
