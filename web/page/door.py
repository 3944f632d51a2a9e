"""The door: a signed link of the portal becomes a session."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from web.page import opening
from web.page.opened import ClosedError, set_cookie

router = APIRouter()


@router.get("/page")
def open_page(request: Request, ouverture: str = "") -> Response:
    """Let in who comes from the portal."""
    configured = request.app.state.hook.site.settings
    visitor = opening.read_opening(ouverture, configured)
    if visitor is None:
        raise ClosedError
    home = f"/lieux/{visitor.venue_id}"
    answer = RedirectResponse(home, status_code=303)
    set_cookie(
        answer,
        request,
        opening.COOKIE,
        opening.write_session(visitor, configured),
        home,
        lasts=int(opening.SESSION_LASTS.total_seconds()),
    )
    return answer
