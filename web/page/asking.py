"""Asking for a run from the page: the row is committed, and the workers are told after the answer."""

from collections.abc import Callable

from fastapi import BackgroundTasks
from fastapi.responses import Response

from models.vocabulary import Queue
from web.imports import Asked
from web.page.opened import Managed
from web.problems import Problem


def show(managed: Managed, ask: Callable[[], Asked]) -> Response:
    """Ask, and show the run; a manager who asks too often is told to wait."""
    try:
        asked = ask()
    except Problem as problem:
        managed.db.rollback()
        return managed.go(said=problem.sentence, wrong=True)
    answer = managed.go(f"/importations/{asked.run.id}")
    if asked.publish:
        answer.background = BackgroundTasks()
        answer.background.add_task(managed.hook.publisher.tell_afterwards, asked.run.id, Queue.MANUAL)
    return answer
