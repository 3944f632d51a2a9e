"""Puts the page into an application: its routes, its static files, its headers, its answers to errors."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.page import (
    answering,
    covers,
    door,
    editing,
    hinting,
    home,
    importing,
    lines,
    offers,
    reviewing,
    runs,
    screen,
    sources,
    uploading,
)
from web.page.opened import AbsentError, ClosedError, RefusedError

OURS: Final = ("/lieux/", "/statique/")
ROUTERS: Final = tuple(
    room.router
    for room in (
        *(door, home, uploading, importing, runs, sources, lines, hinting, editing, reviewing),
        *(answering, offers, covers),
    )
)


def install(app: FastAPI) -> None:
    """Add the page to an application whose `state.hook` says where the database is.

    What the application answers to errors as JSON is said in words on the page's paths.
    """
    app.state.screens = screen.environment()
    app.mount("/statique", StaticFiles(directory=screen.FOLDER / "static"), name="statique")
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
    for kind, answer in list(app.exception_handlers.items()):
        app.add_exception_handler(kind, _in_words(answer))
    app.add_exception_handler(ClosedError, _say("closed.html", 403))
    app.add_exception_handler(RefusedError, _say("refused.html", 403))
    app.add_exception_handler(AbsentError, _say("absent.html", 404))
    framed_by = " ".join(app.state.hook.site.settings.frame_ancestors)
    app.add_middleware(Guard, framed_by=framed_by)


def is_the_page(path: str) -> bool:
    """Whether a path is one that people see."""
    return path == "/page" or path.startswith(OURS)


def _say(template: str, status: int) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        del error
        return _shut(request, template, status)

    return answer


def _in_words(answer: Any) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Answer an error with a screen where people see it, and as before elsewhere."""

    async def said(request: Request, error: Exception) -> Response:
        response: Response = await answer(request, error)
        if not is_the_page(request.url.path):
            return response
        if response.status_code in {404, 405, 422}:
            return _shut(request, "absent.html", 404)
        sentence = json.loads(bytes(response.body)).get("detail", "")
        return _shut(request, "trouble.html", response.status_code, sentence=sentence)

    return said


def _shut(request: Request, template: str, status: int, **names: str) -> Response:
    screens: Environment = request.app.state.screens
    return HTMLResponse(screens.get_template(template).render(**names), status_code=status)


class Guard:
    """Gives the page's answers the headers that a browser should hold it to."""

    def __init__(self, app: ASGIApp, framed_by: str) -> None:
        self._app = app
        # images of events come from their partners' sites, whichever these are; those of books from us
        self._headers = {
            "Content-Security-Policy": (
                "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
                " img-src 'self' https:; form-action 'self'; base-uri 'none';"
                " frame-ancestors " + (framed_by or "'none'")
            ),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not is_the_page(path):
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                static = path.startswith("/statique/")
                headers.setdefault("Cache-Control", "public, max-age=3600" if static else "no-store")
            await send(message)

        await self._app(scope, receive, guarded)
