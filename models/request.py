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
    INSERT INTO heard_request (caller, key, digest)
    SELECT :caller, key, :digest FROM unnest(CAST(:keys AS text[])) AS key ORDER BY key
    ON CONFLICT DO NOTHING RETURNING key
""")
HEARD = text("""
    SELECT digest, run_id FROM heard_request WHERE caller = :caller AND key = ANY (:keys) ORDER BY run_id
""")
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
    if not request.keys:
        return None
    names = {"caller": request.caller, "keys": list(request.keys), "digest": request.digest}
    fresh = db.scalars(HEAR, names).all()
    stale = [key for key in request.keys if key not in fresh]
    if not stale:
        return None
    known = db.execute(HEARD, names | {"keys": stale}).all()
    if any(bytes(each.digest) != request.digest for each in known):
        raise KeyReusedError
    if known[0].run_id is None:
        raise AlreadyHeardError
    return int(known[0].run_id)


def led_to(db: Session, request: HeardRequest, run_id: int) -> None:
    """Note the run that a request led to, in the same transaction."""
    if request.keys:
        db.execute(LED_TO, {"caller": request.caller, "keys": list(request.keys), "run": run_id})
