"""The worker and beat processes that a command starts through the supervisor."""

import secrets
import shutil
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cli.answers import RefusedError
from cli.site import CLONE, environment, is_embedded
from models.vocabulary import Queue
from runtime.child import Child
from runtime.locks import is_held, open_lock
from runtime.supervisor import Supervisor
from workers.visits import Site

# What Celery has to say of root on every start, in eight lines, fits no container and no embedded use.
_QUIETLY = ("-W", "ignore::RuntimeWarning:celery.platforms")
_CELERY = (sys.executable, *_QUIETLY, "-m", "celery", "--quiet", "-A", "workers.app")
# Processes of one site learn of each other from the ledger; Celery's own gossip is only traffic.
_ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")


@dataclass(frozen=True)
class Worker:
    """A Celery worker process: the queues it serves, and how many runs at once."""

    name: str
    queues: Sequence[Queue]
    concurrency: int

    def as_child(self, env: dict[str, str]) -> Child:
        """Give it as the supervisor starts it; its name is its own among all that serve the site."""
        argv = [*_CELERY, "worker", *_ALONE, "-n", f"{self.name}-{secrets.token_hex(4)}@%h"]
        argv += ["-Q", ",".join(self.queues), "--concurrency", str(self.concurrency)]
        return Child(self.name, argv, env=env, cwd=CLONE)


def all_workers(here: Site) -> Sequence[Worker]:
    """Give what serves a site: ticks and people never wait behind the background's work."""
    return (
        Worker("ticks", [Queue.TICKS], 1),
        Worker("manual", [Queue.MANUAL], 2),
        Worker("background", [Queue.STOCKS, Queue.AGENDAS, Queue.CATALOGUES], here.settings.background_runs),
    )


def hook_child(here: Site, host: str, port: int) -> Child:
    """Give the hook and the page as the supervisor starts them."""
    argv = [sys.executable, "-m", "web", "--host", host, "--port", str(port)]
    return Child("web", argv, env=environment(here), cwd=CLONE)


def free_port(host: str, wanted: int) -> int:
    """Give the port that is wanted, or another one when it is taken."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    raise RefusedError("no_port", f"Aucun port n’est libre sur {host}.")


@contextmanager
def kept_running(
    here: Site, workers: Sequence["Worker"], *, output: TextIO, beside: Sequence[Child] = ()
) -> Iterator[Supervisor]:
    """Run workers, beat and what goes beside them for the length of the block.

    `output` gets their lines; stdout stays the command's own.
    """
    folder = here.settings.data_dir.absolute() / f"beat-{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    env = environment(here)
    children = [*beside, *(worker.as_child(env) for worker in workers)]
    children.append(
        Child("beat", [*_CELERY, "beat", "--schedule", str(folder / "schedule")], env=env, cwd=CLONE)
    )
    try:
        with Supervisor(children, output=output) as supervisor:
            yield supervisor
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(here: Site) -> Iterator[None]:
    """Say to other commands that this site has its workers, for the length of the block.

    Raises
    ------
    RefusedError
        An embedded site is served already.
    """
    with open_lock(_lock_of(here)) as lock:
        if is_embedded(here) and not lock.try_take():
            where = here.settings.data_dir
            raise RefusedError("already_serving", f"« passerelle serve » est déjà lancé sur {where}.")
        yield


def is_served(here: Site) -> bool:
    """Whether an embedded site has its workers."""
    return is_held(_lock_of(here))


def _lock_of(here: Site) -> Path:
    return here.settings.data_dir / "serving"
