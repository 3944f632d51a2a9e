"""A venue with a scripted source, and sessions on its database."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from models.database import session
from tests.workers.conftest import Scene, scene

__all__ = ["scene"]


@pytest.fixture
def orm(scene: Scene) -> Iterator[Session]:
    """A session of the scene's database; what a test writes in it, it commits."""
    with session(scene.site.database_url) as db:
        yield db
