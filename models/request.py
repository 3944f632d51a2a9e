"""Requests that the hook has heard: the same one told again does nothing, and gets the same answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session


class KeyReusedError(Exception):
    """A key came back with another request."""


class AlreadyHeardError(Exception):
    """The request was carried out already, and asked for no run that could be given again."""


@dataclass(frozen=True, slots=True)
class HeardRequest:
    """A request that writes, as it is recognised when it comes again.

    `keys` are its Idempotency-Key and its webhook-id, told apart by a prefix; with none of them
    every request is a new one.
    """

    caller: str
    keys: Sequence[str]
    digest: bytes


HEAR = text("""
    INSERT INTO heard_request (caller, key, digest) VALUES (:caller, :key, :digest)
    ON CONFLICT DO NOTHING RETURNING key
""")
HEARD = text("SELECT digest, run_id FROM heard_request WHERE caller = :caller AND key = :key")
LED_TO = text("UPDATE heard_request SET run_id = :run WHERE caller = :caller AND key = ANY (:keys)")


def hear(db: Session, request: HeardRequest) -> int | None:
    """Note a request inside the transaction that carries it out; gives the run it already led to.

    The same request at the same moment waits here until the first is committed.

    Raises
    ------
    KeyReusedError
        The key belongs to another request.
    AlreadyHeardError
        It was carried out, and led to no run.
    """
    for key in request.keys:
        names = {"caller": request.caller, "key": key, "digest": request.digest}
        if db.scalar(HEAR, names) is not None:
            continue
        known = db.execute(HEARD, names).one()
        if bytes(known.digest) != request.digest:
            raise KeyReusedError
        if known.run_id is None:
            raise AlreadyHeardError
        return int(known.run_id)
    return None


def led_to(db: Session, request: HeardRequest, run_id: int) -> None:
    """Note the run that a request led to, in the same transaction."""
    if request.keys:
        db.execute(LED_TO, {"caller": request.caller, "keys": list(request.keys), "run": run_id})
