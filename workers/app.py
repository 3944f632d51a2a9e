"""The Celery application: its configuration, and how its processes hear that they must stop."""

import gc
import mmap
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init, worker_shutting_down

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


@worker_process_init.connect
def spare_what_is_loaded(**_: Any) -> None:
    """Let the garbage collector look only at what runs make, and less often.

    A worker's modules are some hundred thousand objects that never go; walking over them at every
    seven hundredth new one was a quarter of an import's processor time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@setup_logging.connect
def _use_our_logging(**_: Any) -> None:
    configure_logging()
