"""Bounds what a caller may send, before anything reads it."""

import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.uploaded import LARGEST
from web.problems import SENTENCES, Problem

MOST = 1024 * 1024
"""Bytes of a request's body: a partner's webhook is the largest."""
MOST_WITH_FILE: Final = LARGEST + 64 * 1024
"""Bytes of a form with a file, which only the page's own form for it may be."""
_WITH_FILE: Final = re.compile(r"/lieux/[0-9]{1,18}/importer/[a-z0-9-]{1,60}/fichier")


class BoundedBodies:
    """Refuses longer bodies, by what they say they are and by what they turn out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = MOST_WITH_FILE if _WITH_FILE.fullmatch(scope["path"]) else MOST
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if not said.isdigit() or int(said) > most:
            await Problem(413, *SENTENCES[413]).answer()(scope, receive, send)
            return
        received = 0

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise Problem(413, *SENTENCES[413])
            return message

        await self._app(scope, bounded, send)
