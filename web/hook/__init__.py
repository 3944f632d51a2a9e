"""The routes that the portal, venues' scripts and partners call; one file a noun."""

from collections.abc import Iterable

from fastapi import APIRouter


def routers() -> Iterable[APIRouter]:
    """Give every router of the hook."""
    from web.hook import checks, health, hints, imports, links, metrics, notices, providers, runs  # noqa: PLC0415

    return [
        module.router for module in (imports, checks, runs, links, notices, providers, hints, health, metrics)
    ]
