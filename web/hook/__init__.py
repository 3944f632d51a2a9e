"""The routes that the portal, venues' scripts and partners call; one file a noun."""

from collections.abc import Iterable

from fastapi import APIRouter


def routers() -> Iterable[APIRouter]:
    """Give every router of the hook."""
    return []
