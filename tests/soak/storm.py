"""What is done to an installation in a soak: processes killed and frozen, servers wiped, messages doubled."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

import kombu.exceptions
import psutil
import psycopg
import redis
import sqlalchemy.exc

from models.database import session
from models.run import ask_for_run
from providers.errors import ConfigurationError
from tests.harm.harness import Process, publisher
from tests.soak.ground import Ground
from workers.decisions import answer_notice, confirm_review

FROZEN = 4.0
"""Seconds, more than a lease."""
REQUESTS = 6
PATIENCE = 2.5
"""Requests to the partner between two harms, and the seconds that these may take."""

REDIS_AWAY = (kombu.exceptions.OperationalError, redis.RedisError, OSError)
DATABASE_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, sqlalchemy.exc.DBAPIError)


class Storm:
    """Does one harm after the other; `done` counts them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._chance = Random(f"{ground.seed} storm")
        self._asked: dict[int, float] = {}
        self._frozen: list[tuple[float, Process]] = []
        self._publisher = publisher(ground.site.broker_url)
        self.done: Counter[str] = Counter()
        self._deck: dict[Callable[[], None], int] = {
            self.kill_worker: 1,
            self.kill_children: 2,
            self.freeze_worker: 2,
            self.ask_worker_to_leave: 1,
            self.wipe_redis: 2,
            self.restart_redis: 1,
            self.freeze_redis: 1,
            self.crash_postgres: 1,
            self.restart_postgres: 1,
            self.deliver_twice: 3,
            self.tick_again: 2,
            self.confirm_reviews: 3,
            self.answer_notices: 3,
        }

    def rage(self, seconds: float) -> None:
        """Harm for so long, each time after some requests were made, or too few for too long."""
        until = time.monotonic() + seconds
        self._ask_around(until, requests=len(self._ground.links))
        for harm in self._shuffled():
            if time.monotonic() > until:
                break
            harm()
            self._ask_around(until, requests=REQUESTS)
        self._thaw(float("inf"))
        self._publisher.close()

    def _ask_around(self, until: float, *, requests: int) -> None:
        """Ask for runs until the partner was asked so much more, for `PATIENCE` at most."""
        before = self._ground.partner.tricks()["requests"]
        until = min(until, time.monotonic() + PATIENCE)
        while time.monotonic() < until and self._ground.partner.tricks()["requests"] - before < requests:
            self._thaw(time.monotonic())
            self._ask_one()
            time.sleep(0.1)

    def _shuffled(self) -> Iterator[Callable[[], None]]:
        """Give the harms, one deck after the other."""
        deck = [harm for harm, times in self._deck.items() for _ in range(times)]
        while True:
            self._chance.shuffle(deck)
            yield from deck

    def _any_worker(self) -> Iterator[Process]:
        frozen = [process for _, process in self._frozen]
        if able := [each for each in self._ground.workers if each.is_ready and each not in frozen]:
            yield self._chance.choice(able)

    def kill_worker(self) -> None:
        for worker in self._any_worker():
            worker.kill()
            self._replace(worker, "workers killed")

    def ask_worker_to_leave(self) -> None:
        for worker in self._any_worker():
            worker.ask_to_stop()
            self._replace(worker, "workers asked to leave")

    def _replace(self, worker: Process, counted: str) -> None:
        self._ground.workers.remove(worker)
        self._ground.hire()
        self.done[counted] += 1

    def kill_children(self) -> None:
        for worker in self._any_worker():
            worker.kill_children()
            self.done["children of workers killed"] += 1

    def freeze_worker(self) -> None:
        for worker in self._any_worker():
            worker.freeze()
            self._frozen.append((time.monotonic() + FROZEN, worker))
            self.done["workers frozen"] += 1

    def _thaw(self, now: float) -> None:
        for due, worker in [each for each in self._frozen if each[0] <= now]:
            self._frozen.remove((due, worker))
            worker.thaw()

    def wipe_redis(self) -> None:
        with redis.Redis.from_url(self._ground.site.broker_url) as client:
            client.flushall()
        self.done["redis wiped"] += 1

    def restart_redis(self) -> None:
        self._ground.kill_redis()
        self.done["redis killed and restarted"] += 1

    def freeze_redis(self) -> None:
        process = psutil.Process(self._ground.valkey.pid())
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(0.7)
        os.kill(process.pid, signal.SIGCONT)
        self.done["redis frozen"] += 1

    def crash_postgres(self) -> None:
        self._ground.crash_postgres()
        self.done["postgres killed and restarted"] += 1

    def restart_postgres(self) -> None:
        self._ground.restart_postgres()
        self.done["postgres restarted"] += 1

    def deliver_twice(self) -> None:
        """Put the ids of all runs that are open, and of some that ended, in the queue twice."""
        with suppress(*DATABASE_AWAY), self._ground.connect() as db:
            rows = db.execute(
                """(SELECT id FROM sync_run WHERE status IN ('queued', 'running'))
                   UNION (SELECT id FROM sync_run ORDER BY id DESC LIMIT 3)"""
            ).fetchall()
            for row in (*rows, *rows):
                self._send("synchronise", "manual", row["id"])
                self.done["messages doubled"] += 1

    def tick_again(self) -> None:
        for _ in range(3):
            self._send("tick", "ticks")
            self.done["ticks doubled"] += 1

    def _send(self, task: str, queue: str, *words: int) -> None:
        with suppress(*REDIS_AWAY):
            self._publisher.send_task(task, args=words, queue=queue)

    def confirm_reviews(self) -> None:
        with suppress(*DATABASE_AWAY), self._ground.connect() as db:
            for row in db.execute("SELECT link_id FROM withdrawal WHERE closed_at IS NULL").fetchall():
                with suppress(ConfigurationError):  # a run closed it meanwhile
                    confirm_review(self._ground.site, row["link_id"], "Ada")
                    self.done["reviews confirmed"] += 1

    def answer_notices(self) -> None:
        with suppress(*DATABASE_AWAY), self._ground.connect() as db:
            for row in db.execute(
                """SELECT id, kind, candidate_stock_id FROM notice
                   WHERE resolved_at IS NULL AND kind LIKE 'booked_date%' ORDER BY id LIMIT 5"""
            ).fetchall():
                answers = ["noted"] if "moved" in row["kind"] else ["cancel"]
                if row["candidate_stock_id"] is not None:
                    answers = ["move", *answers]  # which is refused when the new date is gone too
                for answer in answers:
                    with suppress(ConfigurationError):
                        answer_notice(self._ground.site, row["id"], answer, "Ada")
                        self.done["notices answered"] += 1
                        break

    def _ask_one(self) -> None:
        """Ask for a run of a link whose last wish is old enough, as people do."""
        now = time.monotonic()
        due = [
            link
            for link, source in self._ground.links.items()
            if now - self._asked.get(link, 0.0) > source.pace
        ]
        if not due:
            return
        link = self._chance.choice(due)
        mode = "full" if self._ground.links[link].full and self._chance.random() < 0.4 else "usual"
        with suppress(*DATABASE_AWAY):
            run = ask(self._ground, link, mode)
            self._asked[link] = now
            self.done["runs asked for"] += 1
            self._send("synchronise", "manual", run)  # as the hook does, after it answered


def ask(ground: Ground, link: int, mode: str = "usual") -> int:
    """Ask for a run as a person does; gives its number. The tick publishes it."""
    with session(ground.database_url) as db:
        run, _ = ask_for_run(db, link, queue="manual", trigger="person", requested_by="Ada", mode=mode)
        db.commit()
        return run.id
