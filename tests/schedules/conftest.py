"""The scene of the engine's tests: a venue linked to a scripted partner."""

from tests.workers.conftest import scene

__all__ = ["scene"]
