"""How the page is opened: the portal's signed link, the session that it becomes, the tokens of its forms."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from itsdangerous import BadData

from models.access import Role
from runtime.settings import RuntimeSettings
from runtime.signing import lasting, timed
from web.callers import Caller

LINK_LASTS: Final = timedelta(minutes=15)
SESSION_LASTS: Final = timedelta(hours=12)
COOKIE: Final = "passerelle"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at which venue; `session` tells this session's forms from another's."""

    venue_id: int
    user: str
    role: Role
    session: str

    @property
    def may_manage(self) -> bool:
        return self.role is Role.MANAGE

    @property
    def caller(self) -> Caller:
        """The visitor as the ledger keeps them."""
        return Caller(f"portal:{self.user}", self.role, self.venue_id)


def read_opening(token: str, configured: RuntimeSettings | None = None) -> Visitor | None:
    """Give who opens which page, in a new session; None: the link is too old, or none of ours."""
    try:
        said = timed("opening", configured).loads(token, max_age=int(LINK_LASTS.total_seconds()))
    except BadData:
        return None
    return Visitor(said["venue"], said["user"], Role(said["role"]), secrets.token_urlsafe(16))


def write_session(visitor: Visitor, configured: RuntimeSettings | None = None) -> str:
    """Give the session's cookie."""
    return str(
        timed("session", configured).dumps([visitor.venue_id, visitor.user, visitor.role, visitor.session])
    )


def read_session(cookie: str, configured: RuntimeSettings | None = None) -> Visitor | None:
    """Give whose session a cookie is; None: it is over, or none of ours."""
    try:
        venue, user, role, session = timed("session", configured).loads(
            cookie, max_age=int(SESSION_LASTS.total_seconds())
        )
    except BadData:
        return None
    return Visitor(venue, user, Role(role), session)


def form_token(visitor: Visitor, configured: RuntimeSettings | None = None) -> str:
    """Give what every form of this session carries."""
    return str(lasting("form", configured).dumps(visitor.session))


def is_form_token(written: str, visitor: Visitor, configured: RuntimeSettings | None = None) -> bool:
    """Whether a form was made for this session."""
    return bool(read_plain(written, "form", configured) == visitor.session)


def write_plain(said: Any, purpose: str, configured: RuntimeSettings | None = None) -> str:
    """Sign a small value that the browser carries for us, from one page to the next."""
    return str(lasting(purpose, configured).dumps(said))


def read_plain(written: str, purpose: str, configured: RuntimeSettings | None = None) -> Any:
    """Give the value back; None when its signature is not ours."""
    try:
        return lasting(purpose, configured).loads(written)
    except BadData:
        return None
