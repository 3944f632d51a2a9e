"""What a process of the hook measures of itself: its answers by route and status, and how long they took."""

from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Measures:
    """The counters of one application; each has its own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "passerelle_hook_answers",
            "Answers of the hook and the page.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "passerelle_hook_seconds",
            "Seconds until an answer began.",
            ["method", "route"],
            buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 20),
            registry=self.registry,
        )


class Measured:
    """Counts and times every answer by its route's pattern, never by its address."""

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                method = scope["method"] if route != "none" else "any"
                self._measures.answers.labels(method, route, message["status"]).inc()
                self._measures.seconds.labels(method, route).observe(perf_counter() - started)
            await send(message)

        await self._app(scope, receive, noting)
