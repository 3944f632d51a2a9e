"""What every route stands on: the site, a session of the database, the caller and what is theirs to see."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from select import POLLIN, poll
from threading import BoundedSemaphore
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session
from standardwebhooks import Webhook
from starlette.concurrency import run_in_threadpool

from models.access import Role
from models.database import sqlalchemy_url
from models.link import Link
from models.notice import Notice
from models.request import HeardRequest, hear
from models.run import SyncRun
from models.venue import Venue
from web.callers import (
    Caller,
    Presented,
    heard_request,
    is_signed,
    recognise_portal,
    recognise_script,
)
from web.measures import Measures
from web.problems import Problem, not_found
from web.publishing import Publisher
from workers.visits import Site

ERRANDS = 8
COVERS = 4
CONNECTIONS = 20
"""Kept open by one process; a request holds one for a few milliseconds."""
IMPATIENT = (
    "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=15s -c idle_in_transaction_session_timeout=15s"
)
"""A person waits: better a 503 than a page that hangs."""


@dataclass(frozen=True, slots=True)
class Hook:
    """What one process of the hook keeps for its whole life; `app.state.hook`."""

    site: Site
    engine: Engine
    publisher: Publisher
    portal_keys: Sequence[Webhook]
    errands: BoundedSemaphore
    """Requests that ask a partner while a person waits: so many at once, the others are refused."""
    covers: CapacityLimiter
    """Covers of books that are fetched at once; the others wait for their turn."""
    measures: Measures

    def session(self) -> Session:
        """Open a session; use it in a `with`."""
        return Session(self.engine, expire_on_commit=False)

    @contextmanager
    def errand(self) -> Iterator[None]:
        """Hold one of the places for asking a partner at once; Problem 503 when all are taken."""
        if not self.errands.acquire(blocking=False):
            sentence = "Trop de vérifications sont en cours. Réessayez dans quelques secondes."
            raise Problem(503, "too_many_errands", sentence, headers={"Retry-After": "5"})
        try:
            yield
        finally:
            self.errands.release()


def make_engine(database_url: str) -> Engine:
    """Give the engine of a process that answers people."""
    engine = create_engine(
        sqlalchemy_url(database_url),
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=5,
        connect_args={"options": IMPATIENT, "application_name": "passerelle web", "connect_timeout": 5},
    )
    event.listen(engine, "checkout", _refuse_if_hung_up)
    return engine


def _refuse_if_hung_up(connection: Any, *_: Any) -> None:
    """Have a connection that the server closed replaced; unlike a ping it asks nobody."""
    socket = poll()
    socket.register(connection, POLLIN)
    if socket.poll(0):  # nothing was asked: what can be read is the end
        raise DisconnectionError


async def get_hook(request: Request) -> Hook:
    """Give what this process keeps."""
    hook: Hook = request.app.state.hook
    return hook


async def get_site(request: Request) -> Site:
    """Give where the database and the broker are."""
    return (await get_hook(request)).site


async def get_publisher(request: Request) -> Publisher:
    """Give who tells the workers of queued runs."""
    return (await get_hook(request)).publisher


async def get_db(hook: Annotated[Hook, Depends(get_hook)]) -> AsyncIterator[Session]:
    """Open a session for a route; what is not committed is undone.

    A session asks the database nothing until it is used: only one that has something to undo needs
    a thread to close it, one of its own, since those of the pool may be waiting for its connection.
    """
    db = hook.session()
    try:
        yield db
    finally:
        if db.in_transaction():
            await to_thread.run_sync(db.close, limiter=CapacityLimiter(1))
        else:
            db.close()


async def get_presented(request: Request) -> Presented:
    """Give the request as it came in, its body read."""
    target = request.scope["raw_path"].decode("latin-1")
    if request.scope["query_string"]:
        target += "?" + request.scope["query_string"].decode("latin-1")
    return Presented(request.method, target, dict(request.headers), await request.body())


OneHook = Annotated[Hook, Depends(get_hook)]
OneSession = Annotated[Session, Depends(get_db, scope="function")]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a known caller, with what exists for them; anything else is a 404."""

    db: Session
    hook: Hook
    caller: Caller
    heard: HeardRequest

    def venue(self, venue_id: int) -> Venue:
        """Give a venue that the caller may see."""
        row = self.db.get(Venue, venue_id) if self.caller.may_see(venue_id) else None
        if row is None:
            raise not_found()
        return row

    def link(self, link_id: int) -> Link:
        """Give a link of a venue that the caller may see."""
        row = self.db.get(Link, link_id)
        if row is None or not self.caller.may_see(row.venue_id):
            raise not_found()
        return row

    def run(self, run_id: int) -> SyncRun:
        """Give a run of such a link."""
        row = self.db.get(SyncRun, run_id)
        if row is None or not self.caller.may_see(row.link.venue_id):
            raise not_found()
        return row

    def notice(self, notice_id: int) -> Notice:
        """Give a notice of such a venue."""
        row = self.db.get(Notice, notice_id)
        if row is None or not self.caller.may_see(row.venue_id):
            raise not_found()
        return row

    def hear_once(self) -> None:
        """Refuse this very request when it was carried out before; to be committed with what it does."""
        hear(self.db, self.heard)


_SIGNATURE = APIKeyHeader(
    name="webhook-signature",
    scheme_name="portal",
    auto_error=False,
    description="Standard Webhooks, avec webhook-id, webhook-timestamp, Passerelle-User et Passerelle-Role ; "
    "voir docs/hook.md pour le texte signé.",
)
_TOKEN = HTTPBearer(scheme_name="token", auto_error=False, description="Le jeton d’un lieu.")


async def get_call(
    hook: OneHook, db: OneSession, presented: Annotated[Presented, Depends(get_presented)]
) -> Call:
    """Give the call of whoever may look."""
    if is_signed(presented):
        caller = recognise_portal(presented, hook.portal_keys)
    else:
        caller = await run_in_threadpool(_recognise_script, db, presented)
    return Call(db, hook, caller, heard_request(caller, presented))


def _recognise_script(db: Session, presented: Presented) -> Caller:
    """Recognise a token's bearer, and give the connection back to its pool.

    The route runs in another thread, and a request that held a connection while it waited for a
    thread would lock out those that hold a thread and wait for a connection.
    """
    caller = recognise_script(db, presented)
    db.rollback()
    return caller


async def get_managing_call(call: Annotated[Call, Depends(get_call)]) -> Call:
    """Give the call of whoever may change things."""
    if call.caller.role is not Role.MANAGE:
        raise Problem(403, "role_read_only", "Votre rôle permet de consulter, pas de modifier.")
    return call


Reading = Annotated[Call, Depends(get_call)]
Managing = Annotated[Call, Depends(get_managing_call)]
KNOWN_CALLERS = [Security(_SIGNATURE), Security(_TOKEN)]
"""For routers: says in OpenAPI who may call; `get_call` is what looks."""
