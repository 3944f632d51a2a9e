"""The polite client: how every adapter reads its partner."""

import hashlib
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

from providers import bodies
from providers.answers import Answer, Download
from providers.exchange import Ask, Budget, Exchange, Reply, Sender, Unbudgeted
from providers.headers import validators
from providers.patience import Patience
from providers.routes import Routes, redact_url, validators_key
from providers.shelf import Kept, Shelf, is_what_it_has

__all__ = [
    "Answer",
    "Budget",
    "Download",
    "PoliteClient",
    "Shelf",
    "Unbudgeted",
    "redact_url",
    "validators_key",
]

GET_LIMIT: Final = 8 * 1024 * 1024
DOWNLOAD_LIMIT: Final = 64 * 1024 * 1024
"""Bytes, before and after decompression."""

_ANSWERS: Final = frozenset({200, 201, 202, 203, 204})
_WHOLE: Final = frozenset({200, 203})
"""What brings a document: « accepted » (202) and « no content » (204) do not, a part (206) neither."""


T = TypeVar("T")
A = TypeVar("A", Answer, Download | None)


def _now() -> datetime:
    return datetime.now(UTC)


def _no_heart() -> None:
    pass


class PoliteClient:
    """HTTP with budgets, retries, caps and the address guard; one a run, in one thread.

    Every method raises the taxonomy of `providers.errors` and nothing else but what `heart`
    raises; `providers.verdicts` lists the codes, `providers.exchange` says how long a call lasts.

    Parameters
    ----------
    clock
        Now, aware.
    budget
        Asked before every request, by `budget_key` or host.
    host_map
        Host → base URL: an operator sends a host elsewhere; that address is not guarded.
    validators
        What `fresh_validators` held after the link's last complete run.
    heart
        Called at least every half second while we wait, and with every piece of a body; what it
        raises comes through.
    sleep
        Waits that many seconds; it is asked for half a second at most.
    proxy
        An operator's proxy, `http://…` or `https://…`. What the environment says of proxies,
        netrc and certificates is never looked at.
    ca_bundle
        A file of certificate authorities to trust instead of the usual ones.
    body_limit
        Bytes of a download, before and after decompression; a `get` takes 8 MiB unless told.
    deadline
        Bounds an attempt; a call with its repetitions takes twice that at most.
    max_wait
        The longest Retry-After or budget wait that is waited in place; a longer one raises
        RateLimited with `retry_at`.
    next_allowed
        Host → when it lets us come back, as other runs heard it.
    shelf
        Where links of one feed share answers; what is asked for with headers or a password is not.
    through
        What requests go through instead of the bare network: recorded answers, or who records them.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = _now,
        budget: Budget | None = None,
        host_map: Mapping[str, str] | None = None,
        validators: Mapping[str, Mapping[str, str]] | None = None,
        heart: Callable[[], None] = _no_heart,
        sleep: Callable[[float], None] = time.sleep,
        proxy: str | None = None,
        ca_bundle: Path | None = None,
        body_limit: int = DOWNLOAD_LIMIT,
        deadline: timedelta = timedelta(minutes=10),
        max_wait: timedelta = timedelta(seconds=60),
        next_allowed: Mapping[str, datetime] | None = None,
        shelf: Shelf | None = None,
        through: Callable[[Sender], Sender] = lambda network: network,
    ) -> None:
        if proxy is not None and urlsplit(proxy).scheme not in {"http", "https"}:
            raise ValueError("a proxy is http://host:port or https://host:port")
        self.fresh_validators: dict[str, dict[str, str]] = {}
        """To be stored with a complete succeeded run; its keys hold no secret."""
        self._validators = validators or {}
        self._body_limit = body_limit
        self._shelf = shelf
        self._routes = Routes(host_map or {})
        self._exchange = Exchange(
            clock=clock,
            budget=budget or Unbudgeted(),
            routes=self._routes,
            patience=Patience(heart, sleep),
            deadline=deadline,
            max_wait=max_wait,
            verify=str(ca_bundle) if ca_bundle else True,
            proxy=proxy,
            next_allowed=dict(next_allowed or {}),
            through=through,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._exchange.close()

    @property
    def requests(self) -> int:
        """Requests sent so far, redirects and repetitions too."""
        return self._exchange.sent

    @property
    def received(self) -> int:
        """Bytes of bodies received so far, as they came (compressed)."""
        return self._exchange.received

    @property
    def next_allowed(self) -> Mapping[str, datetime]:
        """Host → when it lets us come back, as its Retry-After said."""
        return self._exchange.next_allowed

    @property
    def mostly_asked(self) -> tuple[str, str]:
        """The host and the budget key of most requests; empty before the first."""
        most = self._exchange.asked.most_common(1)
        return most[0][0] if most else ("", "")

    @property
    def fresh_until(self) -> datetime | None:
        """Until when the last answer stays good by its own headers, if they say so."""
        return self._exchange.fresh_until

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        budget_key: str | None = None,
        limit: int | None = None,
    ) -> Answer:
        """Read a small body whole; `limit` in bytes."""
        ask = Ask("GET", self._routes.first(url, params), headers or {}, budget_key, _ANSWERS)

        def fetch() -> Answer:
            return self._exchange.run(ask, partial(self._read, limit=limit))

        if self._shelf is None or headers or ask.route.authorization:
            return fetch()
        return self._through(self._shelf, ask, lambda: self._kept(ask, fetch()), _answer)

    def post(
        self,
        url: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        budget_key: str | None = None,
        limit: int | None = None,
        accepts: Collection[int] = _ANSWERS,
    ) -> Answer:
        """Send a document, a form or bytes; repeated only when the partner certainly did nothing.

        A redirect is not followed: TransientError `unexpected_status`.
        """
        body: dict[str, Any] = {"json": json} if form is None else {"data": dict(form)}
        if content is not None:
            body = {"data": content}
        ask = Ask("POST", self._routes.first(url), headers or {}, budget_key, accepts, body=body)
        return self._exchange.run(ask, partial(self._read, limit=limit))

    def download(
        self,
        url: str,
        to: Path,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        budget_key: str | None = None,
        limit: int | None = None,
        conditional: bool = True,
        matters: Callable[[Path], str] | None = None,
    ) -> Download | None:
        """Spool a body to the file `to`, which appears only when complete; `limit` in bytes.

        None: nothing changed since the validators that we were given for this URL (304).
        `conditional=False` does not ask. `matters` digests what matters in the file: a validator of
        our own for partners that give none, or that stamp each export.
        """
        route = self._routes.first(url, params)
        known = self._validators.get(validators_key(route.url), {}) if conditional else {}
        ask = Ask("GET", route, headers or {}, budget_key, _WHOLE, known)

        def fetch() -> Download | None:
            return self._exchange.run(ask, partial(self._spool, ask=ask, to=to, limit=limit))

        if self._shelf is None or headers or ask.route.authorization:
            download = fetch()
        else:
            copied = partial(self._copied, ask=ask, to=to)
            download = self._through(self._shelf, ask, lambda: self._kept(ask, fetch()), copied)
        if download is None or matters is None:
            return download
        mark = matters(to)
        fresh = self.fresh_validators.setdefault(
            validators_key(route.url), {"url": validators_key(download.url)}
        )
        fresh["matters"] = mark
        return None if known.get("matters") == mark else download

    def _read(self, reply: Reply, limit: int | None) -> Answer:
        content = b"".join(self._exchange.body(reply, limit or min(GET_LIMIT, self._body_limit)))
        raw = reply.raw
        return Answer(raw.status_code, raw.headers, content, reply.route.url, reply.requested_at)

    def _spool(self, reply: Reply, ask: Ask, to: Path, limit: int | None) -> Download | None:
        headers, url = reply.raw.headers, reply.route.url
        fresh = validators(headers)
        if reply.raw.status_code == 304:
            self.fresh_validators[validators_key(ask.route.url)] = {**ask.known, **fresh}
            return None
        digest, size = hashlib.sha256(), 0
        with bodies.spooled(to) as file:
            for piece in self._exchange.body(reply, limit or self._body_limit):
                digest.update(piece)
                size += len(piece)
                file.write(piece)
        if fresh:
            self.fresh_validators[validators_key(ask.route.url)] = {**fresh, "url": validators_key(url)}
        return Download(to, digest.hexdigest(), size, headers, url, reply.requested_at)

    def _through(self, shelf: Shelf, ask: Ask, fetch: Callable[[], T], read: Callable[[Kept], T]) -> T:
        wait, clock = self._exchange.patience.wait, self._exchange.clock
        return shelf.through(ask.route.url, fetch=fetch, read=read, wait=wait, clock=clock)

    def _kept(self, ask: Ask, answer: A) -> A:
        """Leave on the shelf what has just come."""
        if self._shelf is None:
            return answer
        url = ask.route.url
        if answer is None:
            self._shelf.renew(url, ask.known, self._exchange.clock())
        elif isinstance(answer, Download):
            headers, at = answer.headers, answer.requested_at
            kept = Kept.of(answer.url, 200, headers, at, sha256=answer.sha256, size=answer.size)
            self._shelf.keep(url, kept, partial(shutil.copyfile, answer.path))
        else:
            kept = Kept.of(answer.url, answer.status, answer.headers, answer.requested_at)
            self._shelf.keep(url, kept, lambda body: body.write_bytes(answer.content))
        return answer

    def _copied(self, kept: Kept, ask: Ask, to: Path) -> Download | None:
        """Give what another run downloaded, as if it had been downloaded for this one."""
        key = validators_key(ask.route.url)
        if ask.known and is_what_it_has(kept, ask.known):
            self.fresh_validators[key] = dict(ask.known)
            return None
        shutil.copyfile(kept.body, to)
        if kept.validators:
            self.fresh_validators[key] = {**kept.validators, "url": validators_key(kept.url)}
        return Download(to, kept.sha256, kept.size, kept.headers, kept.url, kept.requested_at)


def _answer(kept: Kept) -> Answer:
    return Answer(kept.status, kept.headers, kept.body.read_bytes(), kept.url, kept.requested_at)
