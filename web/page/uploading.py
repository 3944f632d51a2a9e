"""A partner's form with a file: the file is kept, and the form goes on as one that names it."""

from fastapi import APIRouter
from fastapi.responses import Response

from models.vocabulary import UPLOAD
from web.page import forms, uploads
from web.page.importing import adapter_of, go_on, show_form
from web.page.opened import AbsentError, Depositing

router = APIRouter(prefix="/lieux/{venue_id}/importer/{slug}/fichier")


@router.post("")
def deposit(uploading: Depositing, slug: str) -> Response:
    """Keep the file that was sent, if one was, and try what it would bring.

    An address that was typed counts before the file of an earlier attempt.
    """
    adapter = adapter_of(slug)
    if not adapter.traits.takes_uploads:
        raise AbsentError
    before = uploading.written("depose")
    pasted = uploading.written("identifiant") or (UPLOAD + before if before else "")
    if uploading.file_name or uploading.content:
        try:
            pasted = uploads.take(uploading)
        except uploads.FileError as error:
            written = forms.read(adapter.Settings, uploading.form)
            return show_form(uploading, adapter, pasted, written, {"fichier": str(error)})
    if not pasted:
        written = forms.read(adapter.Settings, uploading.form)
        sentence = "Déposez un fichier, ou indiquez son adresse."
        return show_form(uploading, adapter, pasted, written, {"fichier": sentence})
    return go_on(uploading, adapter, pasted)
