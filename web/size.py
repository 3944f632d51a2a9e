"""Bounds what a caller may send, before anything reads it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import SENTENCES, Problem

MOST = 1024 * 1024
"""Bytes of a request's body: a partner's webhook is the largest."""


class BoundedBodies:
    """Refuses longer bodies, by what they say they are and by what they turn out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if not said.isdigit() or int(said) > MOST:
            await Problem(413, *SENTENCES[413]).answer()(scope, receive, send)
            return
        received = 0

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MOST:
                raise Problem(413, *SENTENCES[413])
            return message

        await self._app(scope, bounded, send)
