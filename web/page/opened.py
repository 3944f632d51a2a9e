"""The page as somebody opened it: who looks, at which venue, and what a route needs to answer them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

from models.link import Link
from models.venue import Venue
from web.callers import Caller
from web.dependencies import Hook, OneSession, get_hook
from web.hook.paths import Id
from web.page import opening, reading
from web.page.opening import Visitor
from workers.visits import Site

FLASH: Final = "passerelle_dit"


class ClosedError(Exception):
    """Nobody is known here: the session is over, or was for another venue."""


class RefusedError(Exception):
    """The form was not made for this session, or its sender may only look."""


class AbsentError(Exception):
    """There is no such thing at this venue."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One request to the page, its sender known."""

    request: Request
    hook: Hook
    db: Session
    visitor: Visitor
    venue: Venue

    @property
    def site(self) -> Site:
        return self.hook.site

    @property
    def caller(self) -> Caller:
        return self.visitor.caller

    @property
    def home(self) -> str:
        return f"/lieux/{self.venue.id}"

    def screen(self, template: str, *, status: int = 200, **names: Any) -> Response:
        """Render a screen of this venue."""
        said = opening.read_plain(self.request.cookies.get(FLASH, ""), "flash", self.site.settings)
        screens: Environment = self.request.app.state.screens
        body = screens.get_template(template).render(
            page=self,
            venue=self.venue,
            offerer=self.venue.offerer,
            visitor=self.visitor,
            home=self.home,
            token=opening.form_token(self.visitor, self.site.settings),
            waiting=reading.number(self.db, "held_in_all", venue=self.venue.id),
            said=said,
            **names,
        )
        answer = HTMLResponse(body, status_code=status)
        if said is not None:
            answer.delete_cookie(FLASH, path=self.home)
        return answer

    def go(self, where: str = "", *, said: str = "", wrong: bool = False) -> Response:
        """Answer a form: go to a screen of this venue, which says a sentence once."""
        answer = RedirectResponse(f"{self.home}{where}", status_code=303)
        if said:
            value = opening.write_plain({"sentence": said, "wrong": wrong}, "flash", self.site.settings)
            set_cookie(answer, self.request, FLASH, value, self.home, lasts=60)
        return answer

    def link(self, link_id: int) -> Link:
        """Give a source of this venue."""
        link = self.db.get(Link, link_id)
        if link is None or link.venue_id != self.venue.id:
            raise AbsentError
        return link

    def expect_manager(self) -> None:
        """Let in only who may change things."""
        if not self.visitor.may_manage:
            raise RefusedError

    def row(self, statement: str, **names: Any) -> Mapping[str, Any]:
        """Give the row that a statement finds at this venue."""
        found = reading.row(self.db, statement, venue=self.venue.id, **names)
        if found is None:
            raise AbsentError
        return found


def set_cookie(answer: Response, request: Request, name: str, value: str, path: str, *, lasts: int) -> None:
    """Set a cookie that scripts cannot read, only of this venue's pages."""
    answer.set_cookie(
        name,
        value,
        max_age=lasts,
        path=path,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _opened(
    request: Request,
    venue_id: Id,
    hook: Annotated[Hook, Depends(get_hook)],
    db: OneSession,
) -> Opened:
    visitor = opening.read_session(request.cookies.get(opening.COOKIE, ""), hook.site.settings)
    if visitor is None or visitor.venue_id != venue_id:
        raise ClosedError
    venue = db.get(Venue, venue_id)
    db.commit()  # no connection is held while the route waits for a thread
    if venue is None:
        raise ClosedError
    return Opened(request, hook, db, visitor, venue)


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=2000)


async def _form_with_file(request: Request) -> FormData:
    """Read a form with at most one file; `web.size` has bounded it."""
    return await request.form(max_files=1, max_fields=200)


def _managed(
    opened: Annotated[Opened, Depends(_opened)], form: Annotated[FormData, Depends(_form)]
) -> "Managed":
    return _let_in(opened, form)


async def _uploading(
    opened: Annotated[Opened, Depends(_opened)], form: Annotated[FormData, Depends(_form_with_file)]
) -> "Uploading":
    managed = _let_in(opened, form)
    sent = form.get("fichier")
    name, content = "", b""
    if isinstance(sent, UploadFile):
        name, content = sent.filename or "", await sent.read()
    await form.close()
    said = FormData([(name, value) for name, value in form.multi_items() if isinstance(value, str)])
    return Uploading(
        managed.request, managed.hook, managed.db, managed.visitor, managed.venue, said, name, content
    )


def _let_in(opened: Opened, form: FormData) -> "Managed":
    """Give a form's request, if its sender may change things and the form was made for their session."""
    if not opened.visitor.may_manage:
        raise RefusedError
    if not opening.is_form_token(str(form.get("jeton", "")), opened.visitor, opened.site.settings):
        raise RefusedError
    return Managed(opened.request, opened.hook, opened.db, opened.visitor, opened.venue, form)


@dataclass(frozen=True, slots=True)
class Managed(Opened):
    """A form that a manager of the venue sent from this session."""

    form: FormData

    def written(self, name: str) -> str:
        """Give what was written in a field; nothing when it is not there."""
        return self.as_sent(name).strip()

    def as_sent(self, name: str) -> str:
        """Give a field as it is, but for what no text of ours holds."""
        value = self.form.get(name, "")
        return value.replace("\0", "") if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """Give the number in a field; 0 when it is none."""
        value = self.written(name)
        return int(value) if re.fullmatch("[0-9]{1,18}", value) else 0

    def sent(self) -> list[tuple[str, str]]:
        """Give what was filled in, to be sent again by the next step's form."""
        said = self.form.multi_items()
        return [(name, str(value)) for name, value in said if name not in {"jeton", "etape"}]

    def numbers(self, name: str) -> list[int]:
        """Give the numbers that were ticked."""
        sent = (str(value) for value in self.form.getlist(name))
        return [int(value) for value in sent if re.fullmatch("[0-9]{1,18}", value)]


@dataclass(frozen=True, slots=True)
class Uploading(Managed):
    """The same with a file; `content` is empty where none was chosen."""

    file_name: str
    content: bytes


Looking = Annotated[Opened, Depends(_opened)]
Managing = Annotated[Managed, Depends(_managed)]
Depositing = Annotated[Uploading, Depends(_uploading)]
