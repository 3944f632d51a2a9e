"""The hook's application; served by `uvicorn web.app:from_environment --factory`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import BoundedSemaphore
from typing import Any

from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from runtime.errors import SetupError
from runtime.logging import configure_logging
from runtime.secrets import open_secret_box
from runtime.settings import settings
from web import problems
from web.callers import read_keys
from web.dependencies import COVERS, ERRANDS, Hook, make_engine
from web.hook import routers
from web.measures import Measured, Measures
from web.page import install as page
from web.publishing import Publisher
from web.size import BoundedBodies
from workers.app import app as celery
from workers.visits import Site

DESCRIPTION = (
    "Importe les offres des lieux culturels depuis les systèmes qu’ils utilisent déjà. "
    "Voir docs/hook.md pour signer un appel."
)


def create_app(site: Site) -> FastAPI:
    """Make the application of a site.

    Raises
    ------
    SetupError
        Keys are missing in production, or are no keys.
    """
    configured = site.settings
    portal_keys = read_keys(configured.portal_keys, "PASSERELLE_PORTAL_KEYS")
    if configured.environment == "production":
        open_secret_box(configured)
        if not portal_keys:
            raise SetupError("Production takes signed calls only: set PASSERELLE_PORTAL_KEYS.")
    celery.conf.broker_url = site.broker_url
    hook = Hook(
        site=site,
        engine=make_engine(site.database_url),
        publisher=Publisher(site.database_url),
        portal_keys=portal_keys,
        errands=BoundedSemaphore(ERRANDS),
        covers=CapacityLimiter(COVERS),
        measures=Measures(),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        hook.publisher.start()
        yield
        hook.publisher.stop()
        hook.engine.dispose()

    app = FastAPI(title="Passerelle", version="1", description=DESCRIPTION, lifespan=lifespan, redoc_url=None)
    app.state.hook = hook
    problems.install(app)
    app.add_middleware(BoundedBodies)
    app.add_middleware(Measured, measures=hook.measures)
    for router in routers():
        app.include_router(router)
    page.install(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def from_environment() -> FastAPI:
    """Make the application that the environment describes."""
    configure_logging()
    configured = settings()
    if configured.database_url is None or configured.broker_url is None:
        raise SetupError("The hook needs PASSERELLE_DATABASE_URL and PASSERELLE_BROKER_URL.")
    return create_app(Site(configured.database_url, configured.broker_url, configured))


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Describe the routes, with the one schema of every error."""
    if app.openapi_schema is None:
        described = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = dict(problems.SCHEMA)
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = described
    return app.openapi_schema
