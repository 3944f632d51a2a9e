"""The Celery application: its configuration, and how its processes hear that they must stop."""

import mmap
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_shutting_down

from runtime.logging import configure_logging

app = Celery("passerelle", include=["workers.tasks"])
app.config_from_object("celeryconfig")

# One byte that the worker's main process shares with the children it forks: on SIGTERM only the
# main process is told, and a run in a child gives way at its next page when it reads 1 here.
_stopping = mmap.mmap(-1, 1)


def stopping() -> bool:
    """Whether this worker is shutting down."""
    return _stopping[0] == 1


@worker_shutting_down.connect
def _note_shutdown(**_: Any) -> None:
    _stopping[0] = 1


@setup_logging.connect
def _use_our_logging(**_: Any) -> None:
    configure_logging()
