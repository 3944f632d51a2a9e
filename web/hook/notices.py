"""What waits for a person at a venue, and their answers."""

from fastapi import APIRouter

from web.dependencies import KNOWN_CALLERS, Managing, Reading
from web.hook.paths import READS, WRITES, Id
from web.shapes import NoticeAnswer, NoticeState
from web.states import notice_state, notices_of
from workers.decisions import answer_notice

router = APIRouter(tags=["à traiter"], dependencies=KNOWN_CALLERS)


@router.get("/venues/{venue}/notices", responses=READS)
def list_notices(venue: Id, call: Reading, *, resolved: bool = False) -> list[NoticeState]:
    """Donne ce qui attend une réponse ; `resolved` : les dernières réponses données."""
    return notices_of(call.db, call.venue(venue).id, resolved=resolved)


@router.post("/notices/{notice}/answers", responses=WRITES)
def answer(notice: Id, answered: NoticeAnswer, call: Managing) -> NoticeState:
    """Répond à une question ; `answers` de la question dit ce qu’elle accepte."""
    row = call.notice(notice)
    call.hear_once()
    answer_notice(call.hook.site, row.id, answered.answer, call.caller.actor, call.caller.role)
    call.db.commit()
    call.db.refresh(row)
    return notice_state(row)
