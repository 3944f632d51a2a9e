"""Tries a source before it is imported."""

from fastapi import APIRouter

from web.checks import try_source
from web.dependencies import KNOWN_CALLERS, Managing
from web.form import read_form
from web.hook.paths import WRITES, Id
from web.shapes import Checked, ImportForm

router = APIRouter(tags=["importations"], dependencies=KNOWN_CALLERS)


@router.post("/venues/{venue}/checks", responses=WRITES)
def check_source(venue: Id, form: ImportForm, call: Managing) -> Checked:
    """Interroge le partenaire, en vingt secondes au plus : ce qu’il dit, et trois offres en exemple.

    Un refus du partenaire est un résultat (`ok` faux), pas une erreur. Rien n’est écrit.
    """
    place = call.venue(venue)
    read = read_form(form.provider, form.identifier, form.settings)
    call.db.close()
    with call.hook.errand():
        return try_source(call.hook.site, place, read)
