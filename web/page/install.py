"""Puts the page into an application: its routes, its static files, its headers, its answers to errors."""

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.page import answering, door, home, importing, reviewing, runs, screen, sources
from web.page.opened import AbsentError, ClosedError, RefusedError

GUARDED: Final = ("/lieux/", "/statique/")
ROUTERS: Final = tuple(
    room.router for room in (door, home, importing, runs, sources, reviewing, answering)
)


def install(app: FastAPI) -> None:
    """Add the page to an application whose `state.site` says where the database is."""
    app.state.screens = screen.environment()
    app.mount("/statique", StaticFiles(directory=screen.FOLDER / "static"), name="statique")
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
    app.add_exception_handler(ClosedError, _say("closed.html", 403))
    app.add_exception_handler(RefusedError, _say("refused.html", 403))
    app.add_exception_handler(AbsentError, _say("absent.html", 404))
    app.add_middleware(Guard, framed_by=app.state.site.settings.page_framed_by)


def _say(template: str, status: int) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        del error
        return HTMLResponse(request.app.state.screens.get_template(template).render(), status_code=status)

    return answer


class Guard:
    """Gives the page's answers the headers that a browser should hold it to."""

    def __init__(self, app: ASGIApp, framed_by: str) -> None:
        self._app = app
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
        if scope["type"] != "http" or not (path == "/page" or path.startswith(GUARDED)):
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                static = path.startswith("/statique/")
                headers["Cache-Control"] = "public, max-age=3600" if static else "no-store"
            await send(message)

        await self._app(scope, receive, guarded)
