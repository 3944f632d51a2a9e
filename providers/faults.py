"""What goes wrong with a partner's answers, put on recorded ones; and what an adapter makes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import requests

from providers.base import Provider, Visit
from providers.errors import ConfigurationError, DataError, PartnerError, RateLimited, TransientError
from providers.recorded import Ask, Told

HTML: Final = (
    b"<!DOCTYPE html>\n<html lang=fr><head><title>Maintenance</title></head>"
    b"<body><h1>Le site est en maintenance, revenez plus tard.</h1></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong; `expected` are the errors that may come of it when every answer has it.

    Parameters
    ----------
    may_pass
        An adapter may also read such an answer in full.
    """

    name: str
    label: str
    spoil: Callable[[Told], Told]
    expected: tuple[type[PartnerError], ...]
    may_pass: bool = False

    def __call__(self, _: Ask, told: Told) -> Told:
        return self.spoil(told)


def _status(status: int, **headers: str) -> Callable[[Told], Told]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda told: replace(told, status=status, headers={**told.headers, **named}, body=b"")


def _html(told: Told) -> Told:
    return replace(told, headers={"Content-Type": "text/html; charset=utf-8"}, body=HTML)


def half(told: Told) -> Told:
    """Cut a body where the network cannot tell."""
    return replace(told, body=told.body[: len(told.body) // 2])


def _misread(told: Told) -> Told:
    """Write a body that is UTF-8, and says so, in Windows-1252."""
    try:
        body = told.body.decode("utf-8").encode("cp1252", "replace")
    except UnicodeDecodeError:
        return told
    return replace(told, body=body)


ANY: Final = (PartnerError,)

FAULTS: Final = {
    fault.name: fault
    for fault in (
        Fault("unauthorised", "401", _status(401), (ConfigurationError,)),
        Fault("forbidden", "403", _status(403), (ConfigurationError,)),
        Fault("not_found", "404", _status(404), (ConfigurationError,)),
        Fault("rate_limited", "429", _status(429, Retry_After="3600"), (RateLimited,)),
        Fault("server_error", "500", _status(500), (TransientError,)),
        Fault("away", "503", _status(503), (TransientError,)),
        Fault("empty", "réponse vide", lambda told: replace(told, body=b""), (TransientError, DataError)),
        Fault(
            "cut",
            "réponse coupée",
            lambda told: replace(half(told), announced=len(told.body)),
            (TransientError,),
        ),
        Fault("cut_unseen", "réponse coupée sans que cela se voie", half, (TransientError, DataError)),
        Fault("html", "page HTML", _html, (DataError,)),
        Fault("misread", "mauvais jeu de caractères", _misread, ANY, may_pass=True),
        Fault(
            "slow",
            "réponse trop lente",
            lambda told: replace(told, failure=requests.ReadTimeout("too slow")),
            (TransientError,),
        ),
        Fault(
            "too_large",
            "réponse trop grande",
            lambda told: replace(told, announced=10**12, endless=True),
            (DataError,),
        ),
    )
}
"""Name → fault."""


@dataclass(slots=True)
class Outcome:
    """What came of a traversal: the (kind, ref) met, whether it claims to be complete, and the error."""

    met: set[tuple[str, str]] = field(default_factory=set)
    pages: int = 0
    complete: bool = False
    unidentified: bool = False
    error: PartnerError | None = None

    def withdraws(self, whole: "Outcome", kind: str) -> set[str]:
        """Give the refs of a kind that `whole` met and that would be taken for gone after this one."""
        if not self.complete or self.unidentified:
            return set()
        return {ref for of, ref in whole.met - self.met if of == kind}


def traverse(adapter: Provider[Any], visit: Visit[Any]) -> Outcome:
    """Read everything; an error that is no PartnerError comes through."""
    outcome = Outcome()
    try:
        for page in adapter.fetch(visit):
            if page.restarted:
                outcome.met.clear()
            outcome.pages += 1
            outcome.met.update((item.kind, item.ref) for item in page.items)
            outcome.complete = outcome.complete or page.last
            outcome.unidentified = outcome.unidentified or page.unidentified
    except PartnerError as error:
        outcome.error = error
        outcome.complete = False
    return outcome
